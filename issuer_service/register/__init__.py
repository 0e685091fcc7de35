"""A separate process that stands for the authentic register: its own data, its own interface."""
