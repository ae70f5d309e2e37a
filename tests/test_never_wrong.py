"""Every way by which a number comes out gives the right one, or says in one line why it gives none.

The tables are attacks: numbers that mean two things, sizes that cannot be, keys that nobody reads,
types that wrap around. What is right is said by plain Python, by numbers that were written down,
or by another language.
"""

from __future__ import annotations

import inspect
import json
import runpy
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import symcost
from symcost.algebra.dim import find
from symcost.algebra.typed import whole
from symcost.cli import main
from symcost.graph.architecture import SizeError
from tests.configs import LLAMA
from tests.sheet import cell

if TYPE_CHECKING:
    from pathlib import Path

GPT2 = 124_439_808  # parameters of gpt2, as its checkpoint has them


def said(line: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and what was printed on both sides."""
    code = main(line.split(" "))
    both = capsys.readouterr()
    return code, both.out + both.err


def is_refused(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and one line that says this."""
    code, told = said(line, capsys)
    assert (code, told.count("\n")) == (2, 1)
    assert message in told


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4096", 4096),
        ("4_096", 4096),
        ("4,096", 4096),
        ("1,048,576", 1048576),
        ("1_0", 10),  # as Python has it
        ("0", 0),
        ("1,5", None),  # one and a half, somewhere
        ("1,0245", None),
        (",024", None),
        ("4096,", None),
        ("1,024_576", None),
        ("1__0", None),
        ("1_", None),
        ("+4096", None),
        ("-1", None),
        (" 4096", None),
        ("1e3", None),
        ("4096.0", None),
        ("0x10", None),
        ("４０９６", None),
        ("٤", None),
        ("²", None),
        ("", None),
        ("9" * 5_000, None),
    ],
)
def test_a_typed_number_means_one_thing(text: str, number: int | None) -> None:
    assert whole(text) == number


REFUSED = [
    ("eval gpt2 -q params --set d=1,5", "thousands are groups of three"),
    ("eval gpt2 -q params --set s=1_0,2", "thousands are groups of three"),
    ("eval gpt2 -q params --set d=1e3", "a whole number"),
    ("eval gpt2 -q params --set d=７６８", "a whole number"),
    ("eval gpt2 -q params --set L=12 --set n_layer=13", "two values for L"),
    ("eval gpt2 -q params --set L=0", "at least 1"),
    ("eval gpt2 -q params --set L=-3", "at least 1"),
    ("eval gpt2 -q params --set h=5", "no positive whole number"),
    ("eval gpt2 -q params --set d=100", "no positive whole number"),
    ("eval gpt2 -q kv_cache_bytes --set B=1 --set s=1 --element-bytes ２", "no whole number"),
    ("eval gpt2 -q kv_cache_bytes --set B=1 --set s=1 --element-bytes 0", "at least 1 byte"),
    ("eval gpt2 -q kv_cache_bytes --set B=1 --set s=1025", "more than n_ctx"),
    ("eval gpt2 -q params_trainable --lora r=8:W_Q --set r_A=4", "leave one out"),
    ("eval gpt2 -q training_state_bytes --parallel tp=5", "does not divide"),
    ("eval gpt2 -q training_state_bytes --parallel pp=5", "does not divide"),
    ("eval mixtral-8x7b -q params_active --set k=9", "k = 9 is more than E = 8"),
    ("eval mixtral-8x7b -q params_active --set E=1", "k = 2 is more than E = 1"),
    ("eval mixtral-8x7b -q params --set h_kv=5", "no positive whole number"),
    ("eval deepseek-v3 -q params_inactive --set k=257", "more than E = 256"),
    ("derive mixtral-8x7b -q params_active --set k=9", "more than E = 8"),
    ("compare mixtral-8x7b gpt2 -q params --set k=9", "more than E = 8"),
    ("sweep mixtral-8x7b -q params_active --grid k=8,9", "k <= E"),
    ("sweep gpt2 -q params --grid L=1_,2", "write s=1024,2048"),
    ("solve gpt2 params=1,5 --for L", "thousands are groups of three"),
    ("plot gpt2 --of shares --against s=1,28:65536 -o x.svg", "thousands are groups of three"),
    ("mfu gpt2 --device a100 --set s=1024 --tokens-per-second 100,5", "a positive number"),
    ("lengths gpt2 --lengths 100,1025", "s = 1025 is more than n_ctx = 1024"),
    ("lengths gpt2 --phase decode --lengths 1024", "more than n_ctx"),
    ("lengths gpt2 --lengths 100,200 --set B=7", "leave one out"),
    ("lengths gpt2 --lengths 100,200 --set seq_len=7", "leave one out"),
]


