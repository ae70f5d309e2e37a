"""Notebooks, Markdown, LaTeX and sheets of formulas: what is read out of them."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from symcost.checking.files import read_file, read_formulas, read_work
from symcost.checking.markdown import read_markdown
from symcost.checking.notebook import read_notebook
from symcost.checking.shown_numbers import number_at
from symcost.checking.tree import python
from symcost.checking.work import WorkError
from tests.nodes import value

if TYPE_CHECKING:
    from symcost.checking.work import Line, Work

WORKS = Path(__file__).parent / "data" / "works"


def text(name: str) -> str:
    return (WORKS / name).read_text(encoding="utf-8")


def written(line: Line) -> str:
    said = " == ".join(map(python, line.nodes)) or f"? {line.problem}"
    return f"{line.name} = {said}" if line.name else said


def printed(line: Line) -> list[int]:
    assert all(each.denominator == 1 for each in line.printed)
    return [each.numerator for each in line.printed]


def notebook(*cells: dict[str, Any]) -> Work:
    return read_notebook(json.dumps({"nbformat": 4, "cells": list(cells)}), "a notebook")


def code(source: str, output: str = "", result: str = "") -> dict[str, Any]:
    outputs: list[dict[str, Any]] = []
    if output:
        outputs.append({"output_type": "stream", "name": "stdout", "text": output})
    if result:
        outputs.append({"output_type": "execute_result", "data": {"text/plain": result}})
    return {"cell_type": "code", "source": source, "outputs": outputs}


def words(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source}


# -- notebooks -------------------------------------------------------------------------------------


def test_a_notebook_is_read_cell_by_cell() -> None:
    work = read_notebook(text("sizing.notebook.json"), "sizing")
    assert [(each.cell, each.number, written(each)) for each in work.lines] == [
        (1, 3, "N = 12*L*d**2"),
        (3, 1, "attn = 4*d**2"),
        (3, 2, "mlp = 8*d**2"),
        (3, 3, "attn"),
        (3, 4, "mlp"),
        (3, 5, "L*(attn + mlp)"),
        (5, 1, "6*L*(attn + mlp)"),
        (6, 2, "attn"),
        (6, 2, "mlp"),
        (8, 1, "emb = V*d"),
        (8, 2, "emb"),
        (8, 2, "emb/2**20"),
        (9, 2, "measured = ? model.count(...) is not read"),
        (10, 1, "? is no Python: invalid syntax"),
        (10, 2, "kept = 3*d"),
    ]
    assert work.values["emb"] == 38_597_376


def test_outputs_are_given_to_the_lines_that_printed_them() -> None:
    work = read_notebook(text("sizing.notebook.json"), "sizing")
    shown = {(each.cell, each.number, written(each)): each.printed for each in work.lines}
    assert shown[3, 3, "attn"] == (2_359_296,)
    assert shown[3, 4, "mlp"] == (4_718_592,)
    assert shown[3, 5, "L*(attn + mlp)"] == (84_930_000,)
    assert shown[5, 1, "6*L*(attn + mlp)"] == (509_607_936,)
    assert shown[6, 2, "attn"] == (2_359_296,)
    assert shown[6, 2, "mlp"] == (4_718_592,)
    assert shown[8, 2, "emb"] == (38_597_376,)
    assert shown[8, 2, "emb/2**20"] == (Fraction("36.8093"),)


def test_right_outputs_are_what_the_lines_are_worth() -> None:
    """The numbers that a right notebook shows are, to their digits, what its lines say."""
    work = read_notebook(text("sizing.notebook.json"), "sizing")
    checked = 0
    for line in work.lines:
        for number in line.printed:
            ours = value(line.nodes[0], work.values)
            assert abs(ours / number - 1) < Fraction(1, 1000), written(line)
            checked += 1
    assert checked == 8


def test_headings_and_words_of_cells_are_said_of_the_code_below() -> None:
    work = read_notebook(text("sizing.notebook.json"), "sizing")
    said = {(each.cell, each.number): each.comment for each in work.lines}
    assert said[3, 1] == "Part 1: parameters; By hand we get $N = 12 L d^2$"
    assert said[3, 3].endswith("attention")
    assert said[5, 1] == "FLOPs; Per token, forward and backward"


def test_an_old_notebook_is_read_too() -> None:
    work = read_notebook(text("old.notebook.json"), "old")
    found = [(each.cell, written(each), printed(each), each.comment) for each in work.lines]
    assert found == [
        (2, "N = 12*L*d**2", [], "Old style; Weights: $N = 12 L d^2$"),
        (3, "12*d**2", [7_077_888], "Old style; Weights: $N = 12 L d^2$; layer"),
        (4, "4*d", [3072], "Old style; Weights: $N = 12 L d^2$"),
    ]


@pytest.mark.parametrize(
    ("source", "output", "expected"),
    [
        ("print('a', x)\nprint('b', y)", "a 5\nb 7\n", [[5], [7]]),
        # A line that prints nothing that is understood takes no row from the others.
        ("print(model)\nprint('b', y)", "GPT(\n  12 layers\n)\nb 7\n", [[7]]),
        ("for n in (x, y):\n    print('n:', n)", "n: 5\nn: 7\n", [[5], [7]]),
        ("print(f'\\n{x:,} and {y:.2e}\\n')", "\n1,000 and 2.50e+04\n", [[1000], [25000]]),
        ("print('a', x)", "nothing\nof the kind\n", [[]]),
        ("print('x/y', x, y)", "x/y 12 13\n", [[12], [13]]),
        ("print(x)\nprint(x)", "5\n6\n", [[5], [6]]),
        ("print(f'{x:>10}|{y}')", "         5|7\n", [[5], [7]]),
        ("print('x', x, end=' ')\nprint('y', y)", "x 5 y 7\n", [[5], [7]]),
        ("print(f'{x/1e9:.1f}B')", "6.7B\n", [[6_700_000_000]]),
        ("def show(n):\n    print('n =', n)\nshow(x)\nshow(y)", "n = 5\nn = 7\n", [[5], [7]]),
    ],
)
def test_rows_of_an_output(source: str, output: str, expected: list[list[int]]) -> None:
    work = notebook(code("x = 2*d\ny = 3*d"), code(source, output))
    assert [printed(each) for each in work.lines if each.cell == 2] == expected


def test_cells_share_their_names() -> None:
    work = notebook(code("d = 8\na = 2*d"), code("b = a + 1\na = 3*d"), code("c = a"))
    assert [written(each) for each in work.lines] == [
        "a = 2*d",
        "b = 2*d + 1",
        "a = 3*d",
        "c = 3*d",
    ]


def test_a_problem_names_its_cell() -> None:
    work = notebook(code("n = load()"), words("then"), code("m = 2*n\nk = 3*d"))
    assert [written(each) for each in work.lines] == [
        "n = ? load(...) is not read",
        "m = ? depends on 'n' (cell 1, line 1)",
        "k = 3*d",
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("no json", "not a notebook: the file is not JSON (line 1)"),
        ("", "not a notebook: the file is not JSON (line 1)"),
        ("[1, 2]", "not a notebook: its JSON is no object"),
        ("{}", "not a notebook: there are no cells in it"),
        (
            '{"cells": 3, "worksheets": [7, {"cells": 8}]}',
            "not a notebook: there are no cells in it",
        ),
        ("[" * 100_000, "not a notebook: the file is not JSON"),
        ('{"cells": ' + "9" * 5000 + "}", "not a notebook: the file is not JSON"),
    ],
)
def test_no_notebook(source: str, message: str) -> None:
    with pytest.raises(WorkError) as caught:
        read_notebook(source, "x")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "cells",
    [
        [1, None, "x", {}, {"cell_type": "code"}, {"cell_type": "code", "source": [1, None]}],
        [{"cell_type": "code", "source": "x = 2*d", "outputs": [3, {"output_type": "stream"}]}],
        [{"cell_type": "code", "source": "2*d", "outputs": [{"output_type": "execute_result"}]}],
        [{"cell_type": "raw", "source": "x"}, {"cell_type": "markdown", "source": None}],
    ],
)
def test_odd_cells_do_no_harm(cells: list[Any]) -> None:
    work = read_notebook(json.dumps({"cells": cells}), "x")
    assert all(not each.problem for each in work.lines)


# -- documents -------------------------------------------------------------------------------------


def test_a_page_is_read() -> None:
    work = read_markdown(text("page.md"), "page")
    assert [(each.number, written(each), printed(each)) for each in work.lines] == [
        (6, "4*d**2", []),
        (7, "4*d**2", [2_359_296]),
        (12, "N = 12*L*d**2", [84_934_656, 85_000_000]),
        (20, "C_fwd = 2*N + 2*L*s*d == 2*N", []),
        (22, "C = 3*C_fwd", []),
        (30, "layer = 12*width**2", [7_077_888]),
        (36, "M = 2*L*s*d*2", []),
        (45, "8*d**2", []),
        (50, "stack = 12*layer", []),
    ]
    assert work.values == {
        "d": 768,
        "L": 12,
        "h": 12,
        "width": 768,
        "layer": 7_077_888,
        "stack": 84_934_656,
    }


def test_what_is_said_in_a_page() -> None:
    said = {each.number: each.comment for each in read_markdown(text("page.md"), "page").lines}
    assert said[6] == "Weights; The attention part of a layer has $4d^2$ weights"
    assert said[12] == "Weights; All layers together, feed-forward part included"
    assert said[20] == "Work; Per token the forward pass takes"
    assert said[30] == "Work; one layer; 7,077,888"
    assert said[45] == "Work; feed-forward $8d^2$"


def test_a_paper_is_read() -> None:
    work = read_markdown(text("paper.tex"), "paper")
    found = [(each.number, written(each)) for each in work.lines]
    assert found[:4] == [
        (6, "N = 12*L*d**2"),
        (10, "C = 6*N*D"),
        (13, "layer = 12*d**2"),
        (15, f"? {work.lines[3].problem}"),
    ]
    assert work.lines[1].comment == "Training; The cost of training on $D$ tokens is"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("$N = 12Ld^2 = 6D$", ["N = 12*L*d**2 == 6*D"]),
        (r"\(2 d\) and \[3 d\]", ["2*d", "3*d"]),
        ("$$a = 2d$$ and $$b = 3d$$", ["a = 2*d", "b = 3*d"]),
        (r"\begin{equation*} a = 2d \end{equation*}", ["a = 2*d"]),
        (r"\begin{gather} a = 2d \\ b = 3d \end{gather}", ["a = 2*d", "b = 3*d"]),
        (r"$$\begin{aligned} a &= 2d \\ &= d + d \end{aligned}$$", ["a = 2*d == d + d"]),
        (r"$$\begin{aligned} a &= 2d \\ &\quad + 3 \\ b &= c \end{aligned}$$",
         ["a = 2*d + 3", "b = c"]),
        (r"$$a = \frac{2 d}{h}$$", ["a = 2*d/h"]),
        ("costs $5 or $10, or 3 $ a piece, \\$2 d\\$", []),
        ("```\n$a = 2d$\n```\n`$b = 2d$` <!-- $c = 2d$ -->", []),
        ("<!-- a --> $a = 2d$ <!-- b --> $b = 3d$ <!-- c", ["a = 2*d", "b = 3*d"]),
        ("~~~python\nx = 2*d\n~~~\n\n``` {.python}\ny = x\n```", ["x = 2*d", "y = x"]),
        ("$$x = 2 d", []),
        ("$d$, $Q K^T \\in R$, $h$", []),
        (r"$$P = 1.5 \times 10^{9} d$$", ["P = 1.5*10**9*d"]),
    ],
)  # fmt: skip
def test_mathematics_is_found(source: str, expected: list[str]) -> None:
    found = [
        written(each).replace("3/2", "1.5").replace("(1.5)", "1.5")
        for each in read_markdown(f"{source}\n\n$$z = 9 y$$", "x").lines
    ]
    assert found == [*expected, "z = 9*y"]


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("= 84{,}934{,}656", [84_934_656]),
        ("= 84,934,656", [84_934_656]),
        (r"\approx 85\text{M}", [85_000_000]),
        (r"\approx 85\,\mathrm{M}", [85_000_000]),
        (r"\approx 1.2 \times 10^{9}", [1_200_000_000]),
        (r"\approx 1.2 \cdot 10^9", [1_200_000_000]),
        (r"= 7\,077\,888 \approx 7.1\text{ million parameters}", [7_077_888, 7_100_000]),
        (r"= 3\text{ GB}", [3_000_000_000]),
        (r"= 3\text{ GiB}.", [3 * 2**30]),
        (r"\approx 6.7B", [6_700_000_000]),
    ],
)
def test_numbers_at_the_end_of_a_formula(tail: str, expected: list[int]) -> None:
    (line,) = read_markdown(f"$$N = 12 L d^2 {tail}$$", "x").lines
    assert (written(line), printed(line)) == ("N = 12*L*d**2", expected)


def test_what_cannot_be_read_is_named_with_its_line() -> None:
    work = read_markdown("First\n\n$$a = \\log b$$\n\n$$c = 2d$$", "x")
    assert [(each.number, bool(each.problem)) for each in work.lines] == [(3, True), (5, False)]
    assert work.lines[0].problem.startswith("column ")
    assert work.lines[0].source == "a = \\log b"


def test_code_that_is_no_python_is_noted() -> None:
    work = read_markdown("```python\n)) no\n```\n$$c = 2d$$", "x")
    assert [written(each) for each in work.lines] == ["? is no Python: unmatched ')'", "c = 2*d"]


@pytest.mark.parametrize("source", ["", "Only words.", "```bash\nls\n```", "$d$"])
def test_a_page_without_formulas_is_refused(source: str) -> None:
    with pytest.raises(WorkError, match="there is no formula in it"):
        read_markdown(source, "x")


# -- files -----------------------------------------------------------------------------------------


def test_a_sheet_has_one_formula_on_each_line() -> None:
    work = read_formulas(text("sheet.txt"), "sheet")
    found = [(each.number, written(each), printed(each), each.comment) for each in work.lines]
    assert found[:3] == [
        (2, "N = 12*L*d**2", [85_000_000], "weights of a layer; = 85M"),
        (3, "12*n_layer*d_model**2", [], "weights of a layer"),
        (5, "C = 6*N*D == 6*tokens*N", [], "weights of a layer"),
    ]
    assert work.lines[3].problem == "column 1: these are words: begin a remark with #"
    assert work.values == {"L": 12}


@pytest.mark.parametrize(
    ("row", "name", "side", "numbers"),
    [
        ("N = 12*L*d^2 = 84,934,656", "N", "12*L*d**2", [84_934_656]),
        ("N = 12 L d^2 ≈ 85M", "N", "12*L*d**2", [85_000_000]),
        ("12*L*d**2 = 85 million  # => 84934656", "", "12*L*d**2", [85_000_000, 84_934_656]),
        ("12*L*d**2  # of 768 x 12", "", "12*L*d**2", []),
    ],
)
def test_numbers_in_a_sheet(row: str, name: str, side: str, numbers: list[int]) -> None:
    (line,) = read_formulas(row, "x").lines
    assert (line.name, [python(each) for each in line.nodes]) == (name, [side])
    assert printed(line) == numbers


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("counts.py", "counts.py"),
        ("sizing.ipynb", "sizing.notebook.json"),
        ("page.md", "page.md"),
        ("page.QMD", "page.md"),
        ("page.rmd", "page.md"),
        ("paper.tex", "paper.tex"),
        ("sheet.txt", "sheet.txt"),
    ],
)
def test_a_file_is_read_by_its_ending(tmp_path: Path, name: str, data: str) -> None:
    path = tmp_path / name
    path.write_text("\ufeff" + text(data), encoding="utf-8")
    work = read_file(path)
    assert work.title == name
    assert work.lines == read_work(text(data), name, path.suffix.lower()).lines
    assert any(each.nodes for each in work.lines)


def refusal(path: Path) -> str:
    with pytest.raises(WorkError) as caught:
        read_file(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_files_that_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_text("x", encoding="utf-8")
    endings = ".ipynb, .markdown, .md, .py, .qmd, .rmd, .tex, .txt"
    assert refusal(tmp_path / "a.doc") == f"a.doc has none of the endings that are read: {endings}"
    assert refusal(tmp_path / "none.py") == "none.py: there is no such file"
    (tmp_path / "folder.py").mkdir()
    assert refusal(tmp_path / "folder.py") == "folder.py: is no file"
    (tmp_path / "bad.py").write_bytes(b"x = 2\n\xff\xfe")
    assert refusal(tmp_path / "bad.py") == "bad.py: is no text in UTF-8: byte 7 is none of it"
    (tmp_path / "large.ipynb").write_bytes(b" " * 5_000_001)
    assert refusal(tmp_path / "large.ipynb") == "large.ipynb: is larger than 5 MB"
    (tmp_path / "empty.py").write_text("# nothing\n", encoding="utf-8")
    assert refusal(tmp_path / "empty.py") == "empty.py: there is no Python statement in it"


@pytest.mark.parametrize(
    ("words_", "expected"),
    [
        ("84,934,656", "84934656"),
        ("1_000", "1000"),
        ("1.2e9", "1200000000"),
        ("1.2 × 10^9", "1200000000"),
        ("85M", "85000000"),
        ("6.7 B", "6700000000"),
        ("-3", "-3"),
        ("12.5%", "1/8"),
        ("3 TFLOPs", "3000000000000"),
        ("16 KiB", "16384"),
        ("2 Meters", "2"),
        ("x2 3", "3"),
        ("v1.2.3", None),
        ("1e999", None),
        ("9" * 100, None),
    ],
)
def test_a_number_in_words(words_: str, expected: str | None) -> None:
    found = number_at(words_)
    assert (found[0].settled(None) if found else None) == (Fraction(expected) if expected else None)


def test_line_ends_of_other_systems_are_line_ends() -> None:
    plain = read_markdown(text("page.md"), "page")
    for end in ("\r\n", "\r"):
        assert read_markdown(text("page.md").replace("\n", end), "page") == plain


def test_a_formula_is_said_by_the_words_that_it_stands_with() -> None:
    found = read_markdown(
        "Embeddings first.\n\n$a = 2 d$ is attention.\n\nThe MLP:\n$$b = 8 d$$\n\n"
        "All.\n\n$$c = 9 d$$\n",
        "page",
    )
    assert [each.comment for each in found.lines] == [
        "$a = 2 d$ is attention", "The MLP", "All"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "lines", "values"),
    [
        ("$$N = 12 (12 d^2 + 13 d)$$", ["N = 12*(12*d**2 + 13*d)"], {}),
        ("$N = 12 (d + 1) + 2 d = 36$", ["N = 12*(d + 1) + 2*d"], {}),
        ("$N = 12 - d$", ["N = 12 - d"], {}),
        ("$$N = 84{,}934{,}656 (85M)$$", [], {"N": 84_934_656}),
        ("$h = 12$", [], {"h": 12}),
    ],
)
def test_a_number_that_a_formula_begins_with_is_not_its_value(
    source: str, lines: list[str], values: dict[str, int]
) -> None:
    work = read_markdown(source, "page")
    assert [written(each) for each in work.lines] == lines
    assert work.values == values
