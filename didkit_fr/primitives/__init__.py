"""What pyca/cryptography lacks, and what must come from outside."""
