"""Layer 3: components, declarations only."""
