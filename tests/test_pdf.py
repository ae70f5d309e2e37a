"""Which program makes a PDF, where it goes, and what is said when it fails."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

import symcost
from symcost.cli import main
from symcost.render import pdf
from symcost.render.pdf import PdfError, engine, write_pdf
from tests.test_latex import numbers

TEXT = {"latex": "the page in LaTeX", "typst": "the page in Typst"}
# A program that notes how it was called and what it was given, and writes what it is told to.
FAKE = """#!{python}
import os, pathlib, sys
here = pathlib.Path.cwd()
note = pathlib.Path({note!r})
kept = ("openin_any", "openout_any", "shell_escape", "SOURCE_DATE_EPOCH")
with note.open("a") as file:
    print({name!r}, *sys.argv[1:], *(f"{{key}}={{os.environ.get(key)}}" for key in kept), file=file)
    print((here / "page.tex").read_text(), file=file)
{does}
"""
MAKES = 'here.joinpath("page.pdf").write_bytes(b"%PDF of " + {name!r}.encode())'


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole of PATH, with no engine in it; typst is not installed either."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setitem(sys.modules, "typst", None)
    return folder


def fake(folder: Path, name: str, does: str = MAKES) -> Path:
    """Puts a program there; where it keeps its notes."""
    note = folder.parent / f"{name}.txt"
    program = folder / name
    told = does.replace("{name!r}", repr(name))
    program.write_text(FAKE.format(python=sys.executable, note=str(note), name=name, does=told))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return note


def refusal(wanted: str | None = None, tex: str = "") -> str:
    with pytest.raises(PdfError) as error:
        engine(wanted, tex)
    return str(error.value)


def test_the_first_that_is_installed_is_taken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal() == (
        "no program that makes a PDF is installed: python -m pip install 'symcost[pdf]', "
        "or install latexmk, tectonic or pdflatex"
    )
    fake(path, "latexmk")
    assert "is installed" in refusal()  # latexmk calls pdflatex, which is missing
    monkeypatch.delitem(sys.modules, "typst")
    assert engine() == "typst"
    for name, best in (("pdflatex", "latexmk"), ("tectonic", "latexmk")):
        fake(path, name)
        assert engine() == best
    (path / "latexmk").unlink()
    assert engine() == "tectonic"
    assert engine("typst") == "typst"
    (path / "tectonic").unlink()
    assert engine() == "pdflatex"


@pytest.mark.usefixtures("path")
def test_an_engine_that_cannot_be_had_is_refused() -> None:
    assert refusal("word") == ("'word' is no PDF engine: choose latexmk, tectonic, pdflatex, typst")
    assert refusal("tectonic") == "the PDF engine tectonic is not installed: install tectonic"
    assert refusal("typst") == (
        "the PDF engine typst is not installed: python -m pip install 'symcost[pdf]'"
    )
    assert refusal("typst", "slides") == (
        "typst cannot set slides: choose latexmk, tectonic, pdflatex"
    )
    assert refusal(None, "slides") == "for slides install latexmk, tectonic or pdflatex"


def test_tex_runs_without_a_shell_and_opens_no_file_elsewhere(path: Path) -> None:
    place = path.parent / "out" / "page.pdf"
    wanted = {
        "pdflatex": "-no-shell-escape",
        "latexmk": "-norc -pdf -interaction=nonstopmode -halt-on-error "
        "-latexoption=-no-shell-escape",
        "tectonic": "--untrusted",
    }
    for name, options in wanted.items():
        note = fake(path, name)
        assert write_pdf(place, TEXT.__getitem__, name) == place
        assert place.read_bytes() == f"%PDF of {name}".encode()
        said = note.read_text().splitlines()
        assert options in said[0]
        assert "openin_any=p openout_any=p shell_escape=f SOURCE_DATE_EPOCH=0" in said[0]
        assert said[1:] == [TEXT["latex"]]
    assert [each.name for each in place.parent.iterdir()] == ["page.pdf"]


def test_pdflatex_runs_until_the_references_are_right(path: Path) -> None:
    does = """
