"""Figures: exact series, crossovers against brute force, the same bytes, files that stand up."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import pytest

import symcost
from symcost.algebra.dim import find
from symcost.cli import main
from symcost.plot.collect import Shares, draw, geometric, read_range, root
from symcost.plot.figure import COLOURS, PlotError, decimal, power_below
from symcost.plot.svg import svg
from symcost.plot.tikz import tikz

SVG = "{http://www.w3.org/2000/svg}"


def figure(name="gpt2", against="s=128:65536", quantity="flops_forward", stacked=True, **given):
    model = symcost.load(name)
    ledger = model.ledger(quantity, scope="sequence")
    chosen = read_range(against)
    sizes = {find(symbol): value for symbol, value in given.items()}
    shares = Shares(ledger, model.architecture, model.root, sizes, chosen.dim)
    return draw(shares, chosen, name, stacked=stacked)


def test_shares_are_exact_and_make_a_whole():
    made = figure("deepseek-v3", "s=1024:1048576")
    for at in range(len(made.places)):
        assert sum(each.values[at] for each in made.series) == 1


def test_values_are_those_of_the_closed_form():
    made = figure(stacked=False)
    model = symcost.load("gpt2")
    for at in (0, 17, 40):
        # within the table of positions
        if made.places[at] <= 1024:
            total = sum(each.values[at] for each in made.series)
            assert total == model.value("flops_forward", scope="sequence", s=made.places[at])


def test_crossovers_of_gpt2_are_those_by_hand():
    """Scores and mix pass the feed-forward block at s = d_ff, and half of all at 2 d + d_ff +
    V / (2 L) = 6,702.04; each found by trying every number.
    """
    d, d_ff, layers, vocab = 768, 3072, 12, 50257

    def mix(s):
        return 4 * layers * s * s * d

    def feed(s):
        return 4 * layers * s * d * d_ff

    def rest(s):
        return feed(s) + 8 * layers * s * d * d + 2 * s * d * vocab

    largest = max(s for s in range(128, 20000) if mix(s) <= feed(s))
    half = max(s for s in range(128, 20000) if mix(s) <= rest(s))
    assert [mark.at for mark in figure().marks] == [largest, half] == [3072, 6702]
    assert 2 * d + d_ff + Fraction(vocab, 2 * layers) == Fraction(160849, 24)


def test_a_range_that_ends_at_the_tie_marks_nothing():
    assert figure(against="s=128:3072").marks == ()
    assert [mark.at for mark in figure(against="s=128:3073").marks] == [3072]


def test_the_end_of_the_table_is_told():
    assert any("ends at s = 1,024" in note for note in figure().notes)
    assert not any("ends at" in note for note in figure(against="s=128:1024").notes)


def test_roots_are_whole_and_exact():
    for number in (1, 2, 7, 8, 9, 10**30, 10**30 - 1):
        for degree in (1, 2, 3, 7):
            low = root(number, degree)
            assert low**degree <= number < (low + 1) ** degree
    places = geometric(128, 65536)
    assert (places[0], places[-1]) == (128, 65536)
    assert list(places) == sorted(set(places))


def test_decimals_are_rounded_once():
    assert decimal(Fraction(1, 8)) == "0.13"
    assert decimal(Fraction(-1, 3)) == "-0.33"
    assert decimal(Fraction(10**40 + 1, 2), 0) == str(5 * 10**39 + 1)
    assert power_below(Fraction(999)) == 2
    assert power_below(Fraction(1, 1000)) == -3
    assert power_below(Fraction(1000)) == 3


@pytest.mark.parametrize("stacked", [True, False], ids=["shares", "values"])
@pytest.mark.parametrize("name", ["gpt2", "mixtral-8x7b", "deepseek-v3"])
def test_svg_is_one_sound_document_with_the_same_bytes(name, stacked):
    made = figure(name, "s=1024:262144", stacked=stacked)
    text = svg(made)
    assert text == svg(figure(name, "s=1024:262144", stacked=stacked))
    tree = ET.fromstring(text)
    shapes = tree.findall(f"{SVG}polygon" if stacked else f"{SVG}polyline")
    assert len(shapes) == len(made.series)
    width, height = float(tree.attrib["width"]), float(tree.attrib["height"])
    for shape in shapes:
        for point in shape.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height
    words = [each.text for each in tree.iter(f"{SVG}text")]
    assert {each.label for each in made.series} <= set(words)


def test_hostile_titles_are_words():
    model = symcost.load("gpt2")
    ledger, chosen = model.ledger("flops_forward", scope="sequence"), read_range("s=1:9")
    shares = Shares(ledger, model.architecture, model.root, {}, chosen.dim)
    made = draw(shares, chosen, "<b>&\\input{x}$", stacked=True)
    assert ET.fromstring(svg(made)).findtext(f"{SVG}title") == "<b>&\\input{x}$"
    assert "\\input{x}" not in tikz(made)


def test_colours_are_all_different():
    assert len(set(COLOURS)) == len(COLOURS)
    made = figure("deepseek-v3", "s=1024:65536")
    assert len({each.colour for each in made.series}) == len(made.series)


@pytest.mark.tex
@pytest.mark.parametrize("stacked", [True, False], ids=["shares", "values"])
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex")
def test_the_picture_compiles(tmp_path: Path, stacked):
    (tmp_path / "figure.tex").write_text(tikz(figure(stacked=stacked)), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "figure.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_coordinates_of_the_picture_are_the_shares():
    made = figure()
    numbers = re.findall(r"^  \((\d+),([0-9.]+)\)$", tikz(made), re.MULTILINE)
    assert len(numbers) == len(made.places) * len(made.series)
    assert numbers[0] == ("128", decimal(100 * made.series[0].values[0], 4))


PNG = ("plot", "gpt2", "--against", "s=128:4096", "-o")


def test_png_has_the_same_bytes_each_time(tmp_path: Path):
    path = str(tmp_path / "a.png")
    assert main([*PNG, path]) == 0
    first = Path(path).read_bytes()
    assert first[:4] == b"\x89PNG"
    assert main([*PNG, path, "--force"]) == 0
    assert Path(path).read_bytes() == first


def test_png_says_what_is_missing(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main([*PNG, str(tmp_path / "a.png")]) == 2
    assert "pip install 'symcost[plot]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--against", "s=128"], "write s=128:65536"),
        (["--against", "s=9:3"], "the second number the larger one"),
        (["--against", "s=1:90:0"], "the step gives none"),
        (["--against", "E=1:90"], "has no symbol E"),
        (["--against", "s=1:90", "--set", "s=3"], "leave one out"),
        (["--against", "s=1:90", "-q", "kv_cache_bytes", "--scope", "batch"], "--set B="),
        (["--against", "d=100:200:1"], "no positive whole number"),
    ],
    ids=str,
)
def test_refusals_are_one_line(words, told, tmp_path: Path, capsys):
    assert main(["plot", "gpt2", *words, "-o", str(tmp_path / "a.svg")]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1


def test_other_endings_are_refused(tmp_path: Path, capsys):
    assert main(["plot", "gpt2", "--against", "s=1:9", "-o", str(tmp_path / "a.pdf")]) == 2
    assert "must end in" in capsys.readouterr().err


def test_a_range_is_read():
    assert read_range("d=768:3_072:768").places == (768, 1536, 2304, 3072)
    with pytest.raises(PlotError, match="frobs"):
        read_range("frobs=1:2")
