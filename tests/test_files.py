"""Files that commands write: whole or not at all, never over another without `--force`."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from symcost import files
from symcost.cli import main, parser
from symcost.commands import check
from symcost.files import FileError, TakenError, ready, write, writing
from symcost.render.pdf import PdfError, write_pdf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OLD = "what was there before\n"
TITLE = "What the bare transformer of a lecture costs"
LECTURE = ["lecture", "-q", "params"]
SHARES = ["--of", "shares", "--against", "s=128:512"]
# Of every command that has -o: what it is asked, the name of its file, its exit code.
WRITERS: dict[str, tuple[list[str], str, int]] = {
    "derive": ([*LECTURE], "notes.md", 0),
    "check": (["--formula", "L*d", "--model", "lecture", "-q", "params"], "marked.md", 1),
    "solve": (["gpt2", "params = 1e9", "--for", "d"], "answer.md", 0),
    "crossover": (["gpt2", "attention", "feed_forward", "--for", "s"], "crossover.md", 0),
    "sweep": ([*LECTURE, "--grid", "L=6,12"], "rows.csv", 0),
    "plot": (["gpt2", *SHARES], "shares.svg", 0),
    "export": ([*LECTURE], "params.py", 0),
    "list": (["quantities"], "quantities.txt", 0),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A file that exists."""
    path = tmp_path / "notes.md"
    path.write_text(OLD, encoding="utf-8")
    return path


@pytest.fixture
def nothing_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever would take long fails the test: a command has to refuse before it."""

    def worked(*_: Any, **__: Any) -> None:
        raise AssertionError("it worked first")

    monkeypatch.setattr("symcost.model.load", worked)
    monkeypatch.setattr(check, "engine", worked)
    monkeypatch.setattr("symcost.commands.listing._rows", worked)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line in which a command says why it writes nothing."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err.removeprefix("symcost: ").removesuffix("\n")


# -- commands --------------------------------------------------------------------------------------


def test_every_command_that_writes_is_tried() -> None:
    found = {
        name: {option for each in command.declared for option in each.option_strings}
        for name, command in parser().commands.items()
    }
    writers = {name for name, options in found.items() if "--output" in options}
    assert writers == set(WRITERS)
    assert writers == {name for name, options in found.items() if "--force" in options}


@pytest.mark.usefixtures("nothing_works")
@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_exists_is_refused_before_any_work(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked, file, _ = WRITERS[name]
    path = tmp_path / file
    path.write_text(OLD, encoding="utf-8")
    said = refused(capsys, name, *asked, "-o", str(path))
    assert said == f"{path} exists already: add --force to write over it"
    assert path.read_text(encoding="utf-8") == OLD
    assert names(tmp_path) == [file]


@pytest.mark.parametrize("name", WRITERS)
def test_force_and_reports_write_over_it(
    name: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, file, code = WRITERS[name]
    monkeypatch.chdir(tmp_path)
    made = []
    for place, force in ((Path("new", file), []), (Path("old", file), ["--force"]),
                         (Path("reports", "deep", file), [])):  # fmt: skip
        if place.parts[0] != "new":
            place.parent.mkdir(parents=True)
            place.write_text(OLD, encoding="utf-8")
        assert main([name, *asked, "-o", str(place), *force]) == code
        out, err = capsys.readouterr()
        assert (out.split("\n")[0].split(":")[0], err) == (str(place), "")
        assert names(place.parent) == [file]
        made.append(place.read_bytes())
    assert made[0] == made[1] == made[2] != OLD.encode()


@pytest.mark.usefixtures("nothing_works")
def test_all_files_are_looked_for_before_any_is_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("derivation.md", "tables/notation.csv", "fragments.md"):
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(OLD, encoding="utf-8")
    formats = ["--format", "latex,markdown,csv,fragments"]
    said = refused(capsys, "derive", *LECTURE, *formats, "-o", str(tmp_path))
    first = tmp_path / "derivation.md"
    assert said == f"{first} and 2 more exist already: add --force to write over them"
    assert names(tmp_path) == ["derivation.md", "fragments.md", "tables"]


@pytest.mark.usefixtures("nothing_works")
def test_a_pdf_is_looked_for_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("symcost.render.pdf.engine", lambda *_: "typst")
    place = tmp_path / "derivation.pdf"
    place.write_text(OLD, encoding="utf-8")
    options = ["--pdf", "--format", "markdown", "-o", str(tmp_path)]
    assert str(place) in refused(capsys, "derive", *LECTURE, *options)
    formula = ["--formula", "d", "--model", "lecture", "-q", "params"]
    assert str(place) in refused(capsys, "check", *formula, "-o", str(place))
    assert names(tmp_path) == ["derivation.pdf"]


def test_fragments_that_exist_are_all_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Their names are known only when there is a page; none is written where one must stay."""
    claim = tmp_path / "claims" / "params-total.tex"
    claim.parent.mkdir()
    claim.write_text(OLD, encoding="utf-8")
    said = refused(capsys, "derive", *LECTURE, "--format", "fragments", "-o", str(tmp_path))
    assert said == f"{claim} exists already: add --force to write over it"
    assert names(tmp_path) == ["claims"]
    assert names(claim.parent) == ["params-total.tex"]


