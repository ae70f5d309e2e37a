"""Numbers from outside: running models, recorded rows, published formulas.

The modules that run torch are named torch_*; the others need nothing beyond symcost itself.
"""
