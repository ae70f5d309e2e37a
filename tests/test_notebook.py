"""What notebooks show, and the magic that marks a cell without running it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

import symcost
from symcost import magic
from symcost.algebra import shown
from symcost.catalog import find
from symcost.quantities.params import PARAMS
from symcost.questions.compare import compare, compare_conventions
from symcost.questions.cost import cost
from symcost.questions.sensitivity import sensitivity
from symcost.render.translate import UntranslatedWarning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TAGS = frozenset(
    (*("div", "p", "table", "thead", "tbody", "tr", "th", "td", "style", "span", "strong"),
     *("code", "pre", "ol", "ul", "li", "a", "cite", "svg", "title", "rect", "text"),
     *("polygon", "polyline", "line", "path", "g", "circle"))
)  # fmt: skip
MATHEMATICS = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msub", "msup",
               "msubsup", "munder", "msqrt", "mstyle", "mtable", "mtr", "mtd", "mover"}  # fmt: skip
HOSTILE = '<img src=x onerror="alert(1)">&</style><script>'


class Tags(HTMLParser):
    """Every element that is opened, with its attributes; raises where one is closed wrongly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []
        self.depth: list[str] = []
        self.feed(text)
        self.close()
        assert self.depth == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))
        if tag != "mspace":
            self.depth.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "mspace":
            assert self.depth.pop() == tag


GPT2 = symcost.load("gpt2")


def answers() -> Iterator[tuple[str, Any, str]]:
    """Everything that shows itself: its name, the object, words that its page must hold."""
    yield "model", GPT2, "GPT-2 small"
    yield "ledger", GPT2.ledger("params"), "20 terms, in parameter"
    yield "derivation", GPT2.derive("params"), "With the proportions of this model"
    yield "claim", GPT2.subject().derivation(PARAMS), "Each token asks the tokens up to itself"
    yield "solved", GPT2.solve("params = 1e9", "d"), "2472"
    yield "crossing", GPT2.crossover("attention", "rest", "s"), "6703"
    yield "naming", symcost.which(124439808, "gpt2"), "124\u202f439\u202f808"
    pair = [cost(symcost.load(name), "params") for name in ("gpt2", "llama-3-8b")]
    yield "comparison", compare(*pair), "params: gpt2 and llama-3-8b"
    two = (find.convention("torch"), find.convention("megatron"))
    yield "conventions", compare_conventions(GPT2, "flops_forward", two), "What each choice costs"
    yield "elasticity", sensitivity(pair[0], "d")[0], "The elasticity in d"
    wrong = symcost.check("L*(3*d*d + h*d*d + 8*d*d)", model="gpt2", quantity="params")
    yield "verdict", wrong, "counted h times"
    yield "marked", symcost.check_file(HOMEWORK, model="lecture"), "The first wrong line is"


HOMEWORK = "docs/homework/homework.py"
SHOWN = {name: (each, words) for name, each, words in answers()}
every_answer = pytest.mark.parametrize("name", SHOWN)


@every_answer
def test_a_notebook_shows_a_fragment_of_html(name: str) -> None:
    each, words = SHOWN[name]
    html = each._repr_html_()
    assert words in html
    found = Tags(html)
    assert {tag for tag, _ in found.opened} <= TAGS | MATHEMATICS
    assert "math" in {tag for tag, _ in found.opened} or name == "naming"
    first, attributes = found.opened[0]
    assert (first, attributes) == ("div", {"class": "symcost"})
    # Nothing that may stand twice in one notebook, and nothing that runs.
    names = {key for _, held in found.opened for key in held}
    assert "id" not in names
    assert not any((held.get("href") or "").startswith("#") for _, held in found.opened)
    assert not {key for key in names if key.startswith("on")}


@every_answer
def test_its_mathematics_is_well_formed(name: str) -> None:
    formulas = re.findall(r"<math.*?</math>", SHOWN[name][0]._repr_html_(), re.DOTALL)
    for each in formulas:
        ElementTree.fromstring(each)
    assert formulas or name == "naming"


@every_answer
def test_no_style_leaves_the_fragment(name: str) -> None:
    style = re.findall(r"<style>(.*?)</style>", SHOWN[name][0]._repr_html_(), re.DOTALL)
    rules = re.findall(r"([^{}]+)\{[^{}]*\}", "".join(style))
    selectors = [each.strip() for rule in rules for each in re.split(r",(?![^(]*\))", rule)]
    assert len(selectors) > 20
    assert all(".symcost.symcost" in each for each in selectors)


