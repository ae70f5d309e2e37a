"""Readers of model types that are not decoders of the usual shape."""
