"""Whole command lines, and the line of the magic in notebooks.

An input is one word a line. No module is loaded and no PDF is made: both do what somebody asks for
by name, with programs of others.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, NoReturn
from unittest import mock

from fuzz.target import FOLDER, ROOT, Target, encoded, text_of
from symcost import cli, magic
from symcost.catalog import find
from symcost.catalog.own_module import LoadError
from symcost.commands.console import LONGEST_COMPLAINT

if TYPE_CHECKING:
    from collections.abc import Iterator

# A tour takes no words; models that are large make pages that are.
TAKES_NO_WORDS = ("tour",)
NAMES = ("lecture", "gpt2", "llama-3-8b", "bert-base", "resnet-18", "config.json", "own.toml")
VALUES = (
    *("s=1024", "B=1", "d=768", "h=12", "d=0", "h=7", "L=-1", "s=x", "=", "s=" + "9" * 40),
    *("dp=8,tp=2", "r=8:W_Q", "layer[:2]", "embeddings", "s=128:65536", "d=64:256:64", "s", "d"),
    *("params = 1e9", "kv_cache_bytes<=1GiB", "6N", "5", "0.1", "attention", "rest", "H=heads"),
    *("12*L*d**2", "12 L d^2", "-", "--", "out.csv", "out.svg", "out.html", "out.json", "notes"),
    *("work.py", "page.md", "words.toml", "list.csv", "cert.json", "../up", "/etc/passwd", "."),
    *("json", "csv", "text", "latex", "html", "markdown", "bash", "en", "de", "a100", "bf16", "8"),
)
MAGICS = (
    "--model lecture -q params\nL*(4*d*d + 2*d*d_ff)",
    "--model gpt2 -q params_non_embedding --let H=heads --number 7\n$12 L d^2$\n",
    "--model lecture --set d=96 --strict -q params\nx = 4*d*d\ny = L*x\n%time x\n",
)


class UnclearError(Exception):
    """A command that ends in another way than it may."""


def _no_module(source: str) -> NoReturn:
    raise LoadError(f"{source[:40]}: no code is loaded here")


MADE = cli.parser
declared = cache(MADE)


def _parser(name: str = "") -> object:
    """A command line is declared once; its parsers keep nothing of what they read."""
    return declared(name if any(name in each for each in cli.COMMANDS.values()) else "")


@contextlib.contextmanager
def _without(name: str) -> Iterator[None]:
    """While it lasts, a package is not installed. (What else is loaded meanwhile stays loaded.)"""
    before = sys.modules.get(name)
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before


@contextlib.contextmanager
def _at_work() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """The folder of the fuzzer, with small files in it; nothing to read, no other programs."""
    printed, told = io.StringIO(), io.StringIO()
    before = os.getcwd()  # noqa: PTH109 (a path that may have gone)
    environment = {"PATH": "", "HOME": str(FOLDER), "SYMCOST_CACHE": "off"}
    with (
        mock.patch.object(sys, "stdin", io.StringIO()),
        mock.patch.object(cli, "parser", _parser),
        mock.patch("symcost.catalog.own_module.read_module", _no_module),
        mock.patch("symcost.model.read_module", _no_module, create=True),
        _without("typst"),
        mock.patch.dict(os.environ, environment),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(told),
    ):
        os.chdir(_files())
        try:
            yield printed, told
        finally:
            os.chdir(before)


@cache
def _files() -> str:
    folder = FOLDER / "work" / "here"
    folder.mkdir(parents=True)
    works = ROOT / "tests" / "data" / "works"
    texts = {
        "config.json": '{"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 4}',
        "own.toml": 'norm = "rms"\ntied = true\n[layers.a]\nmixer = "grouped_attention"\n'
        '[[stack]]\npattern = ["a"]\ntimes = 2\n',
        "work.py": (works / "homework.py").read_text(encoding="utf-8"),
        "page.md": (works / "page.md").read_text(encoding="utf-8"),
        "words.toml": '[language]\nname = "Own"\ncode = "xx"\n',
        "list.csv": "d,s\n64,128\n",
        "cert.json": '{"format": "symcost certificate 1"}',
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


def _command(data: bytes) -> object:
    """Exit code 0, 1 or 2; with 2 one line that says why, without a trace of where."""
    words = text_of(data).split("\n")
    if words[0] in TAKES_NO_WORDS:
        raise ValueError("takes no words")
    with _at_work() as (_, told):
        code = cli.main(words)
    said = told.getvalue()
    if code not in (0, 1, 2) or "Traceback" in said:
        raise UnclearError(f"exit code {code}, {said[-300:]!r}")
    if code == 2:
        lines = said.splitlines()
        # One line, or one for each file; those of `verify` begin with the file.
        if not 0 < len(lines) <= len(words) or not all(map(str.isprintable, lines)):
            raise UnclearError(f"exit code 2 with {said[:300]!r}")
        if max(map(len, lines)) > LONGEST_COMPLAINT + len("symcost: "):
            raise UnclearError(f"a complaint of {len(said)} characters")
        raise ValueError(lines[0])
    return code


def _commands() -> list[bytes]:
    import shlex

    parsers = MADE().commands
    lines = [shlex.split(each) for made in parsers.values() for each in _examples(made)]
    for name, made in parsers.items():  # every option, every choice and every value as a word
        for action in made.declared:
            choices = map(str, action.choices or ())
            lines += [[name, "gpt2", each, *choices] for each in action.option_strings]
    lines += [["eval", each] for each in NAMES]
    lines += [["eval", "lecture", "--set", each] for each in VALUES]
    lines += [["eval", "gpt2", "-q", each] for each in [*find.quantities(), *find.quotients()]]
    lines += [["eval", "gpt2", "--convention", each] for each in find.conventions()]
    return encoded("\n".join(words) for words in lines if words[0] not in TAKES_NO_WORDS)


def _examples(made: object) -> list[str]:
    examples: tuple[str, ...] = getattr(made, "examples", ())
    return [each.split("  #")[0] for each in examples if "deepseek" not in each]


def _magic(data: bytes) -> object:
    """The line, and below it the cell."""
    line, _, cell = text_of(data).partition("\n")
    with _at_work():
        chosen = magic._chosen(line, cell or None)
        return None if chosen.help else magic.judged(chosen, cell or None, {})


COMMANDS = {
    "command": Target(
        _command,
        _commands,
        "the command line",
        "words",
        longest=400,
        blocks=True,
        seconds=10,
    ),
    "magic": Target(
        _magic,
        lambda: encoded(MAGICS),
        "`%%symcost_check`: line and cell",
        refuses=(ValueError, OSError),
        longest=300,
        blocks=True,
        seconds=5,
    ),
}
