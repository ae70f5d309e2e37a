# ruff: noqa
"""Throughput of a training run, from the arguments of the launcher."""

from types import SimpleNamespace

GB = 1024**3
TERA = 10**12

args = SimpleNamespace(
    num_layers=32,
    hidden_size=4096,
    num_attention_heads=32,
    num_query_groups=8,
    kv_channels=128,
    ffn_hidden_size=14336,
    seq_length=8192,
    padded_vocab_size=128256,
    swiglu=True,
    num_experts=None,
    moe_router_topk=2,
)


def attention_flops(args, batch_size):
    """Projections and both products of scores, forward."""
    query_size = args.kv_channels * args.num_attention_heads
    kv_size = args.kv_channels * args.num_query_groups
    projections = 2 * args.hidden_size * (2 * query_size + 2 * kv_size)
    scores = 2 * 2 * query_size * args.seq_length
    return batch_size * args.seq_length * (projections + scores)


def mlp_flops(args, batch_size):
    """Two matrices, or three where the activation is gated."""
    matrices = 3 if args.swiglu else 2
    active = 1 if args.num_experts is None else args.moe_router_topk
    expansion = args.ffn_hidden_size
    return 2 * batch_size * args.seq_length * args.hidden_size * expansion * matrices * active


def model_flops(args, batch_size, *, backward=True):
    per_layer = attention_flops(args, batch_size) + mlp_flops(args, batch_size=batch_size)
    head = 2 * batch_size * args.seq_length * args.hidden_size * args.padded_vocab_size
    forward = args.num_layers * per_layer + head
    # the backward pass costs twice the forward pass
    return 3 * forward if backward else forward


def kv_cache(batch, tokens, bytes_per_element=2):
    return (
        2
        * args.num_layers
        * args.num_query_groups
        * args.kv_channels
        * batch
        * tokens
        * (bytes_per_element)
    )


def main():
    global_batch = 256
    step = model_flops(args, global_batch)
    forward_only = model_flops(args, global_batch, backward=False)
    devices = 8 * 16
    per_device = step / devices
    print("per step: {:,}".format(step))
    print("ratio %d" % (step // forward_only))
    print(f"per device {per_device / 1e12:.1f} TFLOPs")
    cache = kv_cache(batch=1, tokens=args.seq_length)
    assert cache == 2**30, "one sequence fills a gibibyte"
    print(f"cache {cache / GB} GiB")


if __name__ == "__main__":
    main()
