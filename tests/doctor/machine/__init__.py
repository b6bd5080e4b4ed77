"""Tests of chatsvc/doctor/machine/."""
