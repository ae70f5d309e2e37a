"""The workflow and the action of docs/actions and action.yml: run line by line.

What a runner gives a step is given here: variables, a folder for temporary files, bash with
`-eo pipefail`. `uses:` of other actions is not run.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

yaml = pytest.importorskip("yaml", reason="the extra `docs` brings PyYAML")

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.site

ROOT = Path(__file__).parent.parent
RIGHT = "weights = 12 * n_layer * n_embd**2  # symcost: params_non_embedding of gpt2\n"
WRONG = "weights = 13 * n_layer * n_embd**2  # symcost: params_non_embedding of gpt2\n"


@pytest.fixture(scope="module")
def action() -> Mapping[str, Any]:
    return load("action.yml")


@pytest.fixture(scope="module")
def workflow() -> Mapping[str, Any]:
    return load("docs/actions/check-formulas.yml")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a file that has nothing to do with it, and a name with a blank."""
    folder = tmp_path / "repository"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / "plain.py").write_text("print('no formula here')\n", encoding="utf-8")
    return folder


def load(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return found


def write(repository: Path, name: str, text: str) -> None:
    path = repository / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    subprocess.run(["git", "-C", str(repository), "add", "."], check=True)


def run(step: Mapping[str, Any], repository: Path, **variables: str) -> tuple[int, str]:
    """Exit code and output of the lines of a step."""
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=repository,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def installed(folder: Path) -> Path:
    """A folder with a program `symcost` that is the one under test."""
    bin_folder = folder / "symcost" / "bin"
    bin_folder.mkdir(parents=True)
    program = bin_folder / "symcost"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m symcost "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return bin_folder


def step_of(steps: list[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    (found,) = [each for each in steps if each.get("name") == name]
    return found


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (RIGHT, 0, "a cost.py:1: right under: d_ff = 4 d"),
        (WRONG, 1, "a cost.py:1: wrong (under: d_ff = 4 d)"),
        ("print(1)\n", 0, "no comment with a formula in: ."),
    ],
)
def test_the_action(
    text: str, code: int, said: str, action: Mapping[str, Any], repository: Path, tmp_path: Path
) -> None:
    write(repository, "a cost.py", text)
    installed(tmp_path / "runner")
    step = step_of(action["runs"]["steps"], "Check the formulas in comments")
    found, output = run(
        step,
        repository,
        RUNNER_TEMP=str(tmp_path / "runner"),
        FILES=action["inputs"]["files"]["default"],
        ARGUMENTS=action["inputs"]["arguments"]["default"],
        MATCHER="matcher.json",
        PYTHONPATH=str(ROOT),
    )
    assert (found, output.splitlines()[0]) == (code, "::add-matcher::matcher.json")
    assert said in output


def test_what_is_given_to_the_action_is_never_run(
    action: Mapping[str, Any], repository: Path, tmp_path: Path
) -> None:
    write(repository, "right.py", RIGHT)
    write(repository, "old/wrong.py", WRONG)
    installed(tmp_path / "runner")
    step = step_of(action["runs"]["steps"], "Check the formulas in comments")
    given = {"RUNNER_TEMP": str(tmp_path / "runner"), "MATCHER": "m", "PYTHONPATH": str(ROOT)}
    some = run(
        step, repository, FILES=".\n:!old", ARGUMENTS="--strict\n--exclude=biases,norms", **given
    )
    assert some[0] == 0, some[1]
    hostile = run(step, repository, FILES="$(touch hit)\n'; touch hit;", ARGUMENTS="", **given)
    assert hostile[0] == 0
    assert not (repository / "hit").exists()


def test_the_action_installs_what_it_runs(action: Mapping[str, Any], tmp_path: Path) -> None:
    step = step_of(action["runs"]["steps"], "Install symcost")
    code, output = run(step, tmp_path, RUNNER_TEMP=str(tmp_path), SYMCOST=str(ROOT), PYTHONPATH="")
    assert code == 0, output
    program = tmp_path / "symcost" / "bin" / "symcost"
    done = subprocess.run(
        [program, "eval", "gpt2", "-q", "params"],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
        capture_output=True,
        text=True,
    )
    assert "124,439,808" in done.stdout


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        ({}, [0, 0]),
        ({"cost.py": RIGHT, "docs/costs.md": "Layers: $N = 12 L d^2$ parameters.\n"}, [0, 0]),
        ({"cost.py": WRONG, "docs/costs.md": "Layers: $N = 13 L d^2$ parameters.\n"}, [1, 1]),
    ],
)
def test_the_workflow(
    files: Mapping[str, str],
    codes: list[int],
    workflow: Mapping[str, Any],
    repository: Path,
    tmp_path: Path,
) -> None:
    for name, text in files.items():
        write(repository, name, text)
    path = f"{installed(tmp_path)}:{os.environ['PATH']}"
    steps = workflow["jobs"]["formulas"]["steps"]
    names = ("Formulas in comments", "Formulas of a page")
    done = [run(step_of(steps, e), repository, PATH=path, PYTHONPATH=str(ROOT)) for e in names]
    assert [code for code, _ in done] == codes, done


def test_the_workflow_may_do_nothing_but_read(workflow: Mapping[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    used = [each["uses"] for each in workflow["jobs"]["formulas"]["steps"] if "uses" in each]
    assert len(used) == 2
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+(\.\d+)*", each) for each in used)
    runner = workflow["jobs"]["formulas"]["runs-on"]
    assert not runner.endswith("latest")


def test_wrong_lines_are_shown_where_they_stand(repository: Path, tmp_path: Path) -> None:
    (matcher,) = json.loads((ROOT / "docs/actions/matcher.json").read_text())["problemMatcher"]
    pattern = re.compile(matcher["pattern"][0]["regexp"])
    write(repository, "cost.py", f"{RIGHT}{WRONG}w = 1  # symcost: nonsense of gpt2 = 3\n")
    program = installed(tmp_path) / "symcost"
    step = {"run": f"{program} check --comments cost.py"}
    code, output = run(step, repository, PYTHONPATH=str(ROOT))
    matched = [pattern.match(line) for line in output.splitlines()]
    shown = [(each[1], each[2], each[3].split()[0].rstrip(":")) for each in matched if each]
    assert code == 1
    assert shown == [("cost.py", "2", "wrong"), ("cost.py", "3", "unusable")]
