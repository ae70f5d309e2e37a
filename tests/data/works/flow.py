# ruff: noqa
"""The ways through a script: what is read is worth what running gives."""

import argparse
import contextlib
import logging
import warnings
from dataclasses import dataclass, field
from types import SimpleNamespace

warnings.filterwarnings("ignore")
logging.basicConfig()
logger = logging.getLogger(__name__)

parser = argparse.ArgumentParser()
parser.add_argument("--width", "-w", type=int, default=512, help="of the model")
parser.add_argument("--layers", default=7, type=int)
parser.add_argument("--feed-forward", dest="inner", type=int, default=2048)
parser.add_argument("--causal", action="store_true")
args = parser.parse_args([])

d = args.width
L = args.layers
inner = args.inner
made = SimpleNamespace(d=d, h=8)
made.d_h = made.d // made.h
head = made.d_h * d

# --- tries ---
try:
    tried = 4 * d * d
except ValueError:
    tried = 0
else:
    beside = tried + d
finally:
    after_all = 3 * d

with contextlib.suppress(KeyError):
    inside_with = 5 * d * L


# --- loops ---
total = 0
for layer in range(L):
    total += 4 * d * d
    total += 2 * d * inner

by_kind = {"attention": 0, "mlp": 0}
for kind, matrices in (("attention", 4), ("mlp", 8)):
    for _ in range(matrices):
        by_kind[kind] += d * d
totals = {"weights": 0, "work": d}
for _ in range(L):
    totals["weights"] += 4 * d * d
    totals["work"] += 8 * d * d
    for _ in range(2):
        totals["weights"] += d * inner
held = totals["weights"] + 5 * totals["work"]
kinds_sum = by_kind["attention"] + 3 * by_kind["mlp"]

counts = []
for stage, channels in enumerate([64, 128, 256]):
    if stage == 0:
        continue
    counts.append(channels * d)
    if channels == 128:
        counts.append(L)
counts_sum = sum(counts)

first_large = 0
for channels in [64, 128, 256]:
    if channels > 100:
        first_large = channels * d
        break

pairs_total = 0
for before, after in zip([64, 128], [128, 256]):
    pairs_total += before * after

table = {"q": d * d, "k": d * d, "v": d * d}
table.update(o=d * d)
for name, entry in table.items():
    if name == "o":
        table_last = entry * 2
listed = [size for name, size in table.items() if name != "k"]
listed_sum = sum(listed)
squares = {name: size * 2 for name, size in table.items()}
squares_sum = sum(squares.values())
nested_sum = sum(a * b for a in (1, 2) for b in (d, L))


# --- functions ---
def block(width, ratio=4, *, bias=False):
    attention = 4 * width**2
    mlp = 2 * ratio * width**2
    if bias:
        attention += 4 * width
        mlp += (ratio + 1) * width
    return attention, mlp


attn, mlp = block(d)
both = sum(block(d, bias=True))
wide = block(width=d, ratio=8)[1]
with_rest = block(*(d, 2))[1] + block(**{"width": d, "ratio": 3})[0]
twice = lambda x, times=2: x * times
doubled = twice(d) + twice(L, times=5)


def outer(n):
    def inside(m):
        return m * n

    return inside(3) + inside(4)


nested = outer(d)


# --- classes ---
@dataclass
class Base:
    n: int = 3
    width: int = d

    def size(self):
        return self.n * self.width

    @property
    def squared(self):
        return self.width**2

    @staticmethod
    def bytes_of(count, each=2):
        return count * each


@dataclass
class Wide(Base):
    ratio: int = 4
    names: list = field(default_factory=list)


base = Base()
sized = base.size() + base.squared
wider = Wide(n=5, ratio=6)
sized_wide = wider.ratio * wider.width + d
base.n = 10
changed = base.size()


class Plain:
    factor = 6

    def __init__(self, params, tokens=20):
        self.params = params
        self.tokens = params * tokens
        self.flops = self.factor * self.params * self.tokens


class Grown:
    def __init__(self, layers, width):
        self.width = width
        self.size = 0
        for _ in range(layers):
            self.size += self.width * 3


grown = Grown(L, 2 * d)
grown_size = grown.size
plain = Plain(d * d)
trained = plain.flops + plain.tokens + Plain.factor * d

# --- values ---
x = y = 5 * d
chained = x + y
x -= d
x *= 2
x //= 3
less = x
x **= 2
larger = x % 1000 * d
print(f"{total:,} of {kinds_sum}")
