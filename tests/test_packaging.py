"""symcost as a wheel, as an sdist and as an editable checkout: complete, and the same in all three.

Building takes the build backend, which pip fetches. What symcost needs at run time is not fetched:
the environments see the four packages of the interpreter that runs the tests, and nothing else.
"""

from __future__ import annotations

import email
import importlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import symcost

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message

CHECKOUT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PROJECT["project"]["version"]
KINDS = ("wheel", "sdist", "editable")
NEEDED = ("sympy", "mpmath", "jinja2", "markupsafe")
FILES = {"derivation.html", "derivation.md", "derivation.tex", "derivation.txt"}


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    folder: Path

    @property
    def packages(self) -> Path:
        """Where its packages lie."""
        base = {"base": str(self.folder), "platbase": str(self.folder)}
        return Path(sysconfig.get_path("purelib", "venv", base))

    def run(self, program: str, *arguments: str, cwd: Path) -> str:
        """What one of its programs prints; what the caller's environment adds is kept out."""
        scripts = Path(sysconfig.get_path("scripts", "venv", {"base": str(self.folder)}))
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        done = subprocess.run(
            [scripts / program, *arguments],
            cwd=cwd,
            env=clean,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@dataclass(frozen=True)
class Built:
    """A copy of the checkout, the wheel and the sdist made from it, and a pip."""

    copy: Path
    wheel: Path
    sdist: Path
    builder: Environment


@dataclass(frozen=True)
class Installed:
    """An environment that holds symcost, and what its commands gave outside of any checkout."""

    environment: Environment
    outside: Path
    files: Mapping[str, bytes]
    report: str


def new_environment(folder: Path, *options: str) -> Environment:
    subprocess.run([sys.executable, "-m", "venv", *options, folder], check=True)
    return Environment(folder)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    copy = folder / "copy"
    # The checkout itself stays as it is: building may leave files behind.
    shutil.copytree(
        CHECKOUT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "build", "dist")
    )
    builder = new_environment(folder / "builder")
    system = PROJECT["build-system"]
    builder.run("python", "-m", "pip", "install", "--quiet", *system["requires"], cwd=folder)
    script = f"import {system['build-backend']} as backend, sys; to = sys.argv[1]; "
    script += "backend.build_wheel(to); backend.build_sdist(to)"
    builder.run("python", "-c", script, str(folder), cwd=copy)
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return Built(copy, wheel, sdist, builder)


@pytest.fixture(scope="module")
def needed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages that symcost needs, and without symcost."""
    folder = tmp_path_factory.mktemp("needed")
    for name in NEEDED:
        source = importlib.import_module(name).__file__
        assert source is not None
        (folder / name).symlink_to(Path(source).parent, target_is_directory=True)
    return folder


@pytest.fixture(scope="module")
def installed(
    built: Built, needed: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Installed]:
    """symcost in three environments, and the same two commands run in each."""
    sources = {
        "wheel": (str(built.wheel),),
        "sdist": (str(built.sdist),),
        "editable": ("--editable", str(built.copy)),
    }
    found = {}
    for kind, source in sources.items():
        folder = tmp_path_factory.mktemp(kind)
        environment = new_environment(folder / "environment", "--without-pip")
        pip = ("-m", "pip", "--python", str(environment.folder), "install", "--quiet", "--no-deps")
        built.builder.run("python", *pip, *source, cwd=folder)
        (environment.packages / "needed.pth").write_text(f"{needed}\n", encoding="utf-8")
        outside = folder / "outside"
        outside.mkdir()
        derive = ("derive", "lecture", "--format", "latex,markdown,html,text", "-o", "out")
        environment.run("symcost", *derive, cwd=outside)
        report = environment.run("symcost", "eval", "lecture", "--json", cwd=outside)
        files = {path.name: path.read_bytes() for path in (outside / "out").iterdir()}
        found[kind] = Installed(environment, outside, files, report)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_it_runs_outside_the_checkout(installed: Mapping[str, Installed], kind: str) -> None:
    here = installed[kind]
    assert here.files.keys() == FILES
    assert json.loads(here.report)["values"]["params"] == 84_934_656
    version = here.environment.run("symcost", "--version", cwd=here.outside)
    assert version == f"symcost {symcost.__version__}\n"


@pytest.mark.parametrize("kind", KINDS)
def test_it_writes_the_same_as_the_checkout(installed: Mapping[str, Installed], kind: str) -> None:
    page = symcost.load("lecture").derive()
    assert installed[kind].files == {
        "derivation.html": page.to_html().encode(),
        "derivation.md": page.to_markdown().encode(),
        "derivation.tex": page.to_latex().encode(),
        "derivation.txt": page.to_text().encode(),
    }
    assert installed[kind].report == installed["wheel"].report


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_and_the_templates_are_those_installed(
    built: Built, installed: Mapping[str, Installed], kind: str
) -> None:
    here = installed[kind]
    script = "import symcost; from symcost.render.environment import templates; "
    script += "print(symcost.__file__); print(templates())"
    printed = here.environment.run("python", "-c", script, cwd=here.outside).splitlines()
    code, templates = (Path(line).resolve() for line in printed)
    if kind == "editable":
        assert code == built.copy.resolve() / "symcost" / "__init__.py"
        assert templates == built.copy.resolve() / "templates"
    else:
        package = here.environment.packages.resolve() / "symcost"
        assert (code, templates) == (package / "__init__.py", package / "templates")


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_package_and_nothing_else(built: Built) -> None:
    information = f"symcost-{VERSION}.dist-info"
    with zipfile.ZipFile(built.wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    package = {f"symcost/{name}": text for name, text in files_below(CHECKOUT / "symcost").items()}
    package |= {
        f"symcost/templates/{name}": text
        for name, text in files_below(CHECKOUT / "templates").items()
    }
    assert {name: text for name, text in held.items() if name.startswith("symcost/")} == package
    assert "symcost/py.typed" in package
    assert "symcost/templates/latex/page.tex" in package
    assert {name.split("/")[0] for name in held} == {"symcost", information}
    assert held[f"{information}/licenses/LICENSE"] == (CHECKOUT / "LICENSE").read_bytes()


def metadata(built: Built) -> Message:
    with zipfile.ZipFile(built.wheel) as archive:
        return email.message_from_bytes(archive.read(f"symcost-{VERSION}.dist-info/METADATA"))


def test_the_version_is_one(built: Built) -> None:
    assert symcost.__version__ == VERSION
    assert metadata(built)["Version"] == symcost.__version__
    assert built.wheel.name == f"symcost-{VERSION}-py3-none-any.whl"
    assert built.sdist.name == f"symcost-{VERSION}.tar.gz"


def test_it_asks_for_sympy_and_jinja_only(built: Built) -> None:
    asked = metadata(built).get_all("Requires-Dist", [])
    assert sorted(each for each in asked if "extra ==" not in each) == [
        "jinja2>=3.1",
        "sympy>=1.12",
    ]
    assert metadata(built)["Requires-Python"] == PROJECT["project"]["requires-python"]


def test_the_sdist_holds_what_a_packager_needs(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "LICENSE",
        "Makefile",
        "README.md",
        "pyproject.toml",
        "symcost/py.typed",
        "templates/latex/page.tex",
        "tests/test_packaging.py",
    } <= names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
