"""A verdict in one sentence, and what its numbers say in words."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.form import Num, Sym, dims_of
from symcost.algebra.phrase import DECIMAL, Phrase, decimal, joined, listed, say, unstopped
from symcost.algebra.plain import people
from symcost.algebra.poly import tidy
from symcost.checking.verdict import Status
from symcost.render.measure import width
from symcost.render.page import (
    Cite,
    Code,
    Equal,
    Matrices,
    Name,
    Origin,
    Run,
    Sentence,
    Share,
    Strong,
    Value,
)
from symcost.render.writer import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Number
    from symcost.checking.verdict import Edit, MarkedLine, Verdict

MOST_SIZES = 8
MOST_DIGITS = 24  # of a number in a sentence
WIDEST = 40  # characters of a formula in a sentence
LONGEST = 2000  # characters of a sentence that somebody else wrote


def headline(verdict: Verdict) -> tuple[Run, ...]:
    """The verdict in one sentence, without a full stop."""
    match verdict.status:
        case Status.RIGHT:
            return (say("right"),)
        case Status.RIGHT_UNDER:
            return (say("right under: {0}", _conditions(verdict)),)
        case Status.APPROXIMATION:
            return (say("approximation"), *_under(verdict), *_dropped(verdict))
        case Status.WRONG:
            return (say("wrong"), *_under(verdict), *_how_far(verdict, ": "))
        case Status.UNKNOWN if verdict.given is None and not verdict.quantity:
            return (say("not judged"),)  # nothing was named to hold it against; the remark says so
        case Status.UNKNOWN:
            words = say("not equal, and no small change explains it")
            return (words, *_under(verdict), *_how_far(verdict, "; "))
        case Status.UNUSABLE:
            return (say("not read: {0}", say(short(verdict.remark) or "there is no formula")),)


def one_line(verdict: Verdict) -> str:
    """The verdict as one line of plain text, its errors named: what a linter prints."""
    text = "".join(map(_plain, headline(verdict)))
    errors = "; ".join(unstopped(short(each.explanation)) for each in verdict.edits)
    remark = "" if verdict.status is Status.UNUSABLE else short(verdict.remark)
    said = ". ".join(each.rstrip(".") for each in (text, errors, remark) if each)
    return " ".join(said.split())


def carried(line: MarkedLine, lines: Sequence[MarkedLine]) -> tuple[Run, ...]:
    """A line that is right only because an earlier one is taken as the writer has it."""
    places = {each.name: place(each) for each in lines if each.name and each.number < line.number}
    names = [
        say("{0} ({1})", each, places[each]) if each in places else each for each in line.because
    ]
    return (say("right, given your {0}", short(listed(names)) or say("earlier lines")),)


def place(line: MarkedLine) -> Phrase:
    """Where a line stands: line 5, or cell 2, line 5."""
    at = str(line.number)
    if line.cell is None:
        return say("line {0}", at)
    return say("cell {0}, line {1}", str(line.cell), at)


def far(ratio: Fraction) -> str:
    """How far a number is off: 12 times too large, 5.3 % too small."""
    if ratio <= 0:
        return say("not even positive" if ratio < 0 else "zero")
    if ratio == 1:
        return ""
    way, size = ("large", ratio) if ratio > 1 else ("small", 1 / ratio)
    if size < Fraction(11, 10):
        return say(f"{{0}} too {way}", decimal(percent(abs(ratio - 1))))
    return say(f"{{0}} times too {way}", times(size))


def times(size: Fraction) -> Phrase:
    """A factor from 1 on: whole numbers as they are, others to three digits."""
    if size >= 10**9:
        return say("about {0}", rounded(size))
    if size.denominator == 1:
        return shown(size.numerator)
    digits = 2 if size < 10 else 1 if size < 100 else 0
    scaled = (size * 10**digits + Fraction(1, 2)) // 1
    front, back = divmod(scaled, 10**digits)
    behind = f"{back:0{digits}d}".rstrip("0") if digits else ""
    found = Phrase(DECIMAL, (shown(front), behind)) if behind else shown(front)
    return found if scaled == size * 10**digits else say("about {0}", found)


def shown(value: Number) -> Phrase:
    """An exact number with commas; a very long one by its first digits and its size."""
    if isinstance(value, Fraction) and value.denominator != 1:
        if max(abs(value.numerator), value.denominator) < 10**MOST_DIGITS:
            return Phrase("{0}/{1}", (value.numerator, value.denominator))
        whole = abs(value).__floor__()
        near = Phrase("{0}", (whole,)) if whole < 10**MOST_DIGITS else rounded(Fraction(whole))
    elif abs(value) < 10**MOST_DIGITS:
        return Phrase("{0}", (int(value),))
    else:
        near = rounded(abs(Fraction(value)))
    return say("about {0}", joined("-", ("", near)) if value < 0 else near)


def rounded(size: Fraction) -> Phrase:
    """A large positive number to three digits: 3.38 x 10^253."""
    whole = size.__floor__()
    power = max(whole.bit_length() * 30_103 // 100_000 - 1, 2)  # a digit or two below
    power += sum(whole >= 10 ** (power + more) for more in (1, 2))
    scaled = (size / 10 ** (power - 2) + Fraction(1, 2)).__floor__()
    if scaled == 1000:
        scaled, power = 100, power + 1
    return say("{0} x 10^{1}", decimal(f"{scaled // 100}.{scaled % 100:02}"), str(power))


def sizes(verdict: Verdict) -> tuple[Run, ...]:
    """The sizes that the numbers are for: d = 768, h = 12."""
    forms = [form for form in (verdict.given, verdict.true) if form is not None]
    used = {each.symbol: each for form in forms for each in dims_of(form)}
    pairs = [pair for pair in verdict.numbers.sizes if pair[0] in used or not used]
    runs: list[Run] = []
    for name, value in pairs[:MOST_SIZES]:
        runs += [", ", _size(name, value, used.get(name))]
    return (*runs[1:], ", ...") if len(pairs) > MOST_SIZES else tuple(runs[1:])


def number(value: Number) -> Run:
    """A number for a sentence: exact, unless it is too long to be read."""
    exact = tidy(Fraction(value))
    longest = max(abs(Fraction(exact).numerator), Fraction(exact).denominator)
    return exact if longest < 10**MOST_DIGITS else shown(exact)


def ratio(verdict: Verdict) -> Fraction | None:
    """The writer's number over the right one, at the given sizes."""
    given, true = verdict.numbers.given, verdict.numbers.true
    return None if given is None or not true else Fraction(given) / Fraction(true)


