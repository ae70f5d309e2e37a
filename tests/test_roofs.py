"""The roofline figure: points held against the exact table, files that stand up, refusals."""

from __future__ import annotations

import shutil
import subprocess
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import pytest

from symcost.cli import main

SVG = "{http://www.w3.org/2000/svg}"
DECODE = ("--of", "roofline", "--device", "a100", "--phase", "decode", "--set", "B=8")
WORDS = ("plot", "gpt2", *DECODE, "--set", "t=1023")


def test_points_stand_on_the_roof(tmp_path: Path) -> None:
    """Straight lines by hand: on log axes the roof rises at 45 degrees of its scales."""
    assert main([*WORDS, "-o", str(tmp_path / "a.svg")]) == 0
    tree = ET.fromstring((tmp_path / "a.svg").read_text())
    (roof,) = tree.findall(f"{SVG}polyline")
    (x0, y0), (x1, y1), (_, y2) = (
        tuple(map(float, each.split(","))) for each in roof.attrib["points"].split()
    )
    assert y1 == y2
    circles = [each for each in tree.findall(f"{SVG}circle") if float(each.attrib["cx"]) < 596]
    assert len(circles) >= 4
    for each in circles:
        x, y = float(each.attrib["cx"]), float(each.attrib["cy"])
        assert x0 < x < x1  # one token after 1,023 waits for bytes
        assert abs(y - (y0 + (y1 - y0) * (x - x0) / (x1 - x0))) < 0.05


def test_what_is_said_is_the_exact_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """GPT-2's logits: 2 B d V FLOPs; B d + d V + B V numbers of two bytes."""
    assert main([*WORDS, "-o", str(tmp_path / "a.svg")]) == 0
    batch, d, vocab = 8, 768, 50_257
    flops, moved = 2 * batch * d * vocab, 2 * (batch * d + d * vocab + batch * vocab)
    share = Fraction(moved, 572_604_706)  # all bytes, as docs/traffic.md has them
    out = capsys.readouterr().out
    want = f"logits: {flops / moved:.2f} FLOPs per byte, {float(100 * share):.2f} % of the least"
    assert want in out
    assert "the ridge is at 153.02 FLOPs per byte" in out
    # Scores and mix: 2 S d FLOPs each for a sequence; a vector, S vectors and h S scores move.
    span, heads = 1024, 12
    flops, moved = 2 * span * d, 2 * (d + span * d + heads * span)
    assert f"attention: scores and mix: {flops / moved:.2f} FLOPs per byte" in out


def test_the_axis_goes_below_one(tmp_path: Path) -> None:
    assert main([*WORDS, "-o", str(tmp_path / "a.tex")]) == 0
    text = (tmp_path / "a.tex").read_text()
    assert "xmin=1e-1, xmax=1e3" in text
    assert main([*WORDS, "-o", str(tmp_path / "b.tex")]) == 0
    assert (tmp_path / "b.tex").read_text() == text


@pytest.mark.tex
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex")
def test_the_picture_compiles(tmp_path: Path) -> None:
    main([*WORDS, "-o", str(tmp_path / "a.tex")])
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_png(tmp_path: Path) -> None:
    assert main([*WORDS, "-o", str(tmp_path / "a.png")]) == 0
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--of", "roofline"), "needs --device"),
        (("--of", "roofline", "--device", "a100", "--against", "s=1:9"), "--against means nothing"),
        (("--of", "roofline", "--device", "a100", "--scope", "token"), "--scope means nothing"),
        (("--of", "roofline", "--device", "a1000"), "is not a known device"),
        (("--of", "roofline", "--device", "a100", "--set", "B=1"), "no value for s"),
        (("--of", "roofline", "--device", "a100", "--dtype", "fp4"), "no peak for 'fp4'"),
        (("--of", "shares"), "needs --against"),
        (("--against", "s=1:9", "--device", "a100"), "--device means nothing"),
    ],
    ids=str,
)
def test_refusals_are_one_line(
    words: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plot", "gpt2", *words, "-o", str(tmp_path / "a.svg")]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert not (tmp_path / "a.svg").exists()
