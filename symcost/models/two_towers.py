"""Two towers, one over texts and one over images, whose ends are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.components.norm import normalised
from symcost.graph.tensor import Role
from symcost.models.bert import Bert, bert
from symcost.models.vision_transformer import Vision, pixels, vision_transformer

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class Texts:
    """A tower over texts.

    `turned`: a matrix with a bias leads to another width: after a norm and for "every" row, or for
    the "one" row that stands for the text. `projected`: a matrix leads to the shared width.
    """

    words: Bert
    turned: str = ""
    projected: bool = False


@final
@dataclass(frozen=True)
class Pair:
    """Both towers; `scales` numbers are learned beside them."""

    texts: Texts
    images: Vision
    scales: int = 1


def text_tower(a: Author, *, spec: Texts) -> Tensor | tuple[Tensor, ...]:
    """Rows of a text through layers, and what is made of their end.

    Source: Radford et al. 2021, CLIP, arXiv 2103.00020, section 2.4.
    """
    found = bert(a, spec=spec.words)
    if not (spec.turned or spec.projected):
        return found
    x = found[0] if isinstance(found, tuple) else found
    if spec.turned == "every":
        x = normalised(a, x, "layer", name="turned")
        x = a.linear("W_turn", x, "model -> text_width", bias=True)
    elif spec.turned:
        x = a.map("join", x, name="one_row", axes="batch model")
        x = a.linear("W_turn", x, "model -> text_width", bias=True)
    if not spec.projected:
        return x
    width = "text_width" if spec.turned else "model"
    if "time" in x.axes:
        x = a.map("join", x, name="text_row", axes=f"batch {width}")
    return a.linear("W_text", x, f"{width} -> joint")


def two_towers(a: Author, *, spec: Pair) -> Tensor:
    """Every text of a batch is compared with every image.

    Source: Radford et al. 2021, CLIP, arXiv 2103.00020, section 2.3; Zhai et al. 2023, SigLIP,
    arXiv 2303.15343, section 3.
    """
    texts = text_tower(a, spec=spec.texts)
    assert not isinstance(texts, tuple)
    image = pixels(a, flat=spec.images.flat)
    images = a.part("image", vision_transformer, image, spec=spec.images)
    a.axis("images", "batch")
    width = images.axes[-1]
    images = a.map("join", images, name="all_images", axes=f"images {width}")
    texts = a.map("join", texts, name="all_texts", axes=f"batch {width}")
    scores = a.contract(
        f"batch {width}, images {width} -> batch images",
        texts,
        images,
        name="likeness",
        role=Role.HEAD,
    )
    a.axis("scales", spec.scales)
    scales = a.weight("scales", "scales", Role.SCALE)
    return a.map("multiply", scores, scales, name="scaled", axes="batch images")
