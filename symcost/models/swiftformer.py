"""SwiftFormer: convolutions, and attention that sums all queries up in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.picture import (
    chain,
    classified,
    convolved_image,
    dense,
    mean,
    normed,
    picture,
    scaled,
)
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def swiftformer(
    a: Author,
    *,
    widths: list[int],
    depths: list[int],
    feeds: list[int],
    cuts: list[tuple[int, int, int] | None],
    scale: bool,
    head: bool,
) -> Tensor:
    """Blocks of convolutions, the last of every stage with attention; two heads over classes.

    `cuts` are kernel, stride and padding after every stage but the last, None for no cut. Source:
    Shaker et al. 2023, SwiftFormer, arXiv 2303.15446, section 3.
    """
    x = picture(a)
    for index, out in enumerate((widths[0] // 2, widths[0])):
        x = convolved_image(a, x, f"stem_{index}", out, 3, 2, bias=True)
        x = a.map("relu", normed(a, x, f"stem_{index}"), name=f"stem_{index}_relu")
    for index, (wide, depth) in enumerate(zip(widths, depths, strict=True)):
        flags = {"wide": wide, "feed": feeds[index]}
        x = chain(a, x, f"stage_{index}", depth - 1, convolved_block, **flags)
        x = chain(a, x, f"attend_{index}", 1, attending_block, **flags, scale=scale)
        cut = cuts[index] if index + 1 < len(widths) else None
        if cut is not None:
            kernel, stride, padding = cut
            name = f"cut_{index}"
            out = widths[index + 1]
            x = convolved_image(a, x, name, out, kernel, stride, padding=padding, bias=True)
            x = normed(a, x, name)
    if not head:
        return x
    y = mean(a, normed(a, x, "last"))
    return a.map("add", classified(a, y), classified(a, y, "W_taught"), name="both_heads")


def convolved_block(a: Author, x: Tensor, mark: str, *, wide: int, feed: int) -> Tensor:
    """Each channel looks around, then two matrices; a learned vector scales what is added."""
    y = convolved_image(a, x, f"{mark}deep", wide, 3, groups=wide, bias=True)
    y = dense(a, normed(a, y, f"{mark}deep"), f"{mark}up", feed, role=Role.CONVOLUTION)
    y = a.map("gelu", y, name=f"{mark}gelu")
    y = dense(a, y, f"{mark}down", wide, role=Role.CONVOLUTION)
    return a.map("add", x, scaled(a, y, f"{mark}scale"), name=f"{mark}add")


def attending_block(
    a: Author, x: Tensor, mark: str, *, wide: int, feed: int, scale: bool
) -> Tensor:
    """A block of convolutions, attention by addition, and two matrices."""
    x = convolved_block(a, x, f"{mark}near_", wide=wide, feed=wide)
    y = _by_addition(a, x, wide)
    x = a.map("add", x, scaled(a, y, "scale_far") if scale else y, name="add_far")
    y = dense(a, normed(a, x, "feed"), "W_1", feed, role=Role.CONVOLUTION)
    y = dense(a, a.map("gelu", y, name="feed_gelu"), "W_2", wide, role=Role.CONVOLUTION)
    return a.map("add", x, scaled(a, y, "scale_feed") if scale else y, name="add_feed")


def _by_addition(a: Author, x: Tensor, wide: int) -> Tensor:
    """One weighted sum of all queries multiplies every key."""
    q, k = dense(a, x, "W_Q", wide), dense(a, x, "W_K", wide)
    shares = a.linear("w_share", q, f"{q.axes[-1]} ->", role=Role.ATTENTION)
    shares = a.map("softmax", shares, name="shares")
    whole = a.map("multiply", q, shares, name="weighed")
    y = a.map("multiply", k, mean(a, whole, "sum_of_queries"), name="global_context")
    y = a.map("add", dense(a, y, "W_P", wide), q, name="add_queries")
    return dense(a, y, "W_O", wide)
