"""Where attributes come from, on evidence only."""