runs = note.read_text().count("pdflatex")
log = "LaTeX Warning: Label(s) may have changed. Rerun to get it right." if runs < 3 else ""
here.joinpath("page.log").write_text(log)
here.joinpath("page.pdf").write_bytes(b"run %d" % runs)
"""
    fake(path, "pdflatex", does)
    place = write_pdf(path.parent / "page.pdf", TEXT.__getitem__)
    assert place.read_bytes() == b"run 3"


def test_what_fails_is_named_and_its_log_is_kept(path: Path) -> None:
    log = "This is TeX\n! LaTeX Error: File `booktabs.sty' not found.\nl.3 x\n! Emergency stop."
    fake(path, "pdflatex", f'here.joinpath("page.log").write_text({log!r})\nsys.exit(1)')
    place = path.parent / "page.pdf"
    place.write_bytes(b"older")
    with pytest.raises(PdfError) as error:
        write_pdf(place, TEXT.__getitem__)
    kept = path.parent / "page.pdf.log"
    assert str(error.value) == (
        f"pdflatex fails: LaTeX Error: File `booktabs.sty' not found. (its log: {kept})"
    )
    assert kept.read_text() == log
    assert place.read_bytes() == b"older"


def test_tectonic_is_understood_too(path: Path) -> None:
    fake(path, "tectonic", 'print("error: page.tex:5: Undefined control sequence")\nsys.exit(1)')
    with pytest.raises(PdfError, match=r"tectonic fails: page\.tex:5: Undefined control sequence"):
        write_pdf(path.parent / "page.pdf", TEXT.__getitem__)


@pytest.mark.parametrize(
    ("does", "said"),
    [("pass", "it made no PDF"), ("sys.exit(3)", "pdflatex gave no reason")],
    ids=["no PDF", "no reason"],
)
def test_an_engine_without_a_word(path: Path, does: str, said: str) -> None:
    fake(path, "pdflatex", does)
    with pytest.raises(PdfError, match=f"pdflatex fails: {said}"):
        write_pdf(path.parent / "page.pdf", TEXT.__getitem__)


def test_what_takes_too_long_ends_with_all_that_it_started(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "TIME_LIMIT", 3)
    # The child holds the pipe open: were it left alive, nobody would come to the end of the output.
    does = (
        "import subprocess, time\n"
        'child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])\n'
        'note.with_suffix(".pid").write_text(str(child.pid))\n'
        "time.sleep(600)"
    )
    note = fake(path, "pdflatex", does)
    with pytest.raises(PdfError, match="pdflatex fails: it took longer than 3 s"):
        write_pdf(path.parent / "page.pdf", TEXT.__getitem__)
    child = int(note.with_suffix(".pid").read_text())
    state = Path(f"/proc/{child}/stat")  # ended, and perhaps not yet collected by a new parent
    assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_an_error_of_typst_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PdfError) as error:
        write_pdf(tmp_path / "page.pdf", {"typst": "words #unknown"}.__getitem__, "typst")
    log = tmp_path / "page.pdf.log"
    assert str(error.value) == f"typst fails: unknown variable: unknown (its log: {log})"
    assert "page.typ:1:7" in log.read_text()


def test_typst_reads_nothing_but_the_page(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    for text in (f'#read("{secret}")', '#read("/etc/hostname")', '#read("../secret.txt")'):
        with pytest.raises(PdfError, match="typst fails: "):
            write_pdf(tmp_path / "page.pdf", {"typst": text}.__getitem__, "typst")
        assert not (tmp_path / "page.pdf").exists()


# -- the command -----------------------------------------------------------------------------------


def test_derive_writes_a_pdf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = tmp_path / "one.pdf", tmp_path / "two"
    for place in (one, two):
        assert main(["derive", "lecture", "--pdf-engine", "typst", "-o", str(place)]) == 0
    printed = capsys.readouterr()
    assert printed.out.split() == [str(one), str(two / "derivation.pdf")]
    assert printed.err == ""
    # No date and no name of a file: the same page is the same file.
    assert one.read_bytes() == (two / "derivation.pdf").read_bytes()
    assert one.read_bytes()[:5] == b"%PDF-"


def test_a_pdf_stands_beside_the_formats(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--format", "markdown,typst", "--pdf-engine", "typst", "-o", str(tmp_path)]
    assert main(["derive", "lecture", "-q", "params", *options]) == 0
    names = [line.rpartition("/")[2] for line in capsys.readouterr().out.splitlines()]
    assert names == ["derivation.md", "derivation.typ", "derivation.pdf"]


def test_check_writes_a_pdf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "marked.pdf"
    options = ["--model", "lecture", "--pdf", "--pdf-engine", "typst", "-o", str(place)]
    assert main(["check", "--formula", "2 L d^2", "-q", "params", *options]) == 1
    assert capsys.readouterr().out.split() == [str(place)]
    assert place.read_bytes()[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("derive lecture --pdf", "a PDF is a file: add -o notes.pdf, or -o DIR"),
        ("derive lecture --format pdf", "a PDF is made beside the formats: add --pdf"),
        (
            "derive lecture --pdf --pdf-engine typst --format text -o a.pdf",
            "-o a.pdf is one PDF: give a folder for --format beside it",
        ),
        (
            "derive lecture --pdf -o taken.txt",
            "-o taken.txt: there is a file of that name; give a folder or notes.pdf",
        ),
        (
            "check --formula d --model lecture --pdf --format html -o a.pdf",
            "--pdf is a format of its own: leave --json and --format out",
        ),
        (
            "check a.py b.py --model lecture --pdf --pdf-engine typst -o a.pdf",
            "several files make several pages of PDF: give one FILE",
        ),
        (
            "derive lecture --format beamer --pdf-engine typst -o a.pdf",
            "typst cannot set slides: choose latexmk, tectonic, pdflatex",
        ),
        ("check --comments a.py --pdf -o a.pdf", "--comments prints lines and makes no PDF"),
    ],
)
def test_what_does_not_fit_together_is_refused_before_any_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.txt").write_text("mine")
    assert main(arguments.split()) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert [each.name for each in tmp_path.iterdir()] == ["taken.txt"]


def test_without_any_engine_one_line_says_what_to_install(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["derive", "lecture", "--pdf", "-o", str(path.parent / "a.pdf")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("symcost: no program that makes a PDF is installed: python -m pip ")


def test_templates_in_latex_are_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "page.tex").write_text("mine")
    derived = symcost.load("lecture").derive("params").with_template(tmp_path)
    with pytest.raises(PdfError, match="typst cannot set templates in LaTeX"):
        derived.to_pdf(tmp_path / "page.pdf", "typst")


def test_slides_are_a_pdf_of_their_own(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = fake(path, "pdflatex")
    folder, one = path.parent / "out", path.parent / "talk.pdf"
    derive = ["derive", "lecture", "-q", "params", "--pdf"]
    assert main([*derive, "--format", "beamer", "-o", str(one)]) == 0
    (kind,) = re.findall(r"\\documentclass.*", note.read_text())
    assert "{beamer}" in kind
    assert main([*derive, "--format", "latex,beamer", "-o", str(folder)]) == 0
    names = [line.rpartition("/")[2] for line in capsys.readouterr().out.splitlines()]
    assert names == ["talk.pdf", "derivation.tex", "slides.tex", "derivation.pdf", "slides.pdf"]


# -- with TeX --------------------------------------------------------------------------------------


@pytest.mark.tex
@pytest.mark.parametrize("name", ["pdflatex", "latexmk"])
def test_tex_makes_the_same_file_each_time(tmp_path: Path, name: str) -> None:
    derived = symcost.load("gpt2").derive(B=1, s=1024)
    one, two = (derived.to_pdf(tmp_path / each, name) for each in ("one.pdf", "two.pdf"))
    assert one.read_bytes() == two.read_bytes()
    words = subprocess.run(
        ["pdftotext", "-layout", one, "-"], check=True, capture_output=True, text=True
    ).stdout
    assert {"124439808", "291648307200", "874944921600"} <= numbers(words)
    assert "??" not in words


@pytest.mark.tex
def test_tex_opens_no_file_elsewhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret.tex"
    secret.write_text("secret")
    page = rf"\documentclass{{article}}\begin{{document}}\input{{{secret}}}\end{{document}}"
    with pytest.raises(PdfError, match="pdflatex fails: ") as error:
        write_pdf(tmp_path / "page.pdf", {"latex": page}.__getitem__, "pdflatex")
    assert re.search("not found|Emergency stop|openin_any", str(error.value))


def test_a_folder_named_typst_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ModuleSpec("typst", None)
    monkeypatch.setattr("importlib.util.find_spec", {"typst": folder}.get)
    with pytest.raises(PdfError, match="the PDF engine typst is not installed"):
        engine("typst")
