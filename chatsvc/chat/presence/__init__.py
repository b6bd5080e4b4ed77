"""Arrivals and departures."""
