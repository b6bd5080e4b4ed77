"""Tests of resuming over the line door."""
