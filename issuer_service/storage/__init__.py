"""What the issuer remembers: nothing that names a person or holds an attribute."""
