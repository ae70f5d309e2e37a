"""The commands, one module each: `add` declares its arguments, `run` does what it says."""
