"""A whole work, marked line by line, with errors carried forward as a good teacher does.

A line is right that equals some part of the model. A line that does not, and is right once the
writer's earlier lines are replaced by what they should be, is right as carried. Otherwise it is
wrong by itself, and explained against the part that its words name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.identity import put_in
from symcost.algebra.phrase import Phrase, joined, say
from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.about import About, Choice, Words
from symcost.checking.alignment import alignments
from symcost.checking.freely import Asked, check_freely, exactly, printed_remark, right_freely, said
from symcost.checking.letters import Letters
from symcost.checking.lifting import SURE
from symcost.checking.residues import Fingerprints
from symcost.checking.search import A_SECOND, Budget
from symcost.checking.shown import form_of
from symcost.checking.targets import (
    KINDS,
    PARTS,
    TERMS,
    Target,
    asked_for,
    is_of,
    targets,
    terms_of,
)
from symcost.checking.tree import Name, Number, Over, Times, inner_nodes, meaning, names_of, python
from symcost.checking.verdict import Marked, MarkedLine, Meaning, Numbers, Status, Verdict
from symcost.quantities.convention import changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Number as Exact
    from symcost.checking.alignment import Aligned
    from symcost.checking.subject import Subject
    from symcost.checking.tree import Node
    from symcost.checking.work import Line, Work

# Of all explanations of a work: where more lines are wrong, the later ones are named, no more.
MOST_STEPS = 3 * A_SECOND
AN_EXPLANATION = 100_000  # steps that one takes before it searches
CAUSAL = frozenset({"causal_half", "causal_pairs"})
MULTIPLY_ADDS = frozenset({"multiply_adds"})
# Kaplan et al. 2020, arXiv 2001.08361, section 2.1.
RULES: dict[tuple[Fraction, ...], frozenset[str]] = {
    (Fraction(6),): frozenset({"flops", "train"}),
    (Fraction(2),): frozenset({"flops", "forward"}),
}
FORMULA = re.compile(r"\$[^$]*[=\d][^$]*\$")
LETTER = re.compile(r"[FPN](?=_)")
LETTERS = {"F": "flops", "P": "params", "N": "params"}
SCALES = frozenset({*(1000**n for n in range(1, 6)), *(1024**n for n in range(1, 5))})
MOST_TRIED = 6
MOST_TERMS = 120
GOOD = (Status.RIGHT, Status.RIGHT_UNDER)
OF_A_HEAD = frozenset({"vocab", "classes"})  # the head at the end, not one of an attention
COSTS = frozenset(
    {"params", "flops", "bytes", "cache", "train", "position", "norm", "bias", "router"}
)
OF_A_WEIGHT = re.compile(
    r"(?:.*_)?(?:w_\w+|b_(?:\w{1,2}|pool)|(?:weight|bias)_?\w*|w[qkvoudg12])$", re.IGNORECASE
)
OF_SIZES = re.compile(r"(?:size|dim|width|length|hidden)$", re.IGNORECASE)
TOO_LONG = "with the earlier lines put in it has more than {0} terms"


@final
@dataclass
class Known:
    """What an earlier line is: the writer's value, and what it should be, if that is known."""

    number: int
    given: Ratio
    true: Ratio | None
    right: bool
    target: Target | None = None

    @property
    def is_params(self) -> bool:
        """Whether it is a number of parameters."""
        return self.target is not None and self.target.quantity.startswith("params")