@every_answer
def test_the_bundle_is_what_the_methods_say(name: str) -> None:
    each, _ = SHOWN[name]
    bundle = each._repr_mimebundle_()
    assert bundle["text/html"] == each._repr_html_()
    assert bundle.get("text/latex") == each._repr_latex_()
    assert bundle.keys() <= {"text/html", "text/latex", "text/markdown"}
    assert list(each._repr_mimebundle_(include={"text/html"})) == ["text/html"]
    assert "text/html" not in each._repr_mimebundle_(exclude=("text/html",))


@every_answer
def test_the_text_of_an_answer_fits_a_line(name: str) -> None:
    said = repr(SHOWN[name][0])
    assert said.startswith("<symcost ")
    assert "\n" not in said
    assert len(said) <= 160


@pytest.mark.parametrize(
    ("each", "latex", "plain"),
    [
        (GPT2.form("kv_cache_bytes"), r"$\displaystyle 4\,B L s d$", "4 B L s d"),
        (GPT2.ledger("kv_cache_bytes").total, r"$\displaystyle 4\,B L s h d_h$", "4 B L s h d_h"),
        (GPT2.ratio("arithmetic_intensity"), None, None),
    ],
)
def test_a_formula_is_typeset(each: Any, latex: str | None, plain: str | None) -> None:
    bundle = each._repr_mimebundle_()
    assert bundle.keys() == {"text/html", "text/latex", "text/plain"}
    assert {tag for tag, _ in Tags(bundle["text/html"]).opened} <= {"div", *MATHEMATICS}
    assert bundle["text/latex"].startswith(r"$\displaystyle ")
    assert latex is None or re.sub(r"\\,| ", "", bundle["text/latex"]) == re.sub(
        r"\\,| ", "", latex
    )
    assert plain is None or bundle["text/plain"] == plain


def test_a_page_is_shown_in_its_language(tmp_path: Path) -> None:
    path = tmp_path / "it.toml"
    path.write_text(
        '[language]\nname = "Italian"\ncode = "it"\n[own]\n"What {0} costs" = "Quanto costa {0}"\n',
        encoding="utf-8",
    )
    page = GPT2.derive("params").in_language(str(path))
    assert "Quanto costa GPT-2 small" in page._repr_html_()
    assert "Quanto costa GPT-2 small" not in GPT2.derive("params")._repr_html_()
    with pytest.warns(UntranslatedWarning):
        assert json.loads(page.to_json())["title"] == "Quanto costa GPT-2 small"


def test_what_strangers_write_stays_text() -> None:
    model = symcost.load({**CONFIG, "model_type": "gpt2", "_name_or_path": HOSTILE})
    verdict = symcost.check(f"12*L*d**2 + {HOSTILE}", model=model)
    marked = magic.mark_work(
        magic.read_work(f"x = 2*d  # {HOSTILE}\ny = '{HOSTILE}'", HOSTILE, ".py"),
        model=model,
    )
    for each in (model, verdict, marked, model.ledger()):
        found = Tags(each._repr_html_())
        assert {tag for tag, _ in found.opened} <= TAGS | MATHEMATICS


CONFIG = {"n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 1024, "vocab_size": 50257}


def test_without_a_page_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "_where", [])
    assert GPT2._repr_mimebundle_() == {}
    assert GPT2._repr_html_() is None


# -- the magic -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    interactive = pytest.importorskip("IPython.core.interactiveshell", reason="needs IPython")
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr("builtins._", raising=False)  # a doctest leaves it behind
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        alone = pytest.importorskip("traitlets.config", reason="needs IPython").Config()
        alone.HistoryManager.enabled = False
        made = interactive.InteractiveShell.instance(config=alone)
        made.run_cell("%load_ext symcost")
        yield made
        interactive.InteractiveShell.clear_instance()


