"""The notebook of the documents, run by a kernel: no error, and the outputs are right."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import symcost

PLACE = Path(__file__).parent.parent / "docs" / "notebook"
GPT2 = symcost.load("gpt2")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each cell shows, by its last line: text, and the MIME types of its value."""
    nbformat = pytest.importorskip("nbformat", reason="needs nbclient (the extra `test`)")
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient (the extra `test`)")
    pytest.importorskip("ipykernel", reason="needs ipykernel (the extra `test`)")
    book = nbformat.read(PLACE / "tour.ipynb", as_version=4)
    nbformat.validate(book)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        patch.setenv("PYTHONPATH", str(PLACE.parent.parent))
        where = {"metadata": {"path": str(PLACE)}}
        nbclient.NotebookClient(book, timeout=300, resources=where).execute()
    return {cell.source.splitlines()[-1]: _shown(cell) for cell in book.cells if "outputs" in cell}


def _shown(cell: Any) -> dict[str, str]:
    found = {"printed": ""}
    for each in cell.outputs:
        if each.output_type == "stream":
            assert each.name == "stdout"
            found["printed"] += each.text
        else:
            assert each.output_type == "execute_result"
            found |= each.data
    return found


def html(outputs: dict[str, Any], cell: str) -> str:
    """The HTML of a cell: a fragment with mathematics that is well formed."""
    text: str = outputs[cell]["text/html"]
    assert text.startswith('<div class="symcost">')
    formulas = re.findall(r"<math.*?</math>", text, re.DOTALL)
    for each in formulas:
        ElementTree.fromstring(each)
    assert formulas
    return text


def numbers(text: str) -> set[int]:
    """The whole numbers of a page, their thousands separated by thin spaces."""
    bare = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", text, flags=re.DOTALL)
    return {int(each.replace("\u202f", "")) for each in re.findall("[0-9\u202f]+", bare) if each}


def test_it_is_stored_without_outputs() -> None:
    nbformat = pytest.importorskip("nbformat", reason="needs nbclient (the extra `test`)")
    cells = nbformat.read(PLACE / "tour.ipynb", as_version=4).cells
    code = [each for each in cells if each.cell_type == "code"]
    assert len(code) > 12
    assert all(not each.outputs and each.execution_count is None for each in code)


def test_everything_is_shown(outputs: dict[str, Any]) -> None:
    silent = [cell for cell, shown in outputs.items() if len(shown) == 1 and not shown["printed"]]
    assert silent == []


def test_the_model(outputs: dict[str, Any]) -> None:
    assert {124_439_808, 768, 3072, 50257} <= numbers(html(outputs, "gpt2"))
    assert outputs["gpt2"]["text/plain"] == repr(GPT2)


def test_closed_forms(outputs: dict[str, Any]) -> None:
    form = outputs['gpt2.form("params")']
    assert form["text/latex"] == GPT2.form("params")._repr_latex_()
    assert "d_{\\mathrm{ff}}" in form["text/latex"]
    assert "<msub><mi>d</mi><mi>ff</mi></msub>" in html(outputs, 'gpt2.form("params")')
    assert "text/latex" in outputs['gpt2.expr("flops_forward")']
    values = outputs['gpt2.value("params"), gpt2.value("flops_forward", B=1, s=1024)']
    assert ast.literal_eval(values["text/plain"]) == (124_439_808, 291_648_307_200)


def test_the_ledger_and_the_derivation(outputs: dict[str, Any]) -> None:
    assert "20 terms, in parameter" in html(outputs, 'gpt2.ledger("params")')
    page = html(outputs, 'gpt2.derive("params")')
    assert {38_597_376, 28_348_416, 56_669_184, 124_439_808} <= numbers(page)


def test_what_if(outputs: dict[str, Any]) -> None:
    assert ast.literal_eval(outputs["}"]["text/plain"]) == {
        "as published": GPT2.value("params"),
        "twice as wide": GPT2.value("params", d=1536, h=24),
        "twice as deep": GPT2.value("params", L=24),
    }
    assert "2,460 and 2,472 are the nearest" in outputs["billion"]["printed"]
    cost = GPT2.value("params", d=2460)
    assert {2460, 2472, cost, abs(cost - 10**9)} <= numbers(html(outputs, "billion"))
    crossing = html(outputs, 'gpt2.crossover("attention", "rest", "s")')
    assert {6702, 6703} <= numbers(crossing)


def test_checks(outputs: dict[str, Any]) -> None:
    rule = outputs["%symcost_check --model gpt2 -q params_non_embedding 12*L*d**2"]["text/html"]
    assert 'aria-label="right under conditions"' in rule
    assert "without norms; without biases" in rule
    cell = html(outputs, "layer = attention + feed_forward")
    assert "counted h times" in cell
    said = "[(line.name, line.verdict.status.value, line.carried) for line in marked.lines]"
    (first, second, third) = ast.literal_eval(outputs[said]["text/plain"])
    assert first == ("attention", "wrong", False)
    assert second[0] == "feed_forward"
    assert second[1].startswith("right")
    assert third[0] == "layer"
    assert third[2]
    assert "The first wrong line is" in html(outputs, "homework")


def test_the_sweep(outputs: dict[str, Any]) -> None:
    found = ast.literal_eval(outputs["dict(zip(lengths, work.tolist()))"]["text/plain"])
    assert found == {
        s: GPT2.value("flops_forward", B=1, s=s, n_ctx=65536) for s in (1024, 4096, 16384, 65536)
    }
    page = html(outputs, 'gpt2.derive("flops_forward", B=1, s=1024)')
    assert "<svg" in page
    assert 291_648_307_200 in numbers(page)


def test_the_table(outputs: dict[str, Any]) -> None:
    printed = outputs['print(page.to_csv("params-parts"))']["printed"]
    assert printed == GPT2.derive("params").to_csv("params-parts") + "\n"