def test_after_a_failure_half_way_it_is_said_what_was_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    @contextlib.contextmanager
    def full(path: Path, *, overwrite: bool) -> Iterator[Any]:
        if written:
            raise FileError(f"{path} cannot be written: No space left on device")
        written.append(path)
        with writing(path, overwrite=overwrite) as file:
            yield file

    monkeypatch.setattr(files, "writing", full)
    formats = ["--format", "latex,markdown,text", "-o", str(tmp_path)]
    assert main(["derive", *LECTURE, *formats]) == 2
    out, err = capsys.readouterr()
    assert out == f"{tmp_path / 'derivation.tex'}\n"
    assert err == f"symcost: {tmp_path / 'derivation.md'} cannot be written: " + (
        "No space left on device\n"
    )
    assert names(tmp_path) == ["derivation.tex"]


def test_reports_of_somewhere_else_are_no_exception(
    capsys: pytest.CaptureFixture[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of another folder, nor through a link that leads out of it."""
    here = place.parent / "here"
    (here / "reports").mkdir(parents=True)
    (place.parent / "reports").mkdir()
    monkeypatch.chdir(here)
    link, other = Path("reports/notes.md"), Path("../reports/notes.md")
    link.symlink_to(place)
    other.write_text(OLD, encoding="utf-8")
    for each in (link, other, Path("reports/../../notes.md")):
        assert "exists already" in refused(capsys, "derive", *LECTURE, "-o", str(each))
    assert place.read_text(encoding="utf-8") == other.read_text(encoding="utf-8") == OLD


# -- what may lie at the place ---------------------------------------------------------------------


def unusable(path: Path) -> str:
    """Why a file cannot be written: the same before the work as after it."""
    with pytest.raises(FileError) as early:
        ready(path, overwrite=True)
    with pytest.raises(FileError) as late:
        write(path, "new", overwrite=True)
    assert str(early.value) == str(late.value)
    return str(late.value).removeprefix(f"{path} cannot be written: ")


def test_a_new_file_follows_the_umask_and_an_old_one_keeps_its_permissions(
    tmp_path: Path,
) -> None:
    new = tmp_path / "deep" / "er" / "new"
    before = os.umask(0o027)
    try:
        write(new, "é\n", overwrite=False)
        assert stat.S_IMODE(new.stat().st_mode) == 0o640
        for mode in (0o600, 0o755, 0o444 if os.geteuid() == 0 else 0o644):
            new.chmod(mode)
            write(new, b"newer", overwrite=True)
            assert stat.S_IMODE(new.stat().st_mode) == mode
    finally:
        os.umask(before)
    assert new.read_bytes() == b"newer"
    assert names(new.parent) == ["new"]


def test_while_it_is_written_nobody_reads_what_the_old_file_hid(place: Path) -> None:
    place.chmod(0o600)
    with writing(place, overwrite=True) as file:
        file.write(b"secret")
        (unfinished,) = place.parent.glob(".symcost-*.part")
        assert stat.S_IMODE(unfinished.stat().st_mode) == 0o600
        assert place.read_text(encoding="utf-8") == OLD
    assert place.read_bytes() == b"secret"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_is_kept(place: Path) -> None:
    os.chown(place, 65534, 65534)
    write(place, "new", overwrite=True)
    assert (place.stat().st_uid, place.stat().st_gid) == (65534, 65534)


def test_a_link_stays_and_its_file_is_written(place: Path) -> None:
    folder = place.parent / "links"
    folder.mkdir()
    (folder / "two").symlink_to("../notes.md")
    (folder / "one").symlink_to(folder / "two")
    with pytest.raises(TakenError, match="one exists already"):
        write(folder / "one", "new", overwrite=False)
    write(folder / "one", "new", overwrite=True)
    assert place.read_text(encoding="utf-8") == "new"
    assert names(folder) == ["one", "two"]
    assert (folder / "one").is_symlink()


def test_what_is_no_file_is_refused(tmp_path: Path, place: Path) -> None:
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / "round").symlink_to("round")
    loose = os.strerror(errno.ELOOP)
    assert unusable(tmp_path) == "it is a folder"
    assert unusable(tmp_path / "nowhere") == f"it is a link to {tmp_path / 'gone'}, " + (
        "which is not there"
    )
    assert unusable(tmp_path / "round") == loose
    assert unusable(tmp_path / ("n" * 300)) == os.strerror(errno.ENAMETOOLONG)
    assert unusable(place / "below") == os.strerror(errno.ENOTDIR)
    assert unusable(place / "far" / "below") == os.strerror(errno.ENOTDIR)
    assert names(tmp_path) == ["notes.md", "nowhere", "round"]
    assert place.read_text(encoding="utf-8") == OLD


def test_a_longest_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write(path, "whole", overwrite=False)
    assert names(tmp_path) == [path.name]


def test_pipes_and_devices_are_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "notes.md"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    assert main(["derive", *LECTURE, "-o", str(pipe)]) == 0
    reader.join()
    assert TITLE in read[0]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert names(tmp_path) == ["notes.md"]
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(FileError, match="cannot be written: No space left on device"):
        write(tmp_path / "full", "x" * 100_000, overwrite=False)
    write(Path("/dev/null"), "gone", overwrite=False)


def test_an_open_file_is_written_where_it_stands(tmp_path: Path) -> None:
    """`-o /dev/stdout > FILE` must neither cut the file off nor take its place."""
    out = tmp_path / "out"
    (tmp_path / "mine").symlink_to("/dev/stdout")
    code = (
        "import sys; from pathlib import Path; from symcost.files import write\n"
        "print('first'); write(Path(sys.argv[1]), 'second\\n', overwrite=False); print('third')\n"
        "write(Path('/dev/fd/1'), 'fourth\\n', overwrite=False)"
    )
    with out.open("w") as file:
        subprocess.run([sys.executable, "-c", code, tmp_path / "mine"], stdout=file, check=True)
    assert out.read_text().split() == ["first", "second", "third", "fourth"]


# -- faults ----------------------------------------------------------------------------------------


class Full(io.BufferedWriter):
    """A file on a disk that is full when the method of this name is called."""

    fails = ""

    def _maybe(self, name: str) -> None:
        if self.fails == name:
            Full.fails = ""
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(self, data: Any) -> int:
        self._maybe("write")
        return super().write(data)

    def flush(self) -> None:
        self._maybe("flush")
        super().flush()

    def close(self) -> None:
        super().close()
        self._maybe("close")


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("fails", ["write", "flush", "close", "fsync"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    fails: str, overwrite: bool, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place if overwrite else place.with_name("new.md")
    monkeypatch.setattr(files.os, "fdopen", lambda handle, _: Full(io.FileIO(handle, "wb")))
    monkeypatch.setattr(Full, "fails", fails)
    if fails == "fsync":

        def fsync(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(files.os, "fsync", fsync)
    with pytest.raises(FileError) as error:
        write(path, "new", overwrite=overwrite)
    assert str(error.value) == f"{path} cannot be written: No space left on device"
    assert names(place.parent) == [place.name]
    assert place.read_text(encoding="utf-8") == OLD


def test_a_file_system_that_cannot_be_asked_to_write_through_is_no_fault(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.EINVAL, "not here")

    monkeypatch.setattr(files.os, "fsync", fsync)
    write(place, "new", overwrite=True)
    assert place.read_text(encoding="utf-8") == "new"


def ran(code: str, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Python runs the code in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, check=False, **options,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_a_limit_of_the_system_is_one_line(name: str, tmp_path: Path) -> None:
    """The kernel itself refuses, in the middle of a file that is written in stretches."""
    pytest.importorskip("pyarrow.parquet" if name.endswith("t") else "numpy")
    place = tmp_path / name
    place.write_text(OLD, encoding="utf-8")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "from symcost.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    grid = ["--grid", "L=1:3000:1", "-o", str(place), "--force"]
    run = ran(code, "sweep", *LECTURE, *grid)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"symcost: {place} cannot be written: {os.strerror(errno.EFBIG)}\n"
    assert place.read_text(encoding="utf-8") == OLD
    assert names(tmp_path) == [name]


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """A disk of 64 kB in a mount namespace of its own, which ends with the process."""
    disk = tmp_path / "disk"
    disk.mkdir()
    alone = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    mount = f"mount -t tmpfs -o size=64k none {disk} && "
    try:
        subprocess.run([*alone, f"{mount}true"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets nobody mount a small disk")
    python = f"{sys.executable} -c 'import sys; from symcost.cli import main; sys.exit(main())'"
    sweep = f"sweep {' '.join(LECTURE)} --grid L=1:9000:1 -o {disk}/rows.csv --force"
    commands = f"echo old > {disk}/rows.csv; {python} {sweep}; cat {disk}/rows.csv; ls -A {disk}"
    run = subprocess.run([*alone, mount + commands], capture_output=True, text=True, check=False)
    full = os.strerror(errno.ENOSPC)
    assert run.stderr == f"symcost: {disk}/rows.csv cannot be written: {full}\n"
    assert run.stdout == "old\nrows.csv\n"


@pytest.mark.parametrize("what", ["write into", "overwrite in"])
def test_a_folder_or_a_file_that_is_read_only(what: str) -> None:
    """Root may do all; so nobody does it, in a folder that nobody can reach."""
    code = (
        "import os, sys; from pathlib import Path; from symcost import files\n"
        "if os.geteuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "for act in files.ready, lambda *a, **k: files.write(*a, 'new', **k):\n"
        "    try: act(Path(sys.argv[1]), overwrite=True)\n"
        "    except files.FileError as error: print(error)"
    )
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        place = folder / "notes.md"
        place.write_text(OLD, encoding="utf-8")
        place.chmod(0o444)
        folder.chmod(0o555 if what == "write into" else 0o777)
        aim = folder / "new.md" if what == "write into" else place
        run = ran(code, aim)
        folder.chmod(0o755)
        early, late = run.stdout.splitlines()
        denied = os.strerror(errno.EACCES)
        assert late == f"{aim} cannot be written: {denied}"
        if what == "write into":
            assert early == f"{aim} cannot be written: nothing can be written into {folder}"
        else:
            assert early == late
        assert place.read_text(encoding="utf-8") == OLD
        assert names(folder) == [place.name]


def test_a_folder_that_vanishes(tmp_path: Path) -> None:
    folder = tmp_path / "gone"

    def vanishing() -> None:
        with writing(folder / "a", overwrite=True) as file:
            file.write(b"new")
            (unfinished,) = folder.iterdir()
            unfinished.unlink()
            folder.rmdir()

    with pytest.raises(FileError) as error:
        vanishing()
    missing = os.strerror(errno.ENOENT)
    assert str(error.value) == f"{folder / 'a'} cannot be written: {missing}"
    assert names(tmp_path) == []


@pytest.mark.parametrize("error", [ValueError("bad row"), KeyboardInterrupt()])
def test_what_goes_wrong_meanwhile_writes_nothing(place: Path, error: BaseException) -> None:

    def failing() -> None:
        with writing(place, overwrite=True) as file:
            file.write(b"half of it")
            raise error

    with pytest.raises(type(error)):
        failing()
    assert names(place.parent) == [place.name]
    assert place.read_text(encoding="utf-8") == OLD


STOPPED = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # though a shell may have it ignored
def stop(*_, **__):
    print("stopped", flush=True)
    time.sleep(60)
os.replace = os.link = stop
from symcost.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("force", [["--force"], []])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_leaves_the_old_file(
    number: signal.Signals, force: list[str], place: Path
) -> None:
    """All is written and not yet renamed. Only SIGKILL leaves something, which says what it is."""
    path = place if force else place.with_name("new.md")
    arguments = ["derive", *LECTURE, "-o", str(path), *force]
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as run:  # fmt: skip
        assert run.stdout is not None
        assert run.stderr is not None
        assert run.stdout.readline() == "stopped\n"
        run.send_signal(number)
        said = run.stderr.read()
    codes = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: 143, signal.SIGINT: 130}
    assert run.returncode == codes[number]
    assert said == ("symcost: interrupted\n" if number == signal.SIGINT else "")
    left = [each for each in names(place.parent) if each != place.name]
    assert len(left) == (number == signal.SIGKILL)
    assert all(each.startswith(".symcost-") and each.endswith(".part") for each in left)
    assert place.read_text(encoding="utf-8") == OLD
    assert main(arguments) == 0
    assert TITLE in path.read_text(encoding="utf-8")


def test_a_handler_of_somebody_else_stays(tmp_path: Path) -> None:
    """`nohup` and programs that call `main` keep what they asked for."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        assert main(["export", *LECTURE, "-o", str(tmp_path / "a.py")]) == 0
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        assert main(["export", *LECTURE, "-o", str(tmp_path / "b.py")]) == 0
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


# -- several at once -------------------------------------------------------------------------------


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("overwrite", [False, True])
def test_parallel_runs_do_not_collide(overwrite: bool, links: bool, tmp_path: Path) -> None:
    """Without --force one of them wins and the others say so; with it the file is always whole."""
    place, size, runs = tmp_path / "rows", 300_000, 6
    code = (
        "import os, sys; from pathlib import Path; from symcost import files\n"
        f"if not {links}:\n"
        "    def link(*_, **__): raise PermissionError(1, 'no links here')\n"
        "    os.link = link\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        f"try: files.write(Path(sys.argv[1]), sys.argv[2] * {size}, overwrite={overwrite})\n"
        "except files.TakenError as error: print(error)\n"
        "else: print('won')"
    )
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", code, str(place), str(each)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                )
            )
            for each in range(runs)
        ]  # fmt: skip
        for run in started:
            assert run.stdout is not None
            assert run.stdout.readline() == "ready\n"
        for run in started:
            assert run.stdin is not None
            run.stdin.write("\n")
            run.stdin.flush()
        while any(run.poll() is None for run in started):
            with contextlib.suppress(FileNotFoundError):
                seen = place.read_text()
                # Where there are no links the name is taken a moment before.
                assert seen in (seen[:1] * size, "" if not links else seen[:1] * size)
        said = [run.stdout.read() for run in started if run.stdout is not None]
    won = [each for each, line in enumerate(said) if line == "won\n"]
    text = place.read_text()
    assert names(tmp_path) == ["rows"]
    if overwrite:
        assert won == list(range(runs))
        assert text in {str(each) * size for each in range(runs)}
    else:
        assert [text] == [str(each) * size for each in won]
        others = [line for line in said if line != "won\n"]
        assert set(others) == {f"{place} exists already\n"}


