"""The seeds of the fuzzer and what it once found, under the same watch; see `make fuzz`."""

import ast
import contextlib
import os
import subprocess
from random import Random

import pytest

from fuzz import kept
from fuzz.mutate import Mutator
from fuzz.targets import DATA, FOLDER, TARGETS, Target
from fuzz.watch import FindingError, Watch
from symcost.commands.console import one_line

WATCH = Watch()
KEPT = sorted(each for each in (DATA / "fuzz").glob("*/*") if each.parent != kept.CORPUS)
CORPUS = dict(kept.kept())
SLOW = ("check", "command", "magic", "template")  # a few seeds stand for all


def watched(name, data):
    """The answer; what loads or is made at the first time is so before the watch begins."""
    target = TARGETS[name]
    with contextlib.suppress(*target.refuses):
        target.run(data)
    return WATCH.run(target, data)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_seeds_are_read(name):
    target = TARGETS[name]
    seeds = list(target.seeds())
    answers = [watched(name, seed) for seed in seeds[:: 1 + len(seeds) // 40 * (name in SLOW)]]
    assert "answered" in answers


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_found_once_is_refused(path):
    assert watched(path.parent.name, path.read_bytes()) == "refused"


@pytest.mark.parametrize("name", CORPUS)
def test_what_a_long_run_kept_is_read_as_it_was_then(name):
    # A reader that reads more than before has its inputs read anew: python -m fuzz.kept
    assert [watched(name, each.data) for each in kept.rows(CORPUS[name])] == [
        each.answer for each in kept.rows(CORPUS[name])
    ]


@pytest.mark.parametrize("start", range(0, kept.MOST_SAID, 25))
@pytest.mark.parametrize("name", kept.SAID)
def test_what_was_read_is_what_it_was(name, start):
    rows = list(kept.rows(CORPUS[name]))[start : start + 25]
    assert [kept.read(name, each.data) for each in rows] == rows


def _evaluate(data):
    return eval(data)  # noqa: S307 (the very thing that has to be noticed)


def _write(_):
    (FOLDER.parent / "symcost-elsewhere").write_text("x")


def _crash(_):
    raise TypeError("no answer at all")


def _read(_):
    (FOLDER.parent / "symcost-elsewhere").read_text()


def _move(_):
    (FOLDER.parent / "symcost-elsewhere").rename(FOLDER.parent / "symcost-moved")


def _descriptor(_):
    os.close(os.open(FOLDER.parent / "symcost-elsewhere", os.O_WRONLY | os.O_CREAT))


def _start(_):
    subprocess.run(["true"], check=True)


@pytest.mark.parametrize(
    ("run", "error"),
    [
        *((each, FindingError) for each in (_evaluate, _write, _read, _move, _descriptor, _start)),
        (_crash, TypeError),
    ],
)
def test_the_watch_notices_and_stops(run, error):
    elsewhere = FOLDER.parent / "symcost-elsewhere"
    for blocks in (False, True):
        target = Target(run, list, "", refuses=(ValueError, OSError), blocks=blocks)
        if blocks and run in (_write, _read, _move, _descriptor):  # as a system would
            assert WATCH.run(target, b"1 + 1") == "refused"
        else:
            with pytest.raises(error):
                WATCH.run(target, b"1 + 1")
        assert not elsewhere.exists()


def test_what_takes_too_long_is_noticed():
    slow = Target(lambda _: sum(range(200_000)), list, "", seconds=0.0001)
    with pytest.raises(FindingError, match="took"):
        WATCH.run(slow, b"")


@pytest.mark.parametrize("name", ["config", "declaration", "certificate", "notebook"])
def test_what_is_changed_still_parses_often(name):
    target = TARGETS[name]
    seeds = list(target.seeds())
    change, chance = Mutator(target.grammar, seeds), Random(1)
    made = {change(b"", target.longest, chance) for _ in range(300)}
    parsed = [each for each in made if change._tree(each.decode("utf-8", "replace")) is not None]
    assert len(made) > 100
    assert len(parsed) > 50
    assert len(made & set(seeds)) < 20


def test_a_complaint_moves_no_cursor():
    said = one_line("a\x1b[2J\x07 b\n  c\u202e")
    assert said == r"a\x1b[2J\x07 b c\u202e"
    assert ast.literal_eval(f'"{said}"') == "a\x1b[2J\x07 b c\u202e"
