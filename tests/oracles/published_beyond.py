"""Published formulas beyond counting, and what our declarations give under each one's convention.

The formulas themselves are in `tests/data/literature_beyond.jsonl`, as they were published; here
are the sizes that their letters stand for, and the part of a ledger that each is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

import symcost
from symcost.algebra.dim import Dim, dim
from symcost.algebra.identity import put_in
from symcost.algebra.poly import Number, Poly, called
from symcost.algebra.ratio import Ratio
from symcost.components.absorbed_attention import absorbed_latent_attention
from symcost.components.attention import multi_head_attention
from symcost.components.feed_forward import feed_forward, gated_feed_forward
from symcost.components.grouped_attention import grouped_attention
from symcost.components.latent_attention import latent_attention
from symcost.components.mixture import mixture_of_experts
from symcost.graph.author import Author
from symcost.graph.component import Use
from symcost.graph.tensor import Role, Tensor
from symcost.models.decoder import Decoder, Layer, Stack, decoder
from symcost.models.gpt import gpt
from symcost.quantities.convention import MEGATRON_LM, TORCH, Convention, changed
from symcost.quantities.ledger import Ledger

Size: TypeAlias = "Poly | Ratio | Number"


def size(word: str) -> Poly:
    return Poly.of(dim(word))


B, S, D, L, V, H, DH, F = (
    size(word) for word in ("batch", "time", "model", "layers", "vocab", "heads", "head", "feed")
)
G, R, E, K = (size(word) for word in ("groups", "share", "experts", "chosen"))
EF, SF = size("expert_feed"), size("shared_feed")
ROWS, COLUMNS, WINDOW = size("length_1"), size("length_2"), size("window")
RANK, STATE, INNER, T = size("low_rank"), size("state"), size("inner"), size("cached")


def model_of(declaration: Callable[..., Any], **flags: object) -> symcost.Model:
    return symcost.Model(
        symcost.Architecture(
            declaration.__name__, "of a test", declaration, "tests", {}, flags=flags
        )
    )


def stacked(mixer: Use, feed: Use, *, tied: bool = False) -> symcost.Model:
    spec = Decoder((Stack("layer", "layers", Layer(mixer, feed)),), tied=tied)
    return model_of(decoder, spec=spec)


def one_hot(a: Author) -> Tensor:
    """A look-up done as a product with rows of zeros and a single one."""
    return a.linear("W_E", a.input("batch time vocab"), "vocab -> model")


def linear_attention(a: Author) -> Tensor:
    """Keys times values first, then queries times that; one head."""
    q, k = a.input("batch time state", "q"), a.input("batch time state", "k")
    v = a.input("batch time value_head", "v")
    kept = a.contract(
        "batch time state, batch time value_head -> batch state value_head",
        k, v, name="keys_values",
    )  # fmt: skip
    return a.contract(
        "batch time state, batch state value_head -> batch time value_head",
        q, kept, name="read_out",
    )  # fmt: skip


GPT = model_of(gpt, tied=True)
LLAMA = stacked(Use(grouped_attention), Use(gated_feed_forward))
GATED_EXPERTS = stacked(Use(grouped_attention), Use(mixture_of_experts, {"shared": "gated"}))
MIXTRAL = stacked(Use(grouped_attention), Use(mixture_of_experts))
PLAIN_EXPERTS = stacked(
    Use(multi_head_attention), Use(mixture_of_experts, {"gated": False, "activation": "gelu"})
)
LATENT = stacked(Use(latent_attention), Use(feed_forward))
ABSORBED = stacked(Use(absorbed_latent_attention), Use(feed_forward)).in_phase("decode")
ALBERT = model_of(decoder, spec=Decoder((), narrow=True, last_norm="", head=False))
BYTE = changed(TORCH, element_bytes=1)
ALL_WORK = changed(TORCH, include=["elementwise"])


def part(ledger: Ledger, *roles: Role, within: tuple[str, ...] = (), label: str = "") -> Poly:
    """The terms of these roles, inside of these parts, with this label."""
    return ledger.only(
        lambda term: (
            (not roles or term.role in roles)
            and set(within) <= set(term.path)
            and (not label or term.path[-1] == label)
        )
    ).total


def forward(model: symcost.Model, *roles: Role, **chosen: Any) -> Poly:
    return _work(model, "flops_forward", *roles, **chosen)


def train(model: symcost.Model, *roles: Role, **chosen: Any) -> Poly:
    return _work(model, "flops_train", *roles, **chosen)


def _work(
    model: symcost.Model,
    quantity: str,
    *roles: Role,
    scope: str = "batch",
    convention: Convention = TORCH,
    **where: Any,
) -> Poly:
    return part(model.ledger(quantity, scope=scope, convention=convention), *roles, **where)


def cache(model: symcost.Model, convention: Convention = TORCH, scope: str = "token") -> Poly:
    return model.ledger("kv_cache_bytes", convention=convention, scope=scope).total


def softmax(model: symcost.Model, each: int, scope: str = "batch") -> Poly:
    """Softmax at so many operations a score; the declaration has 5 of them."""
    per_score = Fraction(each, 5)
    return per_score * forward(model, Role.SOFTMAX, scope=scope, convention=ALL_WORK)


@dataclass(frozen=True)
class Beyond:
    """`letters` are what the formula's symbols stand for, `given` what its convention equates."""

    id: str
    convention: str
    letters: Mapping[str, Size]
    ours: Callable[[], Size]
    given: Mapping[Dim, Poly | Number] = field(default_factory=dict)


