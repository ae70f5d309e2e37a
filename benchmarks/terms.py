"""How long the checker takes by the number of terms of a formula, in process.

    python benchmarks/terms.py        JSON: a row for each kind, length and verdict

*Different* terms are the closed form of a stack of different blocks, right as it stands, wrong with
some terms multiplied or one left out. *Equal* terms are L d^2 written down again and again, right
and with one too many.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from lines import Line
from timing import told

LENGTHS = (1, 3, 10, 20, 30, 40, 50, 60, 100, 200, 300, 400, 1000)
BAR = 2.0


def rows() -> list[dict[str, Any]]:
    """Every formula judged once, after one that loads what is needed."""
    import symcost
    from symcost.algebra.plain import python

    def took(kind: str, text: str, model: str, quantity: str, wanted: str) -> dict[str, Any]:
        busy = time.process_time()
        found = symcost.check(text, model=model, quantity=quantity)
        spent = time.process_time() - busy
        terms = text.count(" + ") + 1
        return {
            "kind": kind,
            "terms": terms,
            "is": wanted,
            "says": found.status.value,
            "cpu": spent,
        }

    took("", "L*d**2", "gpt2", "params_non_embedding", "")
    found = []
    for length in LENGTHS:
        name = f"stack:stack_{max(1, length // 5)}"
        form = symcost.load(name).form("params", style="expanded")
        parts = python(form).split(" + ")[:length]
        whole = " + ".join(parts)
        if length % 5 == 0:
            found.append(took("different", whole, name, "params", "right"))
        changed = [f"{5 * (at % 7 == 3) or 1}*{each}" for at, each in enumerate(parts)]
        two = [f"3*{parts[0]}", *parts[1:-1], f"7*{parts[-1]}"] if length > 1 else [f"3*{whole}"]
        less = [*parts[: length // 2], *parts[length // 2 + 1 :]]
        found += [
            took("different", " + ".join(wrong), name, "params", "wrong")
            for wrong in (two, changed, less)
            if wrong
        ]
        last = f"{13 - length}*L*d**2" if length < 13 else f"(0 - {length - 13})*L*d**2"
        equal = " + ".join([*["L*d**2"] * (length - 1), last])
        found.append(took("equal", equal, "gpt2", "params_non_embedding", "right"))
        more = f"{equal} + L*d**2"
        found.append(took("equal", more, "gpt2", "params_non_embedding", "wrong"))
    return found


def terms(_: int) -> list[Line]:
    """The worst time, and the worst at each length."""
    found = json.loads(told("terms.py"))
    for each in found:
        if each["is"] == "right" and each["says"] in ("wrong", "unknown"):
            raise RuntimeError(f"a right formula is called {each['says']}: {each}")
    said = []
    for kind in ("different", "equal"):
        for length in LENGTHS:
            some = [e for e in found if e["kind"] == kind and abs(e["terms"] - length) <= 1]
            worst = {
                way: max((e["cpu"] for e in some if e["is"] == way), default=0.0) * 1000
                for way in ("right", "wrong")
            }
            says = ", ".join(dict.fromkeys(e["says"] for e in some if e["is"] == "wrong"))
            said.append(
                f"{length:5,} {kind:9} terms: right {worst['right']:6,.0f} ms, "
                f"wrong {worst['wrong']:6,.0f} ms ({says})"
            )
    worst_of_all = max(each["cpu"] for each in found)
    says = "the worst time of a formula of 1 to 1,000 terms; longer ones are refused unread"
    return [Line("check-terms", says, worst_of_all, BAR, unit="seconds", notes=tuple(said))]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(rows()))
