"""Numbered schema migrations, one module per adapter: never edited once released, only added to."""
