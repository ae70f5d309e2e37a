# ruff: noqa
"""Everything of Python that a script may count with: read, each name is worth what running gives."""

import math
from fractions import Fraction

d = 768
h = 12
L = 5
word = "Attention"

# --- texts ---
text_length = d * len(word)
upper = d * (2 if word.upper() == "ATTENTION" else 3)
lower = d * (2 if word.lower() == "attention" else 3)
title = d * (2 if "two words".title() == "Two Words" else 3)
capital = d * (2 if "two words".capitalize() == "Two words" else 3)
stripped = d * len("  norm ".strip()) + h * len("xxnormx".strip("x"))
left_stripped = d * len("  norm ".lstrip()) + h * len("xxnormx".lstrip("x"))
right_stripped = d * len("  norm ".rstrip()) + h * len("xxnormx".rstrip("x"))
replaced = d * len("a.b.c".replace(".", "--"))
pieces = d * len("q,k,v,o".split(","))
first_piece = d * (2 if "q_proj k_proj".split(" ")[0] == "q_proj" else 3)
glued = d * len("-".join(["q", "k", "v"]))
numbers_glued = d * len("/".join([str(12), str(True), str(None)]))
inside_text = d * (2 if "ten" in word else 3) + h * (5 if "xyz" in word else 7)
shown = f"layer {L}"
shown_length = d * len(shown)
is_text = d * (2 if "" else 3) + h * (5 if "a" else 7)

# --- lists ---
widths = [4 * d, 2 * d, d]
heads = (h, 2 * h)
ends = widths[-1] + widths[0]
middle = sum(widths[1:])
begin = sum(widths[:2])
every_other = sum(widths[::2])
backwards = widths[::-1][0]
turned = list(reversed(widths))[0]
turned_twice = [each for each in reversed([h, d])][1]
ordered = sorted([5, 3, 9])[0] * d + sorted([5, 3, 9], reverse=True)[0] * h
ordered_words = d * len(sorted(["bb", "a", "ccc"])[2]) + h * len(
    sorted(["b", "aa"], reverse=True)[0]
)
many = d * len(widths) + h * len(heads) + len(range(2, 17, 4)) * L
paired = sum(a * b for a, b in zip(widths, heads))
numbered = sum(i * each for i, each in enumerate(widths))
numbered_from = sum(i * each for i, each in enumerate(widths, 3))
numbered_start = sum(i * each for i, each in enumerate(widths, start=2))
with_start = sum(widths, 7 * h)
with_named_start = sum(heads, start=d)
product_start = math.prod([d, h], start=3)
spread = sum([*widths, *heads])
held = d * (2 if 3 in [1, 2, 3] else 5) + h * (2 if 4 in [1, 2, 3] else 5)
lacking = d * (2 if 3 not in [1, 2, 3] else 5) + h * (2 if 4 not in (1, 2) else 5)
same_lists = d * (2 if [1, 2] == [1, 2] else 3) + h * (2 if [1, 2] == [1, 2, 3] else 3)
unlike_lists = d * (2 if [1, 2] != [1, 3] else 3)
empty = d * (2 if [] else 3) + h * (2 if [0] else 3)
once_each = len(set(["q", "k", "q"])) * d + sum({1: d, 2: h}.keys()) * h + sum(set((3, 3, 4))) * L
repeated = sum([d] * 3)
least = min(widths) + min(3, 2) * d + min([7, 4]) * h
greatest = max(heads) + max(3, 8) * d + max((1, 2)) * h
grown = [d]
grown.append(2 * d)
grown.extend([h, L])
grown_sum = sum(grown)
more = [d, h]
more += [3 * d]
more_sum = sum(more)
copied = list(grown)
copied.append(L)
copied_sum = sum(copied) - sum(grown)
copy_again = sum(grown.copy()) + len(tuple(grown)) * d
entry = [d, h, L]
entry[1] = 9 * d
entry_sum = sum(entry)
nested = [[d, h], [L]]
nested_sum = sum(sum(each) for each in nested) + nested[0][1]
(one, two), three = (d * 2, h * 3), L * 4
unpacked = one + two + three

