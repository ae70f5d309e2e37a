"""Certificates as goals for Coq: what holds is proved, what does not is refused."""

import re
import subprocess

import pytest

from symcost.certificates import checker
from symcost.certificates.coq import coq_text
from symcost.certificates.write import certificate
from tests.test_certificates import FAILS, HOLDS, MODELS, _chain, _line, _page


@pytest.mark.coq
@pytest.mark.parametrize("name", MODELS)
def test_coq_proves_every_step(name, tmp_path):
    data = certificate(_page(name))
    path = tmp_path / "goals.v"
    path.write_text(coq_text(data))
    run = subprocess.run(["coqc", path], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert path.read_text().count("Qed.") == checker.check(data)[1]


@pytest.mark.coq
@pytest.mark.parametrize(("left", "right"), FAILS)
def test_coq_refuses_what_is_false(left, right, tmp_path):
    path = tmp_path / "goals.v"
    path.write_text(coq_text({"title": "false", **_chain(_line(left), _line(right))}))
    run = subprocess.run(["coqc", path], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode != 0


@pytest.mark.coq
@pytest.mark.parametrize(("left", "right"), HOLDS)
def test_coq_proves_what_is_true(left, right, tmp_path):
    path = tmp_path / "goals.v"
    title = "*) Goal False. Admitted. (* a title from a stranger"
    path.write_text(coq_text({"title": title, **_chain(_line(left), _line(right))}))
    run = subprocess.run(["coqc", path], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert len(re.findall(r"^Goal", path.read_text(), re.MULTILINE)) == 1
