"""Completion follows from the parsers, and works in the shells themselves."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from symcost.catalog import find
from symcost.cli import main, parser
from symcost.commands.completion import FILES, FREE, NAMES, PATHS, candidates
from symcost.quantities.devices import devices

from .terminals import environment

ROOT = parser()
COMMANDS = [name for name, each in ROOT.commands.items() if each.summary]
MODELS = [*find.architectures(), *find.presets()]


def found(line: str) -> list[str]:
    """What may stand at the end of a line behind `symcost`."""
    words = shlex.split(line)
    return list(candidates(ROOT, [*words, ""] if line.endswith(" ") or not line else words))


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("der", ["derive"]),
        ("derive gpt2-l", ["gpt2-large", FILES]),
        ("derive gpt2 --set d", ["d=", "d_h=", "d_ff="]),
        ("derive --set n_ctx=9 gpt2-x", ["gpt2-xl", FILES]),
        ("eval gpt2 --set=n_c", ["--set=n_ctx="]),
        ("eval gpt2 --set n_ctx=10", []),
        ("eval gpt2 --quantity params_no", ["params_non_embedding"]),
        ("eval gpt2 --convention=kap", ["--convention=kaplan-2020"]),
        ("eval gpt2 --style f", ["factored"]),
        ("eval gpt2 --scope ", ["batch", "sequence", "token"]),
        ("eval gpt2 --cit", ["--cite"]),
        ("eval gpt2 --cite --sty", ["--style"]),
        ("eval gpt2 --parallel dp=8,t", ["dp=8,tp"]),
        ("eval gpt2 --include embeddings,h", ["embeddings,head"]),
        ("eval gpt2 --stage la", ["last"]),
        (
            "eval gpt2 --optimizer adam-mixed-",
            ["adam-mixed-fp32-gradients", "adam-mixed-both-gradients"],
        ),
        ("derive gpt2 --format latex,markd", ["latex,markdown"]),
        ("derive gpt2 -o ", [FILES]),
        ("derive gpt2 --language d", ["de", FILES]),
        ("roofline gpt2 --device h1", ["h100", "h100-pcie"]),
        ("roofline gpt2 --device v100 --dtype ", [*devices()["v100"].peaks]),
        ("compare gpt2 gpt2-x", ["gpt2-xl"]),
        ("list opt", ["optimizers"]),
        ("solve gpt2 'params = 1e9' --for V", ["V"]),
        ("check ", [FILES]),
        ("check --model lect", ["lecture", FILES]),
        ("which 124M --model gpt2-m", ["gpt2-medium", FILES]),
        ("show gpt2 --depth ", []),
        ("nosuch ", []),
        ("complete ", []),
        ("derive nosuch_model --set ", []),
        ("derive os:remove --set n_ct", ["n_ctx="]),
    ],
)
def test_what_is_completed(line: str, answer: list[str]) -> None:
    try:
        assert found(line) == answer
    except ValueError:
        assert answer == []


def test_the_first_word_is_a_command() -> None:
    assert [each for each in found("") if not each.startswith("-")] == COMMANDS
    assert found("--c") == ["--color"]


def test_models_are_completed_by_name() -> None:
    assert found("derive ") == [*MODELS, FILES]
    assert found("derive deepseek-v") == [
        *(each for each in MODELS if each.startswith("deepseek-v")),
        FILES,
    ]


def test_every_argument_is_known_to_completion() -> None:
    """A new argument has names, paths, choices, or is something that people think of."""
    for name in COMMANDS:
        for each in ROOT.commands[name].declared:
            if each.nargs != 0 and each.choices is None:
                kinds = [each.dest in group for group in (NAMES, PATHS, FREE)]
                assert sum(kinds) == 1, f"{name}: {each.dest}"


def test_an_unfinished_line_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["complete", "--", "derive", "nosuch_model", "--set", "d"]) == 0
    assert capsys.readouterr() == ("", "")


# -- shells ----------------------------------------------------------------------------------------


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A folder with a command `symcost`, the scripts, and a file to complete."""
    (tmp_path / "symcost").write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m symcost "$@"\n', encoding="utf-8"
    )
    (tmp_path / "symcost").chmod(0o755)
    (tmp_path / "homework two.py").touch()
    for shell in ("bash", "zsh", "fish"):
        done = subprocess.run(
            [tmp_path / "symcost", "completion", shell], capture_output=True, check=True
        )
        (tmp_path / f"script.{shell}").write_bytes(done.stdout)
    return tmp_path


def asked(shell: str, text: str, folder: Path) -> list[str]:
    """What a shell prints."""
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed: apt-get install {shell}")
    path = f"{folder}:{environment()['PATH']}"
    done = subprocess.run(
        [found, *(["-f"] if shell == "zsh" else []), "-c", text],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(PATH=path, HOME=str(folder)),
        check=False,
        timeout=120,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


BASH = """
source script.bash
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_symcost
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("words", "replies"),
    [
        ("symcost deri", ["derive"]),
        ("symcost derive gpt2-l", ["gpt2-large"]),
        ("symcost derive gpt2 --set d_", ["d_h=", "d_ff="]),
        # Bash breaks words at an equals sign and replaces what stands behind it.
        ("symcost eval gpt2 --convention = kap", ["kaplan-2020"]),
        ("symcost eval gpt2 --set = n_c", ["n_ctx="]),
        ("symcost eval gpt2 --set s = 10 --sty", ["--style"]),
        ("symcost eval gpt2 --scope ''", ["batch", "sequence", "token"]),
        ("symcost check home", ["homework two.py"]),
    ],
)
def test_bash(words: str, replies: list[str], scripts: Path) -> None:
    assert asked("bash", BASH.format(words=words), scripts) == replies


def test_bash_binds_the_command(scripts: Path) -> None:
    text = "source script.bash; complete -p symcost"
    assert asked("bash", text, scripts) == ["complete -F _symcost symcost"]


ZSH = """
compdef() {{ print "bound $1 $2" }}
compadd() {{ while [[ $1 != -- ]]; do shift; done; shift; print -l -- "$@" }}
_files() {{ print FILES }}
source ./script.zsh
words=({words}); CURRENT=${{#words}}
_symcost
"""


@pytest.mark.parametrize(
    ("words", "replies"),
    [
        ("symcost deri", ["derive"]),
        ("symcost derive gpt2-l", ["gpt2-large", "FILES"]),
        ("symcost derive gpt2 --set d_", ["d_h=", "d_ff="]),
        ("symcost eval gpt2 --scope ''", ["batch", "sequence", "token"]),
    ],
)
def test_zsh(words: str, replies: list[str], scripts: Path) -> None:
    bound = "bound _symcost symcost"
    assert asked("zsh", ZSH.format(words=words), scripts) == [bound, *replies]


@pytest.mark.parametrize(
    ("words", "replies"),
    [
        ("symcost deri", ["derive"]),
        ("symcost derive gpt2-l", ["gpt2-large"]),
        ("symcost derive gpt2 --set d_", ["d_ff=", "d_h="]),
        ("symcost check home", ["homework two.py"]),
    ],
)
def test_fish(words: str, replies: list[str], scripts: Path) -> None:
    text = f"source script.fish; complete -C {shlex.quote(words)}"
    assert sorted(asked("fish", text, scripts)) == replies