@pytest.mark.parametrize(("line", "message"), REFUSED)
def test_what_cannot_be_meant_is_refused(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    is_refused(line, message, capsys)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("solve mixtral-8x7b params_active<=1e11 --for k", "k = 8 is the largest possible one"),
        ("solve mixtral-8x7b params>=1e9 --for E", "E is at least 2: no token is sent to"),
        ("mfu gpt2 --device a100 --set s=1024 --tokens-per-second 1e6", "a positive number"),
        ("mfu gpt2 --device a100 --set s=8 --tokens-per-second 1,000,000", "more than the peak"),
        (
            "mfu gpt2 --device a100 --set s=8 --tokens-per-second 1000",
            "tokens per second (rounded)",
        ),
        ("roofline gpt2 --device a100 --set B=1 --set s=8", "times are rounded; --format json"),
        ("lengths gpt2 --lengths 1,2,3", "33.34% of the padded batch (rounded)"),
    ],
)
def test_what_is_said_beside_a_number(
    line: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in said(line, capsys)[1]


CONFIGS: list[tuple[str, dict[str, Any]]] = [
    ("n_embd = 4000 is not understood", {"n_embd": 4000}),
    ("frobs = 7 is not understood", {"frobs": 7}),
    ("frobs = [1, 2] is not understood", {"frobs": [1, 2]}),
    ("text_config = {'hidden_size': 1} is not", {"text_config": {"hidden_size": 1}}),
    ("vision_config = {'depth': 1} is not", {"vision_config": {"depth": 1}}),
    ("pruned_heads = {'0': [1]} is not", {"pruned_heads": {"0": [1]}}),
    ("hidden_size must be a whole number, not 64.0", {"hidden_size": 64.0}),
    ("hidden_size must be a whole number, not '64'", {"hidden_size": "64"}),
    ("hidden_size must be a whole number, not True", {"hidden_size": True}),
    ("intermediate_size = 5 is not understood", {"model_type": "gpt2", "intermediate_size": 5}),
    ("must be a whole number from 1 to 8", {"model_type": "mixtral", "num_experts_per_tok": 9}),
]


@pytest.mark.parametrize(("message", "keys"), CONFIGS)
def test_a_key_that_may_change_the_cost_is_refused(message: str, keys: dict[str, Any]) -> None:
    base = {} if "model_type" in keys else LLAMA
    with pytest.raises(ValueError, match="configuration") as refused:
        symcost.load({**base, **keys}).value("params")
    assert message in str(refused.value)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = json.dumps(LLAMA)
    twice = text.replace('"hidden_size": 64', '"hidden_size": 64, "hidden_size": 128')
    for name, written in (("outside", twice), ("inside", f'{{"a": {twice}, {text[1:]}')):
        path = tmp_path / name / "config.json"
        path.parent.mkdir()
        path.write_text(written, encoding="utf-8")
        with pytest.raises(ValueError, match="the key 'hidden_size' stands twice"):
            symcost.load(path)


def test_an_open_number_of_experts_has_its_limit_too() -> None:
    """The file leaves k open; the declaration knows that no expert is chosen twice."""
    model = symcost.load({"model_type": "mixtral", "num_experts_per_tok": None})
    assert model.value("params_active", k=8) == model.value("params")
    with pytest.raises(SizeError, match="k = 9 is more than E = 8"):
        model.value("params_active", k=9)


# The parameters that work on one token, by hand: attention, router, k experts and norms a layer.
def mixtral_active(L: int, E: int, k: int, h: int, g: int, V: int, d: int, e: int) -> int:
    width = d // h
    attention = 2 * d * h * width + 2 * d * g * width
    return L * (attention + d * E + 3 * k * d * e + 2 * d) + 2 * V * d + d


MIXTRAL = (32, 8, 2, 32, 8, 32_000, 4_096, 14_336)
BROKEN = [
    (3, 8, 2, 8, 2, 100, 4, 64),  # d = 4 has no 8 heads, though the sum is whole
    (3, 8, 2, 8, 3, 100, 64, 64),  # 3 key heads for 8
    (3, 8, 9, 8, 2, 100, 64, 64),  # 9 experts of 8
    (3, 8, 0, 8, 2, 100, 64, 64),
    (-3, 8, 2, 8, 2, 100, 64, 64),
]


def exported(language: str) -> str:
    return symcost.load("mixtral-8x7b").export("params_active", language)


def loaded(language: str, folder: Path) -> Any:
    path = folder / "exported.py"
    path.write_text(exported(language), encoding="utf-8")
    return runpy.run_path(str(path))["mixtral_8x7b_params_active"]


@pytest.mark.parametrize("language", ["python", "numpy"])
def test_exports_to_python_are_right_or_refuse(language: str, tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    run = loaded(language, tmp_path)
    assert run(*MIXTRAL) == mixtral_active(*MIXTRAL) == 12_879_925_248
    small = [np.int32(each) for each in (2**15, 8, 2, 32, 8, 2**20, 2**15, 2**15)]
    assert int(run(*small)) == mixtral_active(*map(int, small)) > 2**31
    huge = (2**20, 2**62, 2**61, 32, 8, 2**40, 2**60, 2**60)
    assert run(*huge) == mixtral_active(*huge) > 2**127
    for sizes in BROKEN:
        with pytest.raises(ValueError, match=r"must|at least 1"):
            run(*sizes)
    for wrong in (4_096.0, 4_096.5, "4096", None):
        with pytest.raises((TypeError, ValueError)):
            run(*MIXTRAL[:6], wrong, MIXTRAL[7])


def test_exports_to_numpy_take_no_fraction_in_an_object(tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    mixed = np.array([4_096, 8_192.5], dtype=object)
    with pytest.raises(ValueError, match="whole numbers"):
        loaded("numpy", tmp_path)(*MIXTRAL[:6], mixed, MIXTRAL[7])


def test_exports_to_javascript_are_right_or_refuse() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    bad = [*map(list, BROKEN)]
    calls = [f"mixtral_8x7b_params_active({', '.join(map(str, sizes))})" for sizes in bad]
    for text in ("true", "'4096'", "[4096]", "9007199254740993", "4096.5", "1e400", "''", "null"):
        head = ", ".join(map(str, MIXTRAL[:6]))
        calls.append(f"mixtral_8x7b_params_active({head}, {text}, {MIXTRAL[7]})")
    tries = "\n".join(
        f"try {{ console.log(String({call})); }} catch (e) {{ console.log('no'); }}"
        for call in [f"mixtral_8x7b_params_active({', '.join(map(str, MIXTRAL))})", *calls]
    )
    done = subprocess.run(
        [node, "-"],
        input=f"{exported('javascript')}\n{tries}",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["12879925248", *["no"] * len(calls)]


def test_exports_to_c_are_right_or_refuse(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    huge = (2**20, 2**62, 2**61, 32, 8, 2**40, 2**60, 2**60)
    calls = "".join(
        f"code = mixtral_8x7b_params_active(&r, {', '.join(f'INT64_C({n})' for n in sizes)});"
        'printf("%d %lld\\n", code, code ? 0 : (long long)r);'
        for sizes in (MIXTRAL, *BROKEN, huge)
    )
    source, binary = tmp_path / "x.c", tmp_path / "x"
    source.write_text(
        f"#include <stdio.h>\n{exported('c')}int main(void) {{ int64_t r = 0; int code; {calls} }}",
        encoding="utf-8",
    )
    flags = ["-std=c11", "-Wall", "-Werror", "-Wno-unused-function", "-Wno-unused-variable"]
    subprocess.run([compiler, *flags, str(source), "-o", str(binary)], check=True)
    told = subprocess.run([str(binary)], capture_output=True, text=True, check=True).stdout
    codes = ["0 12879925248", "2 0", "2 0", "2 0", "3 0", "3 0", "1 0"]
    assert told.splitlines() == codes


def test_exports_to_sql_are_right_or_refuse() -> None:
    duckdb = pytest.importorskip("duckdb")
    base = duckdb.connect()
    base.execute(exported("sql"))

    def ask(*sizes: Any) -> Any:
        text = ", ".join(map(str, sizes))
        return base.execute(f"SELECT mixtral_8x7b_params_active({text})").fetchone()[0]

    assert ask(*MIXTRAL) == 12_879_925_248
    assert ask(*MIXTRAL[:6], "4096.0", MIXTRAL[7]) == 12_879_925_248
    wide = (2**20, 16, 8, 32, 8, 2**30, 2**40, 2**30)
    assert ask(*wide) == mixtral_active(*wide) > 2**64
    fractions = [(*MIXTRAL[:2], text, *MIXTRAL[3:]) for text in ("1.5", "1.5::DOUBLE", "'x'")]
    huge = (2**20, 2**62, 2**61, 32, 8, 2**40, 2**60, 2**60)
    for sizes in (*BROKEN, *fractions, huge):
        with pytest.raises(duckdb.Error):
            ask(*sizes)


def test_exports_to_a_spreadsheet_are_right_or_refuse() -> None:
    formula = exported("spreadsheet").split("\t")[-1].strip()

    def ask(*sizes: float) -> Any:
        return cell(formula, dict(zip((f"{each}2" for each in "ABCDEFGH"), sizes, strict=True)))

    assert ask(*MIXTRAL) == 12_879_925_248
    huge = (2**20, 16, 8, 32, 8, 2**30, 2**40, 2**30)
    for sizes in (*BROKEN, (*MIXTRAL[:2], 1.5, *MIXTRAL[3:]), huge):
        assert ask(*sizes) is None


COLUMNS = [
    ("int32", [2**15, 2**20]),
    ("uint8", [96, 252]),
    ("int8", [96, 12]),
    (">i4", [96, 192]),
    ("uint64", [2**63 + 4, 96]),
    (object, [10**30, 12]),
]


@pytest.mark.parametrize(("kind", "widths"), COLUMNS)
def test_no_type_of_a_column_wraps_around(kind: Any, widths: list[int]) -> None:
    """2 B s d (2 L (2 d + s + d_ff) + V), in Python's own numbers."""
    np = pytest.importorskip("numpy")
    found = symcost.load("gpt2").sweep("flops_forward", d=np.array(widths, dtype=kind), B=1, s=1024)
    hand = [2 * 1024 * d * (24 * (2 * d + 1024 + 4 * d) + 50257) for d in widths]
    assert found.tolist() == hand


@pytest.mark.parametrize("widths", [[2**63 + 12, 12], [2**63, 96], [2**64, 1], range(12, 36, 12)])
def test_a_list_becomes_no_floats(widths: Any) -> None:
    pytest.importorskip("numpy")
    found = symcost.load("gpt2").sweep("flops_forward", d=widths, B=1, s=1)
    assert found.tolist() == [2 * d * (24 * (6 * d + 1) + 50257) for d in widths]


def test_columns_that_are_no_whole_numbers_are_refused() -> None:
    np = pytest.importorskip("numpy")
    for widths in (
        [True, 96],
        [96.0],
        np.array([96.5], dtype=object),
        np.ma.array([96, 192], mask=[False, True]),
        np.array([True]),
        ["96"],
        [None],
        [0],
        [-96],
        [10**301],
    ):
        with pytest.raises(ValueError, match=r"d \(width"):
            symcost.load("gpt2").sweep("flops_forward", d=widths, B=1, s=1)


def test_sizes_of_numpy_are_whole_numbers_too() -> None:
    np = pytest.importorskip("numpy")
    model = symcost.load("gpt2")
    value = model.value("params", d=np.int32(2**20), h=np.uint8(16))
    assert value == model.value("params", d=2**20, h=16) > 2**42
    assert type(value) is int
    for wrong in (768.0, np.float64(768), True, np.True_, "768", np.array([768]), None, 10**300):
        with pytest.raises(SizeError, match=r"d \(width"):
            model.value("params", d=wrong)


def test_a_sweep_says_what_it_does_not_ask(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("numpy")
    for line, names in (
        ("sweep gpt2 -q params --grid d=100,200", "h"),
        ("sweep gpt2 -q flops_forward --set B=1 --grid s=100,2000", "n_ctx"),
        ("sweep mixtral-8x7b -q params --grid E=1,2", "k"),
        ("sweep llama-3-8b -q params --grid d=4096", ""),
        ("sweep gpt2 -q params --grid d=768 --set h=12", ""),
    ):
        assert main(line.split(" ")) == 0
        told = capsys.readouterr()
        assert (f"has them: {names};" in told.err) == bool(names)
        assert "them" not in told.out


def test_a_figure_says_where_the_choice_of_experts_ends(tmp_path: Path) -> None:
    path = tmp_path / "k.svg"
    line = f"plot mixtral-8x7b --of values --set B=1 --set s=8 --against k=1:16 -o {path}"
    assert main(line.split(" ")) == 0
    assert "sent to one expert twice: it ends at k = 8" in path.read_text(encoding="utf-8")


MODELS = (
    *("lecture", "gpt2", "gpt2-xl", "llama-2-7b", "llama-3-8b"),
    *("mistral-7b", "mixtral-8x7b", "deepseek-v3", "bloom-560m", "qwen2-7b"),
)


@pytest.mark.parametrize("name", MODELS)
def test_one_number_on_every_path(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Parameters, by command, page, data, sweep, export, comparison, tree and answer."""
    pytest.importorskip("numpy")
    model = symcost.load(name)
    number = model.value("params")
    shown = f"{number:,}"

    def printed(*words: str) -> str:
        assert main(list(words)) == 0
        return capsys.readouterr().out

    assert json.loads(printed("eval", name, "-q", "params", "--json"))["values"]["params"] == number
    assert f"params,{number},parameter" in printed("eval", name, "-q", "params", "--format", "csv")
    assert shown in printed("eval", name, "-q", "params")
    page = model.derive("params")
    for text in (page.to_text(), page.to_html(), page.to_markdown()):
        assert shown in text.replace("\u202f", ",").replace(r"\,", ",").replace("{,}", ",")
    assert shown in printed("show", name, "--depth", "1")
    assert shown in printed("compare", name, "gpt2-medium", "-q", "params")
    # One row of a sweep, one call of an exported function, at the published sizes.
    sizes = model.binding()
    one = next(each for each in sizes if each in model.ledger("params").total.dims())
    row = printed("sweep", name, "-q", "params", "--grid", f"{one.symbol}={sizes[one].value}")
    assert row.splitlines()[1:] == [f"{sizes[one].value},{number}"]
    assert model.sweep("params", **{one.symbol: [sizes[one].value]}).tolist() == [number]
    path = tmp_path / "exported.py"
    path.write_text(model.export("params"), encoding="utf-8")
    (run,) = (each for key, each in runpy.run_path(str(path)).items() if key.endswith("_params"))
    wanted = inspect.signature(run).parameters
    assert run(**{e.symbol: b.value for e, b in sizes.items() if e.symbol in wanted}) == number
    for by in ("L", "V"):
        if by in {each.symbol for each in model.ledger("params").total.dims()}:
            assert f"{by} = {sizes[find(by)].value:,} meets it exactly" in printed(
                "solve", name, f"params = {number}", "--for", by
            )


PLANS = [
    ("sweep llama-3-8b --parallel tp=8 --grid h_kv=8,4", "tp divides the axis 'groups' of W_Q"),
    ("sweep llama-3-8b --parallel tp --grid n_tp=8,16", "not so at row 1 (n_tp = 16)"),
    ("sweep gpt2 --parallel pp=4 --grid L=12,14", "pp divides the parts 'layer'; not so at row 1"),
    ("sweep mixtral-8x7b --parallel dp=8,ep=8 --grid E=8,12", "ep divides the axis 'experts'"),
    ("sweep llama-3-8b --parallel tp=8 --grid L=1 --set n_tp=4", "n_tp is given by the plan"),
]


@pytest.mark.parametrize(("line", "message"), PLANS)
def test_a_plan_holds_in_every_row(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("numpy")
    is_refused(f"{line} -q training_state_bytes", message, capsys)


def test_a_plan_gives_one_number_on_every_path(tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    model = symcost.load("llama-3-8b").planned(symcost.Plan(tp=8))
    # 16 bytes a weight: matrices and embeddings in eight parts, norms whole.
    matrices = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336) + 2 * 128_256 * 4096
    number = 16 * (matrices // 8 + 65 * 4096)
    assert model.value("training_state_bytes") == number
    assert model.sweep("training_state_bytes", L=[32]).tolist() == [number]
    path = tmp_path / "exported.py"
    path.write_text(model.export("training_state_bytes"), encoding="utf-8")
    run = runpy.run_path(str(path))["llama_3_8b_training_state_bytes"]
    sizes = {"L": 32, "h": 32, "h_kv": 8, "V": 128_256, "d": 4096, "d_ff": 14_336}
    assert run(**sizes) == number
    with pytest.raises(ValueError, match="h_kv/8 must be a whole number"):
        run(**{**sizes, "h_kv": 4})
