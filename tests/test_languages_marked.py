"""Marked reports in another language: every sentence is said, formulas and numbers are the same."""

import re
import tomllib
import warnings
from collections import Counter
from fractions import Fraction
from html import unescape
from importlib.resources import files
from pathlib import Path

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.phrase import say, worded
from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.alignment import alignments
from symcost.checking.claims import check_claim
from symcost.checking.freely import said as meaning_said
from symcost.checking.mistakes import HEAD, mistakes
from symcost.checking.shown import show
from symcost.checking.verdict import Edit
from symcost.cli import main
from symcost.marking import subject_of
from symcost.render.environment import FORMATS
from symcost.render.language import language, read
from symcost.render.marked import MARKS, render_marked, report
from symcost.render.marked_words import report_said
from symcost.render.page import Equal, Share
from symcost.render.sentences import alone, far
from symcost.render.translate import Translator, UntranslatedWarning
from tests.test_checker_accuracy import cases, claim_of
from tests.test_languages import HEAD as LANGUAGE
from tests.test_languages import nameless, template_words

DE = language("de")
HOMEWORK = Path(__file__).parent.parent / "docs" / "homework"


def formula(text, model="lecture", quantity="params", **more):
    return symcost.check(text, model=model, quantity=quantity, **more)


def rough():
    return formula("24*L*d^2*s*B", "lecture", "flops_forward", sizes={"B": 1, "s": 128})


ANSWERS = {
    "script": (lambda: symcost.check_file(HOMEWORK / "homework.py", model="lecture"), "wrong"),
    "notebook": (lambda: symcost.check_file(HOMEWORK / "homework.ipynb", model="lecture"), "wrong"),
    "wrong": (lambda: formula("h*L*4*d^2 + 2*L*d*d_ff"), "wrong"),
    "two errors": (lambda: formula("h*L*4*d^2 + L*d*d_ff"), "wrong"),
    "under": (lambda: formula("12*L*d**2", "gpt2", "params_non_embedding"), "right_under"),
    "approximation": (rough, "approximation"),
    "number": (lambda: formula("12*L*d**2", claimed="12345"), "wrong"),
    "stranger": (lambda: formula("zeta*L*d"), "unknown"),
    "chain": (lambda: formula("N = 12*L*d**2 = 12*12*768**2"), "right_under"),
    "linted": (lambda: symcost.check("12*L*d**4*s", quantity="params"), "unknown"),
}
FOUND = {name: make() for name, (make, _) in ANSWERS.items()}


def german(answer, kind="text", screen_template="verdict"):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UntranslatedWarning)
        return render_marked(answer, kind, template=screen_template, language=DE)


