"""Layer 2: ledgers, conventions, one file of rules for each quantity, the one interpreter."""
