"""W3C credentials and presentations: embedded proofs and envelopes."""
