"""Languages of the page: English that remembers how it was put together, and tables of words."""

import ast
import contextlib
import copy
import os
import pickle
import re
import tomllib
import warnings
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import symcost
from symcost import Plan
from symcost.algebra.dim import all_dims
from symcost.algebra.form import Named, Num, Product, Quotient, Sum, Under
from symcost.algebra.phrase import capital, joined, listed, say, verbatim, worded
from symcost.catalog import find
from symcost.checking.freely import SCOPES
from symcost.checking.mistakes import mistakes
from symcost.cli import main
from symcost.graph.tensor import Role
from symcost.plot import collect
from symcost.quantities.convention import TORCH, changed
from symcost.quantities.optimizers import OPTIMIZERS
from symcost.render.environment import render, templates
from symcost.render.language import LanguageError, language, read, skeleton
from symcost.render.marked import MARKS
from symcost.render.page import (
    Cases,
    Chain,
    Cite,
    Code,
    Equal,
    Heading,
    Matrices,
    Name,
    Origin,
    Picture,
    Prose,
    Sentence,
    Share,
    Strong,
    Table,
    Value,
)
from symcost.render.translate import Translator, UntranslatedWarning


def test_a_phrase_is_its_english_text_and_keeps_key_and_parts():
    title = say("What {0} costs", "GPT-2")
    assert title == "What GPT-2 costs"
    assert (title.key, title.parts) == ("What {0} costs", ("GPT-2",))
    assert say("{0} right", 12345) == "12,345 right"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a"]) == "a"
    assert joined("; ", ["a", "b"]) == "a; b"
    assert capital("work of one pass") == "Work of one pass"
    assert say("a place without a part stays: {0}") == "a place without a part stays: {0}"
    assert verbatim("{0} of somebody") == "{0} of somebody"


def test_a_phrase_is_said_in_the_order_of_the_other_language():
    words = {"{0} of {1}": "{1}: {0}", "heads": "Köpfe", "{0}": "{0}"}
    phrase = say("{0} of {1}", say("heads"), "GPT-2")
    assert phrase.said(lambda key: words[key], lambda part: words.get(str(part), str(part))) == (
        "GPT-2: Köpfe"
    )
    assert capital("heads").said(words.__getitem__, str.lower) == "Heads"


def test_a_phrase_survives_copying():
    phrase = capital(say("{0} layers among {1}", say("dense"), "61"))
    for other in (copy.deepcopy(phrase), pickle.loads(pickle.dumps(phrase))):
        assert other == phrase
        assert (other.key, other.parts, other.capital) == (phrase.key, phrase.parts, phrase.capital)


# -- German ----------------------------------------------------------------------------------------

DE = language("de")
SHOWN = {
    "lecture": {},
    "gpt2": {"B": 1, "s": 1024},
    "llama-3-8b": {"B": 1, "s": 1024},
    "mixtral-8x7b": {"B": 1, "s": 1024},
    "deepseek-v3": {"B": 1, "s": 1024},
}


def derived(name, **sizes):
    return symcost.load(name).derive(**(sizes or SHOWN[name]))


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("kind", ["latex", "markdown", "html", "text"])
def test_no_sentence_of_these_pages_stays_english(name, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UntranslatedWarning)
        page = derived(name).in_language("de").to(kind)
    assert "Erst jetzt die Zahlen" in page
    for english in ("Only now", "width of", "gather like terms", "Look-up", "Where it goes"):
        assert english not in page


@pytest.mark.parametrize("name", SHOWN)
def test_a_german_page_has_the_formulas_and_numbers_of_the_english_one(name):
    english = derived(name).page
    german = Translator(DE).page(english)
    assert [block.kind for block in german.blocks] == [block.kind for block in english.blocks]
    assert list(map(bare, german.blocks)) == list(map(bare, english.blocks))
    assert german.title != english.title


def bare(block):
    """A block without its words: label, formulas, numbers, shares."""
    match block:
        case Heading():
            return block.label, block.level
        case Prose(runs):
            return Counter(map(bare_run, flat_runs(runs)))
        case Chain():
            return block.label, [nameless(line.form) for line in block.lines], block.boxed
        case Picture():
            return block.label, [each.values for each in block.figure.series]
        case Table():
            cells = [[Counter(map(bare_run, flat_runs((cell,)))) for cell in r] for r in block.rows]
            return block.label, block.align, cells


