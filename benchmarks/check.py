"""How often the checker is right: `make bench-check CASES=file.jsonl`.

A case holds a formula with the meaning of its letters, the declaration it is judged under (`model`,
`count`, `scope`) or, where it has none, the true formula; `verdict`, `error_class` and the others
are for marking only. Prints the misses, then the shares and the times.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

from symcost.checking.claims import Claim, check_claim
from symcost.checking.verdict import Status, Verdict

COMMON = {"missing", "factor", "extra", "wrong"}
CLASSES = Path(__file__).with_name("classes.toml")


def claim_of(case: dict[str, Any]) -> Claim:
    """What may be read of a case, and nothing else."""
    return Claim(
        formula=case.get("snippet_formula") or case["latex"],
        symbols=case["symbols"],
        quantity=case["claimed_quantity"],
        model=case.get("model"),
        count=case.get("count", {}),
        scope=case.get("scope", "COUNT"),
        reference="" if case.get("model") else case["true_formula"],
        sizes=tuple(each["config"] for each in case["configs"]),
        claimed=case.get("claimed_number"),
    )


def verdict_class(verdict: str) -> str:
    """right, approximate or wrong: "right under a convention" holds under the declaration given."""
    return verdict.split()[0].rstrip(":").replace("approximates", "approximate")


OURS = {
    Status.RIGHT: "right",
    Status.RIGHT_UNDER: "right",
    Status.APPROXIMATION: "approximate",
    Status.WRONG: "wrong",
    Status.UNKNOWN: "unknown",
    Status.UNUSABLE: "unusable",
}


def names_the_error(found: Verdict, case: dict[str, Any], classes: dict[str, list[str]]) -> bool:
    """Whether an error of the first explanation is of the case's class.

    A class that the table does not know is matched by a word that it shares with one it knows.
    """
    wanted = case["error_class"]
    known = {name for names in classes.values() for name in names}
    for edit in found.edits:
        names = classes.get(edit.kind, ())
        if wanted in names:
            return True
        if wanted not in known and any(words(wanted) & words(name) for name in names):
            return True
    return False


def words(name: str) -> set[str]:
    """The words of a class's name that say something."""
    return {each for each in re.split(r"[^a-z]+", name.lower()) if len(each) > 3} - COMMON


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--all", action="store_true", help="print every case, not the misses only")
    chosen = parser.parse_args()
    classes = tomllib.loads(CLASSES.read_text(encoding="utf-8"))["classes"]
    rows = [json.loads(line) for line in chosen.cases.read_text(encoding="utf-8").splitlines()]
    good = explained = wrong = accused = 0
    times = []
    for case in rows:
        began = time.perf_counter()
        found = check_claim(claim_of(case))
        times.append(time.perf_counter() - began)
        truth, ours = verdict_class(case["verdict"]), OURS[found.status]
        hit = truth == ours
        good += hit
        accused += truth == "right" and ours in ("wrong", "unknown")
        named = True
        if truth == "wrong":
            wrong += 1
            named = ours == "wrong" and names_the_error(found, case, classes)
            explained += named
        if chosen.all or not (hit and named):
            edits = "; ".join(f"{e.kind} [{e.factor}] {e.term}" for e in found.edits)
            print(f"{case['id']}: {case['verdict']} ({case['error_class']}) / {found.status.value}")
            print(f"    {edits or found.remark}")
    times.sort()
    print(f"seconds: median {times[len(times) // 2]:.3f}, worst {times[-1]:.3f}")
    print(f"verdict: {good / len(rows):.1%} of {len(rows)}")
    print(f"explanation: {explained / max(wrong, 1):.1%} of {wrong}")
    print(f"right called wrong: {accused}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
