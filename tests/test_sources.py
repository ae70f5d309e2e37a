"""What is cited: the table of sources, and how texts of components and models are read."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

import symcost
from symcost.catalog import find
from symcost.catalog.sources import ARXIV, SourceError, _entry, cite, cited, known
from symcost.graph.wording import docstring_of

PRESETS = files("symcost").joinpath("presets")
TEXTS = sorted(
    {docstring_of(each)[1] for each in find.components().values()}
    | {each.source for each in find.conventions().values()}
    | {
        json.loads(files("symcost").joinpath("presets", f"{name}.json").read_text("utf-8"))[
            "source"
        ]
        for name in find.presets()
    }
)


def test_entries_are_well_formed() -> None:
    assert len(known()) > 90
    for key, each in known().items():
        assert re.fullmatch(r"[a-z0-9-]+", key)
        assert each.title
        assert each.people
        assert 1980 < each.year < 2100 or (each.match and not each.year)
        assert re.fullmatch(r"([0-9]{4}\.[0-9]{4,5})?", each.arxiv)
        # A number of arXiv begins with the year and the month in which it was sent in.
        assert not each.arxiv or abs(2000 + int(each.arxiv[:2]) - each.year) <= 1


def test_no_two_entries_are_the_same_work() -> None:
    numbers = [each.arxiv for each in known().values() if each.arxiv]
    titles = [each.title.lower() for each in known().values()]
    assert len(set(numbers)) == len(numbers)
    assert len(set(titles)) == len(titles)


def test_every_number_of_arxiv_that_is_cited_is_found_again() -> None:
    wanted = {number for text in TEXTS for number in ARXIV.findall(text)}
    assert len(wanted) > 100
    assert wanted == {each.source.arxiv for each in cited(TEXTS)} - {""}


def test_what_published_language_models_cite_is_in_the_table() -> None:
    numbers = {each.arxiv for each in known().values()}
    missing = {
        number
        for name in find.presets()
        for number in ARXIV.findall(symcost.load(name).architecture.source)
        if number not in numbers
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("text", "key", "places"),
    [
        (
            "Vaswani et al. 2017, arXiv 1706.03762, section 3.2.2.",
            "vaswani2017",
            ("section 3.2.2",),
        ),
        ("Radford et al. 2019, section 2.3.", "radford2019", ("section 2.3",)),
        ("Gu and Dao 2023, Mamba, arXiv 2312.00752, algorithm 2", "gu2023", ("algorithm 2",)),
        ("Kaplan et al. 2020, arXiv 2001.08361, Table 1: no biases", "kaplan2020", ("Table 1",)),
        ("torch.utils.flop_counter.FlopCounterMode on an eager model", "pytorch-flop-counter", ()),
        ("Zamba2, arXiv 2411.15242, section 2", "arxiv-2411-15242", ("section 2",)),
        ("deepseek-ai/DeepSeek-V3, config.json", "deepseekaideepseekv3", ()),
        ("Lester et al. 2021, Prompt Tuning, arXiv 2104.08691, for the prompt", None, ()),
    ],
)
def test_a_text_is_read_as_a_source(text: str, key: str | None, places: tuple[str, ...]) -> None:
    found = cite(text)
    assert found is not None
    assert (key or found.source.key, found.places) == (found.source.key, places)
    assert "for the prompt" not in found.source.title


@pytest.mark.parametrize("text", ["", " . ", "as `patched`"])
def test_nothing_is_cited_where_nothing_is_named(text: str) -> None:
    assert cite(text) is None


def test_a_source_that_is_cited_twice_is_listed_once_with_both_places() -> None:
    (found,) = cited(["Shazeer 2020, arXiv 2002.05202, equation 5; Shazeer 2020, equation 6"])
    assert found.places == ("equation 5", "equation 6")
    assert found.source.title == "GLU Variants Improve Transformer"


@pytest.mark.parametrize(
    "entry",
    [
        {"title": "T", "year": 2000},
        {"authors": ["A B"], "year": 2000},
        {"authors": ["A B"], "title": "T"},
        {"authors": ["A B"], "team": "C", "title": "T", "year": 2000},
        {"authors": ["A B"], "title": "T", "year": 2000, "jear": 1},
    ],
)
def test_an_entry_that_is_not_well_formed_is_refused(entry: dict[str, object]) -> None:
    with pytest.raises(SourceError, match=r"sources\.toml, x"):
        _entry("x", entry)


def test_pages_list_their_sources_in_every_format() -> None:
    page = symcost.load("llama-3-8b").derive("params")
    for kind in ("text", "markdown", "html", "latex"):
        text = " ".join(page.to(kind).split())
        assert "GQA: Training Generalized Multi-Query Transformer Models" in text
        assert "section 2.2" in text
    assert "[Ainslie et al. 2023](#sources)" in page.to_markdown()
    assert 'href="#source-ainslie2023"' in page.to_html()
    assert 'id="source-ainslie2023"' in page.to_html()
    assert r"\symcostcite{ainslie2023}" in page.to_latex()
    assert r"\bibitem[{Ainslie et al. 2023}]{ainslie2023}" in page.to_latex()
    assert "@misc{ainslie2023," in page.to_bibtex()
