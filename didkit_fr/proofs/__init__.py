"""Secure a document with a key: knows no DID, no certificate and no credential."""
