"""`%load_ext symcost`, then `%%symcost_check --model gpt2 -q params` above a formula.

The text of the cell is read and marked, never run, unless `--run` asks for that too. The answer is
the value of the cell (`_`), and `_checked` keeps it.
"""

from __future__ import annotations

import argparse
import ast
import re
import shlex
from typing import TYPE_CHECKING, Any, NoReturn

from symcost.checking.files import read_work
from symcost.checking.reading import LOOKS_LIKE_LATEX
from symcost.checking.verdict import Status, Verdict
from symcost.checking.work import WorkError
from symcost.commands.check import VARIANTS, add_asked, add_letters, asked
from symcost.commands.parser import OUTPUT, Parser, UsageError
from symcost.marking import check, mark_work
from symcost.model import Model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.checking.verdict import Marked

MAGIC = "symcost_check"
TITLE = "The cell"
OF_IPYTHON = re.compile(r"^\s*[%!?].*$", re.MULTILINE)


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext symcost` calls: it makes the magic known."""
    from IPython.core.error import UsageError as Refused
    from IPython.core.magic import no_var_expand
    from IPython.display import display

    show: Any = display

    @no_var_expand  # the braces of LaTeX are no Python expressions
    def symcost_check(line: str, cell: str | None = None) -> Verdict | Marked | None:
        try:
            chosen = _chosen(line, cell)
            if chosen.help:
                print(_parser().format_help())
                return None
            answer = judged(chosen, cell, shell.user_ns)
        except (ValueError, OSError) as error:
            raise Refused(" ".join(str(error).split())) from None
        shell.push({"_checked": answer}, interactive=False)
        if not chosen.run:
            return answer
        show(answer)
        shell.run_cell(cell)
        return None

    symcost_check.__doc__ = _parser().format_help()
    shell.register_magic_function(symcost_check, magic_kind="line_cell", magic_name=MAGIC)


def judged(
    chosen: argparse.Namespace, cell: str | None, names: Mapping[str, Any]
) -> Verdict | Marked:
    """The verdict on the formula of the line, or on the text of the cell.

    `names` are the variables of the notebook: one that holds a model may be given as `--model`.
    Raises `UsageError`, or what `symcost.check` raises, where there is no verdict.
    """
    own = names.get(chosen.model or "")
    if isinstance(own, Model):
        if any(getattr(chosen, each, None) for each in VARIANTS):
            raise UsageError(
                f"--model {chosen.model} is a variable: say --phase, --freeze and the like where "
                "it is made, as in m.variant(freeze=...) and m.in_phase(...)"
            )
        wanted = {**asked(argparse.Namespace(**{**vars(chosen), "model": None})), "model": own}
    else:
        wanted = asked(chosen)
    return (
        _formula(" ".join(chosen.formula), chosen, wanted)
        if cell is None
        else _cell(cell, chosen, wanted)
    )


def _cell(cell: str, chosen: argparse.Namespace, wanted: dict[str, Any]) -> Verdict | Marked:
    """A formula, a chain in LaTeX, lines of Python, or one formula on each line."""
    text = cell.strip("\n").rstrip()
    if "\n" not in text.strip():
        return _formula(text, chosen, wanted)
    if chosen.number is not None:
        raise UsageError("--number is what one formula gives; the cell has several lines")
    if LOOKS_LIKE_LATEX.search(text):
        answer = check(text, **wanted)
        if answer.status is not Status.UNUSABLE:
            return answer
        try:
            return mark_work(read_work(text, TITLE, ".md"), **wanted)
        except WorkError:
            return _usable(answer)
    code = OF_IPYTHON.sub("", text)  # the lines keep their numbers
    return mark_work(read_work(code, TITLE, ".py" if _is_python(code) else ".txt"), **wanted)


def _formula(text: str, chosen: argparse.Namespace, wanted: dict[str, Any]) -> Verdict | Marked:
    if not text.strip():
        raise UsageError(f"there is no formula: %{MAGIC} --model gpt2 -q params 12*L*d**2")
    return _usable(check(text.strip(), claimed=chosen.number, **wanted))


def _usable(answer: Verdict | Marked) -> Verdict | Marked:
    """The answer; what cannot be read raises `UsageError` with the reason."""
    if isinstance(answer, Verdict) and answer.status is Status.UNUSABLE:
        raise UsageError(answer.remark)
    return answer


def _is_python(text: str) -> bool:
    try:
        return bool(ast.parse(text).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


# -- the line --------------------------------------------------------------------------------------


class _Line(Parser):
    """The line of the magic."""

    def error(self, message: str) -> NoReturn:
        """Raises `UsageError`."""
        raise UsageError(
            f"{message[:300]} (%{MAGIC} -h shows the options; a formula that begins with "
            "- stands behind --)"
        )


def _parser() -> Parser:
    """The arguments of `symcost check` that make sense in a notebook."""
    parser = _Line(
        prog=f"%%{MAGIC}",
        usage=f"%%%%{MAGIC} [options], with a formula, LaTeX or Python below; or on one line "
        f"%%{MAGIC} [options] FORMULA",
        description="Holds the cell against a model and marks it. It is not run.",
    )
    parser.add_argument("formula", nargs="*", metavar="FORMULA", help="without a cell below")
    parser.group(OUTPUT).add_argument("-h", "--help", action="store_true", help="show this")
    parser.add_argument("--run", action="store_true", help="run the cell too, after it is marked")
    add_letters(parser)
    add_asked(parser)
    return parser


def _chosen(line: str, cell: str | None) -> argparse.Namespace:
    words = _split(line)
    options = words[: words.index("--")] if "--" in words else words
    chosen = _parser().parse_intermixed_args(options)
    chosen.formula += words[len(options) + 1 :]
    if cell is not None and chosen.formula:
        raise UsageError(
            f"the formula stands in the cell, so {' '.join(chosen.formula)[:60]!r} is too much"
        )
    if cell is None and chosen.run:
        raise UsageError("--run is for a cell: %%" + MAGIC)
    return chosen


def _split(line: str) -> list[str]:
    """The words of the line: quotation marks hold them together, backslashes belong to LaTeX."""
    words = shlex.shlex(line, posix=True)
    words.whitespace_split = True
    words.escape = words.commenters = ""
    try:
        return list(words)
    except ValueError as error:  # the only one that shlex knows
        raise UsageError("a quotation mark is not closed") from error
