"""Published closed forms of training and of the cache; see tests/oracles/published.py."""

from __future__ import annotations

from fractions import Fraction

from tests.oracles.published import (
    CTX,
    D_FF,
    D_H,
    FEED,
    KAPLAN,
    ONE_LAYER,
    QKV,
    USUAL,
    B,
    D,
    H,
    L,
    Published,
    S,
    V,
)


def megatron(batch, s, h, kv, heads, groups, ff, layers, vocab):
    """The code counts the three matrices of a gated feed-forward block."""
    attention = h * (heads * kv + 2 * groups * kv) + heads * kv * h
    tokens = 6 * h * layers * 3 * ff + 6 * layers * attention + 6 * h * vocab
    return batch * s * tokens + batch * s**2 * 6 * layers * heads * kv


MEGATRON = (
    Published(
        "narayanan2021-P",
        "Narayanan et al. 2021, arXiv 2104.04473, equation 2, without the last norm",
        lambda n, h, v, s: 12 * n * h**2 * (1 + Fraction(13, 12) / h + (v + s) / (12 * n * h)),
        {"l": L, "h": D, "V": V, "s": CTX},
        "params",
        "torch",
        given=USUAL,
        beyond=-2 * D,
    ),
    Published(
        "narayanan2021-layer-fwd",
        "Narayanan et al. 2021, arXiv 2104.04473, appendix: one layer",
        lambda b, s, h: 24 * b * s * h**2 + 4 * b * s**2 * h,
        {"B": B, "s": S, "h": D},
        "flops_forward",
        "megatron",
        only=(*QKV, "scores", "mix", "W_O", *FEED),
        given=USUAL | ONE_LAYER,
    ),
    Published(
        "narayanan2021-F",
        "Narayanan et al. 2021, arXiv 2104.04473, equation 3: every layer run twice forward",
        lambda b, s, n, h, v: 96 * b * s * n * h**2 * (1 + s / (6 * h) + v / (16 * n * h)),
        {"B": B, "s": S, "l": L, "h": D, "V": V},
        "flops_train",
        "megatron",
        given=USUAL,
    ),
    Published(
        "megatron-nfpo-gqa",
        "NVIDIA Megatron-LM at d98e8a64d, num_floating_point_operations",
        megatron,
        {"B": B, "s": S, "h": D, "kv": D_H, "H": H, "G": H, "ff": D_FF, "L": L, "V": V},
        "flops_train",
        "megatron-lm",
        beyond=6 * B * S * L * D * D_FF,  # GPT has two matrices
    ),
    Published(
        "nemo-bert",
        "NVIDIA NeMo at 8cfedd720, flops_formulas.py, bert: nothing causal is left out",
        lambda b, n, s, h, v: 72 * b * n * s * h**2 * (1 + s / (6 * h) + v / (12 * h * n)),
        {"B": B, "L": L, "s": S, "h": D, "V": V},
        "flops_train",
        "torch",
        given=USUAL,
    ),
)


def nanogpt(n, d, v, t):
    """The function `flops` of transformer_sizing.ipynb, for forward and backward."""
    attention = 2 * t * 3 * d**2 + 2 * t**2 * d + 2 * t**2 * d + 2 * t * d**2
    return 3 * (n * (attention + 2 * t * (4 * d * d) + 2 * t * (4 * d * d)) + 2 * t * d * v)


def nanogpt_mfu(n, d, v, t, h, q, b):
    """`estimate_mfu` of model.py, whose N is every parameter but the position table."""
    return (6 * (12 * n * d**2 + 13 * n * d + 2 * d + v * d) + 12 * n * h * q * t) * t * b


def chinchilla(s, v, d, k, h, f, n):
    """Hoffmann et al., appendix F."""
    attention = 2 * 3 * s * d * (k * h) + 2 * s * s * (k * h) + 3 * h * s * s
    attention += 2 * s * s * (k * h) + 2 * s * (k * h) * d
    return 3 * (2 * s * v * d + n * (attention + 2 * s * (d * f + d * f)) + 2 * s * d * v)


OTHERS = (
    Published(
        "palm-B-6N12LHQT",
        "Chowdhery et al. 2022, PaLM, arXiv 2204.02311, appendix B",
        lambda n, h, q, t, f, d, v: (
            6 * (n * (4 * d * h * q + 2 * d * f) + v * d) + 12 * n * h * q * t
        ),
        {"L": L, "H": H, "Q": D_H, "T": S, "ff": D_FF, "d": D, "V": V},
        "flops_train",
        "palm",
        scope="token",
    ),
    Published(
        "nanogpt-sizing-flops",
        "karpathy/nanoGPT at 3adf61e15, transformer_sizing.ipynb",
        nanogpt,
        {"L": L, "d": D, "V": V, "T": S},
        "flops_train",
        "torch",
        scope="sequence",
        given=USUAL,
    ),
    Published(
        "nanogpt-mfu",
        "karpathy/nanoGPT at 3adf61e15, model.py",
        nanogpt_mfu,
        {"L": L, "d": D, "V": V, "T": S, "H": H, "Q": D_H, "B": B},
        "flops_train",
        "palm",
        given=USUAL,
        beyond=6 * B * S * (13 * L * D + 2 * D),  # biases and norms, as if they were matrices
    ),
    Published(
        "deepseek-llm-6N2",
        "DeepSeek-AI 2024, DeepSeek LLM, arXiv 2401.02954, equation 2: attention left out",
        lambda n, d, v: 72 * n * d**2 + 6 * v * d,
        {"n": L, "d": D, "V": V},
        "flops_train",
        "torch",
        scope="token",
        given=USUAL,
        beyond=-12 * L * S * D,
    ),
    Published(
        "chinchilla-F-qkv",
        "Hoffmann et al. 2022, arXiv 2203.15556, appendix F",
        lambda s, d, k, h: 2 * 3 * s * d * (k * h),
        {"s": S, "d": D, "k": D_H, "H": H},
        "flops_forward",
        "torch",
        scope="sequence",
        only=QKV,
        given=ONE_LAYER,
    ),
    Published(
        "chinchilla-F-qk",
        "Hoffmann et al. 2022, arXiv 2203.15556, appendix F",
        lambda s, k, h: 2 * s * s * (k * h),
        {"s": S, "k": D_H, "H": H},
        "flops_forward",
        "torch",
        scope="sequence",
        only=("scores",),
        given=ONE_LAYER,
    ),
    Published(
        "chinchilla-F-total",
        "Hoffmann et al. 2022, arXiv 2203.15556, appendix F",
        chinchilla,
        {"s": S, "V": V, "d": D, "k": D_H, "H": H, "ffw": D_FF, "L": L},
        "flops_train",
        "torch",
        scope="sequence",
        beyond=6 * S * V * D + 9 * L * H * S**2,  # look-up as a product, softmax at three a score
    ),
    Published(
        "mha-kv-cache",
        "Shazeer 2019, arXiv 1911.02150; Pope et al. 2022, arXiv 2211.05102",
        lambda b, s, n, h, q, size: 2 * b * s * n * h * q * size,
        {"b": B, "s": S, "L": L, "H": H, "dh": D_H, "nbytes": 2},
        "kv_cache_bytes",
        "torch",
    ),
    Published(
        "kipply-kv",
        "kipply 2022, Transformer Inference Arithmetic: 16-bit elements",
        lambda n, h, q: 2 * 2 * n * h * q,
        {"n_layers": L, "n_heads": H, "d_head": D_H},
        "kv_cache_bytes",
        "torch",
        scope="token",
    ),
)
PUBLISHED = KAPLAN + MEGATRON + OTHERS
