"""Tests of the commands that keep order."""