# Words of a report that neither the homework nor a formula has.
ENGLISH = re.compile(
    r"\b(wrong|yours|judged|Read as|In numbers|Or else|missing|stands|belongs|counted|approximation"
    r"|Note|Taken for|Why|Held against|too large|too small|depends|given your|whole|everything)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("kind", FORMATS)
def test_no_sentence_of_a_report_stays_english(name, kind):
    assert FOUND[name].status.value == ANSWERS[name][1]
    page = german(FOUND[name], kind)
    if kind in ("text", "markdown"):
        assert not ENGLISH.search(page)
    if kind == "html":
        shown = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
        assert not ENGLISH.search(unescape(re.sub("<[^>]+>", " ", shown)))
        assert '<html lang="de">' in page
    assert page != render_marked(FOUND[name], kind)


def test_a_report_in_a_notebook_is_said_too():
    page = german(FOUND["script"], "html", "notebook/verdict")
    assert "Der erste Fehler steht in Zeile 21, a_qkv." in page
    assert '<th scope="col">Gelesen als</th>' in page


@pytest.mark.parametrize("name", ANSWERS)
def test_formulas_and_numbers_are_those_of_the_english_report(name):
    english = report(FOUND[name])
    to = Translator(DE)
    said = report_said(english, to)
    assert not to.missing
    assert len(said.entries) == len(english.entries)
    for one, other in zip(english.entries, said.entries, strict=True):
        assert (one.place, one.source, one.mark.sign) == (
            other.place,
            other.source,
            other.mark.sign,
        )
        assert [nameless(row.form) for row in one.rows] == [
            nameless(row.form) for row in other.rows
        ]
        assert [each.letter for each in one.letters] == [each.letter for each in other.letters]
        assert facts(one) == facts(other)


def facts(entry):
    """Every number, share and equation in the sentences of an entry."""
    sentences = [entry.verdict, *entry.errors, *entry.more]
    found = Counter()

    def walk(runs):
        for run in runs:
            if isinstance(run, int | Fraction | Share | Equal):
                found[run] += 1
            elif isinstance(run, tuple):
                walk(run)
            elif hasattr(run, "runs"):
                walk(run.runs)

    walk(sentences)
    return found


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("script", "8 richtig, 10 falsch, 6 richtig bis auf Folgefehler, 1 nicht bewertet."),
        ("script", "Der erste Fehler steht in Zeile 21, a_qkv."),
        ("script", "FOLGEFEHLER aus a_attention (Zeile 24) und a_ffn (Zeile 25), sonst richtig"),
        ("script", "Das Produkt der Attention-Gewichte mit V fehlt (layer.attention.head.mix)."),
        ("script", "hat den Wert 3.072, hier der von d_ff"),
        ("script", "In Zahlen: Ihre Formel gibt 226.492.416; die richtige hängt ab von s."),
        ("notebook", "Der erste Fehler steht in Zelle"),
        (
            "wrong",
            "Faktor h zu viel; die Köpfe teilen sich die Breite, sie vervielfachen sie nicht",
        ),
        ("wrong", "FALSCH: um den Faktor etwa"),
        ("two errors", "1. Eines der beiden Feed-Forward-Produkte fehlt: L d d_ff"),
        ("under", "RICHTIG, sofern: d_ff = 4 d; ohne Normen; ohne Biases"),
        (
            "approximation",
            "NÄHERUNG (sofern: d_ff = 4 d): es fehlt 4 B L s^2 d, 2,7 % des Ganzen bei",
        ),
        (
            "number",
            "Die Zahl 12.345 folgt nicht: sie müsste 84.934.656 sein (die angegebene",
        ),
        ("stranger", "unbekannt: zeta; die Bedeutung angeben, etwa --let zeta=heads"),
        (
            "linted",
            "Homogenität: 12 L s d^4: verdoppelt man alle Breiten, so wächst es auf das 16-Fache",
        ),
    ],
)
def test_sentences_as_a_teacher_writes_them(name, sentence):
    assert sentence in " ".join(german(FOUND[name]).split())


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (Fraction(12), "um den Faktor 12 zu groß"),
        (Fraction(25, 13), "um den Faktor etwa 1,92 zu groß"),
        (Fraction(947, 1000), "5,3 % zu klein"),
        (Fraction(4321), "um den Faktor 4.321 zu groß"),
        (Fraction(10**12 * 12345), "um den Faktor etwa 1,23 · 10^16 zu groß"),
        (Fraction(-1), "nicht einmal positiv"),
    ],
)
def test_how_far_a_number_is_off(ratio, said):
    assert Translator(DE).words(far(ratio)) == said


def test_what_one_error_of_several_does():
    edit = Edit("counted_twice", "W_O", "W_O counted twice", "2", ratio=Fraction(11, 10))
    assert Translator(DE).words(alone(edit)) == (
        "Für sich allein macht das die Summe um den Faktor 1,1 zu groß."
    )


def test_long_numbers_in_a_formula_of_a_sentence():
    value = show(Ratio.of(Poly.of(dim("model")) * 1234567))
    assert value == "1,234,567 d"
    assert Translator(DE).words(say("the factor {0} is missing", value)) == (
        "der Faktor 1.234.567 d fehlt"
    )


def test_every_formula_seen_in_the_wild_is_explained():
    to = Translator(DE)
    for case in cases("wild"):
        report_said(report(check_claim(claim_of(case))), to)
    unread = {each for each in to.missing if each.startswith("column ")}
    assert set(to.missing) == unread


# -- the table -------------------------------------------------------------------------------------


