"""Verified status lists, and what they say of a credential."""
