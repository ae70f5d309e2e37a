"""Layer 4: configuration files of published models, read with the origin of every value."""
