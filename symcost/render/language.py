"""Languages of the page. English is written in the code; every other one is a file of its own.

A file holds, for each English sentence, what it is called: templates/words/de.toml. It may also
lie anywhere else and be named by its path. A file that does not fit is refused with the line.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from symcost.files import regular
from symcost.render.writer import DIGITS, Digits

if TYPE_CHECKING:
    from collections.abc import Mapping

LISTED = "de"  # German is complete, so its keys are all the keys there are
ENTRY = re.compile(r"""(\s*(?:"(?:[^"\\]|\\.)*"|'[^']*')\s*=\s*)"(?:[^"\\]|\\.)*"\s*""")
LARGEST_FILE = 1_000_000
SECTIONS = ("language", "words", "names", "own")
SETTINGS = ("name", "code", "babel", "decimal", "thousands")
KEY = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*=""")
SETTINGS_OF_NEW = """\
# Left the English of a page, right what it says instead; {0}, {1} are the formulas, numbers and
# names of the sentence, in any order. What stays empty is said in English.

[language]
name = ""       # as `symcost list languages` shows it
code = ""       # as HTML has it, such as fr or pt-BR
babel = ""      # as the LaTeX package babel has it, such as french
decimal = "."   # between whole and tenths in a sentence
thousands = "," # between groups of three digits in a sentence

"""
PLACES = re.compile(r"\{(\w+)\}")  # {0} of a sentence, {name} of one that a script fills in
CODE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8})*")


class LanguageError(ValueError):
    """A language that does not exist, or a file of words that does not fit."""


@final
@dataclass(frozen=True, eq=False)
class Language:
    """A language: its code, how numbers look in its sentences, its words for the English ones.

    `words` are sentences, `names` the parts and operations of models. `babel` is what the LaTeX
    package of that name calls it.
    """

    code: str
    name: str
    babel: str = ""
    digits: Digits = DIGITS
    words: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


ENGLISH = Language("en", "English")


def languages() -> dict[str, Language]:
    """The languages that symcost brings, by their codes."""
    kept = sorted(path.stem for path in _folder().glob("*.toml"))
    return {ENGLISH.code: ENGLISH, **{code: _bundled(code) for code in kept}}


def language(name: str) -> Language:
    """A language by its code, or from a file by its path. Raises `LanguageError`."""
    if name == ENGLISH.code:
        return ENGLISH
    if not name.endswith(".toml"):
        if not CODE.fullmatch(name) or not (_folder() / f"{name}.toml").is_file():
            there = ", ".join(languages())
            raise LanguageError(
                f"there is no language '{name[:40]}': choose {there}, or give the path of a file "
                "of words (symcost list messages writes an empty one)"
            )
        return _bundled(name)
    path = Path(name)
    if path.exists() and not (path.is_file() and path.stat().st_size <= LARGEST_FILE):
        raise LanguageError(f"{name} is no file of words: one has at most {LARGEST_FILE:,} bytes")
    try:
        with open(path, encoding="utf-8", opener=regular) as file:
            return read(file.read(LARGEST_FILE), name)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise LanguageError(f"{name} cannot be read: {reason}") from None


@cache
def messages() -> dict[str, tuple[str, ...]]:
    """Every key there is: the English sentences, and the names of parts and operations."""
    listed = tomllib.loads((_folder() / f"{LISTED}.toml").read_text(encoding="utf-8"))
    return {section: tuple(listed[section]) for section in ("words", "names")}


def skeleton() -> str:
    """A file for a new language: every key, and nothing behind it yet."""
    text = (_folder() / f"{LISTED}.toml").read_text(encoding="utf-8")
    entries = text[text.index("[words]") :].splitlines(keepends=True)
    empty = (ENTRY.sub(r'\1""\n', line) for line in entries)
    return SETTINGS_OF_NEW + "".join(empty)


def read(text: str, where: str) -> Language:
    """The language of a file. What is still empty in it counts as missing.

    Raises `LanguageError` for bad TOML, a key that no page has, a translation without the places
    of its key.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        end = f"at line {len(text.splitlines())}"
        told = str(error).replace("at end of document", end)
        raise LanguageError(f"{where}: {told}") from None
    except RecursionError:
        raise LanguageError(f"{where}: nested too deeply") from None
    for section, content in table.items():
        if section not in SECTIONS or not isinstance(content, dict):
            raise LanguageError(
                f"{where}: '{section[:40]}' is not a section: there are {', '.join(SECTIONS)}"
            )
        for key, said in content.items():
            problem = _problem(section, key, said)
            if problem:
                raise LanguageError(f"{where}, line {_line(text, section, key)}: {problem}")
    about: dict[str, str] = table.get("language", {})
    for needed in ("name", "code"):
        if not about.get(needed):
            raise LanguageError(f"{where}: [language] needs '{needed}', as in {needed} = \"...\"")
    words = _said(table.get("words", {})) | _said(table.get("own", {}))
    digits = Digits(about.get("thousands", DIGITS.thousands), about.get("decimal", DIGITS.decimal))
    babel = about.get("babel", "")
    return Language(
        about["code"], about["name"], babel, digits, words, _said(table.get("names", {}))
    )


def _problem(section: str, key: str, said: Any) -> str:
    """What is wrong with one entry, or nothing."""
    if not isinstance(said, str):
        return f"'{key[:80]}' must be a text in quotation marks"
    if section == "language":
        return _wrong_setting(key, said)
    if section != "own" and key not in messages()[section]:
        return f"no page says '{key[:80]}'; sentences of your own stand under [own]"
    wanted, found = set(PLACES.findall(key)), set(PLACES.findall(said))
    if said and wanted != found:
        places = " and ".join(f"{{{each[:40]}}}" for each in sorted(wanted ^ found)[:9])
        what = "lacks" if wanted - found else "has no business with"
        return f"the translation of '{key[:80]}' {what} {places}"
    return ""


def _wrong_setting(key: str, said: str) -> str:
    if key not in SETTINGS:
        return f"'{key[:40]}' is not one of {', '.join(SETTINGS)}"
    if key == "code" and not CODE.fullmatch(said):
        return "code is that of HTML, such as de or pt-BR"
    if key == "babel" and not re.fullmatch("[a-z]*", said):
        return "babel is a language of the LaTeX package babel, such as ngerman"
    if key in ("decimal", "thousands") and (len(said) != 1 or said.isalnum()):
        return f"{key} is one sign"
    return ""


def _line(text: str, section: str, key: str) -> int:
    """The line where an entry begins."""
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[(\w+)\]", line)
        inside = head[1] if head else inside
        found = KEY.match(line)
        if found and inside == section and key in tomllib.loads(f"{found[1]} = 0"):
            return number
    return 1


def _said(entries: Mapping[str, str]) -> dict[str, str]:
    return {key: said for key, said in entries.items() if said}


@cache
def _bundled(code: str) -> Language:
    path = _folder() / f"{code}.toml"
    return read(path.read_text(encoding="utf-8"), path.name)


def _folder() -> Path:
    from symcost.render.environment import templates

    return templates() / "words"
