"""Tests of chatsvc/doctor/network/."""