def given(**sizes: Size) -> dict[Dim, Any]:
    return {dim(word): value for word, value in sizes.items()}


ONE = given(batch=1, layers=1)
TILED = given(head=D / (G * R))  # h d_h = d
HEADS_TILE = given(head=D / H)
PATCHES = called("floor", [size("image") / size("patch")])


def attention_work(convention: Convention) -> Poly:
    """Backward with the scores computed again, beside forward: FlashAttention's products."""
    core = train(GPT, Role.ATTENTION, scope="token", convention=convention)
    return core + forward(GPT, label="scores", scope="token", convention=convention)


def experts_of_deepseek() -> Poly:
    model = symcost.load("deepseek-v3")
    ledger = model.ledger("flops_train", convention=MEGATRON_LM)
    total = ledger.only(lambda term: term.role is not Role.ROUTER).total
    held = {each: bound.value for each, bound in model.binding().items()}
    return total.substitute({each: value for each, value in held.items() if each != dim("model")})


def vision() -> Poly:
    ledger = symcost.load("vit-l-16").ledger("flops_forward")
    return ledger.only(lambda term: term.role is not Role.HEAD).total


def mamba_2() -> Poly:
    model = symcost.load("mamba2-130m")
    states = part(model.ledger("kv_cache_bytes", convention=BYTE), label="state")
    return forward(model, Role.MATRIX, scope="token") + 7 * states


def checkpoints() -> Poly:
    """Inputs of n/k segments, and of the k layers of the one that is computed again."""
    kept = symcost.load("megatron-layers").ledger(
        "activation_bytes", convention=changed(TORCH, recompute="full")
    )
    segment = size("kernel_1")
    inputs = [kept.total.substitute(given(layers=n)) for n in (L / segment, segment)]
    return sum(inputs, Poly()) / kept.total.substitute(given(layers=1))


def bert() -> Poly:
    model = symcost.load("bert-base")
    return put_in(model.ledger("params").total, model.architecture.relations)


def lora() -> Poly:
    return GPT.variant(lora="W_Q, W_V").ledger("params_trainable").total


def mamba_states() -> Poly:
    """9 operations for each number of a state; the read-out alone has 2 of them."""
    return Fraction(9, 2) * forward(symcost.load("mamba-130m"), label="read_out")


def matrices(model: symcost.Model, *roles: Role) -> Poly:
    return model.ledger("params").of_roles(Role.MATRIX, *roles).total


