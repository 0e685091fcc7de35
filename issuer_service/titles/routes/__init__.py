"""HTTP to protocol messages and back, nothing else: a route sees ports, never adapters."""