def flat_runs(runs):
    for run in runs:
        if isinstance(run, tuple):
            yield from flat_runs(run)
        elif isinstance(run, Sentence):
            yield from flat_runs(run.runs)
        elif not isinstance(run, str | Strong | Name | Origin):
            yield run


def bare_run(run):
    match run:
        case Equal(left, right):
            return nameless(left), nameless(right)
        case Value(number, of, _):
            return number, of
        case Cite(key, _):
            return key
        case Matrices() | Code() | Share() | int() | Fraction():
            return run
    return nameless(run)


def nameless(form):
    """The formula as plain text, the names of its parts left out."""
    match form:
        case Named(letter, label, _):
            return Named(letter, "x" if label else "", Num(0))
        case Under(body, _):
            return nameless(body)
        case Product(parts):
            return Product(tuple(map(nameless, parts)))
        case Sum(parts):
            return Sum(tuple(map(nameless, parts)))
        case Quotient(top, bottom):
            return Quotient(nameless(top), nameless(bottom))
    return form


def test_numbers_of_a_sentence_look_german():
    markdown = derived("gpt2").in_language("de").to_markdown()
    assert "| 124.439.808 |" in markdown
    assert "31,0 %" in markdown
    assert "| 124,439,808 |" in derived("gpt2").to_markdown()
    html = derived("gpt2").in_language("de").to_html()
    assert '<html lang="de">' in html
    assert "124\u202f439\u202f808" in html
    assert r"[ngerman]{babel}" in derived("gpt2").in_language("de").to_latex()


def test_other_sizes_are_german_too():
    """What a page says only at other sizes is made when it is asked for."""
    to = Translator(DE)
    made(to.page(derived("gpt2").page).content)
    assert not to.missing


# -- the table -------------------------------------------------------------------------------------


# No model of the catalog leads there.
SELDOM = {"it tends to a constant"}


class Asked(dict):
    """A table of words that keeps which of them were asked for."""

    def __init__(self, words):
        super().__init__(words)
        self.used = set()

    def __getitem__(self, key):
        self.used.add(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        if key in self:
            self.used.add(key)
        return super().get(key, default)


def test_every_key_is_said_by_some_page():
    words, names = Asked(DE.words), Asked(DE.names)
    to = Translator(replace(DE, words=words, names=names))
    said_everywhere(to)
    unsaid = set(DE.words) - words.used - template_words() - code_words() - SELDOM
    assert not unsaid
    named = {key for key in DE.names if "{" not in key}
    unused = named - names.used
    assert not unused


def template_words():
    folder = templates()
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()]
    return {word for text in texts for word in re.findall(r"""\bt\(["']([^"']+)["']\)""", text)}


