"""Layer 0: dimensions, exact algebra, forms, proofs. Imports nothing of symcost above it."""
