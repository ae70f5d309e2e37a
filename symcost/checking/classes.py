"""What a quantity, or a product of sizes, is in the words of the table of errors."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ONE = Fraction(1)
TOKENS = frozenset({"time", "cached", "new_tokens", "window", "patches", "context", "positions"})
WIDTHS = frozenset({"model", "feed", "head", "value_head", "inner", "expert_feed"})


def classes_of_product(
    sizes: Sequence[tuple[str, int]], quantity: frozenset[str], number: Fraction = ONE
) -> frozenset[str]:
    """What a product of a reference formula is, by the tags and powers of its sizes."""
    ups = [part for tag, power in sizes if power > 0 for part in tag.split("+")]
    found = set()
    tokens = [tag for tag in ups if tag in TOKENS]
    widths = [tag for tag in ups if tag in WIDTHS]
    work = quantity & {"forward", "train"}
    few = tokens and ("attention" in quantity or (work and len(widths) == 1))
    if number > 0 and (len(tokens) > 1 or few):
        found.add("core")
    if tokens and widths == ["model"] and (number < 0 or "params" in quantity):
        found.add("position")  # a table of rows, counted or subtracted
    if "params" in quantity and len(widths) > 1 and not tokens:
        found.add("matrix_product")
    if "vocab" in ups:
        found.add("vocabulary")
    if "feed" in ups:
        found.add("feed")
    if {"experts", "chosen", "expert_feed", "shared_feed", "interval"} & set(ups):
        found.add("expert")
    others = set(ups) - {"layers", "number"}
    if "params" in quantity and len(widths) == 1 and len(others) == 1 and "vocab" not in ups:
        found.add("vector")
    if "look" in quantity:
        found.add("vocabulary")
    return frozenset(found)


def quantity_classes(words: str) -> frozenset[str]:
    """What a quantity is, in the words of the table: `flops_train (attention)` is train."""
    text = words.lower().replace("_", " ")
    found: set[str] = set()
    memory = any(word in text for word in ("byte", "memory", " gb", "gib", "weights to load"))
    states = "state" in text or "optimizer" in text or "gradient" in text
    if "cache" in text or "k and v" in text:
        found |= {"cache", "bytes"}
    if memory:
        found.add("bytes")
    if states:
        found |= {"states", "bytes"}
    if "activation" in text and ("bytes" in found or "elements" in text):
        found |= {"activations", "bytes"}
    if not found:
        found |= _of_work(text)
    if "attention" in text or "qk" in text or "pairs" in text:
        found.add("attention")
    if "peak" in text:
        found = {"peak"}
    if "ratio" in text or "multiplier" in text:
        found.add("ratio")
    if any(word in text for word in ("hour", "day", "second", "time")):
        found.add("time")
    if "vocabulary" in text or "embedding" in text:
        found.add("look")
    return frozenset(found or {"other"})


def _of_work(text: str) -> set[str]:
    found = set()
    if "param" in text:
        found.add("params")
    if "train" in text or "backward" in text:
        found.add("train")
    elif any(word in text for word in ("flop", "macs", "ops", "forward", "compute", "operations")):
        found.add("forward")
    if "macs" in text or "mac" in text.split():
        found.add("macs")
    return found


def shape(tags: frozenset[str], quantity: frozenset[str]) -> Iterator[str]:
    """What a product with sizes of these tags is like, whatever model it is a part of."""
    if "params" in quantity and len(tags - {"layers"}) == 1 and tags & WIDTHS:
        yield "vector"
    if "vocab" in tags:
        yield "vocabulary"
    if tags & TOKENS and tags & WIDTHS and quantity & {"forward", "train"} and "vocab" not in tags:
        yield "core"
