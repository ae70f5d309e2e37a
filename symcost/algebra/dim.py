"""The dimensions of a network: symbols with a meaning, made here and nowhere else.

A `Dim` has the word used in declarations (`model`), the symbol used in formulas (`d`), its LaTeX
form, one line of meaning and the aliases under which the world knows it. Printing, parsing and
error messages all look here. Every dimension is a positive integer.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


class DimensionError(ValueError):
    """A dimension is unknown, defined twice, or has no legal name."""


@final
class Dim:
    """One dimension. There is a single object for each word, so equality is identity.

    `order` places the symbol in a product: `2 B L s d` and not `2 d s L B`.
    """

    __slots__ = ("aliases", "latex", "meaning", "order", "symbol", "word")

    def __init__(
        self, word: str, symbol: str, latex: str, meaning: str, aliases: tuple[str, ...], order: int
    ) -> None:
        """Use `define`, which keeps words and symbols unique."""
        self.word = word
        self.symbol = symbol
        self.latex = latex
        self.meaning = meaning
        self.aliases = aliases
        self.order = order

    @property
    def key(self) -> tuple[int, str]:
        """Sorts dimensions the same way on every run and platform."""
        return (self.order, self.symbol)

    @property
    def sympy(self) -> Any:
        """The positive-integer SymPy symbol; SymPy is loaded only now."""
        import sympy

        return sympy.Symbol(self.symbol, positive=True, integer=True)

    @property
    def stands_in(self) -> bool:
        """Whether it stands for a named closed form while what is around that is rewritten."""
        return self.order >= STAND_INS

    def __repr__(self) -> str:
        return f"Dim({self.word!r}, {self.symbol!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (define, (self.word, self.symbol, self.latex, self.meaning, self.aliases))


STAND_INS = 10**6

_by_word: dict[str, Dim] = {}
_by_symbol: dict[str, Dim] = {}
_by_alias: dict[str, Dim] = {}


def define(
    word: str,
    symbol: str,
    latex: str | None = None,
    meaning: str = "",
    aliases: Iterable[str] = (),
    beside: str = "",
) -> Dim:
    """Makes a dimension, or returns the one that already is exactly this.

    `beside` is the word of a dimension at whose place it stands in a product: counts of kinds of
    layers stand where the number of layers does.

    Raises `DimensionError` where the word or the symbol already means something else, because two
    letters for one thing, or one letter for two, is how wrong formulas are written.
    """
    for name in (word, symbol):
        if not NAME.fullmatch(name):
            raise DimensionError(
                f"{name!r} cannot name a dimension: a letter, then letters, digits or '_', "
                "at most 40 in all"
            )
    known = _by_word.get(word)
    if known is not None:
        differs = (
            known.symbol != symbol
            or (meaning and known.meaning != meaning)
            or (latex is not None and known.latex != latex)
            or not set(aliases) <= set(known.aliases)
        )
        if differs:
            raise DimensionError(
                f"the dimension '{word}' is already '{known.symbol}' ({known.meaning}); "
                "choose another word"
            )
        return known
    taken = _by_symbol.get(symbol)
    if taken is not None:
        raise DimensionError(
            f"the symbol '{symbol}' already stands for '{taken.word}' ({taken.meaning}); "
            f"choose another symbol for '{word}'"
        )
    aliases = tuple(aliases)
    for alias in aliases:
        other = _by_alias.get(alias)
        if other is not None:
            raise DimensionError(
                f"'{alias}' is already another name of '{other.word}' ({other.meaning})"
            )
    order = dim(beside).order if beside else len(_by_word)
    made = Dim(word, symbol, latex or _default_latex(symbol), meaning, aliases, order)
    _by_word[word] = made
    _by_symbol[symbol] = made
    for alias in made.aliases:
        _by_alias.setdefault(alias, made)
    return made


def stand_in(symbol: str, index: int) -> Dim:
    """A dimension that nobody can look up, the last in every product; see `Dim.stands_in`."""
    return Dim(symbol, symbol, symbol, "", (), STAND_INS + index)


def dim(word: str) -> Dim:
    """The dimension with this word (`model`); `DimensionError` names the nearest one."""
    try:
        return _by_word[word]
    except KeyError:
        raise DimensionError(f"there is no dimension '{word}'.{_nearest(word, _by_word)}") from None


def find(name: str) -> Dim:
    """The dimension with this symbol, word or alias (`d`, `model`, `n_embd`), in that order."""
    for table in (_by_symbol, _by_word, _by_alias):
        if name in table:
            return table[name]
    raise DimensionError(
        f"'{name}' is not a known symbol.{_nearest(name, [*_by_symbol, *_by_word, *_by_alias])}"
    )


def all_dims() -> tuple[Dim, ...]:
    """Every dimension, in the order in which symbols stand in a product."""
    return tuple(_by_word.values())


def _nearest(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _default_latex(symbol: str) -> str:
    head, _, tail = symbol.partition("_")
    tail = tail.replace("_", ",")
    base = head if len(head) == 1 else rf"\mathrm{{{head}}}"
    if not tail:
        return base
    return f"{base}_{tail}" if len(tail) == 1 else rf"{base}_{{\mathrm{{{tail}}}}}"


# The order of this list is the order of symbols in a product.
define(
    "batch", "B", meaning="sequences in the batch", aliases=("batch_size", "b", "bsz", "n_batch")
)
define(
    "layers",
    "L",
    meaning="layers",
    aliases=("n_layer", "n_layers", "num_layers", "num_hidden_layers", "l"),
)
define(
    "time",
    "s",
    meaning="sequence length in tokens",
    aliases=("seq", "seq_len", "seq_length", "sequence_length", "T", "S", "t", "n"),
)
define(
    "experts",
    "E",
    meaning="experts in a mixture-of-experts layer",
    aliases=("n_experts", "num_experts", "num_local_experts", "n_routed_experts"),
)
define(
    "chosen",
    "k",
    meaning="experts each token is sent to",
    aliases=("top_k", "topk", "num_experts_per_tok", "moe_topk"),
)
define(
    "heads",
    "h",
    meaning="query heads",
    aliases=("n_head", "n_heads", "num_heads", "num_attention_heads", "H", "a"),
)
define(
    "groups",
    "h_kv",
    r"h_{\mathrm{kv}}",
    "key and value heads",
    aliases=("n_kv_heads", "num_key_value_heads", "n_kv_head", "n_query_groups"),
)
define(
    "share",
    "r",
    meaning="query heads for each key and value head",
    aliases=("n_rep", "group_size", "kv_groups"),
)
define(
    "vocab",
    "V",
    meaning="entries of the vocabulary",
    aliases=("vocab_size", "n_vocab", "v", "padded_vocab_size"),
)
define(
    "positions",
    "n_ctx",
    r"n_{\mathrm{ctx}}",
    "rows of the learned position table",
    aliases=("n_positions", "max_position_embeddings", "block_size", "context_length"),
)
define(
    "model",
    "d",
    meaning="width of the model",
    aliases=("d_model", "n_embd", "hidden_size", "dim", "dim_embd", "d_embd", "hidden"),
)
define(
    "head",
    "d_h",
    meaning="width of one head",
    aliases=("head_dim", "d_head", "head_size", "dim_head", "d_k"),
)
define(
    "feed",
    "d_ff",
    r"d_{\mathrm{ff}}",
    "inner width of the feed-forward block",
    aliases=("n_inner", "intermediate_size", "ffn_hidden_size", "d_mlp", "ffn_dim", "dim_ff"),
)
define("value_head", "d_v", meaning="width of one value head", aliases=("v_head_dim",))
define(
    "expert_feed", "d_e", meaning="inner width of one expert", aliases=("moe_intermediate_size",)
)
define(
    "shared_feed",
    "d_sh",
    r"d_{\mathrm{sh}}",
    "inner width of the shared expert",
    aliases=("shared_expert_intermediate_size",),
)
define("window", "W", meaning="tokens in a sliding window", aliases=("sliding_window",))
define("query_rank", "r_q", meaning="rank of the compressed queries", aliases=("q_lora_rank",))
define(
    "latent",
    "r_kv",
    r"r_{\mathrm{kv}}",
    "width of the latent of keys and values",
    aliases=("kv_lora_rank",),
)
define("nope", "d_n", meaning="width of a head without rotation", aliases=("qk_nope_head_dim",))
define("rope", "d_r", meaning="width of a head with rotation", aliases=("qk_rope_head_dim",))
define("row_width", "d_emb", meaning="width of a row of the token table")
define("inner", "d_in", meaning="inner width of a state-space block", aliases=("d_inner",))
define(
    "state",
    "n_st",
    r"n_{\mathrm{st}}",
    "elements of the state for each channel",
    aliases=("state_size", "ssm_state_size", "d_state"),
)
define(
    "kernel",
    "k_c",
    meaning="width of the convolution along time",
    aliases=("conv_kernel", "d_conv"),
)
define(
    "step_rank", "r_dt", r"r_{\mathrm{dt}}", "rank of the step size", aliases=("time_step_rank",)
)
define("chunk", "Q", meaning="tokens in one chunk of a scan", aliases=("chunk_size",))
define(
    "state_heads",
    "h_s",
    meaning="heads of a recurrent block",
    aliases=("mamba_n_heads", "mamba_num_heads", "linear_num_value_heads"),
)
define(
    "state_head",
    "d_s",
    meaning="width of one head of a recurrent block",
    aliases=("mamba_head_dim", "mamba_d_head", "linear_value_head_dim"),
)
define(
    "state_groups",
    "g_s",
    meaning="groups that share the state's input and read-out",
    aliases=("n_groups", "mamba_n_groups", "mamba_ngroups"),
)
define("expert_width", "d_m", meaning="width in which experts work", aliases=("moe_latent_size",))
define("block", "d_blk", r"d_{\mathrm{blk}}", "width of one block of a block-diagonal matrix")
define(
    "segments",
    "n_seg",
    r"n_{\mathrm{seg}}",
    "kinds of segments a token may belong to",
    aliases=("type_vocab_size", "segment_types"),
)
define("prompt", "n_pr", r"n_{\mathrm{pr}}", "learned rows before the text", ("prompt_length",))
define("prompt_kinds", "k_pr", r"k_{\mathrm{pr}}", "kinds of learned prompts", ("prompt_types",))
define("encoder_width", "d_enc", r"d_{\mathrm{enc}}", "width of what an encoder hands over")
define("index_heads", "h_i", meaning="heads of the indexer", aliases=("index_n_heads",))
define("index_head", "d_i", meaning="width of one head of the indexer", aliases=("index_head_dim",))
define("norm_rank", "r_n", meaning="rank of the gate of a norm", aliases=("gated_norm_rank",))
define("window_heads", "h_w", meaning="query heads of a windowed layer")
define("window_query_rank", "r_qw", meaning="rank of the queries of a windowed layer")
define("window_latent", "r_w", meaning="width of the latent of a windowed layer")
define("window_nope", "d_nw", meaning="width of a windowed head without rotation")
define("window_rope", "d_rw", meaning="width of a windowed head with rotation")
define("window_value_head", "d_vw", meaning="width of one value head of a windowed layer")
define("buckets", "n_bkt", r"n_{\mathrm{bkt}}", "buckets of relative positions")
define("sub_keys", "n_k", meaning="keys in each half of a product of keys")
define("tasks", "n_task", r"n_{\mathrm{task}}", "kinds of tasks a text may belong to")
define("out_width", "d_out", r"d_{\mathrm{out}}", "width of a row of the output table")
define("sounds", "V_snd", r"V_{\mathrm{snd}}", "entries of the table of pronunciations")
define("sound_width", "d_snd", r"d_{\mathrm{snd}}", "width of a row of pronunciation")
define("shapes", "V_shp", r"V_{\mathrm{shp}}", "entries of the table of written shapes")
define("shape_width", "d_shp", r"d_{\mathrm{shp}}", "width of a row of written shape")
define("idle_experts", "E_0", meaning="experts that do nothing", aliases=("zero_expert_num",))
define("sight_width", "d_see", r"d_{\mathrm{see}}", "width of the encoder of images")
define("sight_feed", "d_fsee", r"d_{\mathrm{fsee}}", "inner feed-forward width of that encoder")
define("sight_layers", "L_see", r"L_{\mathrm{see}}", "layers of the encoder of images")
define("sight_places", "n_see", r"n_{\mathrm{see}}", "pieces an image is cut into")
define("sight_numbers", "d_piece", r"d_{\mathrm{piece}}", "numbers in one piece of an image")
define("streams", "n_hc", r"n_{\mathrm{hc}}", "residual streams", ("hc_mult", "hc_count"))
define("reach", "s_max", r"s_{\mathrm{max}}", "longest sequence that this description is for")
define(
    "layer_row",
    "d_pl",
    r"d_{\mathrm{pl}}",
    "width of the row that a layer reads for each token",
    aliases=("hidden_size_per_layer_input",),
)
define(
    "row_vocab",
    "V_pl",
    r"V_{\mathrm{pl}}",
    "entries with rows for the layers",
    aliases=("vocab_size_per_layer_input",),
)
define("global_head", "d_g", meaning="width of a head that sees everything")
define("global_groups", "h_g", meaning="key and value heads that see everything")
define("side_rank", "r_s", meaning="rank of the learned residual", aliases=("laurel_rank",))
define(
    "out_groups", "g_o", meaning="groups of heads before the last projection", aliases=("o_groups",)
)
define("out_rank", "r_o", meaning="rank of the last projection", aliases=("o_lora_rank",))
define("sparse_rate", "m_c", meaning="tokens in one entry of compressed sparse attention")
define("heavy_rate", "m_h", meaning="tokens in one entry of heavily compressed attention")
define("head_kernel", "k_h", meaning="width of the convolution over whole heads")
define(
    "router_width",
    "d_rt",
    r"d_{\mathrm{rt}}",
    "width of the network that routes",
    ("router_hidden_size",),
)
define("languages", "n_lang", r"n_{\mathrm{lang}}", "languages with weights of their own")
define("bottleneck", "d_bot", r"d_{\mathrm{bot}}", "inner width of an adapter")
define("adapter", "r_ad", r"r_{\mathrm{ad}}", "rank of an adapter", aliases=("adapter_rank",))
define("sight_side", "n_side", r"n_{\mathrm{side}}", "pieces along one side of an image")
define("sight_head", "d_hsee", r"d_{\mathrm{hsee}}", "width of a head of the encoder of images")
define("sight_window", "W_see", r"W_{\mathrm{see}}", "side of a window of the encoder of images")
define("sight_far_layers", "L_far", r"L_{\mathrm{far}}", "layers that see the whole image")
define("sight_channels", "c_see", r"c_{\mathrm{see}}", "channels that leave the encoder of images")
define("distance_width", "d_rel", r"d_{\mathrm{rel}}", "width of a head's look at distances")
define("distances", "n_rel", r"n_{\mathrm{rel}}", "distances with a score", ("rel_extent",))
define("window_groups", "h_wk", meaning="key heads of a windowed layer")
define("window_share", "r_ws", meaning="query heads for each key head of a windowed layer")
define("window_head", "d_hw", meaning="width of one head of a windowed layer")
define("shared_experts", "E_s", meaning="shared experts", aliases=("n_shared_experts",))
define("source", "s_e", meaning="tokens that the encoder reads", aliases=("source_length",))
define("encoder_layers", "L_e", meaning="layers of the encoder")
define("encoder_heads", "h_e", meaning="heads of the encoder", aliases=("encoder_attention_heads",))
define("encoder_head", "d_he", meaning="width of one head of the encoder")
define(
    "encoder_feed",
    "d_fe",
    meaning="inner feed-forward width of the encoder",
    aliases=("encoder_ffn_dim",),
)
define("encoder_positions", "n_e", meaning="rows of the encoder's position table")
define("source_vocab", "V_e", meaning="entries of the encoder's own vocabulary")
define("audio_width", "d_snc", r"d_{\mathrm{snc}}", "numbers in one piece of sound")
define("image", "n_px", r"n_{\mathrm{px}}", "pixels along one side of an image", ("image_size",))
define("patch", "p_px", r"p_{\mathrm{px}}", "pixels along one side of a patch", ("patch_size",))
define("colours", "c_px", r"c_{\mathrm{px}}", "numbers in one pixel", ("num_channels",))
define("classes", "n_cls", r"n_{\mathrm{cls}}", "classes an image may belong to", ("num_labels",))
define("pool_width", "d_pool", r"d_{\mathrm{pool}}", "width of what a pooler makes")
define("vectors", "n_vec", r"n_{\mathrm{vec}}", "vectors that come in, over all sizes in front")
define("features_in", "n_in", r"n_{\mathrm{in}}", "width of what comes in", ("in_features",))
define("features_out", "n_out", r"n_{\mathrm{out}}", "width of what goes out", ("out_features",))
define("channels_in", "c_in", r"c_{\mathrm{in}}", "channels that come in", ("in_channels",))
define("channels_out", "c_out", r"c_{\mathrm{out}}", "channels that go out", ("out_channels",))
define("channel_groups", "g_c", meaning="groups that a convolution keeps apart")
define("kernel_1", "k_1", meaning="width of the filter along the first axis")
define("kernel_2", "k_2", meaning="width of the filter along the second axis")
define("kernel_3", "k_3", meaning="width of the filter along the third axis")
define("length_1", "n_1", meaning="places along the first axis")
define("length_2", "n_2", meaning="places along the second axis")
define("length_3", "n_3", meaning="places along the third axis")
define("recurrent", "d_rec", r"d_{\mathrm{rec}}", "width of the state of a recurrent network")
define("projected", "d_pj", r"d_{\mathrm{pj}}", "width of a projected state", ("proj_size",))
define("key_width", "d_kin", r"d_{\mathrm{kin}}", "width of what keys are made of", ("kdim",))
define("value_width", "d_vin", r"d_{\mathrm{vin}}", "width of what values are made of", ("vdim",))
define("local_block", "m_b", meaning="tokens in a block of local attention")
define("global_block", "m_g", meaning="tokens summed up in one global token")
define("bands", "n_mel", r"n_{\mathrm{mel}}", "bands of a frame of sound", ("num_mel_bins",))
define("capacity", "c_e", meaning="tokens of one sequence that an expert takes at most")
define("encoder_groups", "h_ke", meaning="key and value heads of the encoder")
define("encoder_share", "r_e", meaning="query heads of the encoder for each key and value head")
define("ahead", "n_ah", r"n_{\mathrm{ah}}", "tokens predicted at once", aliases=("ngram",))
define("global_tokens", "n_gl", r"n_{\mathrm{gl}}", "learned tokens that see everything")
define("frames", "n_fr", r"n_{\mathrm{fr}}", "frames or samples of a sound")
define("head_multiple", "m_pad", r"m_{\mathrm{pad}}", "what a head is padded to a multiple of")
define("sound_channels", "c_snd", r"c_{\mathrm{snd}}", "channels between convolutions of a sound")
