"""The revocation log, which is the authority over what was revoked, and what follows it."""
