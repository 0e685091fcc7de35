"""ISO mdoc (ISO/IEC 18013-5): what an issuer signs, and how a device answers."""