CASES = (
    # -- keys and values kept
    Beyond(
        "dsv2-kv-gqa", "elements for each token", {"ng": G, "dh": DH, "l": L},
        lambda: cache(LLAMA, BYTE),
    ),
    Beyond(
        "dsv2-kv-mla-4.5", "elements for each token; d_c = 4 d_h, d_R = d_h/2", {"dh": DH, "l": L},
        lambda: cache(LATENT, BYTE), given(latent=4 * DH, rope=DH / 2),
    ),
    Beyond(
        "stas-kv", "2 bytes an element, h d_h = d; for each token",
        {"nb": 2, "L": L, "h": D, "Hkv": G, "H": G * R}, lambda: cache(LLAMA), TILED,
    ),
    Beyond(
        "jax-kv", "1 byte an element", {"S": S, "L": L, "Kh": G, "H": DH},
        lambda: cache(LLAMA, BYTE, "sequence"),
    ),
    Beyond(
        "gqa-kv-ratio", "cache of one key head for each query head over that of groups",
        {"H": G * R, "G": G},
        lambda: Ratio(cache(GPT).substitute(given(heads=G * R)), cache(LLAMA)),
    ),
    # -- work
    Beyond(
        "chinchilla-F-embed", "the look-up done as a product with one-hot rows",
        {"s": S, "V": V, "d": D}, lambda: forward(model_of(one_hot)), ONE,
    ),
    Beyond(
        "chinchilla-F-softmax", "3 operations for each score; 5 in our table, with the maximum",
        {"s": S, "H": H}, lambda: softmax(GPT, 3), ONE,
    ),
    Beyond(
        "kaplan2020-flops-embed", "a look-up is no work; the row charges 4 d", {"d_model": D},
        lambda: forward(GPT, Role.EMBEDDING, Role.POSITION),
    ),
    Beyond(
        "jax-attn-gqa", "training, projections only",
        {"B": B, "T": S, "D": D, "N": G * R, "Kh": G, "H": DH},
        lambda: train(LLAMA, Role.MATRIX, within=("attention",)), given(layers=1),
    ),
    Beyond(
        "jax-layer-train", "training, full square, as many key heads as query heads, gated",
        {"B": B, "T": S, "D": D, "F": F, "N": G, "H": DH},
        lambda: train(LLAMA, within=("layer",)), given(layers=1, share=1),
    ),
    Beyond(
        "jax-vocab-table", "training, the logits' product; the row counts the look-up as one too",
        {"B": B, "T": S, "D": D, "V": V}, lambda: train(LLAMA, Role.HEAD),
    ),
    Beyond(
        "nanotron-llama", "training, full square, h d_h = d",
        {"L": L, "b": B, "s": S, "h": D, "H": G * R, "Hkv": G, "ff": F, "V": V},
        lambda: train(LLAMA), TILED,
    ),
    Beyond(
        "levanter-fwd", "for each token, full square, h d_h = d, softmax at 3 for each score",
        {"L": L, "s": S, "h": D, "H": G * R, "Hkv": G, "ff": F, "V": V},
        lambda: forward(LLAMA, scope="token") + softmax(LLAMA, 3, "token"), TILED,
    ),
    Beyond(
        "megatron-nfpo-moe", "training, for each token and layer, without the router",
        {"h": D, "mff": EF, "k": K, "sff": SF, "E": E},
        lambda: train(GATED_EXPERTS, Role.MATRIX, within=("feed_forward",), scope="token"),
        given(layers=1),
    ),
    Beyond(
        "moe-flops-token", "for each token and layer, not gated, with the router",
        {"k": K, "d": D, "ff": EF, "E": E},
        lambda: forward(PLAIN_EXPERTS, within=("feed_forward",), scope="token"), given(layers=1),
    ),
    Beyond(
        "nemo-dsv3", "training, half the square, without the router; the published sizes but d",
        {"s": S, "d": D}, experts_of_deepseek, given(batch=1),
    ),
    Beyond(
        "nemo-clip", "forward, full square; pixels of whole patches, d_ff = 4 d, no classes",
        {"B": B, "L": L, "h": D, "s": PATCHES**2 + 1, "c": size("colours"),
         "ih": size("patch") * PATCHES, "iw": size("patch") * PATCHES},
        vision, {**HEADS_TILE, **given(feed=4 * D)},
    ),
    Beyond(
        "mla-absorbed-decode", "one token that sees s, its own among them; products of scores, mix",
        {"s": T + 1, "H": H, "kl": size("latent"), "dr": size("rope")},
        lambda: forward(ABSORBED, Role.ATTENTION), ONE,
    ),
    Beyond(
        "linear-attn", "one head, keys times values first, no mask",
        {"N": S, "C": STATE, "Mv": size("value_head")},
        lambda: forward(model_of(linear_attention)), given(batch=1),
    ),
    Beyond(
        "mamba-scan-9BLDN", "9 operations for each number of a state, D the inner width",
        {"B": B, "L": S, "D": INNER, "N": STATE}, mamba_states, given(layers=1),
    ),
    Beyond(
        "mamba2-layer-megatron", "for each token, no convolution, 7 for each number of a state",
        {"h": D, "din": size("state_heads") * size("state_head"), "g": size("state_groups"),
         "N": STATE, "nh": size("state_heads")},
        mamba_2, ONE,
    ),
    # -- windows
    Beyond(
        "swin-msa", "MACs, matrices and both products, one window of all places",
        {"h": ROWS, "w": COLUMNS, "C": D},
        lambda: forward(GPT, within=("attention",), convention=changed(TORCH, mac=True)),
        {**ONE, **HEADS_TILE, **given(time=ROWS * COLUMNS)},
    ),
    Beyond(
        "swin-wmsa", "MACs, matrices and both products, a batch of windows of M x M places",
        {"h": ROWS, "w": COLUMNS, "C": D, "Mw": WINDOW},
        lambda: forward(GPT, within=("attention",), convention=changed(TORCH, mac=True)),
        {**HEADS_TILE, **given(layers=1, time=WINDOW**2, batch=ROWS * COLUMNS / WINDOW**2)},
    ),
    Beyond(
        "vaswani-table1", "MACs, full square; the row leaves the matrices out", {"n": S, "d": D},
        lambda: forward(GPT, within=("attention",), convention=changed(TORCH, mac=True)),
        {**ONE, **HEADS_TILE},
    ),
    # -- recomputation, memory
    Beyond(
        "fa2-bwd-2.5", "work of the hardware: scores computed again in backward, beside its 4",
        {"f": forward(GPT, Role.ATTENTION, scope="token")},
        lambda: attention_work(TORCH) - forward(GPT, Role.ATTENTION, scope="token"),
    ),
    Beyond(
        "lingua-flops", "for each token; half the square, scores computed again in backward; N in "
        "matrices and logits", {"N": matrices(GPT, Role.EMBEDDING), "L": L, "s": S, "d": D},
        lambda: train(GPT, Role.MATRIX, Role.HEAD, scope="token")
        + attention_work(changed(TORCH, causal="half")), HEADS_TILE,
    ),
    Beyond(
        "sqrt-checkpoint", "in inputs of a layer; segments of k layers computed again, k^2 = n",
        {"n": L, "k": size("kernel_1")}, checkpoints,
    ),
    # -- rules of thumb
    Beyond(
        "llama3-6ND", "N in matrices and logits; attention between tokens left out",
        {"N": matrices(LLAMA, Role.HEAD), "D": B * S}, lambda: train(LLAMA, Role.MATRIX, Role.HEAD),
    ),
    Beyond(
        "hf-floating-point-ops", "N in the layers' matrices; the row leaves attention out",
        {"tok": B * S, "N": matrices(GPT), "L": L, "d": D, "s": S},
        lambda: train(GPT, Role.MATRIX, Role.ATTENTION), HEADS_TILE,
    ),
    Beyond(
        "openai-compute", "adds are the MACs of forward for one example",
        {"adds": forward(GPT, scope="sequence", convention=changed(TORCH, mac=True)), "ex": B},
        lambda: train(GPT),
    ),
    # -- parameters
    Beyond(
        "lora-params", "W_Q and W_V of each layer, h d_h = d", {"n": 2 * L, "d": D, "r": RANK},
        lora, HEADS_TILE,
    ),
    Beyond(
        "llama-params", "all parameters, untied",
        {"L": L, "d": D, "H": G * R, "Hkv": G, "dh": DH, "ff": F, "V": V},
        lambda: LLAMA.ledger("params").total,
    ),
    Beyond(
        "mixtral-total", "all parameters, untied, h = 4 h_kv, h d_h = d",
        {"L": L, "d": D, "ff": EF, "V": V, "E": E}, lambda: MIXTRAL.ledger("params").total,
        given(share=4, head=D / (4 * G)),
    ),
    Beyond(
        "swiglu-two-thirds", "d_ff = 8 d/3, not rounded", {"d": D},
        lambda: model_of(gated_feed_forward).ledger("params").total, given(feed=8 * D / 3),
    ),
    Beyond(
        "bert-params", "all parameters, 2 segments, d_ff = 4 d",
        {"V": V, "S": size("positions"), "H": D, "L": L}, bert, given(segments=2, feed=4 * D),
    ),
    Beyond(
        "albert-embedding", "without the projection's bias",
        {"V": V, "E": size("row_width"), "H": D}, lambda: ALBERT.ledger("params").total,
    ),
)  # fmt: skip


def put(value: Size, case: Beyond) -> Ratio:
    """A cost with the case's equations in it, repeated until nothing moves."""
    found = Ratio.of(value)
    for _ in range(2):
        found = found.substitute(case.given)
    return found
