"""SQL: a closed form over the columns of a table, in DuckDB and in Spark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.whole import Const
from symcost.export.expression import Divides, ExportError, Notation, Subject, identifiers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from symcost.algebra.dim import Dim


@final
@dataclass(frozen=True)
class _Dialect:
    """What differs: the quote of a name, the type of whole numbers and its largest, how to fail,
    a test for sizes that are not whole (`{0}`, as a whole number `{1}`), a quotient without a
    remainder, and one that is rounded to its floor or ceil.
    """

    quote: str
    whole: str
    largest: int
    fail: str
    unlike: str
    divided: Callable[[str, str], str]
    rounded: Callable[[str, str, str], str]

    def call(self, way: str, args: Sequence[str]) -> str:
        """The least or the greatest of expressions, or the floor or ceil of their quotient."""
        if way in ("min", "max"):
            return f"{'least' if way == 'min' else 'greatest'}({', '.join(args)})"
        top, bottom = args
        return self.rounded(way, top, bottom)

    def name(self, text: str) -> str:
        """A name, quoted; it is made of letters, digits and underscores."""
        return f"{self.quote}{text}{self.quote}"

    def number(self, value: int) -> str:
        """A number of a closed form."""
        if abs(value) > self.largest:
            raise ExportError(f"a number of this closed form is more than {self.whole} holds")
        return str(value)

    def value(self, subject: Subject, quoted: Mapping[Dim, str]) -> str:
        """The value, or an error: for sizes that are not whole, below 1, or against a rule."""
        cast = {each: f"CAST({name} AS {self.whole})" for each, name in quoted.items()}
        write = Notation(self.call, cast, self.number)
        value = write.write(subject.top)
        cases = []
        if quoted:
            # A cast alone would round 1.5 to 2.
            unlike = (self.unlike.format(name, cast[each]) for each, name in quoted.items())
            broken = " OR ".join(unlike)
            least = ", ".join(quoted.values())
            cases.append((broken, "sizes are whole numbers"))
            least = f"least({least})" if len(quoted) > 1 else least
            cases.append((f"{least} < 1", "sizes are at least 1"))
        for rule in subject.rules:
            broken = (
                f"{write.factor(rule.top)} % {write.factor(rule.bottom)} <> 0"
                if isinstance(rule, Divides)
                else f"{write.write(rule.left)} < 0"
            )
            cases.append((broken, rule.says))
        if subject.bottom != Const(1):
            top, bottom = write.factor(subject.top), write.factor(subject.bottom)
            cases.append((f"{top} % {bottom} <> 0", "these sizes do not divide"))
            value = self.divided(top, bottom)
        if not cases:
            return value
        tests = " ".join(f"WHEN {test} THEN {self.fail}('{says}')" for test, says in cases)
        return f"CASE {tests} ELSE {value} END"


def _duckdb_rounded(way: str, top: str, bottom: str) -> str:
    # // cuts towards zero: what is left over says where that is not the floor, or the ceil.
    if way == "floor":
        return f"({top} // {bottom} - CASE WHEN {top} % {bottom} < 0 THEN 1 ELSE 0 END)"
    return f"({top} // {bottom} + CASE WHEN {top} % {bottom} > 0 THEN 1 ELSE 0 END)"


def _spark_divided(top: str, bottom: str) -> str:
    # `div` answers in 64 bits. `/` has six decimals, all zero here, and 32 digits before them.
    return f"CAST({top} / {bottom} AS {SPARK.whole})"


def _spark_rounded(way: str, top: str, bottom: str) -> str:
    if way == "floor":
        return _spark_divided(f"({top} - pmod({top}, {bottom}))", bottom)
    return _spark_divided(f"({top} + pmod(-{top}, {bottom}))", bottom)


DUCKDB = _Dialect(
    '"',
    "HUGEINT",
    2**127 - 1,
    "error",
    "{0} <> {1}",
    lambda top, bottom: f"{top} // {bottom}",
    _duckdb_rounded,
)
# Spark would compare two decimals in a type that has no room for what is behind the point.
SPARK = _Dialect(
    "`", "DECIMAL(38,0)", 10**38 - 1, "raise_error", "{0} % 1 <> 0", _spark_divided, _spark_rounded
)
# A size on its way in: a float that is no whole number keeps what shows it.
SPARK_SIZE = "DECIMAL(38,19)"


def sql(subject: Subject) -> str:
    """A macro for DuckDB: HUGEINT (128 bits), in which an overflow is an error and not a number.

    Sizes below 1 and sizes that do not divide are errors too. A NULL size makes a NULL.
    """
    names = identifiers(subject.dims, (subject.name,), any_case=True)
    quoted = {each: DUCKDB.name(name) for each, name in names.items()}
    lines = [f"-- {line}" for line in subject.comment(names)]
    head = f"CREATE OR REPLACE MACRO {DUCKDB.name(subject.name)}({', '.join(quoted.values())}) AS"
    lines += [head, f"  ({DUCKDB.value(subject, quoted)});"]
    return "\n".join(lines) + "\n"


def spark(subject: Subject) -> str:
    """A function for Spark SQL, 4.0 or later: decimals of 38 digits, beyond them an error.

    Sizes have at most 19 digits; a division is exact up to 32. Sizes below 1 and sizes that do not
    divide are errors too. A NULL size makes a NULL, and without ANSI mode a longer size is one.
    """
    names = identifiers(subject.dims, (subject.name,), any_case=True)
    quoted = {each: SPARK.name(name) for each, name in names.items()}
    value = f"CAST({SPARK.value(subject, quoted)} AS {SPARK.whole})"
    # Without ANSI mode an overflow would make a NULL; a NULL means a NULL size and nothing else.
    value = f"coalesce({value}, {SPARK.fail}('more than 38 digits'))"
    if quoted:
        missing = " OR ".join(f"{name} IS NULL" for name in quoted.values())
        value = f"CASE WHEN {missing} THEN NULL ELSE {value} END"
    typed = ", ".join(f"{name} {SPARK_SIZE}" for name in quoted.values())
    lines = [f"-- {line}" for line in subject.comment(names)]
    lines.append(f"CREATE OR REPLACE TEMPORARY FUNCTION {SPARK.name(subject.name)}({typed})")
    lines += [f"RETURNS {SPARK.whole}", f"RETURN {value};"]
    return "\n".join(lines) + "\n"