@final
@dataclass
class Marker:
    """Marks the lines of one work against one model."""

    subject: Subject
    work: Work
    quantity: str | None
    let: Mapping[str, str]
    scope: str | None
    strict: bool
    prints: Fingerprints = field(default_factory=Fingerprints)
    budget: Budget = field(default_factory=lambda: Budget(MOST_STEPS))
    known: dict[str, Known] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    remarks: dict[str, str] = field(default_factory=dict)  # and the line that each is about
    explained: dict[tuple[int, int, frozenset[str]], Verdict] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Gathers the targets, and aligns the names of the whole work."""
        self.targets = [
            each
            for each in targets(self.subject, self.quantity)
            if self.scope is None or each.scope in ("", self.scope)
        ]
        self.table: dict[int, list[Target]] = {}
        for each in self.targets:
            self.table.setdefault(self.prints.ratio(each.value), []).append(each)
        self.cited = self.subject.architecture.proportions(dict(self.subject.sizes))
        self.simple: dict[int, list[Target]] = {}
        for each in self.targets:
            key = self.prints.ratio(self._cite(each.value))
            self.simple.setdefault(key, []).append(each)
        # Parts of this model that have no word in the table, by the names of the declaration.
        self.unusual = frozenset().union(*(each.words for each in self.targets)) - TERMS
        self.named = terms_of(" ".join(each.name for each in self.work.lines))
        self.aligned = self._align()
        given = {
            each.dim: self.work.values[each.name]
            for each in self.aligned.meant
            if each.dim is not None and each.name in self.work.values
        }
        self.subject = replace(self.subject, sizes={**self.subject.sizes, **given})

    def _cite(self, value: Ratio) -> Ratio:
        poly = value.poly
        return value if poly is None else Ratio.of(put_in(poly, self.cited))

    def _align(self) -> Aligned:
        """The reading of all names under which most lines equal a part of the model."""
        assigned = {line.name for line in self.work.lines if line.name}
        names = dict.fromkeys(
            name for line in self.work.lines for node in line.nodes for name in names_of(node)
        )
        free = [name for name in names if name not in assigned]
        dims: set[Dim] = set(self.subject.dims)
        for each in self.targets[:200]:
            dims.update(each.value.dims())
        found = alignments(
            free,
            dims,
            self.subject.standing,
            self.let,
            self.work.values,
            self.subject.sizes,
            notations=True,
        )
        return max(found[:MOST_TRIED], key=self._hits) if len(found) > 1 else found[0]

    def _hits(self, aligned: Aligned, *, only_work: bool = False) -> int:
        values: dict[str, Ratio] = {}
        weights: set[int] = set()  # numbers of parameters that are shown again
        hits = 0
        for line in self.work.lines:
            if len(line.nodes) != 1:
                continue
            try:
                value = self._value(line.nodes[0], aligned, values)
            except (ValueError, ZeroDivisionError, KeyError):
                continue
            if line.name:
                values[line.name] = value
            shown_again = isinstance(line.nodes[0], Name) or self._is_a_size(line, value)
            spoken = frozenset().union(*self._words(line))
            if only_work and (shown_again or "flops" not in spoken):
                weights.add(self.prints.ratio(value))
                continue
            if only_work:
                work = [each for each in self._equal(value) if each.quantity.startswith("flops")]
                fits = any(asked_for(each, spoken) and is_of(each, spoken) for each in work)
                hits += fits and self.prints.ratio(value) not in weights
            else:
                hits += bool(value.dims() and self.prints.ratio(value) in self.table)
        return hits

    def work_hits(self) -> int:
        """How many lines equal a part of the model in a quantity of work."""
        return self._hits(self.aligned, only_work=True)

    def _value(self, node: Node, aligned: Aligned, lines: Mapping[str, Ratio]) -> Ratio:
        table = aligned.table()

        def stands_for(name: str) -> Poly | Ratio:
            if name in lines:
                return lines[name]
            return table[name].substitute(self.subject.solved)

        def poly(name: str) -> Poly:
            found = Ratio.of(stands_for(name)).poly
            return found if found is not None else Poly.of(0)

        opened, _ = exactly(node, poly, self.subject)
        value = meaning(opened, stands_for)
        if len(value.top.terms) > MOST_TERMS or len(value.bottom.terms) > MOST_TERMS:
            raise ValueError(say(TOO_LONG, MOST_TERMS))
        return value

    def marked(self) -> Marked:
        """The work with a mark on every line."""
        lines = [self._line(side) for each in self.work.lines for side in sides(each)]
        return Marked(self.work.title, tuple(lines), self.work.notes)

    def _line(self, line: Line) -> MarkedLine:
        plain = MarkedLine(line.number, line.source, line.name, cell=line.cell)
        if line.problem or not line.nodes:
            return replace(plain, why=line.problem or "nothing is claimed here")
        try:
            return self._judged(line, plain)
        except KeyError as error:
            return replace(
                plain, why=say("it uses {0}, which is not understood", str(error.args[0]))
            )
        except (ValueError, ZeroDivisionError) as error:
            return replace(plain, why=told(error) or "this line is not understood")

    def _judged(self, line: Line, plain: MarkedLine) -> MarkedLine:
        node = line.nodes[-1]
        given = self._value(node, self.aligned, {n: k.given for n, k in self.known.items()})
        carried = self._carried(node)
        if self._is_scaled(line, node):
            return replace(plain, why="an earlier line in other units")
        choice = self._choice(line, node, given, carried)
        unlike = choice.alike == "no"
        if self._is_a_size(line, given) if unlike else self._names_a_size(line, given):
            if line.name:
                self.known[line.name] = Known(line.number, given, given, True)
            return replace(plain, why="a size, not a cost")
        target, verdict = choice.target, None
        if target is not None:
            verdict = self._verdict(line, node, target, given, carried, choice.alike)
        for other in choice.others if verdict is None or verdict.status not in GOOD else ():
            right = right_freely(self.subject, self._asked(line, node, other, self._standing()[0]))
            if right is not None:
                target, verdict = other, _of(right, other)
                break
        if verdict is not None and verdict.status is Status.WRONG and _has_value(node, verdict):
            here = say("at the model's sizes")
            verdict = replace(verdict, status=Status.RIGHT_UNDER, conditions=(here,), edits=())
        if target is None or verdict is None:
            if line.name:
                self.known[line.name] = Known(line.number, given, None, True)
            return replace(plain, why="what this line is about could not be told")
        self.labels.add(target.label.partition(" ")[0])
        self.remarks.setdefault(line.comment, line.name)
        good = verdict.status in GOOD
        # What is right on a condition was found with the earlier lines as they should be.
        follows = choice.alike == "carried" or (unlike and good and given != carried)
        because = tuple(
            name for name in names_of(node) if name in self.known and not self.known[name].right
        )
        if line.name:
            # A way to count is the writer's choice, which the lines below go on with.
            stands = given if good and not follows else target.value
            self.known[line.name] = Known(line.number, given, stands, good and not follows, target)
        if follows and unlike:
            numbers = self._numbers(given, target.value, verdict.numbers.claimed)
            verdict = replace(verdict, numbers=numbers)
        return replace(plain, verdict=verdict, carried=follows, because=because if follows else ())

    def _is_a_size(self, line: Line, given: Ratio) -> bool:
        """Whether a line only gives a size a name: head = width // heads."""
        own = line.name.rpartition(".")[2]  # without the function that it stands in
        said = terms_of(own or line.comment.rpartition(";")[2]) & COSTS
        return not said and not OF_A_WEIGHT.match(own) and Letters().is_size(given)

    def _names_a_size(self, line: Line, given: Ratio) -> bool:
        """Whether it also says so: ffw_size = 4 * width."""
        return self._is_a_size(line, given) and bool(OF_SIZES.search(line.name))

    def _carried(self, node: Node) -> Ratio:
        """The line's value if the writer's earlier lines were what they should be."""
        lines = {
            name: known.true if known.true is not None else known.given
            for name, known in self.known.items()
        }
        return self._value(node, self.aligned, lines)

    def _choice(self, line: Line, node: Node, given: Ratio, carried: Ratio) -> Choice:
        """What the line is about, and whether it equals that as it stands, as carried, or not."""
        own, near, far = self._words(line)
        if {each.word for each in given.dims()} & OF_A_HEAD and "one_head" in own | near:
            own, near = (each | {"logits"} - {"one_head"} for each in (own, near))
        if "scores" in own and "mix" not in self.named:  # both products, under the name of one
            own |= {"core"}
        every_layer = "every_layer" in own | near and "layer" not in own | near | far
        known = self.known.get(node.text) if isinstance(node, Name) else None
        if known is not None and not every_layer:  # shown again
            if known.target is None:
                return Choice(None)
            exact = self._cite(given) == self._cite(known.target.value)
            follows = self._cite(carried) == self._cite(known.target.value)
            return Choice(known.target, "given" if exact else "carried" if follows else "no")
        rule = self._rule_of_thumb(node)
        free = self.remarks.get(line.comment, line.name) != line.name  # the remark has its line
        if rule and not (own if free else own | near) & {*KINDS, "states"}:
            near = near - KINDS.keys() | rule
        if self._is_of_weights(node) and not own & KINDS.keys() and not near & {"bytes", "cache"}:
            near, far = (each - KINDS.keys() for each in (near, far))
            far |= {"params"}
        growing = "+=" in line.source
        if growing:  # the remark is about what is added
            near -= PARTS
        # Who adds a table counts all parameters.
        excluded = {"params_non_embedding"} if self._uses_a_table(node) else set[str]()
        numbers = {each.value for each in inner_nodes(node) if isinstance(each, Number)}
        about = About(
            given,
            carried,
            Words(own, near, far, terms_of(self.quantity or "")),
            remark_is_taken=free,
            every_layer=every_layer,
            estimated=bool(rule),
            growing=growing,
            unnamed=not line.name,
            read_as=frozenset(
                dim.word for dim, size in self.subject.sizes.items() if size in numbers
            ),
            excluded=excluded,
        )
        return about.found(self.targets, self._equal)

    def _is_scaled(self, line: Line, node: Node) -> bool:
        """Whether an earlier line is shown again, in millions or in GiB."""
        match node:
            case Over(Name(text), below) if text in self.known:
                values = {name: self.work.values.get(name, 0) for name in names_of(below)}
                by = meaning(below, lambda name: Poly.of(values[name]))
                return not by.dims() and (not line.name or by.at({}) in SCALES)
        return False

    def _is_of_weights(self, node: Node) -> bool:
        """Whether a line puts together what earlier ones say of parameters, once or for each of
        the model's layers or the like.
        """
        if isinstance(node, Times):
            numbers = {each.value for each in node.factors if isinstance(each, Number)}
            if not numbers <= set(self.subject.sizes.values()):
                return False  # 2 N is work, or bytes
        found = [self.known.get(name) for name in names_of(node)]
        return bool(found) and all(each is not None and each.is_params for each in found)

    def _uses_a_table(self, node: Node) -> bool:
        """Whether a line adds what an earlier one said of the token table."""
        found = (self.known[name].target for name in names_of(node) if name in self.known)
        return any(each is not None and "embedding" in each.words for each in found)

    def _equal(self, value: Ratio) -> list[Target]:
        """The targets that a value equals, as it stands or with the model's proportions put in."""
        if not value.dims():
            return []
        cited = self._cite(value)
        found = [
            *self.table.get(self.prints.ratio(value), ()),
            *self.simple.get(self.prints.ratio(cited), ()),
        ]
        return [each for each in found if self._cite(each.value) == cited]

    def _words(self, line: Line) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """The terms in a line's name, in its remark, in the heading above it."""
        # The formula itself is no remark about it.
        remarks = [FORMULA.sub(" ", each).strip() for each in line.comment.split(";")]
        near = terms_of(remarks[-1]) if remarks else frozenset()
        far = terms_of(" ".join(remarks[:-1]))
        parts = (each for each in self.unusual if f"_{each}_" in f"_{line.name}_")
        own = terms_of(line.name).union(parts)
        letter = LETTER.match(line.name)
        if letter and not (own | near | far) & KINDS.keys():  # F_mlp, P_mlp
            own |= {LETTERS[letter[0]]}
        return own, near, far

    def _verdict(
        self, line: Line, node: Node, target: Target, given: Ratio, carried: Ratio, alike: str
    ) -> Verdict:
        claimed = line.printed[-1] if line.printed else None
        if alike == "no":
            key = self.prints.ratio(carried), id(target), self._barred()
            if key not in self.explained and self.budget.left > 0:
                self.budget.spend(AN_EXPLANATION)
                self.explained[key] = self._explained(line, node, target)
            if key in self.explained:  # the same slip twice has one explanation
                known = self.explained[key]
                return replace(known, source=line.source, read=python(node), notes=line.notes)
        value = given if alike == "given" else carried
        status = Status.UNKNOWN if alike == "no" else Status.RIGHT
        conditions: tuple[str, ...] = ()
        if alike != "no" and value != target.value:
            conditions = tuple(
                joined(" = ", (each.dim.symbol, python_of(each.value))) for each in self.cited
            )
            status = Status.RIGHT_UNDER
        numbers = self._numbers(given, target.value, claimed)
        remark = printed_remark(claimed, numbers.given, numbers.true) if claimed else ""
        if alike == "no":
            remark = "not explained: this work has more wrong lines than there is time for"
        return Verdict(
            status,
            line.source,
            read=python(node),
            quantity=joined(": ", (target.quantity, target.label)),
            model=self.subject.architecture.name,
            convention=self.subject.convention.name,
            scope=target.scope,
            conditions=conditions,
            given=form_of(given),
            true=form_of(target.value),
            difference=form_of(given - target.value),
            numbers=numbers,
            meanings=self._meanings(node),
            notes=line.notes,
            remark=remark,
        )

    def _explained(self, line: Line, node: Node, target: Target) -> Verdict:
        """The line against its target: as the writer has it, else with the earlier lines as they
        should be.
        """
        own, true = self._standing()
        asked = self._asked(line, node, target, own)
        verdict = right_freely(self.subject, asked) if own != true else None
        for aligned in self._other_tokens(node) if verdict is None else ():
            verdict = verdict or right_freely(self.subject, replace(asked, aligned=aligned))
        if verdict is None:
            verdict = check_freely(self.subject, replace(asked, standing=true))
        return _of(verdict, target)

    def _standing(self) -> tuple[dict[str, Poly], dict[str, Poly]]:
        """What the earlier lines stand for: as the writer has them, and as they should be."""
        own, true = {}, {}
        for name, known in self.known.items():
            value = known.true if known.true is not None else known.given
            if known.given.poly is not None:
                own[name] = known.given.poly
            if value.poly is not None:
                true[name] = value.poly
        return own, true

    def _asked(self, line: Line, node: Node, target: Target, standing: Mapping[str, Poly]) -> Asked:
        """The line as a question about a target."""
        return Asked(
            node,
            target.quantity,
            line.source,
            target.scope or None,
            target.pieces,
            let=self.let,
            values=self.work.values,
            claimed=line.printed[-1] if line.printed else None,
            strict=self.strict,
            notes=line.notes,
            aligned=self.aligned,
            barred=self._barred(),
            leading=target.quantity.startswith("flops") and self._of_params(node),
            within=self.budget,
            standing=standing,
        )

    def _other_tokens(self, node: Node) -> Iterator[Aligned]:
        """The names with tokens of a sequence for tokens of a batch, or the other way round."""
        used = set(names_of(node))
        for each in self.subject.standing.get("tokens", ()):
            meant = tuple(
                replace(one, value=each) if one.word == "tokens" and one.name in used else one
                for one in self.aligned.meant
            )
            if meant != self.aligned.meant:
                yield replace(self.aligned, meant=meant)

    def _of_params(self, node: Node) -> bool:
        """Whether a line estimates from a number of parameters, as 2 N does, and 6 N D."""
        meant = {each.name: each.word for each in self.aligned.meant}
        return any(
            self.known[name].is_params if name in self.known else meant.get(name) == "params"
            for name in names_of(node)
        )

    def _rule_of_thumb(self, node: Node) -> frozenset[str]:
        """What a number of times the parameters is: 6 N trains, 2 N goes forward."""
        factors = node.factors if isinstance(node, Times) else ()
        numbers = [each.value for each in factors if isinstance(each, Number)]
        return RULES.get(tuple(numbers), frozenset()) if self._of_params(node) else frozenset()

    def _barred(self) -> frozenset[str]:
        """Ways to count that this work speaks against: it says what it takes for one product."""
        one_product = any(each.endswith(("scores", "mix")) for each in self.labels)
        return MULTIPLY_ADDS | (CAUSAL if one_product else frozenset())

    def _numbers(self, given: Ratio, true: Ratio, claimed: Exact | None) -> Numbers:
        values: dict[Dim, Exact] = dict(self.subject.sizes)

        def at(value: Ratio) -> Exact | None:
            return value.at(values) if set(value.dims()) <= set(values) else None

        shown = {*given.dims(), *true.dims()}
        sizes = tuple((each.symbol, n) for each, n in self.subject.sizes.items() if each in shown)
        return Numbers(at(given), at(true), claimed, sizes)

    def _meanings(self, node: Node) -> tuple[Meaning, ...]:
        names = set(names_of(node))
        return tuple(
            Meaning(each.name, said(each), each.why)
            for each in self.aligned.meant
            if each.name in names
        )


