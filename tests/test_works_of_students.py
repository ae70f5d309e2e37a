"""Works as people write them: right ones, and ones with one line that is wrong.

tests/data/works/right.txt and planted.txt hold them, each below a line with its name, its model and
the ending of its file. In planted.txt a line has what is right and what is written: ⟦right¦wrong⟧.
What is said of them is kept word for word: `python -m tests.test_works_of_students` writes it anew.
"""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.checking.verdict import Status
from tests.blocks import keep, kept
from tests.test_works_put_in import told

if TYPE_CHECKING:
    from symcost.checking.verdict import Marked

DATA = Path(__file__).parent / "data"
PLANTED = re.compile(r"⟦(.*?)¦(.*?)⟧")


@cache
def works(name: str) -> dict[str, tuple[str, str, str]]:
    """Model, ending and text of each, by its name."""
    text = (DATA / "works" / f"{name}.txt").read_text(encoding="utf-8")
    found = {}
    for block in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        key, model, ending = head.split()
        found[key] = model, ending, body
    return found


@cache
def mark(name: str, key: str, way: int = 0) -> Marked:
    """The work, marked; `way` is 1 for what is right in a planted place, 2 for what is written."""
    model, ending, text = works(name)[key]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"work.{ending}")
        path.write_text(PLANTED.sub(lambda found: found[way], text), encoding="utf-8")
        return symcost.check_file(path, model=model)


def accused(work: Marked) -> list[int]:
    """The lines that are not right, those aside that are not judged."""
    bad = (Status.WRONG, Status.UNKNOWN)
    return [each.number for each in work.lines if each.verdict and each.verdict.status in bad]


CASES = [
    *(("right", key, 0) for key in works("right")),
    *(("planted", key, 2) for key in works("planted")),
]


@pytest.mark.parametrize("key", works("right"))
def test_what_is_right_is_called_so(key: str) -> None:
    assert accused(mark("right", key)) == []


@pytest.mark.parametrize("key", works("planted"))
def test_the_line_that_is_wrong_is_called_so_and_no_other(key: str) -> None:
    lines = works("planted")[key][2].split("\n")
    (place,) = (at for at, line in enumerate(lines, 1) if PLANTED.search(line))
    assert accused(mark("planted", key, 1)) == []
    assert accused(mark("planted", key, 2)) == [place]


def path_of(name: str) -> Path:
    return DATA / "verdicts" / "works" / f"{name}.txt"


@pytest.mark.parametrize(("name", "key", "way"), CASES)
def test_a_work_is_marked_as_it_was(name: str, key: str, way: int) -> None:
    assert told(mark(name, key, way)) == kept(path_of(name))[key]


def main() -> None:
    """Writes what is said."""
    for name in ("right", "planted"):
        cases = [(key, way) for each, key, way in CASES if each == name]
        keep(path_of(name), {key: told(mark(name, key, way)) for key, way in cases})


if __name__ == "__main__":
    main()
