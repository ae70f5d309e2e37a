"""Closed forms as functions of other languages, in whole numbers that never overflow unseen."""
