"""Layer 1: the declaration language: axes, tensors, operations, components, architectures."""
