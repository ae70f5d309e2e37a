"""A closed form at millions of configurations at once, exact."""
