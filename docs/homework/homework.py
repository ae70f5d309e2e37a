"""Homework, as it was handed in: what does a small transformer cost?

A bare transformer: no biases, no norms, no embeddings.
"""

width = 768
heads = 12
layers = 12
inner = 3072
head = width // heads

# Part 1: parameters
params_head = 3 * width * head  # Q, K and V of one head
params_attention = heads * params_head + width * width  # with the output projection
params_ffn = 2 * width * inner
params_layer = params_attention + params_ffn
params = layers * params_layer  # all layers
print("parameters:", params)

# Part 2, count A: FLOPs of a forward pass
a_qkv = 3 * 2 * width * width * head  # Q, K and V of one head
a_scores = 2 * head**3  # scores of one head
a_out = 2 * width * width * width  # output projection
a_attention = heads * (a_qkv + a_scores) + a_out
a_ffn = 2 * width * width * inner
a_layer = a_attention + a_ffn
a_forward = layers * a_layer  # FLOPs of all layers
print("forward, count A:", a_forward)

# Part 2, count B: FLOPs of a forward pass
b_qkv = 3 * 2 * width * width * head  # Q, K and V of one head
b_scores = 2 * head**3  # scores of one head
b_out = 2 * width * width * width  # output projection
b_attention = heads * (b_qkv + b_scores + b_out)
b_ffn = 2 * 2 * width * width * inner
b_layer = b_attention + b_ffn
b_forward = layers * b_layer  # FLOPs of all layers
print("forward, count B:", b_forward)

# Part 3: FLOPs of training, for one token
train_token = 6 * params
print("training, per token:", train_token)
