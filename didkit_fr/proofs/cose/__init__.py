"""COSE messages (RFC 9052) and their header parameters."""
