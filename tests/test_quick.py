"""`symcost eval` from an entry: the same bytes as the long way, or the long way."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from symcost.commands import entries, kept
from symcost.quick import answer

LINES = [
    "gpt2 --set B={a} --set s={b}",
    "gpt2 --set s={b} -q params -q flops_forward --set B={a} --json",
    "gpt2 -q flops_train --convention megatron --style leading --cite --set B={a} --set s={b}",
    "gpt2 -q flops_forward --causal exact --scope sequence --set s={b} --set batch={a}",
    "llama-3-8b -q kv_cache_bytes --phase decode --set B={a} --set t={b}",
    "deepseek-v3 -q params_active -q flops_forward --set B={a} --set s={b}",
    "gemma-3-4b -q flops_forward --set B={a} --set s={b} --json",
    "lecture -q params --set L={a} --set d=256 --set h=4",
    "gpt2 -q params",
]
LINE = "eval gpt2 -q flops_forward --set B=3 --set s=64"


def _run(line, cache, **environment):
    # The last line of stderr says whether the long way was loaded.
    code = (
        "import sys; sys.argv = ['symcost', *sys.argv[1:]]\n"
        "from symcost.quick import main\n"
        "code = main(); sys.stdout.flush()\n"
        "print('long' if 'symcost.model' in sys.modules else 'quick', file=sys.stderr)\n"
        "sys.exit(code)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *line.split()],
        capture_output=True, text=True, check=False,
        env={**os.environ, "SYMCOST_CACHE": str(cache), "COLUMNS": "90", **environment},
    )  # fmt: skip
    *complaint, way = run.stderr.splitlines()
    return way, (run.returncode, run.stdout, complaint)


@pytest.mark.parametrize("line", LINES)
def test_the_quick_way_prints_what_the_long_way_prints(line, tmp_path):
    line = f"eval {line}"
    assert _run(line.format(a=2, b=16), tmp_path)[0] == "long"
    for a, b in ((2, 16), (5, 1000), (123, 777)):
        now = line.format(a=a, b=b)
        way, printed = _run(now, tmp_path)
        fresh = _run(now, "off")
        assert fresh[0] == "long"
        assert printed == fresh[1], now
        assert way == "quick", now


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_data_takes_the_long_way(kind, tmp_path):
    first, again = (_run(f"{LINE} --format {kind}", tmp_path) for _ in range(2))
    assert first[0] == "long"
    assert again == first
    assert not list(tmp_path.glob("*.json"))


def test_sizes_that_others_depend_on_are_kept_one_by_one(tmp_path):
    _run("eval lecture -q params --set L=2 --set d=256 --set h=4", tmp_path)
    line = "eval lecture -q params --set L=2 --set d=512 --set h=4"
    first = _run(line, tmp_path)
    assert first == ("long", _run(line, "off")[1])
    assert _run(line, tmp_path) == ("quick", first[1])
    assert _run(line.replace("L=2", "L=9"), tmp_path)[0] == "quick"


@pytest.mark.parametrize(
    "setting",
    ["s=2048", "s=0", "s=-1", "s=1.5", "s=", "s", "s=64 --set s=65", "nonsense=1", "s=1_0"],
)
def test_what_cannot_be_takes_the_long_way(setting, tmp_path):
    _run("eval gpt2 --set s=64", tmp_path)
    line = f"eval gpt2 --set {setting}"
    way, printed = _run(line, tmp_path)
    assert way == "long"
    assert printed == _run(line, "off")[1]


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("-q params --js", "-q params --js"),
        ("-q params --se B=2 --set B=2", "-q params --se B=2 --set B=3"),
        ("-q params --set B=2 --set batch=2", "-q params --set B=4 --set batch=5"),
        ("-q params --color never", "-q params --color loud --color never"),
        ("-q params --set B=2", "-q params --set B=2 -- --set B=3"),
    ],
)
def test_a_line_that_only_the_command_understands_takes_the_long_way(before, line, tmp_path):
    _run(f"eval gpt2 {before}", tmp_path)
    assert _run(f"eval gpt2 {line}", tmp_path)[1] == _run(f"eval gpt2 {line}", "off")[1]


def _kept(folder):
    (path,) = folder.glob("*.json")
    return path


def test_an_entry_that_is_not_whole_is_not_used(tmp_path):
    good = _run(LINE, tmp_path)[1]
    whole = _kept(tmp_path).read_text()
    for broken in (
        "", whole[:-1], whole.replace("gpt2", "gpt3"), whole[: len(whole) // 2], "x\n{}", "\n" * 5,
        *(f"{entries.checksum(each)}\n{each}" for each in ("[]", "{}", "[[", "null")),
    ):  # fmt: skip
        _kept(tmp_path).write_text(broken)
        assert _run(LINE, tmp_path) == ("long", good)
        assert _run(LINE, tmp_path) == ("quick", good)


def test_an_entry_of_another_state_of_the_code_is_not_used(tmp_path):
    good = _run(LINE, tmp_path)[1]
    head, body = _kept(tmp_path).read_text().split("\n", 1)
    data = json.loads(body)
    assert head == entries.checksum(body)
    assert data["code"] == entries.code()
    data["code"] += "0"
    old = json.dumps(data)
    _kept(tmp_path).write_text(f"{entries.checksum(old)}\n{old}")
    assert _run(LINE, tmp_path) == ("long", good)


def test_a_changed_configuration_is_read_anew(tmp_path):
    path = tmp_path / "mine.json"
    config = {"model_type": "gpt2", "n_embd": 384, "n_layer": 6, "n_head": 6}
    path.write_text(json.dumps(config))
    line, cache = f"eval {path} -q params --json", tmp_path / "cache"
    first = _run(line, cache)
    assert _run(line, cache) == ("quick", first[1])
    path.write_text(json.dumps({**config, "n_layer": 7}))
    way, printed = _run(line, cache)
    assert way == "long"
    assert json.loads(printed[1])["sizes"]["L"]["value"] == 7


def test_two_runs_may_write_at_once(tmp_path):
    lines = [f"eval gpt2 --set B={each} --set d_ff={each}" for each in range(1, 9)]
    with ThreadPoolExecutor(4) as pool:
        first = list(pool.map(lambda line: _run(line, tmp_path), lines))
    assert not list(tmp_path.glob("*.part"))
    again = [_run(line, tmp_path) for line in lines]
    assert [each[1] for each in again] == [each[1] for each in first]


def test_a_folder_that_cannot_be_written_is_nothing_to_the_user(tmp_path):
    file = tmp_path / "file"
    file.write_text("in the way")
    printed = _run(LINE, "off")[1]
    assert _run(LINE, file) == ("long", printed)
    assert _run(LINE, file / "deeper") == ("long", printed)
    assert file.read_text() == "in the way"
    assert _run(LINE, "", HOME="relative", XDG_CACHE_HOME="") == ("long", printed)


def test_a_folder_that_is_read_only_or_goes_away_is_nothing_to_the_user(tmp_path):
    """In the middle of a run the folder goes, or the system refuses a file in it."""
    gone = (
        "import shutil, sys; sys.argv = ['symcost', *sys.argv[1:]]\n"
        "from symcost.commands import kept\n"
        "from symcost.quick import main\n"
        "whole = kept.keep_whole\n"
        "def keep(path, text):\n"
        "    shutil.rmtree(path.parent); path.parent.symlink_to('nowhere'); whole(path, text)\n"
        "kept.keep_whole = keep\n"
        "sys.exit(main())"
    )
    denied = (
        "import sys; sys.argv = ['symcost', *sys.argv[1:]]\n"
        "from symcost import files\n"
        "from symcost.quick import main\n"
        "def refuse(*_): raise PermissionError(13, 'read-only')\n"
        "files._beside = refuse\n"
        "sys.exit(main())"
    )
    good = _run(LINE, "off")[1]
    for code in (gone, denied):
        cache = tmp_path / "cache"
        cache.mkdir()
        run = subprocess.run(
            [sys.executable, "-c", code, *LINE.split()],
            capture_output=True, text=True, check=False,
            env={**os.environ, "SYMCOST_CACHE": str(cache), "COLUMNS": "90"},
        )  # fmt: skip
        assert (run.returncode, run.stdout, run.stderr) == (0, good[1], "")
        assert cache.is_symlink() or not list(cache.iterdir())
        cache.unlink() if cache.is_symlink() else cache.rmdir()


def _asked(line=LINE):
    return entries.Asked(line.split()[1:])


@pytest.fixture
def entry(tmp_path, monkeypatch):
    """The file of an entry that holds."""
    monkeypatch.setenv("SYMCOST_CACHE", str(tmp_path))
    _run(LINE, tmp_path)
    assert entries.entry(_asked())
    return _kept(tmp_path)


def test_an_entry_that_another_user_may_have_written_is_not_used(entry):
    entry.chmod(0o666)
    assert entries.entry(_asked()) is None
    entry.chmod(0o600)
    assert entries.entry(_asked())
    if os.geteuid() == 0:
        os.chown(entry, 65534, -1)
        assert entries.entry(_asked()) is None


def test_an_entry_is_kept_from_others_and_takes_the_place_of_a_link(entry, tmp_path):
    assert entry.stat().st_mode & 0o777 == 0o600
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("somebody's")
    for put in (lambda: entry.symlink_to(elsewhere), lambda: os.mkfifo(entry)):
        entry.unlink()
        put()
        assert entries.entry(_asked()) is None
        assert _run(LINE, tmp_path)[0] == "long"
        assert _run(LINE, tmp_path)[0] == "quick"
    assert elsewhere.read_text() == "somebody's"


def _shapes(value):
    """The value with one part of it, at any depth, of another kind."""
    yield from (each for each in (None, 7, "x", [], {}, [value]) if each != value)
    if isinstance(value, dict):
        for name, each in value.items():
            yield {key: held for key, held in value.items() if key != name}
            yield from ({**value, name: other} for other in _shapes(each))
    if isinstance(value, list):
        for at, each in enumerate(value):
            yield from ([*value[:at], other, *value[at + 1 :]] for other in _shapes(each))


def test_an_entry_of_any_shape_is_answered_or_left_and_never_fails(entry, capsys, monkeypatch):
    """The sum is right each time, as if somebody had made the entry by hand."""
    code_now = entries.code()
    monkeypatch.setattr(entries, "code", lambda: code_now)
    whole = json.loads(entry.read_text().split("\n", 1)[1])
    tried = left = 0
    for other in _shapes(whole):
        body = json.dumps(other)
        entry.write_text(f"{entries.checksum(body)}\n{body}")
        code = answer(LINE.split())
        out, err = capsys.readouterr()
        assert (code, err) == (0, "") if code is not None else (out, err) == ("", "")
        tried, left = tried + 1, left + (code is None)
    assert tried > left > tried / 2 > 300


def test_an_entry_that_would_take_for_ever_is_left():
    squares = [["a", *(["mul", at, at] for at in range(60))], 60]
    assert entries.evaluate(squares, {"a": 2}) is None
    assert entries.evaluate([squares[0][:7], 6], {"a": 2}) == 2**64


def test_a_model_that_became_a_pipe_is_not_waited_for(tmp_path, monkeypatch):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"model_type": "gpt2", "n_embd": 384, "n_layer": 6, "n_head": 6}))
    line, cache = f"eval {path} -q params", tmp_path / "cache"
    _run(line, cache)
    monkeypatch.setenv("SYMCOST_CACHE", str(cache))
    assert entries.entry(_asked(line))
    path.unlink()
    os.mkfifo(path)
    assert entries.entry(_asked(line)) is None


def test_room_is_made_for_a_new_entry(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "MOST_ENTRIES", 4)
    for at in range(6):
        name = f".symcost-{at}.part" if at % 2 else f"{at}.json"
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (at, at))
    (tmp_path / "mine.txt").write_text("x")
    kept._write(tmp_path / "new.json", {})
    assert {each.name for each in tmp_path.iterdir()} == {
        ".symcost-3.part", "4.json", ".symcost-5.part", "mine.txt", "new.json",
    }  # fmt: skip


def test_programs_by_hand():
    program = [["a", 7, "b", ["mul", 0, 1], ["add", 3, 2], ["floor", 4, 2], ["exact", 3, 1]], 5]
    assert entries.evaluate(program, {"a": 3, "b": 4}) == (3 * 7 + 4) // 4
    assert entries.evaluate([program[0], 6], {"a": 3, "b": 4}) == 3
    assert entries.evaluate([[7, 2, ["exact", 0, 1]], 2], {}) is None
