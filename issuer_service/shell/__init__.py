"""What the applications share: commands, settings, serving, events, private files. It imports no application."""
