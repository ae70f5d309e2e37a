"""Templates of strangers: what they reach, how far they may count, how much they may make."""

from __future__ import annotations

import io
import os
import resource
from pathlib import Path, PurePath
from types import CodeType, FrameType, ModuleType
from typing import Any

import pytest

import symcost
from symcost.cli import main
from symcost.render import bounds
from symcost.render.environment import TemplateError, environment, said
from symcost.render.language import ENGLISH

LECTURE = symcost.load("lecture").derive("params")
NESTED = (
    "<% set ns = namespace(x=['a']) %><% for i in range(40) %><% set ns.x = [ns.x, ns.x] %>"
    "<% endfor %>"
)
STEPS = "it takes more than 20,000 steps"
ONCE = "characters"
TOO_MUCH = {
    "<% for i in range(10**9) %>x<% endfor %>": "a range has at most 10,000 numbers",
    "<% for i in range(0, -10**9, -1) %>x<% endfor %>": "a range has at most 10,000 numbers",
    "<% for i in range(9999) %><% for j in range(9999) %><% endfor %><% endfor %>": STEPS,
    "<% for i in range(9999) if range(9999)|list|sum < 0 %><% endfor %>": STEPS,
    "<% for i in range(9999) if range(9999)|select('gt', i)|list %><% endfor %>": STEPS,
    "<% for i in [1, 2] recursive %><< loop([i, i]) if loop.depth < 60 >><% endfor %>": STEPS,
    "<% macro f(n) %><< f(n + 1) >><< f(n + 1) >><% endmacro %><< f(1) >>": "recursion",
    "<% macro f(n) %><% if n %><< f(n-1) ~ f(n-1) >><% endif %><% endmacro %><< f(40) >>": STEPS,
    "<% include 'page.md' %><% include 'page.md' %>": "recursion",
    "<% extends 'page.md' %>": "recursion",
    "<% set ns = namespace(x='ab') %><% for i in range(99) %><% set ns.x = ns.x ~ ns.x %>"
    "<% endfor %>": ONCE,
    "<% set ns = namespace(x='ab') %><% for i in range(99) %><% set ns.x = ns.x + ns.x %>"
    "<% endfor %>": ONCE,
    "<% set ns = namespace(x=9) %><% for i in range(99) %><% set ns.x = ns.x * ns.x %>"
    "<% endfor %>": "too large a number",
    "<% set ns = namespace(l=[]) %><% for i in range(9999) %><% set ns.l = ns.l + "
    "['a' * 900000 ~ i] %><% endfor %>": ONCE,
    NESTED + "<< ns.x >>": ONCE,
    NESTED + "<< ns.x | string >>": ONCE,
    NESTED + "<< 'a' ~ ns.x >>": ONCE,
    NESTED + "<< 'a%s' % ns.x >>": ONCE,
    NESTED + "<< 'a{}'.format(ns.x) >>": ONCE,
    NESTED + "<< '.'.join(ns.x) >>": ONCE,
    "<< 9**(9**9) >>": "too large a number",
    "<< 'a' * 10**10 >>": ONCE,
    "<< 10**10 * [1] >>": ONCE,
    "<< 'a' | center(10**9) >>": ONCE,
    "<< 'a'.center(10**9) >>": ONCE,
    "<< 'a'.encode().ljust(10**9) >>": ONCE,
    "<< (5).to_bytes(10**10, 'big') >>": ONCE,
    "<< '%999999999d' % 1 >>": "too much room",
    "<< '%*d' % (999999999, 1) >>": "too much room",
    "<< '%999999999d' | format(1) >>": "too much room",
    "<< '{:999999999}'.format(1) >>": "too much room",
    "<< '{:{w}}'.format(1, w=999999999) >>": ONCE,
    "<< [[1]] | tojson(indent=999999999) >>": ONCE,
    "<< 'a' | batch(10**8) | list >>": ONCE,
    "<< ('a' * 999) .replace('a', 'b' * 9999).replace('b', 'c' * 9999) >>": ONCE,
    "<< ('\t' * 99999).expandtabs(99999) >>": ONCE,
    "<< lipsum(99999) >>": "'lipsum' is undefined",
    "<% for i in range(9999) %><< 'a' * 999999 >><% endfor %>": "it writes more than 20,000,000",
    "<% if 1 %>" * 150 + "<% endif %>" * 150: "too many levels of indentation",
    "<< " + "(" * 5_000 + "1" + ")" * 5_000 + " >>": "recursion",
    "<# no end": "Missing end of comment tag",
    "x" * 1_000_001: "a template has at most 1,000,000 bytes",
}


@pytest.mark.parametrize("text", TOO_MUCH, ids=lambda text: text[:60])
def test_a_template_that_asks_for_too_much_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if TOO_MUCH[text] == STEPS:  # sooner the same
        monkeypatch.setattr(bounds, "MOST_STEPS", 20_000)
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TemplateError) as error:
        LECTURE.with_template(tmp_path).to_markdown()
    assert str(error.value).startswith("page.md")
    assert TOO_MUCH[text] in str(error.value)
    assert len(str(error.value)) < 400
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


