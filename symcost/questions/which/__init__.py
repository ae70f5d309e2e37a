"""What a number is: every set of conventions and quantities that makes it."""