def run(shell: Any, text: str) -> Any:
    """The value of a cell that runs without an error."""
    found = shell.run_cell(text)
    assert found.success, text
    return found.result


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("%symcost_check --model gpt2 -q params_non_embedding 12*L*d**2", "right_under"),
        ("%symcost_check 12 n_{layer} d_{model}^2 --model gpt2 -q params_non_embedding",
         "right_under"),
        (r"%symcost_check --model gpt2 -q params_embedding \frac{2 V d}{2}+d n_{ctx}", "right"),
        ("%symcost_check --model gpt2 -q params '12*L*d**2'", "right_under"),
        ("%symcost_check --model gpt2 --set s=8 --set B=1 -q kv_cache_bytes 4*B*s*L*d", "right"),
        ("%symcost_check --model gpt2 -q kv_cache_bytes -- -4*B*s*L*d", "wrong"),
        ("%%symcost_check --model gpt2 -q params_non_embedding\n\n 12*L*d**2 ", "right_under"),
        ("%%symcost_check --model gpt2 -q params_non_embedding\nN &= L(4d^2 + 8d^2) \\\\\n"
         "&= 13 L d^2", "wrong"),
        ("%%symcost_check --model gpt2\nattention = 4*d**2\n%matplotlib inline\nN = attention*L",
         "wrong"),
        ("%%symcost_check --model gpt2\nEach layer: $P = 12 d^2$.\nAll: $P = 12 L d^2$",
         "right_under"),
        ("%%symcost_check --model gpt2\nattention = 4*d^2\nffn = 3 d d_ff", "wrong"),
    ],
)  # fmt: skip
def test_a_cell_is_marked(shell: Any, text: str, status: str) -> None:
    answer = run(shell, text)
    assert answer.status.value == status
    assert shell.user_ns["_checked"] is answer
    assert shell.user_ns["_"] is answer


def test_a_cell_is_marked_line_by_line(shell: Any) -> None:
    answer = run(shell, "%%symcost_check --model gpt2\nffn = 8*d**2\nattn = 3*d**2 + h*d**2")
    assert [(each.number, each.verdict.status.value) for each in answer.lines] == [
        (1, "right_under"),
        (2, "wrong"),
    ]


def test_the_same_as_the_function(shell: Any) -> None:
    asked = "%symcost_check --model lecture -q params L*(3*d*d + h*d*d + 2*d*d_ff)"
    called = symcost.check(
        "L*(3*d*d + h*d*d + 2*d*d_ff)", model="lecture", quantity="params", let={}
    )
    assert run(shell, asked).as_data() == called.as_data()


def test_a_variable_is_a_model(shell: Any) -> None:
    run(shell, "import symcost\nmine = symcost.load('lecture')")
    answer = run(shell, "%symcost_check --model mine -q params 12*L*d**2")
    assert answer.model == "lecture"


def test_nothing_is_run_unless_it_is_asked_for(shell: Any) -> None:
    shell.user_ns.pop("ran", None)
    run(shell, "%%symcost_check --model gpt2\nran = 8*d**2\nimport os; os.abort()")
    assert "ran" not in shell.user_ns
    text = "%%symcost_check --run --model gpt2\nd = 768\nran = 8*d**2\n"
    assert run(shell, text) is None
    assert shell.user_ns["ran"] == 4_718_592
    assert [each.name for each in shell.user_ns["_checked"].lines] == ["ran"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("%symcost_check --model gpt22 12*L", "'gpt22' is not a known model. Did you mean 'gpt2'?"),
        ("%symcost_check --modle gpt2 12*L", "unrecognized arguments: --modle"),
        ("%symcost_check --model gpt2 log(d)", "column 1: log(...) is not read"),
        ("%symcost_check --model gpt2", "there is no formula: %symcost_check --model gpt2"),
        ("%symcost_check --model gpt2 'x", "a quotation mark is not closed"),
        ("%symcost_check --model gpt2 -q parms d", "Did you mean 'params'?"),
        ("%symcost_check --model gpt2 --set s d", "--set s: write a symbol, '='"),
        ("%symcost_check --model gpt2 --run d", "--run is for a cell"),
        ("%%symcost_check --model gpt2\n\n", "there is no formula"),
        ("%%symcost_check --model gpt2 2*d\n3*d", "the formula stands in the cell, so '2*d' is"),
        ("%%symcost_check\na = 4*d\nb = 3*d", "add --model, such as --model gpt2"),
        ("%%symcost_check --number 3 --model gpt2\na = d\nb = d", "the cell has several lines"),
        ("%%symcost_check --model gpt2\n# only\n# words", "there is no "),
        ("%%symcost_check --model kept --phase decode\nd\nd", "is a variable: say --phase"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_line(
    shell: Any, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.user_ns["kept"] = GPT2
    found = shell.run_cell(text)
    printed = "".join(capsys.readouterr())
    assert not found.success
    assert "Traceback" not in printed
    (line,) = [each for each in printed.splitlines() if each.strip()]
    assert line.startswith("UsageError: ")
    assert said in line


def test_the_help_names_the_options_of_check(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "%symcost_check -h")
    said = capsys.readouterr().out
    assert "usage: %%symcost_check [options]" in said
    assert all(each in said for each in ("--run", "--let", "--strict", "--scope", "--number"))
    assert "--format" not in said
