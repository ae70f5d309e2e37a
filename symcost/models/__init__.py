"""Layer 3: models, declarations and published sizes only."""
