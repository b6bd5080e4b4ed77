"""Tests of chatsvc/doctor/: each thing that it checks is really broken."""
