"""Finds declarations by their type: a new model, quantity or convention is one new file."""
