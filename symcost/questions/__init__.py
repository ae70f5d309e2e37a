"""Questions that a closed form answers: where, how much, how fast it grows, what differs."""
