"""A public key and its spellings; a private key is a `Signer`."""
