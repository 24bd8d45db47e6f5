"""Texts about what other rules change: revisions, their differences, and those who wait."""
