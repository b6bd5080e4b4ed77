"""Verbs of channels: JOIN, MODE, METADATA and their like."""
