"""Decentralized identifiers (DID 1.0): from a DID to its document, from a DID URL to the key it names."""
