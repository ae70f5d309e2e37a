"""Files that describe a model or a page, and files of our own that come back."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from fuzz.target import DATA, FOLDER, ROOT, Target, encoded, of_text, saved, text_of
from symcost import quick
from symcost.catalog.own_model import read_own
from symcost.certificates import checker
from symcost.certificates.write import certificate_text
from symcost.commands import entries
from symcost.config.read import read as read_config
from symcost.graph.author import build
from symcost.model import load
from symcost.render import language
from symcost.render.environment import environment, fill, said
from symcost.sweep.listed import Listed, ListedColumn

if TYPE_CHECKING:
    from symcost.render.page import Page

OWN = FOLDER / "own"
DECLARATIONS = (
    'title = "dense"\nsource = "here"\nnorm = "layer"\ntied = false\npositions = true\n'
    'head_bias = true\n[sizes]\nd = 64\nL = 3\nd_ff = "4 * d"\n[layers.dense]\n'
    'mixer = { use = "grouped_attention", gate = "one" }\nfeed_forward = "feed_forward"\n'
    'norms = "sandwich"\n[[stack]]\npattern = ["dense"]\ntimes = "L"\n',
    'norm = "rms"\ntied = true\n[layers.a]\nmixer = "grouped_attention"\n[layers.b]\n'
    'feed_forward = "gated_feed_forward"\nnorm = "plain"\n[layers.c]\nparallel = "one"\n'
    'mixer = "multi_head_attention"\nfeed_forward = { use = "feed_forward" }\n'
    '[[stack]]\npattern = ["a", "b"]\n[[stack]]\npattern = ["c"]\ntimes = 12\n',
)
TEMPLATES = (
    '<% extends "symcost/page.md" %><% block title %># Own << page.title >><% endblock %>',
    "<% for block in page.blocks %><< loop.index >> << block >>\n<% endfor %>",
    "<% macro f(n) %><< n >><% if n %><< f(n - 1) >><% endif %><% endmacro %><< f(3) >>",
    "<% set ns = namespace(x='ab') %><% for i in range(9) %><% set ns.x = ns.x ~ i %><% endfor %>",
    "<% for each in sections(page.blocks) %>\n<< each >><% endfor %>",
    "<% filter upper %><< w.escape(page.title) >><% endfilter %><% set a = [1, 2] * 3 %><< a >>",
    "<< page.title | upper | replace('a', 'bb') | center(80) >> << '%05d' % 12 >> << 3 * 'ab' >>",
)
STATE = "the code as it is"
ASKED = ("gpt2", "-q", "params", "--set", "B=1", "--json")


def _config(data: bytes) -> object:
    architecture = read_config(saved(data, "input.json"))
    return build(architecture.declaration, architecture.name, **architecture.flags)


def _configs() -> list[bytes]:
    lines = (DATA / "hf_models.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(row) for row in lines]
    return [json.dumps(row["config"]).encode() for row in found if "config" in row][::12]


def _own_model(data: bytes) -> object:
    architecture = read_own(saved(data, "input.toml"))
    return build(architecture.declaration, architecture.name, **architecture.flags)


def _declarations() -> list[bytes]:
    """The TOML files that the documentation shows, and one that says everything."""
    text = (ROOT / "docs" / "your-own.md").read_text(encoding="utf-8")
    return encoded((*re.findall(r"```toml\n(.*?)```", text, re.DOTALL), *DECLARATIONS))


def _certificates() -> list[bytes]:
    made = certificate_text(load("lecture").derive("params").page)
    small = json.loads(made)
    small["chains"] = small["chains"][:1]
    return encoded((made, json.dumps(small)))


def _words(text: str) -> object:
    return language.read(text, "input.toml")


def _languages() -> list[bytes]:
    german = (ROOT / "templates" / "words" / "de.toml").read_text(encoding="utf-8")
    head, _, rest = german.partition("[words]")
    few = "\n".join(line for line in rest.splitlines()[:40] if "=" in line)
    return encoded((f'{head}[words]\n{few}\n[names]\n[own]\n"My {{0}}" = "Mein {{0}}"\n',))


def _list(data: bytes) -> object:
    listed = Listed(saved(data, "input.csv"))
    return [ListedColumn(listed, at).take(0, listed.count) for at in range(len(listed.dims))]


@cache
def _page() -> Page:
    return load("lecture").derive("params").page


def _template(data: bytes) -> object:
    """A page set by a template of the user's; what was compiled before is forgotten."""
    OWN.mkdir(exist_ok=True)
    (OWN / "page.md").write_text(text_of(data), encoding="utf-8")
    kept = environment("markdown", OWN.resolve()).cache
    for key in list(kept or ()):
        if key[1] == "page.md":
            del kept[key]
    with said(_page(), "markdown", language.ENGLISH) as given:
        return fill("page.md", "markdown", OWN, **given)


@cache
def _asked() -> entries.Asked:
    return entries.Asked(ASKED)


def _entry(data: bytes) -> object:
    """What an earlier run left, its sum made to fit; what cannot be used is passed over."""
    asked = _asked()
    text = text_of(data)
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(text)
        if isinstance(found, dict):  # what the code and the file were like, no input can know
            found |= {"code": STATE, "file": None}
            text = json.dumps(found)
    folder = FOLDER / "cache"
    folder.mkdir(exist_ok=True)
    with (
        mock.patch.dict(os.environ, {"SYMCOST_CACHE": str(folder)}),
        mock.patch.object(entries, "code", return_value=STATE),  # it looks at every file of symcost
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        path = Path(str(entries.place(asked)))
        path.write_text(f"{entries.checksum(text)}\n{text}", encoding="utf-8")
        code = quick.answer(["eval", *ASKED])
    if code is None:
        raise ValueError("the entry is not used")
    return code


def _entries() -> list[bytes]:
    report = {
        "model": "gpt2",
        "convention": "torch",
        "counted": "all",
        "sizes": {"B": {"value": 1}, "d": {"value": 768}},
        "values": {"params": None},
        "units": {"params": "parameter"},
        "scopes": {"params": "model"},
        "expressions": {"params": "12*L*d**2"},
        "unbound": {},
    }
    program = [["B", "d", 12, ["mul", 1, 2], ["add", 3, 0], ["exact", 4, 0]], 5]
    held = {"report": report, "programs": {"params": program}, "most": {"B": 10**6}}
    whole = {
        "format": entries.FORMAT,
        "fixed": _asked().fixed,
        "names": ["B"],
        "free": {"B": "B"},
        "variants": {"[]": held},
    }
    return [json.dumps(whole).encode()]


FILES = {
    "config": Target(
        _config, _configs, "a `config.json` of the Hugging Face kind", "json", longest=4_000
    ),
    "declaration": Target(_own_model, _declarations, "a model composed in TOML", "toml"),
    "list": Target(
        _list, lambda: [b"d,s,h\n768,1024,12\n1024,2048,16\n"], "`sweep --list`: a CSV file"
    ),
    "language": Target(
        of_text(_words), _languages, "`--language`: a file of words", "toml", longest=4_000
    ),
    "template": Target(_template, lambda: encoded(TEMPLATES), "`--template`: a Jinja template"),
    "entry": Target(_entry, _entries, "what an earlier `eval` kept", "json", longest=2_000),
    "certificate": Target(
        lambda data: checker.check(json.loads(text_of(data))),
        _certificates,
        "`verify`: a certificate",
        "json",
        (ValueError, checker.CertificateError, checker.FalseLineError, RecursionError),
        longest=20_000,
    ),
}
