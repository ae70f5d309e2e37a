"""A model of one's own, composed in a TOML file from the components that there are.

The file is data: it names components of the catalog and gives them flags, it names no module and
no formula is run. What it says, and what each table may hold, stands in `docs/your-own.md`.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from symcost.algebra.dim import DimensionError, dim, find
from symcost.algebra.identity import Relation
from symcost.algebra.near import did_you_mean
from symcost.algebra.poly import Poly
from symcost.catalog.find import components
from symcost.catalog.flags import flags_of, needed_flags, words_of_flags
from symcost.components.norm import KINDS as NORMS
from symcost.config.built import count_of
from symcost.config.keys import LARGEST, MOST_LAYERS, ConfigError
from symcost.config.read import text_of
from symcost.graph.architecture import Architecture, dims_of_model
from symcost.graph.author import build
from symcost.graph.component import DeclarationError, Use
from symcost.models.decoder import Decoder, Layer, Stack, decoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from symcost.algebra.dim import Dim
    from symcost.graph.architecture import Size
    from symcost.graph.component import Declaration, Flag

TOP = ("title", "source", "norm", "tied", "positions", "head_bias", "sizes", "layers", "stack")
OF_A_LAYER = ("mixer", "feed_forward", "norm", "norms", "parallel")
LONGEST_TITLE = 500  # characters; it stands above pages and slides
PLACES = {"pre": (True, False), "post": (False, True), "sandwich": (True, True)}
FACTOR = re.compile(r"\s*([*/]?)\s*([A-Za-z_][A-Za-z0-9_]*|[0-9]{1,15})")
VECTORS = {"batch", "time", "model"}
KINDS_OF_FLAGS: dict[str, type] = {"bool": bool, "str": str, "int": int}


def read_own(source: str | Path) -> Architecture:
    """The architecture that a TOML file composes.

    Raises `ConfigError`, in one line, for whatever is not understood; a component that does not fit
    into a layer raises `DeclarationError` when the model is built.
    """
    path = Path(source)
    return _Composer(path.name, _parsed(path)).architecture(path.stem)


def _parsed(path: Path) -> dict[str, Any]:
    text = text_of(path)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path.name}: not TOML: {str(error)[:80]}") from None


class _Composer:
    """Reads one file; every complaint names the file, the table and the way out."""

    def __init__(self, where: str, text: Mapping[str, Any]) -> None:
        self._where, self._text = where, text
        self._sizes: dict[str, tuple[Size, str]] = {}
        self._relations: list[Relation] = []

    def architecture(self, name: str) -> Architecture:
        self._known("the file", self._text, TOP)
        positions, last_norm = self._flag("positions", False), self._norm("the file", self._text)
        self._read_sizes()
        spec = Decoder(
            stacks=self._stacks(),
            positions=positions,
            last_norm=last_norm,
            tied=self._flag("tied"),
            head_bias=self._flag("head_bias", False),
        )
        root = build(decoder, name, spec=spec)
        if dim("share") in dims_of_model(root):
            rule = Poly.of(dim("heads")) / Poly.of(dim("groups"))
            self._relations.append(Relation(dim("share"), rule, "query heads for each key head"))
        title = self._text.get("title", name)
        origin = self._text.get("source", self._where)
        for key, value in (("title", title), ("source", origin)):
            if not isinstance(value, str):
                self._fail(key, f"must be a text, not {value!r:.40}")
            if len(value) > LONGEST_TITLE:
                self._fail(key, f"has {len(value)} characters; at most {LONGEST_TITLE} are taken")
        return Architecture(
            name,
            title,
            decoder,
            origin,
            self._sizes,
            flags={"spec": spec},
            relations=tuple(self._relations),
        )

    # -- sizes -----------------------------------------------------------------------------

    def _read_sizes(self) -> None:
        for name, value in self._table("sizes", self._text.get("sizes", {})).items():
            each = self._symbol("[sizes]", name)
            if isinstance(value, str):
                rule = self._product(f"[sizes] {name}", value)
                self._relations.append(Relation(each, rule, f"{self._where}, [sizes]"))
            else:
                self._sizes[each.word] = (
                    self._whole(f"[sizes] {name}", value, LARGEST),
                    f"{self._where}, [sizes]",
                )

    def _product(self, place: str, text: str) -> Poly:
        """`4 * d` or `d / h`: numbers and symbols, multiplied and divided."""
        found, at = Poly.of(1), 0
        while at < len(text):
            factor = FACTOR.match(text, at)
            if factor is None or bool(factor[1]) == (at == 0):
                self._fail(place, f"= {text!r:.40}: write a product, such as 'd / h' or '4 * d'")
            value = int(factor[2]) if factor[2].isdigit() else self._symbol(place, factor[2])
            if value == 0:
                self._fail(place, "has the factor 0")
            found = found / Poly.of(value) if factor[1] == "/" else found * Poly.of(value)
            at = factor.end() if text[factor.end() :].strip() else len(text)
        if not text.strip():
            self._fail(place, "is empty")
        return found

    def _symbol(self, place: str, name: str) -> Dim:
        try:
            return find(name)
        except DimensionError as error:
            return self._fail(place, f": {error} `symcost list symbols` shows all.")

    # -- layers ----------------------------------------------------------------------------

    def _stacks(self) -> tuple[Stack, ...]:
        """How often each kind of layer occurs, in the order of first sight."""
        kinds = self._table("layers", self._text.get("layers"))
        if not kinds:
            self._fail("layers", "is missing: describe at least one kind as [layers.NAME]")
        layers = {name: self._layer(name, table) for name, table in kinds.items()}
        counts = self._counts(layers)
        for name in layers:
            if name not in counts:
                self._fail(f"[layers.{name}]", "stands in no [[stack]]")
        if len(counts) == 1:
            ((name, count),) = counts.items()
            if isinstance(count, int):
                self._sizes["layers"] = (count, f"{self._where}, [[stack]]")
                count = Poly.of(dim("layers"))
            return (Stack("layer", count, layers[name]),)
        return tuple(self._stack(name, count, layers[name]) for name, count in counts.items())

    def _stack(self, name: str, count: int | Poly, layer: Layer) -> Stack:
        if isinstance(count, int):
            try:
                word = count_of(name).word
            except DimensionError as error:
                self._fail(f"[layers.{name}]", f": {error}")
            self._sizes[word] = (count, f"{self._where}, [[stack]]")
            count = Poly.of(dim(word))
        return Stack(f"{name}_layer", count, layer)

    def _counts(self, layers: Mapping[str, Layer]) -> dict[str, int | Poly]:
        """Occurrences of each kind; `times` is a number or a symbol."""
        stacks = self._text.get("stack")
        if not isinstance(stacks, list) or not stacks:
            self._fail("stack", "is missing: say which layers there are with [[stack]]")
        counts: dict[str, int | Poly] = {}
        for at, entry in enumerate(stacks, 1):
            place = f"[[stack]] {at}"
            table = self._table(place, entry)
            self._known(place, table, ("pattern", "times"))
            pattern, times = table.get("pattern"), table.get("times", 1)
            if not isinstance(pattern, list) or not pattern:
                self._fail(place, "pattern must be a list of kinds of layers")
            number: int | Poly
            if isinstance(times, str):
                number = self._product(f"{place} times", times)
            else:
                number = self._whole(f"{place} times", times, MOST_LAYERS)
            for name in pattern:
                if not isinstance(name, str) or name not in layers:
                    self._fail(place, f"names {name!r:.40}; the kinds are {', '.join(layers)}")
                before = counts.get(name, 0)
                counts[name] = number if before == 0 else before + number
        return counts

    def _layer(self, name: str, found: Any) -> Layer:
        place = f"[layers.{name[:40]}]"
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
            self._fail(place, ": a kind is named by small letters, digits and '_'")
        table = self._table(place, found)
        self._known(place, table, OF_A_LAYER)
        mixer = self._use(f"{place} mixer", table["mixer"]) if "mixer" in table else None
        feed = None
        if "feed_forward" in table:
            feed = self._use(f"{place} feed_forward", table["feed_forward"])
        if mixer is None and feed is None:
            self._fail(place, "has no mixer and no feed_forward")
        norm = self._norm(place, {**self._text, **table})
        before, after = self._one_of(place, table, "norms", "pre", PLACES)
        parallel = self._one_of(place, table, "parallel", "no", {"no": "", "one": "one"})
        if parallel and (mixer is None or feed is None):
            self._fail(place, "parallel needs a mixer and a feed_forward")
        first, last = norm if before else "", norm if after else ""
        return Layer(mixer, feed, first, last, first, last, parallel, mixer_name="mixer")

    def _use(self, place: str, value: Any) -> Use:
        """A component by name, with flags that its declaration really takes."""
        table = {"use": value} if isinstance(value, str) else dict(self._table(place, value))
        name = table.pop("use", None)
        if not isinstance(name, str) or name not in components():
            close = difflib.get_close_matches(str(name), components(), n=1)
            hint = f" Did you mean '{close[0]}'?" if close else " See `symcost list components`."
            self._fail(place, f"names no component: {name!r:.40}.{hint}")
        kinds = flags_of(components()[name])
        self._known(place, table, kinds)
        flags: dict[str, Flag] = {}
        for key, flag in table.items():
            wanted = KINDS_OF_FLAGS.get(kinds[key])
            if wanted is None or type(flag) is not wanted:
                self._fail(f"{place} {key}", f"must be a {kinds[key]}, not {flag!r:.40}")
            if isinstance(flag, str) and flag not in words_of_flags():
                hint = did_you_mean(flag, sorted(words_of_flags()))
                self._fail(f"{place} {key}", f"{flag!r:.40} means nothing to a component.{hint}")
            flags[key] = flag
        lacking = [each for each in needed_flags(components()[name]) if each not in flags]
        if lacking:
            self._fail(place, f"{name} needs {', '.join(lacking)}")
        self._fits(place, components()[name], flags)
        return Use(components()[name], flags)

    def _fits(self, place: str, component: Declaration, flags: Mapping[str, Flag]) -> None:
        """A part of a layer takes the tokens' vectors and gives vectors of the same width back."""
        name = component.__name__
        try:
            built = build(component, "", **flags)
        except DeclarationError as error:
            self._fail(place, f": {name} alone: {error}")
        if [set(each.axes) for each in (*built.inputs, built.output)] != [VECTORS, VECTORS]:
            taken = "; ".join(", ".join(each.axes) for each in built.inputs)
            made = ", ".join(built.output.axes)
            self._fail(
                place,
                f": {name} takes ({taken}) and gives ({made}); a part of a layer takes and gives "
                "(batch, time, model)",
            )

    # -- single values ---------------------------------------------------------------------

    def _norm(self, place: str, table: Mapping[str, Any]) -> str:
        if "norm" not in table:
            self._fail(place, f"says no norm: write norm = one of {', '.join(NORMS)}")
        return str(self._one_of(place, table, "norm", "", {each: each for each in NORMS}))

    def _one_of(
        self, place: str, table: Mapping[str, Any], key: str, usual: str, known: Mapping[str, Any]
    ) -> Any:
        value = table.get(key, usual)
        if not isinstance(value, str) or value not in known:
            self._fail(f"{place} {key}", f"is one of {', '.join(known)}, not {value!r:.40}")
        return known[value]

    def _flag(self, key: str, usual: bool | None = None) -> bool:
        value = self._text.get(key, usual)
        if value is None:
            self._fail(key, "is missing: write true or false")
        if not isinstance(value, bool):
            self._fail(key, f"must be true or false, not {value!r:.40}")
        return value

    def _whole(self, place: str, value: Any, most: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            self._fail(place, f"must be a whole number from 1 to {most}, not {value!r:.40}")
        return int(value)

    def _table(self, place: str, value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._fail(place, f"must be a table, not {value!r:.40}")
        return dict(value)

    def _known(self, place: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
        for key in table:
            if key not in known:
                close = difflib.get_close_matches(key, list(known), n=1)
                hint = f" Did you mean '{close[0]}'?" if close else ""
                self._fail(place, f"has the key {key!r:.40}, which it cannot have.{hint}")

    def _fail(self, place: str, problem: str) -> NoReturn:
        raise ConfigError(f"{self._where}: {place}{'' if problem[:1] in ':,' else ' '}{problem}")
