"""Verification of W3C credentials and presentations, as flows."""
