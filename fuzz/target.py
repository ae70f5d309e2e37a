"""A reader as a function of bytes, and what all of them share."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data"
# The only place in which an input may write.
FOLDER = Path(tempfile.mkdtemp(prefix="symcost-fuzz-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


@dataclass(frozen=True)
class Target:
    """A reader, where its seeds come from, how its inputs are written, how it may refuse.

    `reads` says for people what goes in; `grammar` is one of `fuzz.mutate`. Whatever a reader
    raises besides `refuses` is a finding, and so is one that takes longer than `seconds`. `blocks`
    is for one that acts as its words ask: a file that it would read or write outside of `FOLDER`
    is refused as a system would refuse it, and is no finding.
    """

    run: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
    reads: str
    grammar: str = "text"
    refuses: tuple[type[Exception], ...] = (ValueError,)
    longest: int = 1_000
    blocks: bool = False
    seconds: float = 2


def text_of(data: bytes) -> str:
    """Bytes as text; most are text already, and what is not becomes the replacement sign."""
    return data.decode("utf-8", "replace")


def encoded(texts: Iterable[str]) -> list[bytes]:
    """Texts as the bytes of seeds."""
    return [text.encode("utf-8", "surrogatepass") for text in texts]


def saved(data: bytes, name: str) -> Path:
    """A file with these bytes."""
    path = FOLDER / name
    path.write_bytes(data)
    return path


def of_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    """A reader of text as one of bytes."""
    return lambda data: read(text_of(data))
