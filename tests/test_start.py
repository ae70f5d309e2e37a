"""What a run does not load: a command asked by name, a model in a module of its own, and no SymPy.

That it says the same as with everything loaded is what these tests are about; no time is measured.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from symcost import cli
from symcost.catalog import find
from symcost.commands.parser import UsageError
from symcost.graph.architecture import Architecture
from symcost.quantities.convention import Convention
from symcost.quantities.interpret import Combined, Quantity

NAMES = [name for some in cli.COMMANDS.values() for name in some]
WRONG = ["--no-such-option", "--set", "--color loud", "one two three four five", "--format"]


def test_every_command_is_in_the_module_that_the_table_names() -> None:
    whole = cli.parser().commands
    assert [each for each in whole if whole[each].summary] == NAMES
    for name in set(NAMES) - set(cli.KNOW_ALL):
        assert list(cli.parser(name).commands) == [name]


@pytest.mark.parametrize("name", NAMES)
def test_a_command_alone_helps_and_complains_as_among_all(name: str) -> None:
    alone, among = cli.parser(name), cli.parser()
    assert alone.commands[name].format_help() == among.commands[name].format_help()
    for words in WRONG:
        said = []
        for each in (alone, among):
            try:
                said.append(str(each.parse_known_args([name, *words.split()])[1]))
            except UsageError as error:
                said.append(str(error))
        assert said[0] == said[1]


@pytest.mark.parametrize("line", ["", "chek gpt2", "--color never", "complete -- symcost che"])
def test_what_is_no_command_is_read_with_all_of_them_at_hand(line: str) -> None:
    found = cli.parser(line.partition(" ")[0])
    assert set(NAMES) <= set(found.commands)


LOADED = """
import sys
from symcost.quick import main
code = main()
print(code, *sorted(each for each in sys.modules if "." not in each or each.startswith("symcost")),
      file=sys.stderr)
"""


def _loaded(*words: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True
    )
    code, *modules = run.stderr.split()
    assert code == "1"
    assert run.stdout.count("W_O counted h times") == 1
    return set(modules)


def test_to_check_a_formula_loads_no_computer_algebra_and_no_other_command() -> None:
    formula = "L*(3*d*d + h*d*d + 2*d*d_ff)"
    asked = ["--formula", formula, "--model", "lecture", "-q", "params_non_embedding"]
    loaded = _loaded("check", *asked)
    assert "symcost.checking.explain" in loaded
    commands = {f"symcost.commands.{each}" for each in ("derive", "sweep", "which", "kept")}
    others = {"symcost.models.bert", "symcost.quantities.roofline", "symcost.render.latex"}
    assert loaded.isdisjoint({"sympy", "numpy", "subprocess", *commands, *others})


@pytest.mark.parametrize(
    ("package", "kinds", "table"),
    [
        ("symcost.models", [Architecture], find.architectures),
        ("symcost.quantities", [Quantity, Combined], find.quantities),
        ("symcost.quantities", [Convention], find.conventions),
    ],
)
def test_what_is_found_in_one_module_is_what_is_found_among_all(package, kinds, table) -> None:  # type: ignore[no-untyped-def]
    found = {
        name: each
        for name in table()
        for kind in kinds
        if (each := find._one(package, kind, name)) is not None
    }
    assert len(found) > len(table()) / 2
    assert all(table()[name] is each for name, each in found.items())
    for strange in ("", '"', "params\n", "no such thing", "Architecture"):
        assert all(find._one(package, kind, strange) is None for kind in kinds)