def without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(files.os, "link", link)


def test_without_links_a_failure_leaves_no_empty_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_links(monkeypatch)

    def replace(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "replace", replace)
    with pytest.raises(FileError, match="No space left"):
        write(tmp_path / "a", "new", overwrite=False)
    assert names(tmp_path) == []


@pytest.mark.parametrize("prepare", [without_links, lambda _: None])
def test_a_file_that_appears_meanwhile_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[Any], None]
) -> None:
    prepare(monkeypatch)
    place = tmp_path / "a"

    def late() -> None:
        with writing(place, overwrite=False) as file:
            file.write(b"new")
            place.write_text(OLD, encoding="utf-8")

    with pytest.raises(TakenError) as error:
        late()
    assert str(error.value) == f"{place} exists already"
    assert place.read_text(encoding="utf-8") == OLD
    assert names(tmp_path) == ["a"]


# -- PDF -------------------------------------------------------------------------------------------


def test_a_log_of_somebody_else_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from symcost.render import pdf

    def fails(*_: Any) -> bytes:
        raise pdf._SetError("no font", "all that was said")

    monkeypatch.setattr(pdf, "_typst", fails)
    monkeypatch.setattr(pdf, "_installed", lambda _: True)
    mine = tmp_path / "notes.log"
    mine.write_text(OLD, encoding="utf-8")
    for log in ("notes.pdf.log", "notes.pdf.2.log"):
        with pytest.raises(PdfError) as error:
            write_pdf(tmp_path / "notes.pdf", lambda _: "", "typst")
        assert str(error.value) == f"typst fails: no font (its log: {tmp_path / log})"
        assert (tmp_path / log).read_text(encoding="utf-8") == "all that was said"
    assert mine.read_text(encoding="utf-8") == OLD
    assert names(tmp_path) == ["notes.log", "notes.pdf.2.log", "notes.pdf.log"]


