"""Names and words as an attacker would choose them, and a model and a marked work full of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import symcost
from symcost.checking.verdict import Edit, Lint, Marked, MarkedLine, Meaning, Numbers, Status

if TYPE_CHECKING:
    from symcost.checking.verdict import Verdict
    from symcost.derived import Derived
    from symcost.graph.author import Author
    from symcost.graph.component import Declaration
    from symcost.graph.tensor import Tensor

HARMLESS = "harmless"
PAYLOADS = {
    "latex: a file": r"\input{/etc/passwd}\include{x}\openin1=/etc/passwd",
    "latex: a command": r"\write18{touch hit}\immediate\write18{id}",
    "latex: hidden": "^^5cinput{/etc/passwd}^^0d^^M",
    "latex: signs": r"100% _x_ ^y^ ~ # & $a$ {b} \\ \\[3] [4] \relax",
    "latex: open": "{{{ $ \\begin{verbatim} \\iffalse %",
    "latex: closed": "}}} $$ \\end{document} \\fi",
    "latex: catcodes": r"\catcode`\%=12 \def\d{x} \csname input\endcsname",
    "html: script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "html: attribute": "\" onload=\"alert(1)\" x='y' onclick='z'",
    "html: ends": "</script></style></title></math><!-- --> ]]> &lt; &#106;",
    "html: address": "javascript:alert(1) data:text/html,x",
    "markdown: link": "[a](javascript:alert(1)) ![b](http://x/y) <http://z> [c]: http://x",
    "markdown: blocks": "# head\n\n- item\n\n> quote\n\n```\ncode\n```\n\n---\n\n    more",
    "markdown: table": "a | b || c |\n|---|---|\n`code` **bold** ~~gone~~ _it_ :::{note}",
    "markdown: formulas": "$x$ $$y$$ \\(z\\) `$` {math}`x` {{< include /etc/passwd >}} @cite",
    "markdown: numbered": "1. one",
    "typst": '#read("/etc/passwd") @label $x$ *b* _i_ `r` <l> = h // c /* */ "',
    "shell": "$(touch hit) `touch hit`; touch hit | sh & -rf --help ~/x > hit",
    "csv: formula": '=HYPERLINK("http://x","y")+cmd|\' /C calc\'!A0',
    "csv: plus": "+1+1",
    "csv: minus": "-2+3",
    "csv: at": "@SUM(1)",
    "csv: wide": "\uff1d1+1",
    "csv: tab": "\t=1+1",
    "csv: quotes": 'a","b\n=1\r\n;\'x',
    "sql": "'; DROP TABLE t; -- \" /* */ `x`",
    "c": '*/ int x; /* " \\ ??/ // \\',
    "python": "\"\"\" import os ''' \\ #{x} {0} %s %(x)s\nimport os",
    "javascript": "`${alert(1)}` */ \u2028 alert(1) //",
    "svg": "</text><script>x</script>&x; <![CDATA[ ]]> <?x ?>",
    "coq": '*) Axiom bad : False. (* " (* *) "',
    "json": '"}],"x":{"\\u0000":"',
    "jinja": "{{ 7*7 }} {% raw %} << 7*7 >> <% raw %> {# #} <# #>",
    "controls": "\x00\x01\x07\x08\x0b\x0c\x1b[31m\x1b]0;t\x07\x7f\x85\x9b31m\r",
    "directions": "\u202ea\u202d\u2066b\u2069\u200f\u200e\u061c",
    "invisible": "\u200b\ufeff\u00ad\u2028\u2029\ufffe\U000e0041",
    "half": "\ud800 \udfff",
    "path": "../../../etc/passwd /abs C:\\x ..\\y a/../b .hidden CON nul\x00.txt",
    "empty": "",
    "spaces": "   \n\t  ",
    "long": "a" * 3_000,
    "long words": "wort " * 400,
    "foreign": "模型 é ß ½ – ’ 🙂 ﷽ a\u0301\u0302\u0303",
}


def part(name: str) -> Declaration:
    """A component whose weights, operations and explanation are named as somebody likes."""

    def inner(a: Author) -> Tensor:
        x = a.input("batch time model")
        return a.linear(f"{name} 2", a.linear(name, x, "model -> feed"), "feed -> model")

    inner.__doc__ = name
    return inner


def page(name: str) -> Derived:
    """A page on which everything that somebody else may name has this name."""

    def outer(a: Author) -> Tensor:
        x = a.input("batch time model")
        y = a.part(name, part(name), x)
        return a.map("add", x, y, name=f"{name} 3")

    outer.__doc__ = name
    architecture = symcost.Architecture(
        name,
        name,
        outer,
        name,
        {"model": (8, name), "feed": (32, name)},
        notes=(name,),
    )
    convention = symcost.Convention(name, name)
    return symcost.Model(architecture).derive("params", convention=convention, B=1, s=4)


def worded(verdict: Verdict, name: str) -> Verdict:
    """A verdict in which every word is this."""
    return replace(
        verdict,
        source=name,
        read=name,
        quantity=name,
        model=name,
        convention=name,
        scope=name,
        conditions=(name,),
        edits=(Edit(name, name, name, name),),
        alternatives=((Edit(name, name, name),),),
        meanings=(Meaning(name, name, name),),
        notes=(name,),
        lint=(Lint(name, name, name),),
        remark=name,
        numbers=Numbers(1, 2, 3, ((name, 7),)),
    )


def marked(name: str) -> Marked:
    """A marked work in which everything that the writer wrote is this."""
    checked = symcost.check("L*(3*d*d + h*d*d + 2*d*d_ff)", model="lecture", quantity="params")
    verdict = worded(checked, name)
    lines = (
        MarkedLine(1, name, name, verdict),
        MarkedLine(2, name, name, verdict, carried=True, because=(name,)),
        MarkedLine(3, name, why=name, cell=2),
        MarkedLine(4, name, "", replace(verdict, status=Status.UNUSABLE)),
    )
    return Marked(name, lines, (name,))
