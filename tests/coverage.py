"""Compares every row of recorded models with symcost: `python -m tests.coverage FILE [TYPE ...]`.

A row is exact (parameters in all, in tables and outside, forward work at every size, training and
cache where the row has them), refused (with the reason), or wrong; a table counts them by tier.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import symcost
from symcost.config.read import read
from symcost.graph.architecture import dims_of_model


def compare(row: dict[str, Any]) -> tuple[str, str]:
    """("exact" | "refused" | "wrong", why)."""
    try:
        model = symcost.Model(read(row.get("config", row.get("config_sparse", {}))))
        faults = list(differences(model, row))
    except ValueError as error:  # a key, a size or a symbol that is refused, with the reason
        return "refused", str(error)
    return ("wrong", "; ".join(faults)) if faults else ("exact", "")


def sizes(row: dict[str, Any], case: dict[str, Any], symbols: set[str]) -> dict[str, int]:
    """The sizes of a case. An encoder of text reads S tokens, its decoder S // 2 + 1.

    A model that could hear or see and is given text alone has no such encoder, whatever its kind.
    """
    if row.get("kind") == "seq2seq" and "s_e" in symbols:
        return {"B": case["B"], "s_e": case["S"], "s": case["S"] // 2 + 1}
    known = [each for each in row.get("flops", []) if "in" in each]
    same = [each for each in known if each.get("S") == case.get("S")] or known
    shapes = case.get("in") or next((each["in"] for each in same), {})
    pixels = shapes.get("pixel_values") or row.get("pixels")
    if pixels:
        found = {"B": case["B"], "n_px": pixels[-1]}
        return {**found, "s": case["S"]} if "input_ids" in shapes else found
    if row.get("kind") == "speech_seq2seq":
        found = {"B": case["B"], "s": case["S"] // 2 + 1}
        same = [each for each in row["flops"] if each["S"] == case["S"]]
        if same and "input_values" in same[0].get("in", {}):
            found["n_fr"] = same[0]["in"]["input_values"][1]
        return found
    sound = shapes.get("input_features") or shapes.get("input_values")
    if sound and not any(name.endswith("ids") for name in shapes):
        # Some encoders of sound take always as many frames.
        return {"B": case["B"], "n_fr": sound[1]} if "n_fr" in symbols else {"B": case["B"]}
    return {"B": case["B"], "s": case["S"]}


def differences(model: symcost.Model, row: dict[str, Any]) -> Any:
    symbols = {each.symbol for each in dims_of_model(model.root)}
    for name in ("params", "params_embedding", "params_non_embedding"):
        if name in row and model.value(name) != row[name]:
            yield f"{name} {model.value(name)} is not {row[name]}"
    for case in row.get("flops", []):
        value = model.value("flops_forward", **sizes(row, case, symbols))
        if value != case["flops"]:
            yield f"forward B={case['B']} s={case['S']} {value} is not {case['flops']}"
    train = row.get("train")
    if train and "convolution" not in train["by_op"]:
        value = model.value("flops_train", **sizes(row, train, symbols))
        if value != train["flops"]:
            yield f"train {value} is not {train['flops']}"
    for case in row.get("kv", []):
        value = model.value("kv_cache_bytes", **sizes(row, case, symbols))
        if value != 2 * case["elements"]:
            yield f"cache B={case['B']} s={case['S']} {value} is not 2 x {case['elements']}"


def main() -> None:
    path, *types = sys.argv[1:]
    rows = [json.loads(line) for line in Path(path).read_text().splitlines()]
    tally: Counter[tuple[int, str]] = Counter()
    for row in rows:
        if types and row["model_type"] not in types:
            continue
        status, why = compare(row)
        tally[row.get("tier", 0), status] += 1
        if types or status != "exact":
            sys.stdout.write(f"{status:8}{row['id']:40}{why}\n")
    for (tier, status), count in sorted(tally.items()):
        sys.stdout.write(f"tier {tier} {status}: {count}\n")


if __name__ == "__main__":
    main()
