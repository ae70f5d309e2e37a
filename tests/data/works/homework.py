# ruff: noqa
# Homework 3, by hand

# Part 1: weights without the embedding
d, h, L = 768, 12, 12
d_h = d // h
d_ff = 4 * d

# queries, keys and values of all heads
qkv = 3 * h * d * d_h
proj = d * d  # output projection
attention = qkv + proj
feed_forward = 2 * d * d_ff
N = L * (attention + feed_forward)  # => 85M

# Part 2: FLOPs of the forward pass
s = 1024
B = 8
tokens = B * s


def linear(rows, inner, columns):
    return 2 * rows * inner * columns


flops = 0
flops += linear(tokens, d, 3 * d)
flops += linear(tokens, d, d)
# scores and mix, for every head
for _sequence in range(B):
    for _head in range(h):
        flops += linear(s, d_h, s)
        flops += linear(s, s, d_h)
flops += linear(tokens, d, d_ff) + linear(tokens, d_ff, d)
per_model = L * flops

# Part 3: training
six_n = 6 * N * tokens
share = six_n / (3 * per_model)
sizes = [("attention", attention), ("feed-forward", feed_forward)]
for name, size in sizes:
    print(name, size)
assert N == 12 * L * d**2
layer_counts = [12, 24, 36]
deep = sum(attention + feed_forward for _ in range(L))
largest = max(layer_counts) * d
widths = [2**k for k in range(3)]
doubled = sum(width * d for width in widths)
dims = {"rows": tokens, "columns": d}
area = dims["rows"] * dims.get("columns", 1)
half = area // 2 + area % 7 - -3
ratio = min(d, d_ff) * len(widths)
