"""What issuance takes from OAuth 2.0 (RFC 6749, RFC 6750, RFC 8414)."""