def code_words():
    """What marked reports and slides say: texts in their code, and sentences about errors."""
    package = Path(symcost.__file__).parent
    paths = [*(package / "checking").glob("*.py")]
    paths += [
        package / "render" / f"{name}.py" for name in ("marked", "sentences", "beside", "slides")
    ]
    paths += [package / "marking.py"]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    texts = {
        node.value.strip()
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # What is said of a formula or a size stands in the key's place.
    texts |= {f"{text}{{0}}".strip() for text in texts} | {f"{text} {{0}}" for text in texts}
    texts |= {f"{text} {{0}}:" for text in texts} | {f"{{0}} {text}" for text in texts}
    for each in mistakes():
        places = dict.fromkeys(re.findall(r"\{(\w+)\}", each.text), "x")
        texts.add(worded(each.text.removeprefix("{terms}: "), places).key)
        texts.add(each.fields.get("convention", ""))
    texts |= {f"{{0}} {mark.words}" for mark in MARKS.values()} | {f"per {each}" for each in SCOPES}
    texts |= {"{0} too large", "{0} too small", "{0} times too large", "{0} times too small"}
    return texts


def said_everywhere(to):
    """Pages of many models, in many ways; and what stands in tables of the library."""
    wide = [*SHOWN, "t5-base", "bert-base", "bert-large", "deberta-v2-xlarge"]
    models = {name: symcost.load(name) for name in [*find.architectures(), *find.presets()]}
    told = set()
    for name, model in models.items():
        facts = {component.law for component in model.root.walk()} | set(model.architecture.notes)
        if name in wide or facts - told:
            pages(to, model)
        told |= facts
    pages(to, models["lecture"], "params")
    for name in ("gpt2", "deepseek-v3"):
        for quantity in (*find.quantities(), *find.quotients()):
            pages(to, models[name], quantity, B=1, s=1024)
        for style in ("leading", "factored"):
            pages(to, models[name], "params", style=style)
        decoding = models[name].in_phase("decode")
        for scope in ("batch", "sequence", "token"):
            pages(to, models[name], "flops_forward", scope=scope)
            pages(to, decoding, "flops_forward", "kv_cache_bytes", scope=scope)
    for plan in (
        Plan(dp=8, tp=1, zero=1),
        Plan(dp=8, pp=2, zero=2, sequence=False),
        Plan(dp=2, pp=4, zero=3, stage="middle", collective="tree", pad=128),
        Plan(tp=2, pp=2, stage="last", sequence=True, uneven=True, pad=1),
        Plan(dp=8, ep=2),
    ):
        to.words(plan.sentence())
        spread = models["gpt2"].planned(plan)
        pages(to, spread, "weight_bytes", "data_parallel_bytes", "pipeline_bytes", B=64, s=1024)
    spread = models["gpt2"].planned(Plan(pp=4, micro=8))
    pages(to, spread, "pipeline_bytes", "bubble_fraction", "bubble_over_ideal", B=64, s=1024)
    pages(to, models["gpt2"], "flops_train", convention="megatron")
    pages(to, models["deepseek-v3"].absorbed().in_phase("decode"))
    for variant in ({"freeze": "W_E"}, {"lora": "r=16: W_Q"}):
        pages(to, models["gpt2"].variant(**variant), "flops_train")
    static(to)
    for name in ("gpt2", "deepseek-v3"):
        live(to, models[name])


def live(to, model):
    """What only the live page says."""
    with contextlib.ExitStack() as patched:
        patched.enter_context(warnings.catch_warnings())
        patched.enter_context(pytest.MonkeyPatch.context()).setattr(
            "symcost.render.environment.Translator", lambda _: to
        )
        warnings.simplefilter("ignore")
        model.derive(B=1, s=1024).to_html()


def static(to):
    for optimizer in OPTIMIZERS:
        to.words(optimizer.sentence())
    for each in find.conventions().values():
        to.words(each.sentence())
    for choices in (
        {"causal": "exact"},
        {"mac": True},
        {"include": ["elementwise"]},
        {"fused": True},
        {"recompute": "selective"},
    ):
        to.words(changed(TORCH, **choices).sentence())
    for each in all_dims():
        to.words(each.meaning)
    for component in find.components().values():
        to.words((component.__doc__ or "").split("\n", 1)[0])
    for words in (*collect.WORDS.values(), *collect.NAMED.values(), *(role.value for role in Role)):
        to.words(words)


def pages(to, model, *quantities, **options):
    try:
        page = to.page(model.derive(*quantities, **options).page)
    except ValueError:  # a plan or a scope that this model cannot have
        return
    made(page.content)


def made(content):
    """Asks for what is said at other sizes, too."""
    for block in content:
        if isinstance(block, Cases):
            for case in block.cases:
                with contextlib.suppress(ValueError):
                    made(case.make())


def test_every_translation_has_the_places_of_its_key():
    assert DE.words
    for key, said in {**DE.words, **DE.names}.items():
        assert set(re.findall(r"\{\w+\}", key)) == set(re.findall(r"\{\w+\}", said)), key


HEAD = '[language]\nname = "X"\ncode = "xx"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD + '[words]\n"Notation" = "N"\n"Bad" = "b"', "line 6: no page says 'Bad'"),
        (HEAD + '[words]\n"What {0} costs" = "Kosten"', "line 5: .* lacks {0}"),
        (HEAD + '[words]\n"Notation" = "{3}"', "line 5: .* has no business with .3."),
        (HEAD + '[words]\n"Notation" = 3', "line 5: 'Notation' must be a text"),
        (HEAD + "[words]\nNotation", "line 5"),
        (HEAD + '[wrods]\n"Notation" = "N"', "'wrods' is not a section"),
        ('[language]\nname = "X"', "needs 'code'"),
        ('[language]\nname = "X"\ncode = "<"', "line 3: code is that of HTML"),
        ('[language]\nname = "X"\ncode = "xx"\nbabel = "}"', "line 4: babel is"),
        ('[language]\nname = "X"\ncode = "xx"\ndecimal = "12"', "line 4: decimal is one sign"),
        ('[language]\nname = "X"\ncode = "xx"\nfont = "y"', "line 4: 'font' is not one of"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_the_line(text, problem):
    with pytest.raises(LanguageError, match=problem):
        read(text, "own.toml")


def test_an_empty_skeleton_is_a_language_that_says_nothing():
    filled = skeleton().replace('name = ""', 'name = "Null"').replace('code = ""', 'code = "x-0"')
    with pytest.raises(LanguageError, match="code is that of HTML"):
        read(filled, "own.toml")
    found = read(filled.replace('"x-0"', '"fr"'), "own.toml")
    assert (found.name, found.words, found.names) == ("Null", {}, {})
    keys = tomllib.loads(skeleton())
    assert set(keys["words"]) == set(DE.words)
    assert set(keys["names"]) == set(DE.names)


# -- the command -----------------------------------------------------------------------------------


def test_a_language_of_ones_own_and_what_it_lacks(tmp_path, capsys):
    own = tmp_path / "own.toml"
    own.write_text(
        HEAD + '[words]\n"Notation" = "Notatio"\n[own]\n"Symbols" = "Signa"', encoding="utf-8"
    )
    folder = tmp_path / "out"
    formats = ["--format", "text,markdown", "-o", str(folder)]
    assert main(["derive", "gpt2", "-q", "params", "--language", str(own), *formats]) == 0
    complaint = capsys.readouterr().err
    assert "Notatio" in (folder / "derivation.txt").read_text(encoding="utf-8")
    assert "**Signa**" in (folder / "derivation.md").read_text(encoding="utf-8")
    assert complaint.count("have no translation in X and stay English, the first: ") == 1
    assert complaint.count("\n") == 1


def test_a_language_that_does_not_exist_names_those_that_do(capsys):
    assert main(["derive", "gpt2", "--language", "xx"]) == 2
    assert "there is no language 'xx': choose en, de, or" in capsys.readouterr().err
    assert main(["derive", "gpt2", "--language", "nowhere/xx.toml"]) == 2
    assert "nowhere/xx.toml cannot be read" in capsys.readouterr().err


def test_languages_and_messages_are_listed(tmp_path, capsys):
    assert main(["list", "languages"]) == 0
    count = len(DE.words)
    assert capsys.readouterr().out == (
        "en  English\n      what the pages are written in\n"
        f"de  Deutsch\n      {count} of {count} sentences\n"
    )
    assert main(["list", "messages", "-o", str(tmp_path / "fr.toml")]) == 0
    assert (tmp_path / "fr.toml").read_text(encoding="utf-8") == skeleton()


def test_words_of_a_language_are_escaped_in_every_format():
    hostile = read(HEAD + '[words]\n"Notation" = "<b>$x_1$ \\\\input y"', "own.toml")
    page = derived("gpt2").page
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UntranslatedWarning)
        assert "<b>" not in render(page, "html", language=hostile)
        assert r"\input" not in render(page, "latex", language=hostile)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + f"x = {'[' * 100_000}", "nested too deeply"),
        (HEAD + f"# {'x' * 1_000_000}", "at most 1,000,000 bytes"),
        (None, "at most 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_a_trap_is_refused_in_one_line(text, said, tmp_path, capsys):
    path = tmp_path / "own.toml"
    if text is None:
        os.mkfifo(path)  # nobody ever writes into it
    else:
        path.write_text(text, encoding="utf-8")
    assert main(["derive", "lecture", "--language", str(path)]) == 2
    assert said in capsys.readouterr().err
