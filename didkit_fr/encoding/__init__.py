"""Bytes to text to canonical form: one standard, one file."""
