"""`symcost check`: somebody's algebra in, a marked report out."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.commands.common import (
    add_counting,
    add_scope,
    add_sizes,
    add_variant,
    convention,
    model,
    sizes,
)
from symcost.commands.languages import add_language, missing_words_told
from symcost.commands.output import add_output, claim, overwrites, tell
from symcost.commands.output import put as put_file
from symcost.commands.parser import ASKED, COUNTING, MODEL, OUTPUT, UsageError, whole_number
from symcost.commands.pdf import add_pdf, is_pdf, pdf_place, pdf_wanted, ready
from symcost.commands.progress import progress

if TYPE_CHECKING:
    from symcost.checking.verdict import Marked, Status, Verdict
    from symcost.commands.parser import Parser
    from symcost.quantities.convention import Convention

FORMATS = ("text", "markdown", "latex", "html", "typst")
PDF = "marked.pdf"
LONGEST_COMPLAINT = 500
LONGEST_INPUT = 1_000_000  # characters taken from the standard input; the reader allows fewer
ENDINGS = {".md": "markdown", ".tex": "latex", ".html": "html", ".htm": "html", ".typ": "typst"}
CODES = {"right": 0, "right_under": 0, "approximation": 0, "wrong": 1, "unknown": 1, "unusable": 2}
WAYS_TO_COUNT = ("causal", "count", "include", "exclude", "fused", "recompute", "element_bytes")
VARIANTS = ("phase", "freeze", "train_only", "lora", "prediction", "absorbed")


def add(commands: Any) -> None:
    """Declares the arguments."""
    command = commands.add_parser(
        "check",
        summary="mark a formula, a script, a notebook or a page",
        description="Holds somebody's algebra against the model and marks it: right, right under "
        "conditions, an approximation, or wrong with the term at fault. Exit code 0: right, right "
        "under conditions or an approximation; 1: wrong or not explained; 2: not readable.",
        examples=(
            "check --formula '12*L*d**2' --model gpt2 -q params_non_embedding",
            "check --formula '2 L d^2' --model lecture -q params  # exit code 1",
            "check homework.py --model lecture --format html -o marked.html  # exit code 1",
            "check homework.py --model lecture --pdf -o marked.pdf  # exit code 1",
            "check homework.py --model lecture --language de  # exit code 1",
            "check --comments train.py",
        ),
        hint=" (a formula that begins with -: --formula=-2*d)",
    )
    _add_work(command)
    add_letters(command)
    add_asked(command)
    _add_answer(command)
    command.set_defaults(run=run)


def _add_work(command: Parser) -> None:
    """What is checked."""
    asked = command.group(ASKED)
    asked.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="a script, a notebook or a page"
    )
    asked.add_argument("--formula", metavar="TEXT", help="typed or LaTeX; - reads the input")
    asked.add_argument(
        "--comments",
        action="store_true",
        help="check formulas in comments such as '# symcost: params of gpt2 = ...'",
    )


def add_letters(command: Parser) -> None:
    """What the writer says of the formula."""
    asked = command.group(ASKED)
    asked.add_argument("--number", metavar="N", help="what the writer says the formula gives")
    asked.add_argument(
        "--let",
        action="append",
        default=[],
        metavar="NAME=WORD",
        help="what a letter stands for, such as H=heads; may be given several times",
    )


def add_asked(command: Parser) -> None:
    """What it is held against; the magic of a notebook takes the same."""
    command.group(MODEL).add_argument(
        "--model", metavar="MODEL", help="a name, a config.json, or package.module:function"
    )
    command.group(ASKED).add_argument(
        "-q", "--quantity", metavar="NAME", help="what is counted (symcost list quantities)"
    )
    add_sizes(command)
    add_scope(command)
    counting = command.group(COUNTING)
    counting.add_argument(
        "--element-bytes",
        type=whole_number,
        metavar="N",
        help="of activations and caches (default: 2)",
    )
    add_counting(command)
    # Without any of these options the checker finds the convention under which a formula is right.
    command.set_defaults(convention=None)
    counting.add_argument(
        "--strict", action="store_true", help="only the convention that is given counts as right"
    )
    add_variant(command)


def _add_answer(command: Parser) -> None:
    """How the answer is printed."""
    output = command.group(OUTPUT)
    output.add_argument(
        "--format", choices=FORMATS, help="(default: what -o FILE ends in, otherwise text)"
    )
    output.add_argument("--json", action="store_true", help="one JSON object")
    add_output(command, "FILE", "write it into a file")
    add_language(command)
    add_pdf(command)


def engine() -> Any:
    """The module that judges, loaded when it is needed."""
    return import_module("symcost.marking")


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    if chosen.comments:
        from symcost.commands.comments import check_comments

        return check_comments(chosen)
    _settle(chosen)
    _usable(chosen)
    if chosen.output is not None:
        claim(chosen, [pdf_place(chosen.output, PDF) if pdf_wanted(chosen) else chosen.output])
    wanted = asked(chosen)
    if chosen.formula is not None:
        text = sys.stdin.read(LONGEST_INPUT) if chosen.formula == "-" else chosen.formula
        with progress("checking the formula"):
            found = engine().check(text.strip(), claimed=chosen.number, **wanted)
        return _answered(chosen, [("", found)])
    answers: list[tuple[str, Verdict | Marked]] = []
    refused = 0
    for path in chosen.files:
        try:
            with progress(f"checking {path}"):
                answers.append((str(path), engine().check_file(path, **wanted)))
        except (ValueError, OSError) as error:
            if len(chosen.files) == 1:
                raise
            console.complain(f"{path}: {error}", LONGEST_COMPLAINT)
            refused = 2
    return max(refused, _answered(chosen, answers))


def _settle(chosen: argparse.Namespace) -> None:
    """The format where none is named: that of the ending of the file, and text otherwise."""
    if chosen.format is None:
        chosen.pdf = chosen.pdf or (is_pdf(chosen.output) and not chosen.json)
        ending = "" if chosen.output is None else chosen.output.suffix.lower()
        chosen.json = chosen.json or (ending == ".json" and not pdf_wanted(chosen))
        plain = chosen.json or pdf_wanted(chosen)
        chosen.format = "text" if plain else ENDINGS.get(ending, "text")


def _usable(chosen: argparse.Namespace) -> None:
    """Raises `UsageError` where the arguments do not fit together."""
    if (chosen.formula is None) == (not chosen.files):
        raise UsageError("check one --formula TEXT, or one FILE or more")
    if chosen.number is not None and chosen.formula is None:
        raise UsageError("--number is what a formula gives: add --formula TEXT")
    if chosen.json and chosen.format != "text":
        raise UsageError("--json is a format of its own: leave --format out")
    if pdf_wanted(chosen):
        if chosen.json or chosen.format != "text":
            raise UsageError("--pdf is a format of its own: leave --json and --format out")
        ready(chosen, PDF)
    page = "PDF" if pdf_wanted(chosen) else chosen.format
    if len(chosen.files) > 1 and page not in ("text", "markdown"):
        raise UsageError(f"several files make several pages of {page}: give one FILE")


def asked(chosen: argparse.Namespace) -> dict[str, Any]:
    """What the formula is held against, as the checker takes it."""
    return {
        "model": _model(chosen),
        "quantity": chosen.quantity,
        "let": let(chosen.let),
        "sizes": sizes(chosen.sizes),
        "convention": counted(chosen),
        "scope": chosen.scope,
        "strict": chosen.strict,
    }


def _model(chosen: argparse.Namespace) -> Any:
    """The name that the user gave, or the model itself where the user wants it changed."""
    changed = any(getattr(chosen, each, None) for each in VARIANTS)
    if chosen.model is None:
        if changed:
            raise UsageError("--phase, --freeze, --lora and the like are of a model: add --model")
        return None
    return model(chosen) if changed or ":" in chosen.model else chosen.model


def counted(chosen: argparse.Namespace) -> Convention | None:
    """The way to count that the user asked for, None where nothing was said."""
    if chosen.convention is None and not any(getattr(chosen, each, None) for each in WAYS_TO_COUNT):
        return None
    named = argparse.Namespace(**{**vars(chosen), "convention": chosen.convention or "torch"})
    return convention(named)


def let(pairs: list[str]) -> dict[str, str]:
    """What letters stand for, as the user says."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, word = (each.strip() for each in pair.partition("="))
        if not equals or not name or not word:
            raise UsageError(f"--let {pair[:60]}: write a letter, '=', a word, as in H=heads")
        if found.setdefault(name, word) != word:
            raise UsageError(f"--let {name[:60]} is given twice with different words")
    return found