def alone(edit: Edit) -> str:
    """What one error of several does to the whole by itself."""
    if edit.ratio is None or edit.ratio == 1:
        return ""
    return say("By itself it would make the whole {0}.", far(Fraction(edit.ratio)))


def short(text: str, longest: int = LONGEST) -> str:
    """Words of somebody else, bounded, without signs that move a cursor."""
    kept = text if len(text) <= longest else f"{text[:longest]} ..."
    return kept if kept.isprintable() else "".join(c if c.isprintable() else " " for c in kept)


def _conditions(verdict: Verdict) -> str:
    return short(joined("; ", [say(each) for each in verdict.conditions]))


def _under(verdict: Verdict) -> tuple[Run, ...]:
    return (say(" (under: {0})", _conditions(verdict)),) if verdict.conditions else ()


def _how_far(verdict: Verdict, glue: str) -> tuple[Run, ...]:
    found = ratio(verdict)
    if found is None or verdict.given == verdict.true:  # then it is the printed number that is off
        return ()
    at = sizes(verdict)
    words = far(found) or say("the same number only at these sizes")
    return (glue, words, *_at(at))


def _dropped(verdict: Verdict) -> tuple[Run, ...]:
    if verdict.dropped is None:
        return ()
    fits = width(verdict.dropped) <= WIDEST
    what = verdict.dropped if fits else say("the marked part")
    runs: list[Run] = [": ", Sentence(("it leaves out ", what))]
    found = ratio(verdict)
    if found is not None:
        at = sizes(verdict)
        runs += [", ", Sentence((Share(1 - found), " of the whole")), *_at(at)]
    return tuple(runs)


def _at(found: tuple[Run, ...]) -> tuple[Run, ...]:
    """The sizes of a sentence, if there are any."""
    return (Sentence((" at ", Sentence(found))),) if found else ()


def _size(name: str, value: int, known: Dim | None) -> Run:
    if known is None or abs(value) >= 10**MOST_DIGITS:
        return joined(" = ", (short(name, 60), shown(value)))
    return Equal(Sym(known), Num(value))


def _plain(run: Run) -> str:
    match run:
        case str():
            return run
        case Share(part):
            return percent(part)
        case Equal(left, right):
            return f"{_plain(left)} = {_plain(right)}"
        case int() | Fraction():
            return shown(run)
        case Code(text) | Name(text) | Strong(text):
            return text
        case Cite(_, short_name):
            return short_name
        case Value(number, _, otherwise):
            return otherwise if number is None else shown(number)
        case Origin(text):
            return text
        case Sentence(runs):
            return "".join(map(_plain, runs))
        case Matrices():
            return ""
    return short(people(run))
