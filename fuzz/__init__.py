"""Random and coverage-guided input for everything that reads text of strangers."""
