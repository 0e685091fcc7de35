"""What a credential says: the French titles, one table each, and the codecs of their values."""
