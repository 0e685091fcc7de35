"""Data Integrity 1.0: proofs inside the documents that they secure, by cryptosuite."""
