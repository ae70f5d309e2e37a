"""Formulas that stand in comments of source code, with what they claim to be.

    # symcost: params_non_embedding of gpt2 = 12*L*d**2
    flops = 6 * N * D  # symcost: flops_train of llama-2-7b under kaplan-2020 where D is tokens

Without `= FORMULA` the code before the comment is the formula. `of MODEL` may be left out where
the reader knows the model. The comment may begin with #, //, % or --.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Iterator

WORD = "symcost:"
SIGNS = ("#", "//", "%", "--")
ENDS = ("*/", "-->", "*)")
LONGEST_HEAD = 400
MOST_NAMES = 40
HEAD = re.compile(
    r"(?P<quantity>[\w.]+)"
    r"(?: +of +(?P<model>\S+))?"
    r"(?: +per +(?P<scope>\w+))?"
    r"(?: +under +(?P<convention>[\w.+-]+))?"
    r"(?: +where +(?P<where>.+))?"
)
IS = re.compile(r"(?P<name>[A-Za-z_]\w{0,59}) +is +(?P<word>\w{1,60})")
ASSIGNED = re.compile(r"(?<![=!<>:])=(?!=)")
HOW = "write QUANTITY of MODEL [per SCOPE] [under CONVENTION] [where NAME is WORD, ...] = FORMULA"


class AnnotationError(ValueError):
    """A comment that begins as an annotation and is none; the message says how to write one."""


@final
@dataclass(frozen=True)
class Annotation:
    """A formula in a comment and what it is said to be; `model` may be empty."""

    line: int
    formula: str
    quantity: str
    model: str = ""
    scope: str = ""
    convention: str = ""
    let: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)


def find_annotations(text: str) -> Iterator[Annotation | tuple[int, AnnotationError]]:
    """The annotations of a file in order; one that cannot be read comes as its line and why."""
    if WORD not in text:
        return
    for number, line in enumerate(text.splitlines(), 1):
        at = line.find(WORD)
        before = line[:at].rstrip() if at >= 0 else ""
        sign = next((each for each in SIGNS if before.endswith(each)), None)
        if sign is None:
            continue
        code = before.removesuffix(sign).rstrip(f"{sign} \t")
        try:
            yield annotation(number, line[at + len(WORD) :], code)
        except AnnotationError as error:
            yield number, error


def annotation(number: int, text: str, code: str = "") -> Annotation:
    """What stands behind `symcost:`; the formula is that of the code where the text has none."""
    head, equals, formula = text.partition("=")
    head, formula = head.strip(), formula.strip()
    for end in ENDS:
        head, formula = head.removesuffix(end).rstrip(), formula.removesuffix(end).rstrip()
    found = HEAD.fullmatch(head) if len(head) <= LONGEST_HEAD else None
    if found is None:
        raise AnnotationError(f"{head[:60]!r} is not understood: {HOW}")
    if not equals:
        formula = _right_side(code)
    if not formula:
        raise AnnotationError(f"there is no formula: {HOW}, or put the comment behind the formula")
    let, sizes = _where(found["where"] or "")
    return Annotation(
        number,
        formula,
        found["quantity"],
        found["model"] or "",
        found["scope"] or "",
        found["convention"] or "",
        let,
        sizes,
    )


def _where(text: str) -> tuple[dict[str, str], dict[str, int]]:
    """Names and what they stand for: a word, or a number that is their value."""
    let: dict[str, str] = {}
    sizes: dict[str, int] = {}
    pairs = [each.strip() for each in text.split(",")] if text else []
    if len(pairs) > MOST_NAMES:
        raise AnnotationError(f"more than {MOST_NAMES} names behind 'where'")
    for pair in pairs:
        found = IS.fullmatch(pair)
        if found is None:
            raise AnnotationError(
                f"{pair[:60]!r} behind 'where': write NAME is WORD, as in H is heads"
            )
        name, word = found["name"], found["word"]
        if name in let or name in sizes:
            raise AnnotationError(f"{name} stands twice behind 'where'")
        digits = word.replace("_", "")
        if digits.isascii() and digits.isdecimal() and len(digits) <= 30:
            sizes[name] = int(digits)
        else:
            let[name] = word
    return let, sizes


def _right_side(code: str) -> str:
    """The formula of a line of code: what is assigned, or returned, or the line itself."""
    bare = code.strip().rstrip(";").rstrip()
    found = ASSIGNED.search(bare)
    if found is not None:
        return bare[found.end() :].strip()
    return re.sub(r"^return\b", "", bare).strip()