# --- dictionaries ---
sizes = {"q": d * h, "k": 2 * d, "v": 3 * d}
values_sum = sum(sizes.values())
keys_length = d * sum(len(each) for each in sizes.keys()) + h * len(sizes)
items_sum = sum(len(key) * value for key, value in sizes.items())
got = sizes.get("q") + sizes.get("missing", 5 * h)
merged = {**sizes, "o": 4 * d}
merged_sum = sum(merged.values())
others = dict(sizes)
others.update({"o": 6 * d})
others.update(p=7 * d)
others_sum = sum(others.values()) + len(others) * h
same_again = sizes.copy()
same_again["q"] = L * d
same_sum = sum(same_again.values()) + sizes["q"]
from_pairs = dict([("a", 2 * d), ("b", 3 * h)])
pairs_sum = from_pairs["a"] + from_pairs["b"]
from_zip = dict(zip(["a", "b"], [5 * d, 7 * h]))
zip_sum = from_zip["a"] * from_zip["b"]
by_number = {1: d, 2: h, True: L * d}
by_number_sum = by_number[1] + by_number[2]
has_key = d * (2 if "q" in sizes else 3) + h * (2 if "z" in sizes else 3)
no_fields = d * (2 if {} else 3) + h * (2 if sizes else 3)
emptied = dict(sizes)
taken_out = emptied.pop("k") + emptied.pop("zz", 3 * h)
left_in = sum(emptied.values())
put_in = emptied.setdefault("q", 5 * L) + emptied.setdefault("new", 9 * d)
now_in = sum(emptied.values())
walked = sum(sizes[each] for each in sizes)
by_comprehension = {str(n): n * d for n in range(1, 4)}
comprehension_sum = sum(by_comprehension.values()) + by_comprehension["2"]

# --- numbers ---
flag = True
as_flag = d * (2 if flag == 1 else 3) + h * (2 if 0 == False else 3) + L * (2 if 1 == False else 3)
not_flag = d * (2 if flag != 1 else 3) + h * (2 if 2 != True else 3)
compared = d * (2 if 3 > 2 else 5) + h * (2 if 3 >= 3 else 5) + L * (2 if 2 < 2 else 5)
compared_more = d * (2 if 3 <= 2 else 5) + h * (2 if 2 <= 2 else 5) + L * (2 if 1 < 2 < 2 else 5)
kept_sign = abs(-3) * d + abs(4) * h + math.fabs(-2) * L
rounded_even = round(2.5) * d + round(3.5) * h + round(-2.5) * L + round(7) * d
cut = int(-7 / 2) * d + int(7 / 2) * h + math.trunc(-2.5) * L
up_and_down = math.ceil(-7 / 2) * d + math.floor(-7 / 2) * h + math.ceil(d / 7) + math.floor(d / 7)
whole = -7 // 2 * d + -7 % 3 * h + 7 // -2 * L
powers = pow(2, 3) * d + 3**0 * h + 2**-1 * d + d**2 // h**2 + (-2) ** 3 * L
roots = math.isqrt(144) * d + math.sqrt(2.25) * h
as_fraction = Fraction(3, 2) * d + Fraction(5) * h + float(4) * L
shifted = (d << 3) + (d >> 4) + (3 << 1) * h
negated = -d + +h - -L
either = (0 or 3) * d + (2 and 5) * h + (None or 7) * L
not_either = d * (2 if not 0 else 3) + h * (2 if not (1 and 0) else 3) + L * (2 if not 3 else 5)
is_none = d * (2 if None is None else 3) + h * (2 if h is not None else 5)
range_sum = sum(range(2, 20, 5)) * d + sum(range(4)) * h + sum(range(6, 0, -2)) * L
nothing = sum([]) * d + math.prod([]) * h + sum(range(3, 3)) * L
if L > 3:
    branch = 2 * d
elif L > 1:
    branch = 3 * d
else:
    branch = 4 * d
if not L == 5:
    other_branch = 2 * d
else:
    other_branch = 3 * d


# --- functions and classes ---
def with_rest(first, *rest, scale=1, **named):
    return first + scale * sum([*rest]) + sum(named.values())


rest_call = with_rest(d, h, L, scale=3) + with_rest(d) + with_rest(d, h, a=5 * d, b=7 * h)
spread_call = with_rest(*[d, h, L]) + with_rest(**{"first": d, "scale": 2})


def early(kind, n):
    if kind == "wide":
        return 4 * n
    if kind == "none":
        return 0
    return n


early_calls = early("wide", d) + 2 * early("none", d) + 3 * early("plain", h)


def after_loop(n, turns):
    total = 0
    for turn in range(turns):
        if turn == 1:
            continue
        if turn == 4:
            break
        total += n * (turn + 1)
    return total


loop_call = after_loop(d, 6)


class Block:
    ratio = 4

    def __init__(self, width, heads=h):
        self.width = width
        self.heads = heads
        self.inner = self.ratio * width

    @property
    def head(self):
        return self.width // self.heads

    def size(self, bias=False):
        found = 2 * self.width * self.inner
        if bias:
            found += self.inner + self.width
        return found


block = Block(d)
wide = Block(2 * d, heads=6)
block_sizes = block.size() + wide.size(bias=True) + block.head + wide.head * wide.ratio
by_name = getattr(block, "width") * 3 + getattr(block, "depth", 2 * h)


# --- loops ---
running = 0
for each in widths:
    running += each
running_list = []
for i in (3, 5):
    running_list.append(i * d + h)
running_sum = sum(running_list)
for name, value in {"a": 2 * d, "b": 3 * h}.items():
    last_value = value * len(name)
