"""The dimensions of a network: symbols with a meaning, made here and nowhere else.

A `Dim` has the word used in declarations (`model`), the symbol used in formulas (`d`), its LaTeX
form, one line of meaning and the aliases under which the world knows it. Printing, parsing and
error messages all look here. Every dimension is a positive integer.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
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


@cache
def primed(each: Dim) -> Dim:
    """d' beside d: the same dimension of a second network, at the same place in a product."""
    return Dim(f"{each.word}'", f"{each.symbol}'", f"{each.latex}'", each.meaning, (), each.order)


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
    if re.fullmatch(r"[^']+'", name):
        return primed(find(name[:-1]))
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
    aliases=("seq", "seq_len", "seq_length", "sequence_length", "T", "S", "n"),
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
define("joint", "d_j", meaning="width that images and texts share", aliases=("projection_dim",))
define("pictures", "n_pic", r"n_{\mathrm{pic}}", "pictures in a film", ("num_frames",))
define("tube", "t_px", r"t_{\mathrm{px}}", "pictures that one piece of a film goes through")
define("modalities", "n_mod", r"n_{\mathrm{mod}}", "kinds of rows: of texts, of images")
define("guess_width", "d_gs", r"d_{\mathrm{gs}}", "width of a predictor of what was hidden")
define("guess_heads", "h_gs", r"h_{\mathrm{gs}}", "heads of that predictor")
define("guess_head", "d_hgs", r"d_{\mathrm{hgs}}", "width of a head of that predictor")
define("guess_feed", "d_fgs", r"d_{\mathrm{fgs}}", "inner feed-forward width of that predictor")
define("guess_layers", "L_gs", r"L_{\mathrm{gs}}", "layers of that predictor")
define("spatial_layers", "L_sp", r"L_{\mathrm{sp}}", "layers inside the pictures of a film")
define("temporal_layers", "L_tm", r"L_{\mathrm{tm}}", "layers along the time of a film")
define("text_width", "d_txt", r"d_{\mathrm{txt}}", "width of what a tower over texts makes")
define("sight_heads", "h_see", r"h_{\mathrm{see}}", "heads of the encoder of images")
define("image_rows", "n_hi", r"n_{\mathrm{hi}}", "pixels from the top of an image to its foot")
define("kept", "n_kept", r"n_{\mathrm{kept}}", "patches that are not hidden")
define("things", "n_th", r"n_{\mathrm{th}}", "things looked for", ("num_detection_tokens",))
define("frames", "n_fr", r"n_{\mathrm{fr}}", "frames or samples of a sound")
define("head_multiple", "m_pad", r"m_{\mathrm{pad}}", "what a head is padded to a multiple of")
define("sound_channels", "c_snd", r"c_{\mathrm{snd}}", "channels between convolutions of a sound")
define("hear_width", "d_hear", r"d_{\mathrm{hear}}", "width of the encoder of sound")
define("hear_feed", "d_fhear", r"d_{\mathrm{fhear}}", "inner feed-forward width of that encoder")
define("hear_layers", "L_hear", r"L_{\mathrm{hear}}", "layers of the encoder of sound")
define("hear_places", "n_hear", r"n_{\mathrm{hear}}", "places that the encoder of sound can tell")
define("hear_heads", "h_hear", r"h_{\mathrm{hear}}", "heads of the encoder of sound")
define("hear_groups", "h_khear", r"h_{\mathrm{khear}}", "key and value heads of that encoder")
define("hear_head", "d_hhear", r"d_{\mathrm{hhear}}", "width of one head of that encoder")
define("hear_joined", "m_hear", r"m_{\mathrm{hear}}", "rows of sound that become one")
define("hear_out", "d_ohear", r"d_{\mathrm{ohear}}", "width that sound leaves its projector with")
define("hear_rows", "n_rmel", r"n_{\mathrm{rmel}}", "rows of bands after the convolutions")
define(
    "neck",
    "d_nk",
    r"d_{\mathrm{nk}}",
    "inner width of the block before the logits",
    aliases=("prediction_head_size",),
)
define("feed_groups", "g_f", meaning="groups of a feed-forward block that keep to themselves")
define("landmarks", "n_lm", r"n_{\mathrm{lm}}", "landmarks of a text", ("num_landmarks",))
define(
    "merge",
    "m_see",
    r"m_{\mathrm{see}}",
    "pieces of an image along the side of a square that leaves as one",
    aliases=("pixel_shuffle_factor",),
)
define("sight_result", "d_vr", r"d_{\mathrm{vr}}", "width of what the encoder of images makes")
define("sight_inner", "d_vi", r"d_{\mathrm{vi}}", "inner width after the encoder of images")
define("hear_inner", "d_chear", r"d_{\mathrm{chear}}", "channels of that encoder's convolutions")
define("hear_classes", "n_chear", r"n_{\mathrm{chear}}", "what the encoder of sound spells with")
define("former_width", "d_qf", r"d_{\mathrm{qf}}", "width of the network that asks the encoder")
define("former_feed", "d_fqf", r"d_{\mathrm{fqf}}", "inner feed-forward width of that network")
define("former_layers", "L_qf", r"L_{\mathrm{qf}}", "layers of the network that asks the encoder")
define("former_looks", "L_lqf", r"L_{\mathrm{lqf}}", "layers of that network which see the encoder")
define("former_queries", "n_qf", r"n_{\mathrm{qf}}", "learned queries to the encoder")
define("former_source", "d_eqf", r"d_{\mathrm{eqf}}", "width in which it sees the encoder")
define("page", "n_page", r"n_{\mathrm{page}}", "places along one side of a page")
define("narrow", "d_nar", r"d_{\mathrm{nar}}", "width between two bottlenecks")
define("entities", "n_ent", r"n_{\mathrm{ent}}", "entities", ("entity_vocab_size",))
define("entity_width", "d_ent", r"d_{\mathrm{ent}}", "width of the row of an entity")
define("span", "n_span", r"n_{\mathrm{span}}", "distances told apart on either side of a token")
define("layer_groups", "n_G", meaning="groups of layers", aliases=("num_hidden_groups",))
define("groups_q", "g_q", meaning="groups that the product for queries keeps apart")
define("groups_k", "g_k", meaning="groups that the product for keys keeps apart")
define("groups_v", "g_v", meaning="groups that the product for values keeps apart")
define("groups_o", "g_mix", r"g_{\mathrm{mix}}", "groups that the product after mixing keeps apart")
define("groups_1", "g_1", meaning="groups that the first feed-forward product keeps apart")
define("groups_2", "g_2", meaning="groups that the second feed-forward product keeps apart")
define("hash_block", "m_lsh", r"m_{\mathrm{lsh}}", "tokens in a chunk of hashed attention")
define("hashes", "n_hash", r"n_{\mathrm{hash}}", "rounds of hashing", aliases=("num_hashes",))
define("turns", "n_turn", r"n_{\mathrm{turn}}", "random vectors in a round of hashing")
define("axial_rows", "n_ar", r"n_{\mathrm{ar}}", "rows of a grid of places")
define("axial_columns", "n_ac", r"n_{\mathrm{ac}}", "columns of a grid of places")
define("axial_row_width", "d_ar", r"d_{\mathrm{ar}}", "numbers that say in which row a place is")
define("hear_kernel", "k_hear", r"k_{\mathrm{hear}}", "rows that one of those convolutions sees")
define("hear_stack", "m_st", r"m_{\mathrm{st}}", "frames of sound stacked into one row")
define("who_width", "d_who", r"d_{\mathrm{who}}", "width of the encoder of speakers")
define("who_feed", "d_fwho", r"d_{\mathrm{fwho}}", "inner feed-forward width of that encoder")
define("who_layers", "L_who", r"L_{\mathrm{who}}", "layers of the encoder of speakers")
define("who_heads", "h_who", r"h_{\mathrm{who}}", "heads of the encoder of speakers")
define("who_groups", "h_kwho", r"h_{\mathrm{kwho}}", "key heads of the encoder of speakers")
define("who_head", "d_hwho", r"d_{\mathrm{hwho}}", "head width of the encoder of speakers")
define("who_bands", "n_bwho", r"n_{\mathrm{bwho}}", "bands of a frame for those speakers")
define("who_inner", "d_cwho", r"d_{\mathrm{cwho}}", "width behind the encoder of speakers")
define("speakers", "n_spk", r"n_{\mathrm{spk}}", "speakers told apart at most", ("num_speakers",))
define("when_width", "d_when", r"d_{\mathrm{when}}", "width of the encoder that times words")
define("when_feed", "d_fwhen", r"d_{\mathrm{fwhen}}", "inner feed-forward width of that encoder")
define("when_layers", "L_when", r"L_{\mathrm{when}}", "layers of the encoder that times words")
define("when_heads", "h_when", r"h_{\mathrm{when}}", "heads of the encoder that times words")
define("when_groups", "h_kwhen", r"h_{\mathrm{kwhen}}", "key heads of the encoder that times words")
define("when_head", "d_hwhen", r"d_{\mathrm{hwhen}}", "width of one head where words are timed")
define("when_classes", "n_when", r"n_{\mathrm{when}}", "pieces of words that are timed")
define("when_stretch", "m_when", r"m_{\mathrm{when}}", "rows that each row becomes to time words")
define("latents", "n_lat", r"n_{\mathrm{lat}}", "learned vectors that read", ("num_latents",))
define("latent_width", "d_lat", r"d_{\mathrm{lat}}", "width of a learned vector", ("d_latents",))
define("blocks", "n_blk", r"n_{\mathrm{blk}}", "times that all layers are run", ("num_blocks",))
define("cross_heads", "h_x", meaning="heads that read the input")
define("cross_head", "d_hx", meaning="width of a head that reads the input")
define("cross_value_head", "d_vx", meaning="width of a value head that reads the input")
define("cross_feed", "d_fx", meaning="inner feed-forward width behind it")
define("shortest", "s_min", r"s_{\mathrm{min}}", "shortest sequence that this description is for")
define("hear_window", "W_hear", r"W_{\mathrm{hear}}", "rows of sound that a row looks back on")
define("side_width", "d_xy", r"d_{\mathrm{xy}}", "width of a row for a side", ("coordinate_size",))
define("extent_width", "d_ext", r"d_{\mathrm{ext}}", "width of a row for a height or a width")
define("page_buckets", "n_pbk", r"n_{\mathrm{pbk}}", "buckets of distances on a page")
define("waves", "n_wav", r"n_{\mathrm{wav}}", "waves that tell the way between two boxes")
define("feeds", "n_ffn", r"n_{\mathrm{ffn}}", "feed-forward blocks of a layer")
define("path_steps", "n_dep", r"n_{\mathrm{dep}}", "steps of a path through a page", ("max_depth",))
define("path_width", "d_path", r"d_{\mathrm{path}}", "width of a row for one step of a path")
define("tags", "n_tag", r"n_{\mathrm{tag}}", "tags that a step of a path may have")
define("likes", "n_like", r"n_{\mathrm{like}}", "numbers that a step may have among its like")
define("patches", "n_pt", r"n_{\mathrm{pt}}", "patches that a text is cut into, as it says")
define("folds", "k_pt", r"k_{\mathrm{pt}}", "vectors of bytes in one patch", ("cross_attn_k",))
define("hash_vocab", "V_hash", r"V_{\mathrm{hash}}", "rows of one table of groups of bytes")
define("source_bytes", "V_pa", r"V_{\mathrm{pa}}", "bytes that the network that cuts knows")
define("byte_width", "d_by", r"d_{\mathrm{by}}", "width of a byte")
define("byte_layers", "L_by", r"L_{\mathrm{by}}", "layers of the decoder of bytes")
define("byte_groups", "h_kby", r"h_{\mathrm{kby}}", "key heads of the decoder of bytes")
define("byte_share", "r_by", r"r_{\mathrm{by}}", "query heads for each of them")
define("byte_head", "d_hby", r"d_{\mathrm{hby}}", "width of a head of the decoder of bytes")
define("byte_feed", "d_fby", r"d_{\mathrm{fby}}", "inner width in the decoder of bytes")
define("patcher_width", "d_pa", r"d_{\mathrm{pa}}", "width of the network that cuts a text up")
define("patcher_layers", "L_pa", r"L_{\mathrm{pa}}", "layers of the network that cuts")
define("patcher_groups", "h_kpa", r"h_{\mathrm{kpa}}", "key heads of the network that cuts")
define("patcher_share", "r_pa", r"r_{\mathrm{pa}}", "query heads for each key head there")
define("patcher_head", "d_hpa", r"d_{\mathrm{hpa}}", "width of a head of the network that cuts")
define("patcher_feed", "d_fpa", r"d_{\mathrm{fpa}}", "inner width in the network that cuts")
define("shards", "n_shd", r"n_{\mathrm{shd}}", "hashes of a character", ("num_hash_functions",))
define("stream_rank", "r_hc", r"r_{\mathrm{hc}}", "rank of the gates of residual streams")
define("place_width", "d_plc", r"d_{\mathrm{plc}}", "width of the stream of places")
define("place_head", "d_hplc", r"d_{\mathrm{hplc}}", "width of a head of that stream")
define("place_feed", "d_fplc", r"d_{\mathrm{fplc}}", "inner feed-forward width of that stream")
define("hash_buckets", "n_hb", r"n_{\mathrm{hb}}", "rows for one hash", ("num_hash_buckets",))
define("characters", "m_ch", r"m_{\mathrm{ch}}", "characters in a piece", ("downsampling_rate",))
define("frames_step", "t_fr", r"t_{\mathrm{fr}}", "frames from one piece to the next")
define("bands_step", "t_mel", r"t_{\mathrm{mel}}", "bands from one piece to the next")
define("hear_chunk", "m_chunk", r"m_{\mathrm{chunk}}", "frames in a chunk of sound")
define("place_kernel", "k_pl", r"k_{\mathrm{pl}}", "rows that the convolution for places sees")
define("cached", "t", meaning="tokens of a sequence that are cached already", beside="time")
define("all_tokens", "S_1", meaning="sum of the lengths s_i of a batch's sequences", beside="time")
define("all_squares", "S_2", meaning="sum of the squares of the lengths s_i", beside="time")
define("padded", "s_pad", meaning="length that every sequence is padded to", beside="time")
define("all_cached", "T_1", meaning="sum of the cached lengths t_i of a batch", beside="time")
define("padded_cache", "t_pad", meaning="length that every cache is padded to", beside="time")
define("low_rank", "r_A", meaning="rank of a low-rank update", aliases=("lora_rank",))
define("predictions", "n_mtp", r"n_{\mathrm{mtp}}", "modules that predict further tokens")
define("data_ranks", "n_dp", r"n_{\mathrm{dp}}", "devices that share the data", ("dp_size",))
define("tensor_ranks", "n_tp", r"n_{\mathrm{tp}}", "devices that share each matrix", ("tp_size",))
define("stages", "n_pp", r"n_{\mathrm{pp}}", "stages of a pipeline", aliases=("pp_size",))
define("expert_ranks", "n_ep", r"n_{\mathrm{ep}}", "devices that share the experts", ("ep_size",))
define("micro_batches", "n_mb", r"n_{\mathrm{mb}}", "micro-batches of one step")
define("stage_chunks", "n_ck", r"n_{\mathrm{ck}}", "pieces of the network on each stage")
