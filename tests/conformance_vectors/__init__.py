"""The official vectors, case by case through the public API, for the conformance report."""
