"""Tests of chatsvc/doctor/files/."""
