"""Encoders of images inside models of text: their sizes, and the weights that they hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.idle_sight import Resting, Sight, SightLayer, gain, matrix
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.config.keys import Keys
    from symcost.graph.architecture import Size

PLACES: Resting = ("W_P", "sight_places sight_width", Role.POSITION)


@final
@dataclass
class IdleTower:
    """An encoder as it was read; `axes` are sizes that have no symbol of their own."""

    layer: SightLayer = field(default_factory=SightLayer)
    before: list[Resting] = field(default_factory=list)
    after: list[Resting] = field(default_factory=list)
    bridge: list[Resting] = field(default_factory=list)
    pooled: bool = False
    far: SightLayer | None = None
    sizes: dict[str, tuple[Size, str]] = field(default_factory=dict)
    axes: dict[str, Poly] = field(default_factory=dict)

    def size(self, keys: Keys, word: str, key: str) -> int:
        """Binds a dimension to the value of a key."""
        value = keys.whole(key)
        self.sizes[word] = (value, keys.origin(key))
        return value

    def sight(self) -> Sight:
        """The specification of the encoder."""
        return Sight(
            tuple(self.before),
            self.layer,
            tuple(self.after),
            pooled=self.pooled,
            far=self.far,
            bridge=tuple(self.bridge),
        )

    def merged(self, pieces: int) -> str:
        """The axis of so many pieces side by side."""
        self.axes["merged"] = self.axes["merged_out"] = Poly.of(dim("sight_width")) * pieces
        return "merged"


def usual(
    k: Keys,
    width: str = "hidden_size",
    feed: str = "intermediate_size",
    layers: str = "num_hidden_layers",
    heads: str = "num_attention_heads",
) -> IdleTower:
    """Width, inner width, layers."""
    tower = IdleTower()
    found = tower.size(k, "sight_width", width)
    if feed:
        tower.size(k, "sight_feed", feed)
    tower.size(k, "sight_layers", layers)
    many = k.whole(heads)
    if found % many:
        k.fail(heads, f"= {many} does not divide {width} = {found}")
    return tower


def pieces(k: Keys, tower: IdleTower, *, bias: bool, colours: str = "num_channels") -> None:
    """The matrix that pieces pass: a square of pixels, perhaps over a few pictures."""
    side = k.whole("patch_size")
    long = k.whole("temporal_patch_size") if k.has("temporal_patch_size") else 1
    numbers = (k.whole(colours) if colours else 3) * long * side**2
    tower.sizes["sight_numbers"] = (numbers, k.origin("patch_size"))
    tower.before += matrix("pieces", "sight_numbers", "sight_width", bias=bias)


def square(k: Keys, tower: IdleTower) -> None:
    """How many pieces a square image has."""
    side, image = k.whole("patch_size"), k.whole("image_size")
    if side > image:
        k.fail("patch_size", f"= {side} is more than image_size = {image}")
    origin = k.origin("image_size", "patch_size")
    tower.sizes["sight_places"] = ((image // side) ** 2, origin)


def rows(tower: IdleTower, role: Role) -> None:
    """A row for the whole image, and a place for it before those of the pieces."""
    tower.axes["sight_rows"] = Poly.of(dim("sight_places")) + Poly.of(1)
    tower.before.append(("whole", "sight_width", Role.SCALE))
    tower.before.append(("W_P", "sight_rows sight_width", role))


def unused(k: Keys, *keys: str) -> None:
    """Keys that the encoder inside another model has no weight for."""
    for key in keys:
        if k.has(key):
            k.raw(key)


def siglip(k: Keys) -> IdleTower:
    """SigLIP, and encoders like it: a table of places, a last norm, a head that may be there."""
    tower = usual(k)
    pieces(k, tower, bias=True)
    square(k, tower)
    tower.before.append(PLACES)
    tower.after += gain("last", "layer", "sight_width")
    tower.pooled = k.has("vision_use_head") and k.flag("vision_use_head")
    unused(k, "projection_dim", "vocab_size", "num_image_tokens", "projector_hidden_act")
    return tower


def clip(k: Keys) -> IdleTower:
    """CLIP: one row for the whole image, norms before and after the layers."""
    tower = usual(k)
    pieces(k, tower, bias=False)
    square(k, tower)
    rows(tower, Role.POSITION)
    tower.before += gain("first", "layer", "sight_width")
    tower.after += gain("last", "layer", "sight_width")
    unused(k, "projection_dim", "vocab_size")
    return tower


def pixtral(k: Keys) -> IdleTower:
    """Pixtral: rotation for places, no biases, gated feed-forward blocks."""
    tower = usual(k)
    pieces(k, tower, bias=False)
    # The class takes the width of a head from the two others, whatever the file says.
    unused(k, "image_size", "head_dim", "vocab_size")
    tower.before += gain("first", "rms", "sight_width")
    tower.layer = SightLayer("rms", gated=True, qkv_bias=False, o_bias=False, feed_bias=False)
    return tower


def internvl(k: Keys) -> IdleTower:
    """InternViT: learned factors for both blocks, several switches."""
    tower = usual(k)
    high, wide = _pair(k, "image_size")
    tall, broad = _pair(k, "patch_size")
    if tall > high or broad > wide:
        k.fail("patch_size", "is larger than image_size")
    origin = k.origin("image_size", "patch_size")
    tower.sizes["sight_places"] = ((high // tall) * (wide // broad), origin)
    numbers = k.whole("num_channels") * tall * broad
    tower.sizes["sight_numbers"] = (numbers, k.origin("num_channels", "patch_size"))
    tower.before += matrix("pieces", "sight_numbers", "sight_width")
    tower.before.append(("whole", "sight_width", Role.SCALE))
    if k.flag("use_mask_token"):
        tower.before.append(("hidden", "sight_width", Role.SCALE))
    if k.flag("use_absolute_position_embeddings"):
        tower.axes["sight_rows"] = Poly.of(dim("sight_places")) + Poly.of(1)
        tower.before.append(("W_P", "sight_rows sight_width", Role.SCALE))
    if not k.flag("use_mean_pooling"):
        tower.after += gain("last", "layer", "sight_width")
    kinds = {"layer_norm": "layer", "rms_norm": "rms"}
    norm = k.text("norm_type")
    if norm not in kinds:
        k.fail("norm_type", f"= '{norm[:40]}' is not layer_norm or rms_norm")
    bias = k.flag("attention_bias")
    head = "rms" if k.flag("use_qk_norm") else ""
    tower.layer = SightLayer(kinds[norm], qkv_bias=bias, head_norm=head, scales=True)
    return tower


def _pair(k: Keys, key: str) -> tuple[int, int]:
    """Two sides, or one that stands for both."""
    if not isinstance(k.raw(key), list):
        return k.whole(key), k.whole(key)
    found = k.numbers(key)
    if len(found) != 2 or min(found) < 1:
        k.fail(key, "must be one side or two")
    return found[0], found[1]


def moonvit(k: Keys) -> IdleTower:
    """MoonViT as Kimi K2.5 has it: a grid of places."""
    tower = usual(k)
    pieces(k, tower, bias=True, colours="")
    high, wide = k.whole("pos_emb_height"), k.whole("pos_emb_width")
    tower.sizes["sight_places"] = (high * wide, k.origin("pos_emb_height", "pos_emb_width"))
    unused(k, "pos_emb_time")
    tower.before.append(("W_P", "sight_places sight_width", Role.SCALE))
    tower.after += gain("last", "layer", "sight_width")
    sides = k.numbers("merge_kernel_size")
    if len(sides) != 2 or min(sides) < 1:
        k.fail("merge_kernel_size", "must be two sides")
    tower.merged(sides[0] * sides[1])
    return tower


def llama4(k: Keys) -> IdleTower:
    """Llama 4: one row for the whole image; several pieces are shuffled into one."""
    tower = usual(k)
    pieces(k, tower, bias=False)
    square(k, tower)
    rows(tower, Role.SCALE)
    tower.before += gain("first", "layer", "sight_width")
    tower.after += gain("last", "layer", "sight_width")
    into, out = k.whole("projector_input_dim"), k.whole("projector_output_dim")
    tower.axes.update(shuffled=Poly.of(into), shown=Poly.of(out), shown_out=Poly.of(out))
    unused(k, "pixel_shuffle_ratio", "multi_modal_projector_bias", "vision_feature_layer")
    unused(k, "vision_feature_select_strategy")
    tower.after += matrix("A_1", "sight_feed", "shuffled", bias=False)
    tower.after += matrix("A_2", "shown", "shown_out", bias=False)
    tower.size(k, "sight_result", "vision_output_dim")
    return tower
