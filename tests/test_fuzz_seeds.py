"""The seeds of the fuzzer and what it once found, under the same watch; see `make fuzz`."""

import ast
import contextlib

import pytest

from fuzz.targets import DATA, FOLDER, TARGETS, Target
from fuzz.watch import FindingError, Watch
from symcost.commands.console import one_line

WATCH = Watch()
KEPT = sorted((DATA / "fuzz").glob("*/*"))


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_seeds_are_read(name):
    target = TARGETS[name]
    answers = []
    for seed in target.seeds():
        with contextlib.suppress(*target.refuses):
            target.run(seed)  # modules that load late are loaded before the watch begins
        answers.append(WATCH.run(target, seed))
    assert "answered" in answers


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_found_once_is_refused(path):
    assert WATCH.run(TARGETS[path.parent.name], path.read_bytes()) == "refused"


def _evaluate(data):
    return eval(data)  # noqa: S307 (the very thing that has to be noticed)


def _write(_):
    (FOLDER.parent / "symcost-elsewhere").write_text("x")


def _crash(_):
    raise TypeError("no answer at all")


@pytest.mark.parametrize(
    ("run", "error"),
    [(_evaluate, FindingError), (_write, FindingError), (_crash, TypeError)],
    ids=["code", "file", "crash"],
)
def test_the_watch_notices(run, error):
    with pytest.raises(error):
        WATCH.run(Target(run, list), b"1 + 1")
    (FOLDER.parent / "symcost-elsewhere").unlink(missing_ok=True)


def test_a_complaint_moves_no_cursor():
    said = one_line("a\x1b[2J\x07 b\n  c\u202e")
    assert said == r"a\x1b[2J\x07 b c\u202e"
    assert ast.literal_eval(f'"{said}"') == "a\x1b[2J\x07 b c\u202e"
