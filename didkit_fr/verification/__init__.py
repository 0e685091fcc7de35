"""Is this credential to be believed? The numbered pipeline, what it remembers, and the policy it obeys."""
