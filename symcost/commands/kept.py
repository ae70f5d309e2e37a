"""What an `eval` leaves for the next one: its closed forms, compiled; see `entries.py`."""

from __future__ import annotations

import contextlib
import copy
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim, find
from symcost.algebra.identity import put_in
from symcost.algebra.program import Instruction, program
from symcost.algebra.simplify import written
from symcost.algebra.whole import fraction
from symcost.catalog import find as catalog
from symcost.commands import entries
from symcost.files import ENDING, UNFINISHED
from symcost.files import keep as keep_whole

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Poly
    from symcost.graph.architecture import Architecture
    from symcost.model import Model
    from symcost.quantities.convention import Convention

MOST_VARIANTS = 100
MOST_ENTRIES = 2_000


def keep(
    report: dict[str, Any], model: Model, convention: Convention, chosen: argparse.Namespace
) -> None:
    """Writes an entry, or adds to it, unless this run is of a kind that is not kept.

    Nothing that goes wrong here concerns the user: the answer is printed already.
    """
    asked = entries.Asked(sys.argv[2:])
    path = entries.place(asked)
    # Only the command line itself is kept, not a call from Python with arguments of its own.
    if path is None or sys.argv[1:2] != ["eval"] or not _may_be_kept(asked, model, chosen):
        return
    with contextlib.suppress(OSError, ValueError):
        made = _variant(report, model, convention, chosen, asked)
        if made is not None:
            _write(Path(path), _joined(asked, made))


def _may_be_kept(asked: entries.Asked, model: Model, chosen: argparse.Namespace) -> bool:
    """Whether the model is data, named first, trained on one device."""
    named_first = asked.plain and bool(asked.fixed) and asked.fixed[0] == chosen.model
    return named_first and ":" not in chosen.model and model.plan is None


def _variant(
    report: dict[str, Any],
    model: Model,
    convention: Convention,
    chosen: argparse.Namespace,
    asked: entries.Asked,
) -> dict[str, Any] | None:
    """What is kept for the sizes of this run that others depend on; None where it cannot be."""
    free = {
        name: find(name).symbol
        for name in asked.sizes
        if find(name) not in _tied(model.architecture)
    }
    if len(set(free.values())) < len(free):  # two names of one size: only equal values may pass
        return None
    programs: dict[str, list[Any]] = {}
    sizes = {symbol: each["value"] for symbol, each in report["sizes"].items()}
    for name, value in report["values"].items():
        if name in catalog.quotients() or not isinstance(value, int):
            return None
        ledger = model.ledger(name, convention=convention, scope=chosen.scope)
        programs[name] = _compiled(put_in(ledger.total, model.architecture.relations))
        if entries.evaluate(programs[name], sizes) != value:
            return None
    held = copy.deepcopy(report)
    held["values"] = dict.fromkeys(report["values"])
    most = dict(_limits(model.architecture, sizes, set(free.values())))
    return {"free": free, "held": {"report": held, "programs": programs, "most": most}}


def _tied(architecture: Architecture) -> set[Dim]:
    """The dimensions that something else depends on: to change one may change more than itself."""
    found: set[Dim] = {dim("low_rank")}  # --lora may say it too
    for relation in (*architecture.relations, *architecture.cited):
        found |= {relation.dim, *relation.value.dims()}
    for word, (size, _) in architecture.sizes.items():
        if not isinstance(size, int):
            found |= {dim(word), *size.dims()}
    for limit in architecture.limits:
        found |= {dim(limit.large), *limit.more.dims()}
    for count, _ in architecture.counts:
        found |= set(count.dims())
    return found


def _limits(
    architecture: Architecture, sizes: dict[str, int], free: set[str]
) -> Iterator[tuple[str, int]]:
    """How large a free size may be; a later limit for one size is the smaller of the two."""
    found: dict[str, int] = {}
    for limit in architecture.limits:
        small, large = dim(limit.small).symbol, dim(limit.large).symbol
        if small in free and large in sizes:
            known = {each: sizes[each.symbol] for each in limit.more.dims() if each.symbol in sizes}
            if len(known) == len(limit.more.dims()):
                most = sizes[large] - int(limit.more.at(known))
                found[small] = min(most, found.get(small, most))
    yield from found.items()


def _compiled(total: Poly) -> list[Any]:
    """A closed form as instructions, with the place of the result behind them."""
    made = program(fraction(written(total, None).form))
    return [[_word(each) for each in made.values], made.result]


def _word(value: Dim | int | Instruction) -> Any:
    if isinstance(value, Instruction):
        return [value.name, value.left, value.right]
    return value if isinstance(value, int) else value.symbol


def _joined(asked: entries.Asked, made: dict[str, Any]) -> dict[str, Any]:
    """The entry that is there, if it still holds, with one variant more."""
    before = entries.entry(asked)
    known = before["variants"] if before is not None and before["free"] == made["free"] else {}
    if len(known) >= MOST_VARIANTS:
        known = {}
    return {
        "format": entries.FORMAT,
        "fixed": asked.fixed,
        "names": list(asked.sizes),
        "code": entries.code(),
        "file": entries.file_of(asked.fixed[0]),
        "free": made["free"],
        "variants": {**known, entries.variant(asked, made["free"]): made["held"]},
    }


def _write(path: Path, data: dict[str, Any]) -> None:
    """Writes the whole entry, and lets the oldest go."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    text = f"{entries.checksum(body)}\n{body}"
    if len(text) > entries.LARGEST // 2:
        return
    _make_room(path.parent)
    keep_whole(path, text)


def _make_room(folder: Path) -> None:
    """Takes the oldest entries away, and what killed runs left; another run may do so too."""
    kept: list[tuple[int, Path]] = []
    for pattern in ("*.json", f"{UNFINISHED}*{ENDING}"):
        for each in folder.glob(pattern):
            with contextlib.suppress(OSError):
                kept.append((each.lstat().st_mtime_ns, each))
    for _, old in sorted(kept)[: max(0, len(kept) - MOST_ENTRIES + 1)]:
        with contextlib.suppress(OSError):
            old.unlink()
