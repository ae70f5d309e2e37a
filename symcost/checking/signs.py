"""What signs and words mean in formulas, in whatever notation: units, brackets, pasted signs."""

from __future__ import annotations

import re

UNITS = re.compile(
    r"(?:[TGMkKZPE]i?)?(?:FLOPs?|FLOPS|MACs?|MAdds?|flops?|macs?|ops?|[Bb]ytes?|bits?)"
    r"|[TGMKkP]i?B|params?|[Pp]arameters?|weights?|tokens?|elements?"
    r"|(?:FLOPs?|MACs?|flops?|ops?|[Bb]ytes?)(?:\s*/\s*|\s+per\s+)[a-z]+"
)
# Letters that together are a size, so that 2dff is no product of four.
TOGETHER = re.compile(
    r"ff|kv|dim|seq|len|head|hid|voc|lay|emb|ctx|model|size|tok|bat|param|flop|byte|num|[GT]PU"
)
LONGEST_RUN = 6  # and more letters are a word
# Words of a sentence, which no size is called.
# fmt: off
SENTENCE = frozenset({
    "and", "as", "at", "because", "for", "from", "if", "in", "is", "of", "on", "only", "or",
    "per", "plus", "since", "so", "sum", "that", "the", "then", "this", "times", "to", "total",
    "use", "using", "we", "when", "where", "with", "which",
})
# fmt: on
CLOSES = {
    "(": ")",
    "[": "]",
    "{": "}",
    "\\lfloor": "\\rfloor",
    "\\lceil": "\\rceil",
    "⌊": "⌋",
    "⌈": "⌉",
}
ROUNDS = {"\\lfloor": "floor", "\\lceil": "ceil", "⌊": "floor", "⌈": "ceil"}
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
# Signs by their one-character names, as they are pasted from pages.
SIGNS = {"−": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "∙": "*", "÷": "/", "∕": "/", "⁄": "/"}
