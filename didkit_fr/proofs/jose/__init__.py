"""JSON Object Signing and Encryption: compact JWS and compact JWE."""
