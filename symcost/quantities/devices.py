"""Devices as data: dense peaks, memory bandwidth, memory. The numbers stand in `devices.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, final

from symcost.algebra.near import did_you_mean
from symcost.files import packaged

if TYPE_CHECKING:
    from collections.abc import Mapping

GIGA = 10**9

# Bytes of one element: what traffic is counted in where the arithmetic is of this type.
ELEMENT_BYTES = {"fp64": 8, "fp32": 4, "tf32": 4, "bf16": 2, "fp16": 2, "fp8": 1, "int8": 1}


class DeviceError(ValueError):
    """A device that nobody knows, or a type of number that it has no peak for."""


@final
@dataclass(frozen=True)
class Device:
    """One chip: peaks in operations a second by type of number, without sparsity; `bandwidth` of
    its memory in bytes a second; `memory` in bytes. `source` is where the numbers are printed.
    """

    name: str
    title: str
    source: str
    peaks: Mapping[str, int]
    bandwidth: int
    memory: int

    def peak(self, dtype: str) -> int:
        """Operations a second in this type of number. Raises `DeviceError` where it has none."""
        if dtype not in self.peaks:
            near = did_you_mean(dtype, self.peaks)
            raise DeviceError(
                f"{self.name} has no peak for {dtype!r}; it has {', '.join(self.peaks)}"
                f"{near and '.'}{near}"
            )
        return self.peaks[dtype]

    def ridge(self, dtype: str) -> Fraction:
        """The intensity, in FLOPs a byte, from which on work takes longer than moving its bytes.

        Source: Williams, Waterman and Patterson 2009, Roofline, doi 10.1145/1498765.1498785.
        """
        return Fraction(self.peak(dtype), self.bandwidth)


@cache
def devices() -> dict[str, Device]:
    """Every device that is kept as data."""
    text = packaged("quantities", "devices.toml").read_text(encoding="utf-8")
    return {
        name: Device(
            name,
            entry["title"],
            entry["source"],
            {dtype: giga * GIGA for dtype, giga in entry["peak"].items()},
            entry["bandwidth"] * GIGA,
            entry["memory"] * GIGA,
        )
        for name, entry in tomllib.loads(text).items()
    }


def device(name: str) -> Device:
    """The device of this name; `DeviceError` names the nearest one."""
    known = devices()
    if name not in known:
        hint = did_you_mean(name, known)
        raise DeviceError(f"{name[:60]!r} is not a known device.{hint} Known: {', '.join(known)}")
    return known[name]
