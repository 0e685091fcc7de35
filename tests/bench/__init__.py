"""What the hot paths cost, as ratios to the raw operation beneath them."""
