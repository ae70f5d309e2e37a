"""`symcost check --comments`: the formulas that stand in comments of source files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.commands.check import as_json, asked, code, engine, put
from symcost.commands.output import claim
from symcost.commands.parser import UsageError
from symcost.commands.pdf import pdf_wanted
from symcost.commands.progress import progress
from symcost.files import regular

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from symcost.checking.annotations import Annotation
    from symcost.checking.verdict import Marked, Verdict

LARGEST = 20_000_000  # bytes of a source file


def check_comments(chosen: argparse.Namespace) -> int:
    """One line for each annotation; 1 where one is wrong, else 2 where one cannot be used."""
    if chosen.formula is not None or not chosen.files:
        raise UsageError("--comments takes one FILE or more, and no --formula")
    if pdf_wanted(chosen):
        raise UsageError("--comments prints lines and makes no PDF")
    if chosen.output is not None:
        claim(chosen, [chosen.output])
    wanted = asked(chosen)
    found = []
    for path in chosen.files:
        with progress(f"checking {path}"):
            found += _of_file(path, wanted)
    if chosen.json:
        put(chosen, as_json([each for _, _, each in found]))
    elif found:
        put(chosen, "".join(f"{line}\n" for line, _, _ in found))
    codes = {exit_code for _, exit_code, _ in found}
    unusable = [line for line, exit_code, _ in found if exit_code == 2]
    if unusable:
        more = f" (and {len(unusable) - 1} more)" if len(unusable) > 1 else ""
        console.complain(f"{unusable[0][:400]}{more}")
    return 1 if 1 in codes else max(codes, default=0)


def _of_file(path: Path, wanted: dict[str, Any]) -> list[tuple[str, int, dict[str, Any]]]:
    """(line for people, exit code, data) of each annotation of a file."""
    from symcost.checking.annotations import Annotation, find_annotations

    with open(path, "rb", opener=regular) as file:
        source = file.read(LARGEST + 1)
    if len(source) > LARGEST:
        raise UsageError(f"{path}: more than {LARGEST:,} bytes")
    found = []
    for each in find_annotations(source.decode("utf-8", "replace")):
        if isinstance(each, Annotation):
            line, exit_code, data = _judged(each, wanted)
            number = each.line
        else:
            number, problem = each
            line, exit_code = f"unusable: {problem}", 2
            data = {"status": "unusable", "remark": str(problem)}
        safe = "".join(char if char.isprintable() else "?" for char in f"{path}:{number}: {line}")
        found.append((safe, exit_code, {"file": str(path), "line": number, **data}))
    return found


def _judged(each: Annotation, wanted: dict[str, Any]) -> tuple[str, int, dict[str, Any]]:
    try:
        answer: Verdict | Marked = engine().check(each.formula, **_own(each, wanted))
    except ValueError as error:
        return f"unusable: {error}", 2, {"status": "unusable", "remark": str(error)}
    return _line(answer), code(answer.status), answer.as_data()


def _own(each: Annotation, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the annotation says, and what the command line says where the annotation is silent."""
    if ":" in each.model:
        # A comment is no place from which code is loaded; the command line is.
        raise UsageError(f"{each.model[:60]!r}: give a declaration of your own with --model")
    return {
        **wanted,
        "model": each.model or wanted["model"],
        "quantity": each.quantity,
        "scope": each.scope or wanted["scope"],
        "convention": each.convention or wanted["convention"],
        "let": {**wanted["let"], **each.let},
        "sizes": {**wanted["sizes"], **each.sizes},
    }


def _line(answer: Verdict | Marked) -> str:
    """The verdict in one line; of a chain that of its worst side."""
    from symcost.checking.verdict import Verdict
    from symcost.render.sentences import one_line

    if isinstance(answer, Verdict):
        return one_line(answer)
    sides = [each.verdict for each in answer.lines if each.verdict is not None]
    worst = [each for each in sides if each.status is answer.status]
    return one_line(worst[0]) if worst else "unusable: there is no formula"
