"""Works that are made up and have one wrong line each, marked as they were: verdicts/works.

A work is some lines with what a writer says of them, written as a script, as a page in Markdown, as
a document in LaTeX and as a sheet. Which line is wrong is known, and asked for first; a change of
anything else that is said has to be meant. `python -m tests.test_works_put_in` writes it anew.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import symcost
from tests.blocks import keep, kept
from tests.test_checker_cases import edits

if TYPE_CHECKING:
    from symcost.checking.verdict import Marked

FOLDER = Path(__file__).parent / "data" / "verdicts" / "works"


@dataclass(frozen=True)
class Sample:
    """A work about a model: headings, and lines with name, formula and the words beside it."""

    model: str
    sizes: dict[str, int]
    lines: tuple[tuple[str, ...], ...]
    errors: dict[str, str]  # what a line says instead, by its name


SAMPLES = {
    "dense": Sample(
        "lecture",
        {"d": 768, "h": 12, "L": 12, "d_ff": 3072},
        (
            ("Parameters",),
            ("qkv", "3*d*d", "query, key and value projections"),
            ("out", "d*d", "output projection"),
            ("attn", "qkv + out", "attention"),
            ("mlp", "2*d*d_ff", "feed-forward"),
            ("layer", "attn + mlp", "one layer"),
            ("N", "L*layer", "all layers"),
            ("FLOPs of the forward pass",),
            ("proj", "8*s*d**2", "projections"),
            ("scores", "2*s**2*d", "scores"),
            ("values", "2*s**2*d", "weighted sum of the values"),
            ("ffn", "4*s*d*d_ff", "feed-forward"),
            ("forward", "L*(proj + scores + values + ffn)", "all layers"),
            ("Training",),
            ("train", "3*forward", "training FLOPs"),
            ("six", "6*N", "training FLOPs per token"),
        ),
        {
            "qkv": "4*d*d",
            "mlp": "2*d*d",
            "layer": "attn + 2*mlp",
            "N": "layer",
            "proj": "4*s*d**2",
            "scores": "2*s*d**2",
            "values": "s**2*d",
            "forward": "L*(proj + scores + ffn)",
            "train": "2*forward",
            "six": "2*N",
        },
    ),
    "grouped": Sample(
        "llama-3-8b",
        {"d": 4096, "n_heads": 32, "n_kv_heads": 8, "d_head": 128, "n_layers": 32, "d_ff": 14336,
         "V": 128256},
        (
            ("Weights",),
            ("wq", "d*n_heads*d_head", "query projection"),
            ("wk", "d*n_kv_heads*d_head", "key projection"),
            ("wv", "d*n_kv_heads*d_head", "value projection"),
            ("wo", "n_heads*d_head*d", "output projection"),
            ("attention", "wq + wk + wv + wo", ""),
            ("mlp", "3*d*d_ff", "SwiGLU: gate, up, down"),
            ("norms", "2*d", "both norms of a layer"),
            ("block", "attention + mlp + norms", "a block"),
            ("embedding", "V*d", "token table"),
            ("total", "embedding + n_layers*block + d + V*d", "everything"),
            ("Memory",),
            ("weights_bytes", "2*total", "weights in bf16"),
            ("kv_cache", "2*n_layers*n_kv_heads*d_head*s*2", "KV cache in bytes of one sequence"),
        ),
        {
            "wk": "d*n_heads*d_head",
            "wo": "n_heads*d_head",
            "mlp": "2*d*d_ff",
            "norms": "d",
            "total": "embedding + n_layers*block + V*d",
            "weights_bytes": "4*total",
            "kv_cache": "2*n_layers*n_heads*d_head*s*2",
        },
    ),
    "biased": Sample(
        "gpt2",
        {"n_embd": 768, "n_head": 12, "n_layer": 12, "vocab_size": 50257, "n_ctx": 1024},
        (
            ("1. Parameter count",),
            ("wte", "vocab_size*n_embd", ""),
            ("wpe", "n_ctx*n_embd", ""),
            ("c_attn", "3*n_embd**2 + 3*n_embd", "with biases"),
            ("c_proj", "n_embd**2 + n_embd", "with biases"),
            ("mlp", "8*n_embd**2 + 5*n_embd", "with biases"),
            ("ln", "4*n_embd", "two layer norms"),
            ("params", "wte + wpe + n_layer*(c_attn + c_proj + mlp + ln) + 2*n_embd", "in total"),
            ("2. Forward FLOPs",),
            ("logits", "2*s*n_embd*vocab_size", "output head"),
            ("attn_flops", "4*s**2*n_embd", "QK^T and AV of a layer"),
            ("forward_flops",
             "n_layer*(24*s*n_embd**2 + 4*s**2*n_embd) + 2*s*n_embd*vocab_size", "one sequence"),
        ),
        {
            "wpe": "n_ctx",
            "c_attn": "3*n_embd**2 + n_embd",
            "mlp": "8*n_embd**2 + 2*n_embd",
            "ln": "2*n_embd",
            "params": "wte + wpe + n_layer*(c_attn + c_proj + mlp + ln)",
            "logits": "s*n_embd*vocab_size",
            "forward_flops": "n_layer*(12*s*n_embd**2 + 4*s**2*n_embd) + 2*s*n_embd*vocab_size",
        },
    ),
    "experts": Sample(
        "mixtral-8x7b",
        {"d": 4096, "d_ff": 14336, "E": 8, "k": 2, "L": 32, "V": 32000, "h": 32, "h_kv": 8,
         "d_h": 128},
        (
            ("Parameters of a layer",),
            ("attn", "2*d*h*d_h + 2*d*h_kv*d_h", "attention"),
            ("expert", "3*d*d_ff", "one expert"),
            ("router", "d*E", "router"),
            ("experts", "E*expert", "all experts"),
            ("moe", "experts + router", "mixture"),
            ("Total",),
            ("total", "L*(attn + moe + 2*d) + d + 2*V*d", "all parameters"),
            ("active", "L*(attn + k*expert + router + 2*d) + d + 2*V*d", "active parameters"),
        ),
        {
            "attn": "4*d*h*d_h",
            "expert": "2*d*d_ff",
            "router": "E",
            "experts": "k*expert",
            "active": "L*(attn + expert + router + 2*d) + d + 2*V*d",
        },
    ),
}  # fmt: skip
WRITTEN = {"script": ".py", "markdown": ".md", "latex": ".tex", "sheet": ".txt"}


def tex(formula: str) -> str:
    """A formula as it stands in a document."""

    def name(found: re.Match[str]) -> str:
        head, _, tail = found[0].partition("_")
        if len(head) > 1:
            return rf"\mathrm{{{found[0].replace('_', chr(92) + '_')}}}"
        return rf"{head}_{{\mathrm{{{tail}}}}}" if tail else head

    written = re.sub(r"[A-Za-z]\w*", name, formula)
    return re.sub(r"\*\*(\d)", r"^\1", written).replace("*", r" \cdot ")


def written(sample: Sample, kind: str, wrong: str) -> str:
    """The work with one line wrong, or none."""
    made: list[str] = []
    if kind == "script":
        made += [f"{name} = {value}" for name, value in sample.sizes.items()]
        made += ["s = 2048", ""]
    for head, *line in sample.lines:
        if not line:
            title = {"markdown": f"\n## {head}\n", "latex": f"\n\\section{{{head}}}\n"}
            made.append(title.get(kind, f"\n# {head}"))
            continue
        formula = sample.errors[head] if head == wrong else line[0]
        words = line[1]
        if kind == "markdown":
            made.append(f"The {words or head} has $${tex(head)} = {tex(formula)}$$\n")
        elif kind == "latex":
            made.append(f"For the {words or head}:\n\\[ {tex(head)} = {tex(formula)} \\]\n")
        else:
            made.append(f"{head} = {formula}" + (f"  # {words}" if words else ""))
    if kind == "latex":
        made = [r"\documentclass{article}", r"\begin{document}", *made, r"\end{document}"]
    return "\n".join([*made, ""])


@cache
def mark(sample: str, kind: str, wrong: str) -> Marked:
    chosen = SAMPLES[sample]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"work{WRITTEN[kind]}")
        path.write_text(written(chosen, kind, wrong), encoding="utf-8")
        return symcost.check_file(path, model=chosen.model)


def told(marked: Marked) -> str:
    """What is said of a work, shortly."""
    work = marked.as_data()
    made = [f"{work['status']}, first wrong: {work['first_wrong']}", *work["notes"]]
    for each in work["lines"]:
        made.append(f"-- {each['line']} {each['source']}")
        made += [f"  {each['why']}"] if each["why"] else []
        made += [f"  carried, because of {', '.join(each['because'])}"] if each["carried"] else []
        if found := each["verdict"]:
            made.append(f"  {found['status']}: {found['quantity']} {found['scope']}".rstrip())
            made += [f"  {key}: {found[key]}" for key in ("remark", "dropped") if found[key]]
            made += [f"  {key}: {e}" for key in ("conditions", "notes") for e in found[key]]
            made += edits(found["edits"])
    return "".join(f"{line}\n" for line in made)


def called(kind: str, wrong: str) -> str:
    return f"{kind} {wrong or 'as it should be'}"


def path_of(sample: str) -> Path:
    return FOLDER / f"{sample}.txt"


CASES = [
    (sample, kind, wrong)
    for sample, held in SAMPLES.items()
    for kind in WRITTEN
    for wrong in ("", *held.errors)
]


@pytest.mark.parametrize(("sample", "kind", "wrong"), CASES)
def test_the_line_that_is_wrong_is_found(sample: str, kind: str, wrong: str) -> None:
    found = mark(sample, kind, wrong)
    bad = [
        each.name
        for each in found.lines
        if each.verdict is not None and each.verdict.status.value == "wrong"
    ]
    assert bad == ([wrong] if wrong else [])


@pytest.mark.parametrize(("sample", "kind", "wrong"), CASES)
def test_a_work_is_marked_as_it_was(sample: str, kind: str, wrong: str) -> None:
    assert told(mark(sample, kind, wrong)) == kept(path_of(sample))[called(kind, wrong)]


def main() -> None:
    """Writes what is said."""
    for sample in SAMPLES:
        cases = [(kind, wrong) for name, kind, wrong in CASES if name == sample]
        keep(path_of(sample), {called(*each): told(mark(sample, *each)) for each in cases})


if __name__ == "__main__":
    main()
