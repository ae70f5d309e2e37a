"""What the live page carries: formulas as instructions, checks as data, one program, no holes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from fractions import Fraction
from functools import reduce
from typing import Any

import pytest

import symcost
from symcost.graph.architecture import Architecture
from symcost.models.lecture import bare_transformer
from tests.test_render import HOSTILE, hostile

MODELS = ("lecture", "gpt2", "llama-3-8b", "mixtral-8x7b", "deepseek-v3")


def data(html: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html)
    held: dict[str, Any] = json.loads(found)
    return held


def worked_out(table: list[list[Any]], sizes: list[int | None]) -> list[Fraction | None]:
    """The instructions, followed by other means than any in the library or the page."""
    found: list[Fraction | None] = []
    for name, *rest in table:
        if name == "size":
            size = sizes[rest[0]]
            found.append(None if size is None else Fraction(size))
        elif name == "number":
            found.append(Fraction(int(rest[0]), int(rest[1])))
        else:
            parts = [found[at] for at in (rest[:1] if name == "^" else rest)]
            known = [part for part in parts if part is not None]
            found.append(None if len(known) < len(parts) else operated(name, known, rest))
    return found


def operated(name: str, parts: list[Fraction], rest: list[int]) -> Fraction:
    match name:
        case "+":
            return sum(parts, Fraction(0))
        case "*":
            return reduce(lambda x, y: x * y, parts)
        case "/":
            return parts[0] / parts[1]
        case "^":
            return parts[0] ** rest[1]
        case "abs":
            return abs(parts[0])
        case "floor":
            return Fraction(parts[0].__floor__())
        case "ceil":
            return Fraction(parts[0].__ceil__())
        case "min":
            return min(parts)
        case "max":
            return max(parts)
    raise AssertionError(name)


def numbers(html: str) -> list[tuple[int, str]]:
    """Places and digits of the plain numbers that are shown."""
    found = re.findall(r'<(?:mn|span class="n") data-v="(\d+)"[^>]*>([\d\u202f]+)<', html)
    return [(int(place), digits.replace("\u202f", "")) for place, digits in found]


@pytest.mark.parametrize("name", MODELS)
def test_the_instructions_make_the_numbers_of_the_page(name: str) -> None:
    html = symcost.load(name).derive(B=3, s=100).to_html()
    held = data(html)
    binding = symcost.load(name).binding(B=3, s=100)
    by_symbol = {each.symbol: bound.value for each, bound in binding.items()}
    sizes = [by_symbol.get(each["symbol"]) for each in held["sizes"]]
    values = worked_out(held["formulas"], sizes)
    shown = numbers(html)
    assert len(shown) > 50
    for place, digits in shown:
        assert values[place] == int(digits)


@pytest.mark.parametrize("name", MODELS)
def test_every_count_of_the_page_is_among_the_instructions(name: str) -> None:
    model = symcost.load(name)
    other = {"d": 2048, "h": 16, "s": 64, "B": 2}
    held = data(model.derive().to_html())
    by_symbol = {each.symbol: bound.value for each, bound in model.binding(**other).items()}
    sizes = [by_symbol.get(each["symbol"]) for each in held["sizes"]]
    values = worked_out(held["formulas"], sizes)
    assert model.value("params_non_embedding", **other) in values


def test_a_stranger_cannot_close_the_script() -> None:
    name = '</script><script>alert(1)</script><!--\u2028"'
    held = hostile().architecture
    strange = Architecture(
        "strange", name, bare_transformer, name, {"model": (8, name), "heads": (2, HOSTILE)},
        relations=held.relations, notes=(name,),
    )  # fmt: skip
    html = symcost.Model(strange).derive().to_html()
    assert html.count("<script") == html.count("</script>") == 2
    origins = [each["origin"] for each in data(html)["published"]]
    assert origins == [name, HOSTILE]


def test_only_its_own_program_may_run() -> None:
    html = symcost.load("gpt2").derive().to_html()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    (program,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}';" in policy
    assert not re.search(r"\beval\b|\bFunction\(|innerHTML|https?://(?!www\.w3\.org)", program)


@pytest.mark.parametrize("name", MODELS)
def test_a_page_is_light(name: str) -> None:
    assert len(symcost.load(name).derive().to_html().encode()) < 500_000


def test_a_page_under_a_plan_does_not_move() -> None:
    model = symcost.load("gpt2").planned(symcost.Plan(dp=8, zero=1))
    html = model.derive("params").to_html()
    assert "<script" not in html
    assert 'id="sizes"' not in html
    assert "124\u202f439\u202f808" in html