# -- answers ---------------------------------------------------------------------------------------


def code(status: Status) -> int:
    """The exit code of a verdict."""
    return CODES[status.value]


def _answered(chosen: argparse.Namespace, answers: list[tuple[str, Verdict | Marked]]) -> int:
    """Prints the answers; returns the exit code of the worst."""
    from symcost.checking.verdict import Verdict

    unusable = [(name, each) for name, each in answers if code(each.status) == 2]
    for name, each in unusable:
        why = each.remark if isinstance(each, Verdict) else "no line of it can be judged"
        console.complain(f"{name}: {why}" if name else why, LONGEST_COMPLAINT)
    # A formula that cannot be read has no report; of a file it is said line by line why.
    shown = [
        pair for pair in answers if chosen.json or pair[1].status.value != "unusable" or pair[0]
    ]
    if chosen.json and shown:
        put(chosen, as_json(_data(shown)))
    elif shown and pdf_wanted(chosen):
        tell(_pdf(chosen, shown[0][1]))
    elif shown:
        put(chosen, _report(chosen, shown))
    return max((code(each.status) for _, each in answers), default=0)


def _data(answers: list[tuple[str, Verdict | Marked]]) -> dict[str, Any]:
    if len(answers) == 1:
        return answers[0][1].as_data()
    return {"files": [{"file": name, **each.as_data()} for name, each in answers]}


def _report(chosen: argparse.Namespace, answers: list[tuple[str, Verdict | Marked]]) -> str:
    from symcost.render.language import language
    from symcost.render.marked import render_marked
    from symcost.render.screen import PAPER

    on = console.screen() if chosen.output is None else PAPER
    said = language(chosen.language)
    with missing_words_told():
        return "\n".join(
            render_marked(each, chosen.format, on, language=said) for _, each in answers
        )


def as_json(data: Any) -> str:
    """Data as JSON."""
    from symcost.render.steering import json_text

    return json_text(data)


def _pdf(chosen: argparse.Namespace, answer: Verdict | Marked) -> Path:
    """Writes the report as PDF; the place."""
    from symcost.render.language import language
    from symcost.render.marked import render_marked
    from symcost.render.pdf import write_pdf

    place, said = pdf_place(chosen.output, PDF), language(chosen.language)
    with missing_words_told():
        return write_pdf(
            place,
            lambda kind: render_marked(answer, kind, language=said),
            chosen.pdf_engine,
            overwrite=overwrites(chosen, place),
        )


def put(chosen: argparse.Namespace, text: str) -> None:
    """Writes into the file that was asked for, or prints."""
    if chosen.output is not None:
        put_file(chosen, chosen.output, text)
        return
    console.put(text, "json" if chosen.json else chosen.format)
