"""The dimensions that symcost knows: word, symbol, LaTeX, meaning, and what others call them.

Data only; `symcost.algebra.dim` makes the dimensions. The order of this list is the order of
symbols in a product.
"""

from __future__ import annotations

from typing import NamedTuple


class Known(NamedTuple):
    """One dimension; see `symcost.algebra.dim.define`."""

    word: str
    symbol: str
    latex: str | None = None
    meaning: str = ""
    aliases: tuple[str, ...] = ()
    beside: str = ""


KNOWN = (
    Known(
        "batch",
        "B",
        meaning="sequences in the batch",
        aliases=("batch_size", "b", "bsz", "n_batch"),
    ),
    Known(
        "layers",
        "L",
        meaning="layers",
        aliases=("n_layer", "n_layers", "num_layers", "num_hidden_layers", "l"),
    ),
    Known(
        "time",
        "s",
        meaning="sequence length in tokens",
        aliases=("seq", "seq_len", "seq_length", "sequence_length", "T", "S", "n"),
    ),
    Known(
        "experts",
        "E",
        meaning="experts in a mixture-of-experts layer",
        aliases=("n_experts", "num_experts", "num_local_experts", "n_routed_experts"),
    ),
    Known(
        "chosen",
        "k",
        meaning="experts each token is sent to",
        aliases=("top_k", "topk", "num_experts_per_tok", "moe_topk"),
    ),
    Known(
        "heads",
        "h",
        meaning="query heads",
        aliases=("n_head", "n_heads", "num_heads", "num_attention_heads", "H", "a"),
    ),
    Known(
        "groups",
        "h_kv",
        r"h_{\mathrm{kv}}",
        "key and value heads",
        aliases=("n_kv_heads", "num_key_value_heads", "n_kv_head", "n_query_groups"),
    ),
    Known(
        "share",
        "r",
        meaning="query heads for each key and value head",
        aliases=("n_rep", "group_size", "kv_groups"),
    ),
    Known(
        "vocab",
        "V",
        meaning="entries of the vocabulary",
        aliases=("vocab_size", "n_vocab", "v", "padded_vocab_size"),
    ),
    Known(
        "positions",
        "n_ctx",
        r"n_{\mathrm{ctx}}",
        "rows of the learned position table",
        aliases=("n_positions", "max_position_embeddings", "block_size", "context_length"),
    ),
    Known(
        "model",
        "d",
        meaning="width of the model",
        aliases=("d_model", "n_embd", "hidden_size", "dim", "dim_embd", "d_embd", "hidden"),
    ),
    Known(
        "head",
        "d_h",
        meaning="width of one head",
        aliases=("head_dim", "d_head", "head_size", "dim_head", "d_k"),
    ),
    Known(
        "feed",
        "d_ff",
        r"d_{\mathrm{ff}}",
        "inner width of the feed-forward block",
        aliases=("n_inner", "intermediate_size", "ffn_hidden_size", "d_mlp", "ffn_dim", "dim_ff"),
    ),
    Known("value_head", "d_v", meaning="width of one value head", aliases=("v_head_dim",)),
    Known(
        "expert_feed",
        "d_e",
        meaning="inner width of one expert",
        aliases=("moe_intermediate_size",),
    ),
    Known(
        "shared_feed",
        "d_sh",
        r"d_{\mathrm{sh}}",
        "inner width of the shared expert",
        aliases=("shared_expert_intermediate_size",),
    ),
    Known("window", "W", meaning="tokens in a sliding window", aliases=("sliding_window",)),
    Known("query_rank", "r_q", meaning="rank of the compressed queries", aliases=("q_lora_rank",)),
    Known(
        "latent",
        "r_kv",
        r"r_{\mathrm{kv}}",
        "width of the latent of keys and values",
        aliases=("kv_lora_rank",),
    ),
    Known("nope", "d_n", meaning="width of a head without rotation", aliases=("qk_nope_head_dim",)),
    Known("rope", "d_r", meaning="width of a head with rotation", aliases=("qk_rope_head_dim",)),
    Known("row_width", "d_emb", meaning="width of a row of the token table"),
    Known("inner", "d_in", meaning="inner width of a state-space block", aliases=("d_inner",)),
    Known(
        "state",
        "n_st",
        r"n_{\mathrm{st}}",
        "elements of the state for each channel",
        aliases=("state_size", "ssm_state_size", "d_state"),
    ),
    Known(
        "kernel",
        "k_c",
        meaning="width of the convolution along time",
        aliases=("conv_kernel", "d_conv"),
    ),
    Known(
        "step_rank",
        "r_dt",
        r"r_{\mathrm{dt}}",
        "rank of the step size",
        aliases=("time_step_rank",),
    ),
    Known("chunk", "Q", meaning="tokens in one chunk of a scan", aliases=("chunk_size",)),
    Known(
        "state_heads",
        "h_s",
        meaning="heads of a recurrent block",
        aliases=("mamba_n_heads", "mamba_num_heads", "linear_num_value_heads"),
    ),
    Known(
        "state_head",
        "d_s",
        meaning="width of one head of a recurrent block",
        aliases=("mamba_head_dim", "mamba_d_head", "linear_value_head_dim"),
    ),
    Known(
        "state_groups",
        "g_s",
        meaning="groups that share the state's input and read-out",
        aliases=("n_groups", "mamba_n_groups", "mamba_ngroups"),
    ),
    Known(
        "expert_width", "d_m", meaning="width in which experts work", aliases=("moe_latent_size",)
    ),
    Known("block", "d_blk", r"d_{\mathrm{blk}}", "width of one block of a block-diagonal matrix"),
    Known(
        "segments",
        "n_seg",
        r"n_{\mathrm{seg}}",
        "kinds of segments a token may belong to",
        aliases=("type_vocab_size", "segment_types"),
    ),
    Known("prompt", "n_pr", r"n_{\mathrm{pr}}", "learned rows before the text", ("prompt_length",)),
    Known(
        "prompt_kinds", "k_pr", r"k_{\mathrm{pr}}", "kinds of learned prompts", ("prompt_types",)
    ),
    Known("encoder_width", "d_enc", r"d_{\mathrm{enc}}", "width of what an encoder hands over"),
    Known("index_heads", "h_i", meaning="heads of the indexer", aliases=("index_n_heads",)),
    Known(
        "index_head", "d_i", meaning="width of one head of the indexer", aliases=("index_head_dim",)
    ),
    Known("norm_rank", "r_n", meaning="rank of the gate of a norm", aliases=("gated_norm_rank",)),
    Known("window_heads", "h_w", meaning="query heads of a windowed layer"),
    Known("window_query_rank", "r_qw", meaning="rank of the queries of a windowed layer"),
    Known("window_latent", "r_w", meaning="width of the latent of a windowed layer"),
    Known("window_nope", "d_nw", meaning="width of a windowed head without rotation"),
    Known("window_rope", "d_rw", meaning="width of a windowed head with rotation"),
    Known("window_value_head", "d_vw", meaning="width of one value head of a windowed layer"),
    Known("buckets", "n_bkt", r"n_{\mathrm{bkt}}", "buckets of relative positions"),
    Known("sub_keys", "n_k", meaning="keys in each half of a product of keys"),
    Known("tasks", "n_task", r"n_{\mathrm{task}}", "kinds of tasks a text may belong to"),
    Known("out_width", "d_out", r"d_{\mathrm{out}}", "width of a row of the output table"),
    Known("sounds", "V_snd", r"V_{\mathrm{snd}}", "entries of the table of pronunciations"),
    Known("sound_width", "d_snd", r"d_{\mathrm{snd}}", "width of a row of pronunciation"),
    Known("shapes", "V_shp", r"V_{\mathrm{shp}}", "entries of the table of written shapes"),
    Known("shape_width", "d_shp", r"d_{\mathrm{shp}}", "width of a row of written shape"),
    Known("idle_experts", "E_0", meaning="experts that do nothing", aliases=("zero_expert_num",)),
    Known("sight_width", "d_see", r"d_{\mathrm{see}}", "width of the encoder of images"),
    Known("sight_feed", "d_fsee", r"d_{\mathrm{fsee}}", "inner feed-forward width of that encoder"),
    Known("sight_layers", "L_see", r"L_{\mathrm{see}}", "layers of the encoder of images"),
    Known("sight_places", "n_see", r"n_{\mathrm{see}}", "pieces an image is cut into"),
    Known("sight_numbers", "d_piece", r"d_{\mathrm{piece}}", "numbers in one piece of an image"),
    Known("streams", "n_hc", r"n_{\mathrm{hc}}", "residual streams", ("hc_mult", "hc_count")),
    Known("reach", "s_max", r"s_{\mathrm{max}}", "longest sequence that this description is for"),
    Known(
        "layer_row",
        "d_pl",
        r"d_{\mathrm{pl}}",
        "width of the row that a layer reads for each token",
        aliases=("hidden_size_per_layer_input",),
    ),
    Known(
        "row_vocab",
        "V_pl",
        r"V_{\mathrm{pl}}",
        "entries with rows for the layers",
        aliases=("vocab_size_per_layer_input",),
    ),
    Known("global_head", "d_g", meaning="width of a head that sees everything"),
    Known("global_groups", "h_g", meaning="key and value heads that see everything"),
    Known("side_rank", "r_s", meaning="rank of the learned residual", aliases=("laurel_rank",)),
    Known(
        "out_groups",
        "g_o",
        meaning="groups of heads before the last projection",
        aliases=("o_groups",),
    ),
    Known("out_rank", "r_o", meaning="rank of the last projection", aliases=("o_lora_rank",)),
    Known("sparse_rate", "m_c", meaning="tokens in one entry of compressed sparse attention"),
    Known("heavy_rate", "m_h", meaning="tokens in one entry of heavily compressed attention"),
    Known("head_kernel", "k_h", meaning="width of the convolution over whole heads"),
    Known(
        "router_width",
        "d_rt",
        r"d_{\mathrm{rt}}",
        "width of the network that routes",
        ("router_hidden_size",),
    ),
    Known("languages", "n_lang", r"n_{\mathrm{lang}}", "languages with weights of their own"),
    Known("bottleneck", "d_bot", r"d_{\mathrm{bot}}", "inner width of an adapter"),
    Known("adapter", "r_ad", r"r_{\mathrm{ad}}", "rank of an adapter", aliases=("adapter_rank",)),
    Known("sight_side", "n_side", r"n_{\mathrm{side}}", "pieces along one side of an image"),
    Known("sight_head", "d_hsee", r"d_{\mathrm{hsee}}", "width of a head of the encoder of images"),
    Known(
        "sight_window", "W_see", r"W_{\mathrm{see}}", "side of a window of the encoder of images"
    ),
    Known("sight_far_layers", "L_far", r"L_{\mathrm{far}}", "layers that see the whole image"),
    Known(
        "sight_channels", "c_see", r"c_{\mathrm{see}}", "channels that leave the encoder of images"
    ),
    Known("distance_width", "d_rel", r"d_{\mathrm{rel}}", "width of a head's look at distances"),
    Known("distances", "n_rel", r"n_{\mathrm{rel}}", "distances with a score", ("rel_extent",)),
    Known("window_groups", "h_wk", meaning="key heads of a windowed layer"),
    Known("window_share", "r_ws", meaning="query heads for each key head of a windowed layer"),
    Known("window_head", "d_hw", meaning="width of one head of a windowed layer"),
    Known("shared_experts", "E_s", meaning="shared experts", aliases=("n_shared_experts",)),
    Known("source", "s_e", meaning="tokens that the encoder reads", aliases=("source_length",)),
    Known("encoder_layers", "L_e", meaning="layers of the encoder"),
    Known(
        "encoder_heads", "h_e", meaning="heads of the encoder", aliases=("encoder_attention_heads",)
    ),
    Known("encoder_head", "d_he", meaning="width of one head of the encoder"),
    Known(
        "encoder_feed",
        "d_fe",
        meaning="inner feed-forward width of the encoder",
        aliases=("encoder_ffn_dim",),
    ),
    Known("encoder_positions", "n_e", meaning="rows of the encoder's position table"),
    Known("source_vocab", "V_e", meaning="entries of the encoder's own vocabulary"),
    Known("audio_width", "d_snc", r"d_{\mathrm{snc}}", "numbers in one piece of sound"),
    Known(
        "image", "n_px", r"n_{\mathrm{px}}", "pixels along one side of an image", ("image_size",)
    ),
    Known("patch", "p_px", r"p_{\mathrm{px}}", "pixels along one side of a patch", ("patch_size",)),
    Known("colours", "c_px", r"c_{\mathrm{px}}", "numbers in one pixel", ("num_channels",)),
    Known(
        "classes", "n_cls", r"n_{\mathrm{cls}}", "classes an image may belong to", ("num_labels",)
    ),
    Known("pool_width", "d_pool", r"d_{\mathrm{pool}}", "width of what a pooler makes"),
    Known("vectors", "n_vec", r"n_{\mathrm{vec}}", "vectors that come in, over all sizes in front"),
    Known("features_in", "n_in", r"n_{\mathrm{in}}", "width of what comes in", ("in_features",)),
    Known(
        "features_out", "n_out", r"n_{\mathrm{out}}", "width of what goes out", ("out_features",)
    ),
    Known("channels_in", "c_in", r"c_{\mathrm{in}}", "channels that come in", ("in_channels",)),
    Known("channels_out", "c_out", r"c_{\mathrm{out}}", "channels that go out", ("out_channels",)),
    Known("channel_groups", "g_c", meaning="groups that a convolution keeps apart"),
    Known("kernel_1", "k_1", meaning="width of the filter along the first axis"),
    Known("kernel_2", "k_2", meaning="width of the filter along the second axis"),
    Known("kernel_3", "k_3", meaning="width of the filter along the third axis"),
    Known("length_1", "n_1", meaning="places along the first axis"),
    Known("length_2", "n_2", meaning="places along the second axis"),
    Known("length_3", "n_3", meaning="places along the third axis"),
    Known("recurrent", "d_rec", r"d_{\mathrm{rec}}", "width of the state of a recurrent network"),
    Known("projected", "d_pj", r"d_{\mathrm{pj}}", "width of a projected state", ("proj_size",)),
    Known("key_width", "d_kin", r"d_{\mathrm{kin}}", "width of what keys are made of", ("kdim",)),
    Known(
        "value_width", "d_vin", r"d_{\mathrm{vin}}", "width of what values are made of", ("vdim",)
    ),
    Known("local_block", "m_b", meaning="tokens in a block of local attention"),
    Known("global_block", "m_g", meaning="tokens summed up in one global token"),
    Known("bands", "n_mel", r"n_{\mathrm{mel}}", "bands of a frame of sound", ("num_mel_bins",)),
    Known("capacity", "c_e", meaning="tokens of one sequence that an expert takes at most"),
    Known("encoder_groups", "h_ke", meaning="key and value heads of the encoder"),
    Known("encoder_share", "r_e", meaning="query heads of the encoder for each key and value head"),
    Known("ahead", "n_ah", r"n_{\mathrm{ah}}", "tokens predicted at once", aliases=("ngram",)),
    Known("global_tokens", "n_gl", r"n_{\mathrm{gl}}", "learned tokens that see everything"),
    Known("joint", "d_j", meaning="width that images and texts share", aliases=("projection_dim",)),
    Known("pictures", "n_pic", r"n_{\mathrm{pic}}", "pictures in a film", ("num_frames",)),
    Known("tube", "t_px", r"t_{\mathrm{px}}", "pictures that one piece of a film goes through"),
    Known("modalities", "n_mod", r"n_{\mathrm{mod}}", "kinds of rows: of texts, of images"),
    Known("guess_width", "d_gs", r"d_{\mathrm{gs}}", "width of a predictor of what was hidden"),
    Known("guess_heads", "h_gs", r"h_{\mathrm{gs}}", "heads of that predictor"),
    Known("guess_head", "d_hgs", r"d_{\mathrm{hgs}}", "width of a head of that predictor"),
    Known("guess_feed", "d_fgs", r"d_{\mathrm{fgs}}", "inner feed-forward width of that predictor"),
    Known("guess_layers", "L_gs", r"L_{\mathrm{gs}}", "layers of that predictor"),
    Known("spatial_layers", "L_sp", r"L_{\mathrm{sp}}", "layers inside the pictures of a film"),
    Known("temporal_layers", "L_tm", r"L_{\mathrm{tm}}", "layers along the time of a film"),
    Known("text_width", "d_txt", r"d_{\mathrm{txt}}", "width of what a tower over texts makes"),
    Known("sight_heads", "h_see", r"h_{\mathrm{see}}", "heads of the encoder of images"),
    Known("image_rows", "n_hi", r"n_{\mathrm{hi}}", "pixels from the top of an image to its foot"),
    Known("kept", "n_kept", r"n_{\mathrm{kept}}", "patches that are not hidden"),
    Known("things", "n_th", r"n_{\mathrm{th}}", "things looked for", ("num_detection_tokens",)),
    Known("frames", "n_fr", r"n_{\mathrm{fr}}", "frames or samples of a sound"),
    Known("head_multiple", "m_pad", r"m_{\mathrm{pad}}", "what a head is padded to a multiple of"),
    Known(
        "sound_channels", "c_snd", r"c_{\mathrm{snd}}", "channels between convolutions of a sound"
    ),
    Known("hear_width", "d_hear", r"d_{\mathrm{hear}}", "width of the encoder of sound"),
    Known(
        "hear_feed", "d_fhear", r"d_{\mathrm{fhear}}", "inner feed-forward width of that encoder"
    ),
    Known("hear_layers", "L_hear", r"L_{\mathrm{hear}}", "layers of the encoder of sound"),
    Known(
        "hear_places", "n_hear", r"n_{\mathrm{hear}}", "places that the encoder of sound can tell"
    ),
    Known("hear_heads", "h_hear", r"h_{\mathrm{hear}}", "heads of the encoder of sound"),
    Known("hear_groups", "h_khear", r"h_{\mathrm{khear}}", "key and value heads of that encoder"),
    Known("hear_head", "d_hhear", r"d_{\mathrm{hhear}}", "width of one head of that encoder"),
    Known("hear_joined", "m_hear", r"m_{\mathrm{hear}}", "rows of sound that become one"),
    Known(
        "hear_out", "d_ohear", r"d_{\mathrm{ohear}}", "width that sound leaves its projector with"
    ),
    Known("hear_rows", "n_rmel", r"n_{\mathrm{rmel}}", "rows of bands after the convolutions"),
    Known(
        "neck",
        "d_nk",
        r"d_{\mathrm{nk}}",
        "inner width of the block before the logits",
        aliases=("prediction_head_size",),
    ),
    Known("feed_groups", "g_f", meaning="groups of a feed-forward block that keep to themselves"),
    Known("landmarks", "n_lm", r"n_{\mathrm{lm}}", "landmarks of a text", ("num_landmarks",)),
    Known(
        "merge",
        "m_see",
        r"m_{\mathrm{see}}",
        "pieces of an image along the side of a square that leaves as one",
        aliases=("pixel_shuffle_factor",),
    ),
    Known("sight_result", "d_vr", r"d_{\mathrm{vr}}", "width of what the encoder of images makes"),
    Known("sight_inner", "d_vi", r"d_{\mathrm{vi}}", "inner width after the encoder of images"),
    Known(
        "hear_inner", "d_chear", r"d_{\mathrm{chear}}", "channels of that encoder's convolutions"
    ),
    Known(
        "hear_classes", "n_chear", r"n_{\mathrm{chear}}", "what the encoder of sound spells with"
    ),
    Known("former_width", "d_qf", r"d_{\mathrm{qf}}", "width of the network that asks the encoder"),
    Known("former_feed", "d_fqf", r"d_{\mathrm{fqf}}", "inner feed-forward width of that network"),
    Known(
        "former_layers", "L_qf", r"L_{\mathrm{qf}}", "layers of the network that asks the encoder"
    ),
    Known(
        "former_looks", "L_lqf", r"L_{\mathrm{lqf}}", "layers of that network which see the encoder"
    ),
    Known("former_queries", "n_qf", r"n_{\mathrm{qf}}", "learned queries to the encoder"),
    Known("former_source", "d_eqf", r"d_{\mathrm{eqf}}", "width in which it sees the encoder"),
    Known("page", "n_page", r"n_{\mathrm{page}}", "places along one side of a page"),
    Known("narrow", "d_nar", r"d_{\mathrm{nar}}", "width between two bottlenecks"),
    Known("entities", "n_ent", r"n_{\mathrm{ent}}", "entities", ("entity_vocab_size",)),
    Known("entity_width", "d_ent", r"d_{\mathrm{ent}}", "width of the row of an entity"),
    Known("span", "n_span", r"n_{\mathrm{span}}", "distances told apart on either side of a token"),
    Known("layer_groups", "n_G", meaning="groups of layers", aliases=("num_hidden_groups",)),
    Known("groups_q", "g_q", meaning="groups that the product for queries keeps apart"),
    Known("groups_k", "g_k", meaning="groups that the product for keys keeps apart"),
    Known("groups_v", "g_v", meaning="groups that the product for values keeps apart"),
    Known(
        "groups_o", "g_mix", r"g_{\mathrm{mix}}", "groups that the product after mixing keeps apart"
    ),
    Known("groups_1", "g_1", meaning="groups that the first feed-forward product keeps apart"),
    Known("groups_2", "g_2", meaning="groups that the second feed-forward product keeps apart"),
    Known("hash_block", "m_lsh", r"m_{\mathrm{lsh}}", "tokens in a chunk of hashed attention"),
    Known("hashes", "n_hash", r"n_{\mathrm{hash}}", "rounds of hashing", aliases=("num_hashes",)),
    Known("turns", "n_turn", r"n_{\mathrm{turn}}", "random vectors in a round of hashing"),
    Known("axial_rows", "n_ar", r"n_{\mathrm{ar}}", "rows of a grid of places"),
    Known("axial_columns", "n_ac", r"n_{\mathrm{ac}}", "columns of a grid of places"),
    Known(
        "axial_row_width", "d_ar", r"d_{\mathrm{ar}}", "numbers that say in which row a place is"
    ),
    Known(
        "hear_kernel", "k_hear", r"k_{\mathrm{hear}}", "rows that one of those convolutions sees"
    ),
    Known("hear_stack", "m_st", r"m_{\mathrm{st}}", "frames of sound stacked into one row"),
    Known("who_width", "d_who", r"d_{\mathrm{who}}", "width of the encoder of speakers"),
    Known("who_feed", "d_fwho", r"d_{\mathrm{fwho}}", "inner feed-forward width of that encoder"),
    Known("who_layers", "L_who", r"L_{\mathrm{who}}", "layers of the encoder of speakers"),
    Known("who_heads", "h_who", r"h_{\mathrm{who}}", "heads of the encoder of speakers"),
    Known("who_groups", "h_kwho", r"h_{\mathrm{kwho}}", "key heads of the encoder of speakers"),
    Known("who_head", "d_hwho", r"d_{\mathrm{hwho}}", "head width of the encoder of speakers"),
    Known("who_bands", "n_bwho", r"n_{\mathrm{bwho}}", "bands of a frame for those speakers"),
    Known("who_inner", "d_cwho", r"d_{\mathrm{cwho}}", "width behind the encoder of speakers"),
    Known(
        "speakers", "n_spk", r"n_{\mathrm{spk}}", "speakers told apart at most", ("num_speakers",)
    ),
    Known("when_width", "d_when", r"d_{\mathrm{when}}", "width of the encoder that times words"),
    Known(
        "when_feed", "d_fwhen", r"d_{\mathrm{fwhen}}", "inner feed-forward width of that encoder"
    ),
    Known("when_layers", "L_when", r"L_{\mathrm{when}}", "layers of the encoder that times words"),
    Known("when_heads", "h_when", r"h_{\mathrm{when}}", "heads of the encoder that times words"),
    Known(
        "when_groups", "h_kwhen", r"h_{\mathrm{kwhen}}", "key heads of the encoder that times words"
    ),
    Known("when_head", "d_hwhen", r"d_{\mathrm{hwhen}}", "width of one head where words are timed"),
    Known("when_classes", "n_when", r"n_{\mathrm{when}}", "pieces of words that are timed"),
    Known(
        "when_stretch", "m_when", r"m_{\mathrm{when}}", "rows that each row becomes to time words"
    ),
    Known("latents", "n_lat", r"n_{\mathrm{lat}}", "learned vectors that read", ("num_latents",)),
    Known(
        "latent_width", "d_lat", r"d_{\mathrm{lat}}", "width of a learned vector", ("d_latents",)
    ),
    Known("blocks", "n_blk", r"n_{\mathrm{blk}}", "times that all layers are run", ("num_blocks",)),
    Known("cross_heads", "h_x", meaning="heads that read the input"),
    Known("cross_head", "d_hx", meaning="width of a head that reads the input"),
    Known("cross_value_head", "d_vx", meaning="width of a value head that reads the input"),
    Known("cross_feed", "d_fx", meaning="inner feed-forward width behind it"),
    Known(
        "shortest", "s_min", r"s_{\mathrm{min}}", "shortest sequence that this description is for"
    ),
    Known("hear_window", "W_hear", r"W_{\mathrm{hear}}", "rows of sound that a row looks back on"),
    Known(
        "side_width", "d_xy", r"d_{\mathrm{xy}}", "width of a row for a side", ("coordinate_size",)
    ),
    Known("extent_width", "d_ext", r"d_{\mathrm{ext}}", "width of a row for a height or a width"),
    Known("page_buckets", "n_pbk", r"n_{\mathrm{pbk}}", "buckets of distances on a page"),
    Known("waves", "n_wav", r"n_{\mathrm{wav}}", "waves that tell the way between two boxes"),
    Known("feeds", "n_ffn", r"n_{\mathrm{ffn}}", "feed-forward blocks of a layer"),
    Known(
        "path_steps", "n_dep", r"n_{\mathrm{dep}}", "steps of a path through a page", ("max_depth",)
    ),
    Known("path_width", "d_path", r"d_{\mathrm{path}}", "width of a row for one step of a path"),
    Known("tags", "n_tag", r"n_{\mathrm{tag}}", "tags that a step of a path may have"),
    Known("likes", "n_like", r"n_{\mathrm{like}}", "numbers that a step may have among its like"),
    Known("patches", "n_pt", r"n_{\mathrm{pt}}", "patches that a text is cut into, as it says"),
    Known("folds", "k_pt", r"k_{\mathrm{pt}}", "vectors of bytes in one patch", ("cross_attn_k",)),
    Known("hash_vocab", "V_hash", r"V_{\mathrm{hash}}", "rows of one table of groups of bytes"),
    Known("source_bytes", "V_pa", r"V_{\mathrm{pa}}", "bytes that the network that cuts knows"),
    Known("byte_width", "d_by", r"d_{\mathrm{by}}", "width of a byte"),
    Known("byte_layers", "L_by", r"L_{\mathrm{by}}", "layers of the decoder of bytes"),
    Known("byte_groups", "h_kby", r"h_{\mathrm{kby}}", "key heads of the decoder of bytes"),
    Known("byte_share", "r_by", r"r_{\mathrm{by}}", "query heads for each of them"),
    Known("byte_head", "d_hby", r"d_{\mathrm{hby}}", "width of a head of the decoder of bytes"),
    Known("byte_feed", "d_fby", r"d_{\mathrm{fby}}", "inner width in the decoder of bytes"),
    Known("patcher_width", "d_pa", r"d_{\mathrm{pa}}", "width of the network that cuts a text up"),
    Known("patcher_layers", "L_pa", r"L_{\mathrm{pa}}", "layers of the network that cuts"),
    Known("patcher_groups", "h_kpa", r"h_{\mathrm{kpa}}", "key heads of the network that cuts"),
    Known("patcher_share", "r_pa", r"r_{\mathrm{pa}}", "query heads for each key head there"),
    Known("patcher_head", "d_hpa", r"d_{\mathrm{hpa}}", "width of a head of the network that cuts"),
    Known("patcher_feed", "d_fpa", r"d_{\mathrm{fpa}}", "inner width in the network that cuts"),
    Known("shards", "n_shd", r"n_{\mathrm{shd}}", "hashes of a character", ("num_hash_functions",)),
    Known("stream_rank", "r_hc", r"r_{\mathrm{hc}}", "rank of the gates of residual streams"),
    Known("place_width", "d_plc", r"d_{\mathrm{plc}}", "width of the stream of places"),
    Known("place_head", "d_hplc", r"d_{\mathrm{hplc}}", "width of a head of that stream"),
    Known("place_feed", "d_fplc", r"d_{\mathrm{fplc}}", "inner feed-forward width of that stream"),
    Known("hash_buckets", "n_hb", r"n_{\mathrm{hb}}", "rows for one hash", ("num_hash_buckets",)),
    Known(
        "characters", "m_ch", r"m_{\mathrm{ch}}", "characters in a piece", ("downsampling_rate",)
    ),
    Known("frames_step", "t_fr", r"t_{\mathrm{fr}}", "frames from one piece to the next"),
    Known("bands_step", "t_mel", r"t_{\mathrm{mel}}", "bands from one piece to the next"),
    Known("hear_chunk", "m_chunk", r"m_{\mathrm{chunk}}", "frames in a chunk of sound"),
    Known("place_kernel", "k_pl", r"k_{\mathrm{pl}}", "rows that the convolution for places sees"),
    Known("cached", "t", meaning="tokens of a sequence that are cached already", beside="time"),
    Known(
        "context",
        "s_kv",
        meaning="tokens that each token attends to",
        aliases=("kv_len", "kv_length"),
        beside="time",
    ),
    Known(
        "all_tokens", "S_1", meaning="sum of the lengths s_i of a batch's sequences", beside="time"
    ),
    Known("all_squares", "S_2", meaning="sum of the squares of the lengths s_i", beside="time"),
    Known("padded", "s_pad", meaning="length that every sequence is padded to", beside="time"),
    Known("all_cached", "T_1", meaning="sum of the cached lengths t_i of a batch", beside="time"),
    Known("padded_cache", "t_pad", meaning="length that every cache is padded to", beside="time"),
    Known("low_rank", "r_A", meaning="rank of a low-rank update", aliases=("lora_rank",)),
    Known("predictions", "n_mtp", r"n_{\mathrm{mtp}}", "modules that predict further tokens"),
    Known("data_ranks", "n_dp", r"n_{\mathrm{dp}}", "devices that share the data", ("dp_size",)),
    Known(
        "tensor_ranks", "n_tp", r"n_{\mathrm{tp}}", "devices that share each matrix", ("tp_size",)
    ),
    Known("stages", "n_pp", r"n_{\mathrm{pp}}", "stages of a pipeline", aliases=("pp_size",)),
    Known(
        "expert_ranks", "n_ep", r"n_{\mathrm{ep}}", "devices that share the experts", ("ep_size",)
    ),
    Known("micro_batches", "n_mb", r"n_{\mathrm{mb}}", "micro-batches of one step"),
    Known("stage_chunks", "n_ck", r"n_{\mathrm{ck}}", "pieces of the network on each stage"),
)