def told(error: Exception) -> str:
    """What an error says; a phrase stays one."""
    said = error.args[0] if len(error.args) == 1 else None
    return said if isinstance(said, Phrase) else str(error)


def _has_value(node: Node, verdict: Verdict) -> bool:
    """Whether a line with sizes in numbers is worth what it should be."""
    found = verdict.numbers
    numbers = (each.value for each in inner_nodes(node) if isinstance(each, Number))
    return found.given is not None and found.given == found.true and max(numbers, default=0) >= SURE


def _of(verdict: Verdict, target: Target) -> Verdict:
    """The verdict with the words for its target."""
    return replace(verdict, quantity=joined(": ", (target.quantity, target.label)))


def sides(line: Line) -> list[Line]:
    """A chain a = b = c as one line for each of its sides; any other line as it is."""
    if len(line.nodes) < 2:
        return [line]
    return [replace(line, nodes=(node,), source=python(node)) for node in line.nodes]


def python_of(value: Poly) -> str:
    """A closed form for a condition."""
    from symcost.algebra.plain import show

    return show(value)


def mark(
    subject: Subject,
    work: Work,
    quantity: str | None,
    let: Mapping[str, str],
    *,
    scope: str | None = None,
    strict: bool = False,
) -> Marked:
    """Every line of a work, marked; with a `scope`, work is counted for that.

    A work that counts multiply-adds throughout is marked as such, with a note.
    """
    marker = Marker(subject, work, quantity, let, scope, strict)
    if strict or subject.convention.mac:
        return marker.marked()
    counting = replace(subject, convention=changed(subject.convention, mac=True))
    other = Marker(counting, work, quantity, let, scope, strict)
    # One line may be an error; two that count so are a way to count.
    if other.work_hits() < marker.work_hits() + (1 if "macs" in marker.named else 2):
        return marker.marked()
    marked = other.marked()
    return replace(marked, notes=(*marked.notes, "the work counts multiply-adds (MACs) throughout"))