# -- reading ---------------------------------------------------------------------------------------


@pytest.fixture
def no_waiting() -> Iterator[None]:
    """Who opens a pipe that nobody writes to waits for ever: then the test fails."""

    def end(*_: Any) -> None:
        raise AssertionError("it waits for somebody to write")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(
    "command",
    [
        "derive {}.json",
        "derive {}.toml",
        "eval {}.json",
        "explain {}.json",
        "show {}.toml",
        "compare gpt2 {}.json",
        "check {}.py --model lecture",
        "check {}.ipynb --model lecture",
        "check --formula d --model {}.json",
        "check --comments {}.py",
        "which 123 --model {}.json",
        "verify {}.cert.json",
        "sweep lecture --list {}.csv",
        "derive lecture -q params --language {}.toml",
        "derive lecture -q params --format latex --template {}.d",
    ],
)
def test_a_pipe_is_no_file_to_read(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = command.format(tmp_path / "pipe").split()
    (path,) = (each for each in arguments if "pipe" in each)
    os.mkfifo(path)
    said = refused(capsys, *arguments)
    assert Path(path).name in said
    assert "Errno" not in said


@pytest.mark.usefixtures("no_waiting")
def test_a_pipe_among_templates_is_as_if_it_were_not_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "page.tex").write_text("mine")
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "page.tex")
    said = {}
    for each in ("mine", "pipe"):
        own = ["--template", str(tmp_path / each)]
        assert main(["derive", *LECTURE, "--format", "latex", *own]) == 0
        said[each] = capsys.readouterr().out
    assert said["mine"] == "mine"
    assert r"\documentclass" in said["pipe"]