FINE = {
    "<% for i in range(3) %><< loop.index >> of << loop.length >>, <% endfor %>": "1 of 3, 2 of 3, 3 of 3, ",  # noqa: E501
    "<% for i in [1, 2, 3] if i != 2 %><< i >><% else %>none<% endfor %>": "13",
    "<% for i in [[1, [2]], [3]] recursive %>(<% if i is iterable %><< loop(i) >><% else %><< i >>"
    "<% endif %>)<% endfor %>": "((1)((2)))((3))",
    "<< 'a' ~ 1 ~ 'b' >><< 3 * 'ab' >><< 2 ** 10 >><< 7 % 4 >>": "a1bababab10243",
    "<< '%05d' % 84934656 >> << '84934656 2' | replace(' ', '') >> << 'x' | center(5) >>.": "84934656 849346562  x .",  # noqa: E501
    "<< '{:>8}'.format('a') >>|<< ['a', 'b'] | join('-') >>|<< 'a b' | upper >>": " a|a-b|A B",
    "<% set x %>in<% endset %><< x >><% macro f(a) %>(<< a >>)<% endmacro %><< f('y') >>": "in(y)",
    "<% filter upper %>word<% endfilter %>": "WORD",
}


@pytest.mark.parametrize("text", FINE)
def test_what_templates_do_with_measure_works(text: str, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    assert LECTURE.with_template(tmp_path).to_markdown() == FINE[text]


@pytest.mark.parametrize("kind", ["latex", "html", "typst"])
def test_our_own_pages_are_far_from_the_bounds(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = symcost.load("deepseek-v3").derive("params", "flops_forward", B=1, s=1024)
    monkeypatch.setattr(bounds, "MOST_STEPS", bounds.MOST_STEPS // 20)
    assert page.with_template(tmp_path).to(kind) == page.to(kind)


def reached(value: Any, depth: int) -> list[Any]:
    """Everything that dots and brackets lead to from a value, as the sandbox lets them."""
    sandbox = environment("html", Path(__file__).parent.resolve())
    seen: dict[int, Any] = {}
    level = [value]
    for _ in range(depth):
        above: list[Any] = []
        for each in level:
            names = () if isinstance(each, int | str) else dir(each)
            found = [(name, getattr(each, name, None)) for name in names if name[:1] != "_"]
            inside = [got for name, got in found if sandbox.is_safe_attribute(each, name, got)]
            if isinstance(each, list | tuple):
                inside += each[:50]
            above += [got for got in inside if id(got) not in seen]
            seen |= {id(got): got for got in inside}
        level = above
    return [*seen.values()]


@pytest.mark.parametrize("kind", ["latex", "html"])
def test_no_template_reaches_files_modules_or_code(kind: str, tmp_path: Path) -> None:
    own = environment(kind, tmp_path.resolve())
    with said(LECTURE.page, kind, ENGLISH) as given:
        found = reached([*given.values(), *own.globals.values()], 5)
    assert len(found) > 500
    for each in found:
        assert not isinstance(each, PurePath | ModuleType | io.IOBase | CodeType | FrameType)
        assert each not in (open, os.system, exec, eval, compile, __import__)
        place = getattr(each, "__module__", None) if callable(each) else type(each).__module__
        assert place is None or place.startswith(bounds.OF_A_PAGE), each


@pytest.mark.parametrize(
    "text",
    [
        "<< page.live.dims[0].sympy.subs('d', RUN) >>",
        "<< (page.live.dims | map(attribute='sympy') | first).subs('d', RUN) >>",
        "<< (page.live.dims[0] | attr('sympy')).subs('d', RUN) >>",
        "<< page.live.dims[0]['sympy']['subs']('d', RUN) >>",
        "<< '{0.sympy.subs}'.format(page.live.dims[0]) >>",
        "<< page.live.architecture.declaration >>",
        "<< w.show.__globals__ >>",
        "<< ''.__class__.__mro__ >>",
        "<< page.__init__.__globals__ >>",
        "<< self.__init__.__globals__ >>",
        "<< cycler.__init__.__globals__.os.system('touch hit') >>",
        "<< namespace.__init__ >>",
    ],
)
def test_no_template_runs_code(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = '\'__import__("os").system("touch hit")\''
    own = tmp_path / "own"
    own.mkdir()
    (own / "page.md").write_text(text.replace("RUN", run))
    with pytest.raises(TemplateError):
        LECTURE.with_template(own).to_markdown()
    assert [each.name for each in tmp_path.iterdir()] == ["own"]


def test_the_command_says_it_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.md").write_text("<% for i in range(10**9) %><% endfor %>")
    asked = ["derive", "gpt2", "-q", "params", "--format", "markdown", "--template", str(tmp_path)]
    assert main(asked) == 2
    told = capsys.readouterr().err
    assert told == "symcost: page.md, line 1: a range has at most 10,000 numbers\n"
