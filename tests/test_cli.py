"""The command line: what it prints, what it refuses and in which words."""

from __future__ import annotations

import ast
import json
import operator
import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import symcost
from symcost.algebra.dim import all_dims
from symcost.catalog import find
from symcost.checking.literature import entries
from symcost.cli import main
from symcost.commands.derive import FILES, FORMATS
from symcost.commands.listing import LISTS
from symcost.quantities.devices import devices
from symcost.quantities.optimizers import OPTIMIZERS
from symcost.render.language import languages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MODELS = "see `symcost list models`"
QUANTITIES = ", ".join(find.quantities())
CONVENTIONS = ", ".join(find.conventions())


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command prints that has nothing to complain about."""
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.endswith("\n")
    return out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line in which a command says why it does nothing."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("symcost: ")
    assert err.endswith("\n")
    assert "Traceback" not in err
    return err.removeprefix("symcost: ").removesuffix("\n")


# eval


def test_eval_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "eval", "gpt2", "--set", "B=1", "--set", "s=1024", "--json")
    report = json.loads(out)
    assert {"model", "convention", "values", "expressions"} <= report.keys()
    assert report["model"] == "gpt2"
    assert report["convention"] == "torch"
    values = report["values"]
    assert values["params"] == 124_439_808
    assert values["flops_forward"] == 291_648_307_200
    assert values["flops_train"] == 874_944_921_600
    assert list(values) == list(report["expressions"]) == list(find.HEADLINES)
    assert report["unbound"] == {}


def test_eval_json_names_what_has_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(printed(capsys, "eval", "lecture", "--json"))
    assert report["values"]["params"] == 84_934_656
    assert report["values"]["flops_train_6n"] == 509_607_936
    assert "flops_forward" not in report["values"]
    assert report["unbound"]["flops_forward"] == ["B", "s"]
    assert report["values"].keys().isdisjoint(report["unbound"])
    assert report["values"].keys() | report["unbound"].keys() == report["expressions"].keys()


def test_eval_prints_value_unit_and_form(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(
        capsys, "eval", "gpt2", "-q", "params", "-q", "flops_forward", "--set", "B=2"
    ).splitlines()
    assert lines[0].startswith("gpt2, convention torch: all parameters; work: matrix products")
    assert lines[1].startswith("  attention square, 1 multiply-add = 2 FLOPs")
    assert lines[2].startswith("sizes: B = 2, L = 12, h = 12, V = 50,257, n_ctx = 1,024, d = 768")
    assert [line.split() for line in lines[3::2]] == [
        ["params", "124,439,808", "parameter"],
        ["flops_forward", "open:", "--set", "s=..."],
    ]
    assert all(line.startswith("                       = ") for line in lines[4::2])


@pytest.mark.parametrize("spelling", ["s=1024", "time=1024", "seq_len=1,024", "T=1_024", "s= 1024"])
def test_a_size_may_be_spelled_as_the_world_does(
    capsys: pytest.CaptureFixture[str], spelling: str
) -> None:
    out = printed(
        capsys, "eval", "gpt2", "-q", "flops_forward", "--set", "B=1", "--set", spelling, "--json"
    )
    assert json.loads(out)["values"] == {"flops_forward": 291_648_307_200}


OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def evaluated(text: str, sizes: Mapping[str, int]) -> Fraction:
    """A closed form as Python reads it, on exact numbers, by nothing of symcost."""

    def walk(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant(int(value)):
                return Fraction(value)
            case ast.Name(name):
                return Fraction(sizes[name])
            case ast.UnaryOp(ast.USub(), operand):
                return -walk(operand)
            case ast.BinOp(left, ast.Pow(), right):
                exponent = walk(right)
                assert exponent.denominator == 1
                return walk(left) ** exponent.numerator
            case ast.BinOp(left, sign, right):
                return Fraction(OPERATORS[type(sign)](walk(left), walk(right)))
        raise AssertionError(f"not plain arithmetic: {ast.unparse(node)}")

    return walk(ast.parse(text, mode="eval").body)


def test_the_evaluator_of_this_file_reads_python() -> None:
    assert evaluated("-2*d**2 + 7/4*(d - 1)/3", {"d": 5}) == Fraction(-143, 3)
    assert evaluated("2*d**(-1)", {"d": 5}) == Fraction(2, 5)


@pytest.mark.parametrize("model", find.architectures())
@pytest.mark.parametrize(
    "options",
    [
        *(["--convention", name] for name in find.conventions()),
        ["--causal", "half"],
        ["--causal", "exact"],
        ["--causal", "exact", "--include", "elementwise"],
        ["--count", "mac", "--exclude", "head,embeddings"],
        ["--scope", "token"],
        ["--scope", "sequence", "--causal", "exact"],
        ["--style", "expanded"],
        ["--style", "factored"],
        ["--cite"],
    ],
    ids=" ".join,
)
def test_expressions_are_python_and_give_the_values(
    capsys: pytest.CaptureFixture[str], model: str, options: list[str]
) -> None:
    out = printed(capsys, "eval", model, "--set", "B=3", "--set", "s=5", "--json", *options)
    report = json.loads(out)
    sizes = {symbol: size["value"] for symbol, size in report["sizes"].items()}
    assert report["unbound"] == {}
    assert report["values"].keys() == report["expressions"].keys()
    for name, value in report["values"].items():
        # A whole number is a number in the JSON, a fraction is its text.
        assert evaluated(report["expressions"][name], sizes) == Fraction(value), name
        assert isinstance(value, int) == (Fraction(value).denominator == 1)


# derive


def chains(text: str) -> list[list[str]]:
    """Each derivation of a page in plain text: what stands behind its equals signs."""
    found = []
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if " = " in line]
        if lines and all(line.lstrip().startswith("=") for line in lines[1:]):
            forms = [line.partition("= ")[2].partition("   ")[0] for line in lines]
            found.append(forms)
    return found


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("2 L d (2 d + d_ff)", "84,934,656"),
        ("L (8 d^3 + 2 d^2 d_ff + 2 d^3/h^2)", "87,048,585,216"),
        ("L (2 h d^3 + 6 d^3 + 4 d^2 d_ff + 2 d^3/h^2)", "250,123,124,736"),
        ("6 N", "509,607,936"),
    ],
)
def test_the_lecture_gives_the_closed_form_before_the_number(
    capsys: pytest.CaptureFixture[str], form: str, value: str
) -> None:
    text = printed(capsys, "derive", "lecture", "--format", "text")
    ending = [each for each in chains(text) if each[-1] == value]
    assert [each[0] for each in ending] == [form]
    # The form is derived before it is used, and the number is nowhere before it.
    assert text.index(form) < text.index(value)


@pytest.mark.parametrize("kind", FILES)
def test_derive_prints_what_it_writes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str
) -> None:
    shown = printed(capsys, "derive", "gpt2", "-q", "params", "--format", kind)
    folder = tmp_path / "new" / "folder"
    said = printed(capsys, "derive", "gpt2", "-q", "params", "--format", kind, "-o", str(folder))
    assert said == f"{folder / FILES[kind]}\n"
    assert (folder / FILES[kind]).read_bytes() == shown.encode()
    assert list(folder.iterdir()) == [folder / FILES[kind]]


def test_derive_writes_several_formats(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = printed(capsys, "derive", "lecture", "--format", ", ".join(FILES), "-o", str(tmp_path))
    assert said.split() == [str(tmp_path / name) for name in FILES.values()]
    assert {path.name for path in tmp_path.iterdir()} == set(FILES.values())


def test_derive_writes_a_fragment(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    options = ("derive", "lecture", "--format", "latex", "--fragment")
    shown = printed(capsys, *options)
    assert r"\documentclass" not in shown
    assert printed(capsys, *options, "-o", str(tmp_path)) == f"{tmp_path / 'fragment.tex'}\n"
    assert (tmp_path / "fragment.tex").read_bytes() == shown.encode()


# list


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("models", lambda: [*find.architectures(), *find.presets()]),
        ("quantities", lambda: [*find.quantities(), *find.quotients()]),
        ("components", lambda: [*find.components()]),
        ("conventions", lambda: [*find.conventions()]),
        ("devices", lambda: [*devices()]),
        ("optimizers", lambda: [each.name for each in OPTIMIZERS]),
        ("symbols", lambda: [each.symbol for each in all_dims()]),
        ("literature", lambda: [each.id for each in entries()]),
        ("languages", lambda: [*languages()]),
    ],
    ids=[each for each in LISTS if each != "messages"],
)
def test_list_names_everything_once(
    capsys: pytest.CaptureFixture[str], what: str, names: Callable[[], list[str]]
) -> None:
    known = names()  # now, because reading a configuration may define symbols of its own
    lines = printed(capsys, "list", what).splitlines()
    rows = [line.split(maxsplit=1) for line in lines if not line.startswith(" ")]
    assert [row[0] for row in rows] == known
    # Every entry is explained, and has a second line with its source, unit or aliases.
    assert all(len(row) == 2 for row in rows)
    assert len(lines) >= 2 * len(known) or what == "symbols"
    assert all(len(line) <= 100 or len(line.split()) == 1 for line in lines)


def test_list_says_where_things_come_from(capsys: pytest.CaptureFixture[str]) -> None:
    models = printed(capsys, "list", "models")
    assert re.search(r"^gpt2 +GPT-2 small$", models, re.MULTILINE)
    assert "Radford et al. 2019, Language Models are Unsupervised Multitask Learners" in models
    symbols = printed(capsys, "list", "symbols")
    assert re.search(r"^B +sequences in the batch\n +batch_size, b, bsz, n_batch$", symbols, re.M)


# unusable input


@pytest.mark.parametrize("command", ["derive", "eval"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("gpt22", f"'gpt22' is not a known model. Did you mean 'gpt2'? Known: {MODELS}"),
        ("zzzzz", f"'zzzzz' is not a known model. Known: {MODELS}"),
        (
            "gpt2 -q parms",
            f"'parms' is not a known quantity. Did you mean 'params'? Known: {QUANTITIES}",
        ),
        ("gpt2 --set zz=3", "'zz' is not a known symbol."),
        ("gpt2 --set d_modle=3", "'d_modle' is not a known symbol. Did you mean 'd_model'?"),
        ("gpt2 --set s=abc", "--set s=abc: write a symbol, '=', a whole number, as in s=1024"),
        ("gpt2 --set s=1.5", "--set s=1.5: write a symbol, '=', a whole number, as in s=1024"),
        ("gpt2 --set s=1e3", "--set s=1e3: write a symbol, '=', a whole number, as in s=1024"),
        ("gpt2 --set s=", "--set s=: write a symbol, '=', a whole number, as in s=1024"),
        ("gpt2 --set s", "--set s: write a symbol, '=', a whole number, as in s=1024"),
        ("gpt2 --set s=٣", "--set s=٣: write a symbol, '=', a whole number, as in s=1024"),
        ("gpt2 --set s=--1", "--set s=--1: write a symbol, '=', a whole number, as in s=1024"),
        (f"gpt2 --set s={'9' * 31}", "--set s=...: 31 digits; at most 30 are taken"),
        ("gpt2 --set s=1 --set s=2", "--set s is given twice with different values"),
        ("gpt2 --set s=1 --set seq_len=2", "two values for s: 1 and 2"),
        ("gpt2 --set s=-1", "s (sequence length in tokens) must be at least 1, not -1"),
        ("gpt2 --set s=0", "s (sequence length in tokens) must be at least 1, not 0"),
        (
            "gpt2 --set d=1000",
            "d_h = d/h would be 250/3 at h = 12, d = 1000, "
            "which is no positive whole number; choose sizes that divide",
        ),
        (
            "gpt2 --set d_h=32",
            "h d_h = d (the heads tile the width of the model), but h = 12, d = 768, d_h = 32; "
            "change one of them",
        ),
        (
            "gpt2 --set s=2048",
            "s = 2048 is more than n_ctx = 1024: the position table has no row for later places; "
            "set n_ctx as well",
        ),
        (
            "gpt2 --set E=8",
            "gpt2 has no symbol E (experts in a mixture-of-experts layer); "
            "it has B, L, s, h, V, n_ctx, d, d_h, d_ff",
        ),
        (
            "gpt2 --convention kaplan",
            f"'kaplan' is not a known convention. Did you mean 'kaplan-2020'? Known: {CONVENTIONS}",
        ),
        ("gpt2 --convention zzzzz", f"'zzzzz' is not a known convention. Known: {CONVENTIONS}"),
        (
            "gpt2 --count mac --include elementwise",
            "a multiply-add counts matrix products only; leave the elementwise work out or "
            "count FLOPs",
        ),
        (
            "gpt2 --include gelu",
            "'gelu' is not one of embeddings, head, biases, norms, attention, elementwise",
        ),
        (
            "nosuch.module:thing",
            "nosuch.module:thing: cannot import nosuch.module: No module named 'nosuch'",
        ),
        ("json:nothing", "json:nothing: json has no function 'nothing'"),
    ],
)
def test_unusable_input_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    arguments: str,
    message: str,
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert refused(capsys, command, *arguments.split(" ")) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--format text,html", "several formats need a folder: add -o DIR"),
        ("--format word", f"'word' is not a format: choose {', '.join(FORMATS)}"),
        ("--format latex,pdf", "a PDF is made beside the formats: add --pdf"),
        ("--fragment", "a fragment is LaTeX: add --format latex"),
    ],
)
def test_unusable_formats_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: str, message: str
) -> None:
    assert refused(capsys, "derive", "gpt2", *arguments.split(" ")) == message


def test_no_format_at_all_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "format" in refused(capsys, "derive", "gpt2", "--format", "")
    assert "format" in refused(capsys, "derive", "gpt2", "--format", ",")


@pytest.mark.parametrize("source", ["json:dumps", "os:getcwd", "json.decoder:JSONDecoder"])
def test_a_function_that_is_no_declaration_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert refused(capsys, "eval", source).startswith(f"{source}: ")


def test_an_output_folder_that_is_a_file_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "notes"
    target.write_text("mine", encoding="utf-8")
    message = refused(capsys, "derive", "gpt2", "-o", str(target))
    assert message == f"-o {target}: there is a file of that name; give a folder"
    assert target.read_text(encoding="utf-8") == "mine"


def test_an_output_file_that_is_a_folder_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "derivation.txt"
    target.mkdir()
    message = refused(capsys, "derive", "gpt2", "-o", str(tmp_path))
    assert message == f"{target} cannot be written: it is a folder"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("nosuch", "'nosuch' is no command (see symcost --help)"),
        ("evl", "'evl' is no command. Did you mean 'eval'?"),
        ("Derive gpt2", "'Derive' is no command. Did you mean 'derive'?"),
        ("eval", "eval: the following arguments are required: MODEL (see symcost eval --help)"),
        (
            "list modles",
            f"list: WHAT modles: choose {', '.join(LISTS)}. Did you mean 'models'?",
        ),
        (
            "eval gpt2 --scope layer",
            "eval: --scope layer: choose batch, sequence, token (see symcost eval --help)",
        ),
        (
            "eval gpt2 --scope tokens",
            "eval: --scope tokens: choose batch, sequence, token. Did you mean 'token'?",
        ),
        (
            "eval gpt2 --style factord",
            "eval: --style factord: choose expanded, factored, collected, leading. "
            "Did you mean 'factored'?",
        ),
        (
            "eval gpt2 --phase decoding",
            "eval: --phase decoding: choose train, prefill, decode, extend. Did you mean 'decode'?",
        ),
        (
            "plot gpt2 -o x.svg --format html",
            "plot: there is no option --format (see symcost plot --help)",
        ),
        (
            "derive gpt2 --quantty params",
            "derive: there is no option --quantty. Did you mean '--quantity'?",
        ),
        (
            "derive gpt2 --styel=leading",
            "derive: there is no option --styel. Did you mean '--style'?",
        ),
        (
            "eval gpt2 params",
            "eval: one word too many: 'params'; a quantity is asked for as in -q params "
            "(see symcost eval --help)",
        ),
        (
            "derive gpt2 --format txt",
            f"'txt' is not a format: choose {', '.join(FORMATS)}. Did you mean 'text'?",
        ),
        (
            "eval gpt2 -q Params",
            f"'Params' is not a known quantity. Did you mean 'params'? Known: {QUANTITIES}",
        ),
        (
            "eval gpt2 -q arithmetic_intensty",
            "'arithmetic_intensty' is not a known quantity. Did you mean 'arithmetic_intensity'? "
            f"Known: {QUANTITIES}",
        ),
        ("eval gpt2 --set D_model=9", "'D_model' is not a known symbol. Did you mean 'd_model'?"),
        (
            "roofline gpt2 --device a10",
            f"'a10' is not a known device. Did you mean 'a100'? Known: {', '.join(devices())}",
        ),
        (
            "mfu gpt2 --device a100 --dtype bf61 --tokens-per-second 1",
            "a100 has no peak for 'bf61'; it has "
            f"{', '.join(devices()['a100'].peaks)}. Did you mean 'bf16'?",
        ),
        (
            "eval gpt2 --optimizer adam-mixd",
            "'adam-mixd' is not an optimizer. Did you mean 'adam-mixed'? Known: "
            f"{', '.join(each.name for each in OPTIMIZERS)}",
        ),
        (
            "eval gpt2 --parallel pp=2 --stage lst",
            "the stage of the pipeline is one of first, middle, last; 'lst' is none of them. "
            "Did you mean 'last'?",
        ),
    ],
)
def test_a_mistake_is_named_in_one_line_with_the_nearest_right_word(
    capsys: pytest.CaptureFixture[str], arguments: str, message: str
) -> None:
    assert refused(capsys, *arguments.split(" ")) == message


# a model of one's own


OWN = '''
from symcost import Architecture

def twice(a):
    """Two matrices, one after the other."""
    x = a.input("batch time model")
    return a.linear("W_2", a.linear("W_1", x, "model -> feed"), "feed -> model")

SIZES = {"model": (2, "chosen"), "feed": (3, "chosen")}
TWICE = Architecture("twice", "Two matrices", twice, "nobody", SIZES)
'''


def test_a_model_of_ones_own_is_found_where_one_stands(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "own_model_of_a_test.py").write_text(OWN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    report = json.loads(printed(capsys, "eval", "own_model_of_a_test:twice", "--json"))
    assert report["expressions"]["params"] == "2*d*d_ff"
    assert report["unbound"]["params"] == ["d", "d_ff"]
    report = json.loads(printed(capsys, "eval", "own_model_of_a_test:TWICE", "--json"))
    assert report["values"]["params"] == 12
    assert "Two matrices" in printed(capsys, "derive", "own_model_of_a_test:TWICE")


# the process


def command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """`symcost` as a process of its own, with the buffered output that users have."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-m", "symcost", *arguments],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=False,
        **options,
    )


@pytest.mark.parametrize(
    "arguments",
    ["list models", "eval gpt2", "eval gpt2 --json", "derive lecture", "derive gpt2 --format html"],
)
def test_a_reader_that_has_gone_is_no_error(arguments: str) -> None:
    # As in `symcost list models | head -0`, but nobody has to win a race.
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = command(*arguments.split(" "), stdout=writer)
    finally:
        os.close(writer)
    assert done.stderr == ""
    assert done.returncode == 0


def test_output_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    # A file opened for reading stands for a full disk: every system has one.
    closed = tmp_path / "closed"
    closed.touch()
    with closed.open(encoding="utf-8") as stdout:
        done = command("list", "models", stdout=stdout)
    assert done.stderr == "symcost: [Errno 9] Bad file descriptor\n"
    assert done.returncode == 2


def test_the_module_is_the_command() -> None:
    done = command("--version", stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (0, f"symcost {symcost.__version__}\n")


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys).startswith("usage: symcost")
