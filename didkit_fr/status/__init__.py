"""Status lists: built by an issuer, read once verified."""