def known(key):
    return key in DE.words or not re.search("[a-z]", re.sub(r"\{\d+\}", "", key))


def test_every_error_that_has_a_name_has_its_german_sentence():
    for each in mistakes():
        places = dict.fromkeys(re.findall(r"\{(\w+)\}", each.text), "x")
        sentence = worded(each.text.removeprefix(HEAD), places)
        assert known(sentence.key), each.name
        assert known(each.fields.get("convention", "{0}")), each.name


def test_every_word_of_a_template_has_its_line():
    assert [word for word in template_words() if not known(word)] == []


def test_every_letter_and_every_way_to_read_one_is_said():
    listed = files("symcost.checking").joinpath("letters.toml").read_text(encoding="utf-8")
    names = [*tomllib.loads(listed)["letters"], "n_embd", "layer_count", "zeta", "B2"]
    subject = subject_of(symcost.load("gpt2"), {"B": 1, "s": 128}, None)
    to = Translator(DE)
    for name in names:
        values, words = {name: 3072}, {name: "tokens"}
        for given in ({}, values):
            for told in ({}, words):
                found = alignments(
                    [name], subject.dims, subject.standing, {}, given, subject.sizes, told
                )
                for meant in (each for aligned in found for each in aligned.meant):
                    assert not re.search("usual|given|known|words", to.words(meant.why))
                    to.words(meaning_said(meant))
    assert not to.missing


# -- the command -----------------------------------------------------------------------------------


def test_the_command_writes_a_german_report(tmp_path, capsys):
    arguments = ["check", str(HOMEWORK / "homework.py"), "--model", "lecture", "--language", "de"]
    assert main(arguments) == 1
    shown = capsys.readouterr()
    assert "FOLGEFEHLER aus a_layer (Zeile 26), sonst richtig" in shown.out
    assert shown.err == ""
    for kind in FORMATS:
        page = tmp_path / f"page.{kind}"
        assert main([*arguments, "--format", kind, "-o", str(page)]) == 1
        words = " ".join(page.read_text(encoding="utf-8").split())
        assert "Der erste Fehler steht in Zeile 21" in words


def test_what_a_language_lacks_is_said_once(tmp_path, capsys):
    own = tmp_path / "own.toml"
    own.write_text(LANGUAGE + '[words]\n"wrong" = "mendosum"', encoding="utf-8")
    arguments = ["check", "--formula", "2*L*d", "--model", "lecture", "--language", str(own)]
    assert main(arguments) == 1
    shown = capsys.readouterr()
    assert "MENDOSUM (under: d_ff = 4 d): " in shown.out
    assert shown.err.count("have no translation in X and stay English, the first: ") == 1
    assert main([*arguments[:-1], "xx"]) == 2
    assert "there is no language 'xx'" in capsys.readouterr().err


def test_data_of_a_check_keep_their_english(capsys):
    arguments = ["check", "--formula", "2*L*d", "--model", "lecture", "--json"]
    assert main(arguments) == 1
    english = capsys.readouterr().out
    assert main([*arguments, "--language", "de"]) == 1
    assert capsys.readouterr().out == english


@pytest.mark.parametrize("kind", FORMATS)
def test_words_of_a_language_are_escaped_in_a_report(kind):
    bad = r"<b>$x_1$ \\input y"
    lines = [f'"{each}" = "{bad}"' for each in ("yours", "Read as", "right is {0}", "Letter", "is")]
    lines = [each.replace('{0}" = "', '{0}" = "{0} ') for each in lines]
    hostile = read(LANGUAGE + "[words]\n" + "\n".join(lines), "own.toml")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UntranslatedWarning)
        page = render_marked(FOUND["script"], kind, language=hostile)
    assert "input" in page
    if kind in ("html", "markdown"):
        assert "<b>" not in page
    if kind == "latex":
        assert r"\input" not in page.replace(r"\textbackslash{}input", "")
    if kind == "typst":
        assert "$x_1$" not in page.replace(r"\$x\_1\$", "")


def test_every_mark_has_words():
    assert {known(mark.words) for mark in MARKS.values()} == {True}
    assert {known(f"{{0}} {mark.words}") for mark in MARKS.values()} == {True}
