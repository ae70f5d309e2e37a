"""The keys of one configuration: typed look-ups that remember where every value came from.

A value stands in the file under its own name or an alias, or it is the default of the model type's
class. Nothing else is assumed: a value of the wrong type or sign is an error that names the key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, final

from symcost.algebra.near import did_you_mean
from symcost.algebra.phrase import joined, say

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 10**15
MOST_LAYERS = 10_000  # the deepest that was trained: Xiao et al. 2018, arXiv 1806.05393

# Keys that change no count: whole names, or names that end so, and no more than was looked up.
HARMLESS = re.compile(
    # What is dropped in training.
    r"dropout|layer_?drop$|_pdrop$|droppath$|drop_path(_rate)?$|drop_prob$|^(attn_|attention_)?drop_rate$"
    r"|^drop_(connect|mlp|conv_encoder)_rate$|_drop$"
    # Numerics and scalars that stand where a product with some scalar stands anyway.
    r"|(^|_)eps(ilon)?$|_eps_|softcap(ping)?$|logit_cap$|^clip_qkv$|_clip_threshold$|_coef_clip$"
    r"|^gradient_clipping$|temperature|^(attn_)?floor_scale$"
    r"|^(attention|embedding|residual|lm_head|key|attention_in|attention_out|ssm_in|ssm_out)_multiplier$"
    r"|^(ssm|mlp)_multipliers$|_mup_width_multiplier$|^logits?_scal(e|ing)$|_scaling_factor$|^route_scale$"
    r"|^(scale_emb|scale_depth|attn_scale|attention_value_scale|qk_scale_factor|embedding_scale)$"
    r"|^scale_(attn_weights|attn_by_inverse_layer_idx|embedding|input|sqrt_depth)$|logit_scale_init_value$"
    r"|^max_logit_scale$|^norm_topk_prob$|^router_jitter_noise$|^input_jitter_noise$|^log_scaling_"
    r"|in_fp32$|^upcast|upcast_attn$|dtype$|^use_bfloat16$|^pretraining_tp$|_kernels$|^rescale_every$"
    # Rotation.
    r"|^rope_(theta|scaling|parameters|local_base_freq|interleave)$|_rope_theta$|^layer_rope_theta$"
    r"|^rotary_(dim|pct|emb_base|base|embedding_base)$|^partial_rotary_factor$|^rope_scaling_layers$"
    # Training and generation.
    r"|initializer|(^|_)init_(std|range|device|scheme)$|init_xavier_std$|(^|_)loss(_|$)|^(no_)?loss|_loss$"
    r"|variance_scale$|^rescale_prenorm_residual$|^time_step_(min|max|floor|limit|scale|init_scheme)$"
    r"|^use_cache$|^output_(attentions|hidden_states|scores|past|router_logits)$|^return_dict|^use_return_dict$"
    r"|^top_[kp]$|beam|length_penalty|early_stopping|do_sample|repetition_penalty|no_repeat_ngram_size"
    r"|bad_words_ids|^(max|min)_length$|num_return_sequences|suppress_tokens|forced_|typical_p"
    # Lengths that bound no table here, and names that old files still have.
    r"|^n_ctx$|^scale$|^rope_pct$|^(max_)?seq(uence)?_len(gth)?$|^model_max_length$|(^|_)seed$"
    # Bookkeeping.
    r"|(^|_)token_ids?$|_token_index$|^(bos|eos|pad|unk)_(index|id|token)$|_pad_id$|^architectures$|^model_type$|version$"
    r"|label|name_or_path|auto_map|quantization_config|problem_type|task_specific|attn_implementation"
    r"|experts_implementation|^torchscript$|^is_decoder$|^is_encoder_decoder$|tokenizer"
    r"|^prefix$|^chunk_size_feed_forward$|gradient_checkpointing|^summary_|^finetuning_task$|low_cpu_mem"
)
# A key with such a word in its name is likely to be a size or a switch of the architecture.
SUSPECT = re.compile(
    r"size|dim|layer|head|expert|rank|window|ffn|hidden|width|vocab|bias|tie|norm|kernel|state|"
    r"group|block|pattern|expand|shared|moe|mlp|attention|router|conv|ratio|embd|embed|inner|depth"
)

CONFIG = "config.json"  # what the folder of a published model holds


class ConfigError(ValueError):
    """A configuration that is not understood. The message names the key and the way out."""


@final
@dataclass(frozen=True)
class Facts:
    """What is known of a model type: its class, the defaults of that class, its aliases."""

    model_type: str
    class_name: str
    defaults: Mapping[str, Any]
    aliases: Mapping[str, str]
    version: str


@final
@dataclass
class Keys:
    """Typed access to one configuration."""

    config: Mapping[str, Any]
    facts: Facts
    old: Mapping[str, str] = field(default_factory=dict)
    where: str = "config.json"
    origins: dict[str, str] = field(default_factory=dict)
    inner: list[Keys] = field(default_factory=list)
    # Each of thousands of layers asks for the same keys.
    _found: dict[str, Any] = field(default_factory=dict, init=False)
    _listed: set[str] = field(default_factory=set, init=False)  # lists of words that are such
    _counted: dict[str, list[int]] = field(default_factory=dict, init=False)
    _named: dict[str, list[str]] = field(default_factory=dict, init=False)

    def has(self, key: str) -> bool:
        """Whether the file or the class knows the key."""
        return any(each in self.config for each in self._names(key)) or key in self._defaults

    def raw(self, key: str) -> Any:
        """The value of a key: the file first, then its aliases, then the class default."""
        if key not in self._found:
            self._found[key] = self._looked_up(key)
        return self._found[key]

    def _looked_up(self, key: str) -> Any:
        given = [each for each in self._names(key) if each in self.config]
        values = [self.config[each] for each in given]
        if any(value != values[0] for value in values[1:]):
            self.fail(key, f"{' and '.join(given)} mean the same, but differ: {values}")
        if given:
            means = "{0}: {1}" if given[0] == key else "{0}: {1} (means {2})"
            self.origins[key] = say(means, self.where, given[0], key)
            return values[0]
        defaults = self._defaults
        if key in defaults and defaults[key] != "<required>":
            self.origins[key] = say(
                "default of {0} ({1})", self.facts.class_name, self.facts.version
            )
            return defaults[key]
        return self.fail(key, "is missing, and the model type has no default for it")

    def whole(self, key: str, least: int = 1) -> int:
        """A whole number."""
        return self._whole(key, self.raw(key), least)

    def optional(self, key: str, least: int = 1) -> int | None:
        """A whole number, or None where the file or the class says so."""
        value = self.raw(key)
        return None if value is None else self._whole(key, value, least)

    def flag(self, key: str) -> bool:
        """True or false; null counts as false."""
        value = self.raw(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            self.fail(key, f"must be true or false, not {_short(value)}")
        return value

    def words(self, key: str) -> list[str] | None:
        """A list of words, or None."""
        value = self.raw(key)
        if value is None:
            return None
        if key not in self._listed:
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                self.fail(key, "must be a list of words")
            self._listed.add(key)
        return list(value)

    def numbers(self, key: str) -> list[int]:
        """A list of whole numbers; null counts as an empty list."""
        value = self.raw(key)
        if value is None:
            return []
        if key not in self._counted:
            if not isinstance(value, list):
                self.fail(key, f"must be a list of whole numbers, not {_short(value)}")
            self._counted[key] = [self._whole(key, each, -LARGEST) for each in value]
        return list(self._counted[key])

    def text(self, key: str) -> str:
        """A word."""
        value = self.raw(key)
        if not isinstance(value, str):
            self.fail(key, f"must be a word, not {_short(value)}")
        return str(value)

    def number(self, key: str) -> float:
        """A number that need not be whole, such as a ratio."""
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(key, f"must be a number, not {_short(value)}")
        if not -LARGEST <= value <= LARGEST:
            self.fail(key, f"must lie between -{LARGEST} and {LARGEST}, not {_short(value)}")
        return value

    def origin(self, *keys: str) -> str:
        """Where the values of these keys came from."""
        return joined("; ", [self.origins[key] for key in keys])

    def fail(self, key: str, problem: str) -> NoReturn:
        """Raises `ConfigError` for a key."""
        raise ConfigError(f"{self.where}, model type '{self.facts.model_type}': {key} {problem}")

    def refuse_unread(self) -> None:
        """Raises for a key that nobody read, that may change the cost, and is not as usual."""
        defaults = self._defaults
        for key, value in self.config.items():
            if self.is_read(key) or HARMLESS.search(key):
                continue
            if key in defaults and (value == defaults[key] or value is None):
                continue
            if value in (None, False, [], {}):
                continue
            # An unknown number, list or table is likely to be a size too, whatever it is called.
            counts = not isinstance(value, bool | str)
            if key in defaults or counts or SUSPECT.search(key):
                near = did_you_mean(key, [each for each in defaults if each not in self.config])
                self.fail(
                    key[:60],
                    f"= {_short(value)} is not understood here, and it may change the cost"
                    f"{near and '.'}{near}",
                )

    def is_read(self, name: str) -> bool:
        """Whether somebody asked for what stands under this name."""
        return name in self.origins or any(name in self._names(key) for key in self.origins)

    def _names(self, key: str) -> list[str]:
        """The names under which a key may stand in the file."""
        if key not in self._named:
            self._named[key] = self._names_of(key)
        return self._named[key]

    def _names_of(self, key: str) -> list[str]:
        names = [key]
        if key in self.facts.aliases:
            names.append(self.facts.aliases[key])
        names += [alias for alias, real in self.facts.aliases.items() if real == key]
        names += [old for old, real in self.old.items() if real == key]
        return names

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        # The class stores some values under their alias: hidden_size lives in n_embd.
        found = dict(self.facts.defaults)
        for canonical, real in self.facts.aliases.items():
            if real in found:
                found.setdefault(canonical, found[real])
        for old, real in self.old.items():
            if old in found:
                found.setdefault(real, found[old])
        return found

    def _whole(self, key: str, value: Any, least: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(key, f"must be a whole number, not {_short(value)}")
        if not least <= value <= LARGEST:
            self.fail(key, f"must be at least {least} and at most {LARGEST}, not {_short(value)}")
        if "layers" in key and value > MOST_LAYERS:
            self.fail(key, f"must be at most {MOST_LAYERS}, not {value}")
        return int(value)


def shown(value: Any) -> str:
    """A value as people are shown it: a word without quotes, and nothing long."""
    return (
        value
        if isinstance(value, str) and value.isprintable() and len(value) <= 40
        else _short(value)
    )


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= 40 else f"{text[:37]}..."
