"""Layer 3: counts made by other people, declared with their own shapes."""
