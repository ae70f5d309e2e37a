"""Properties of every reader, on texts that a strategy makes: an answer, or a refusal in one line.

The fuzzer goes deeper (`make fuzz`); this runs with all tests, the same inputs each time.
"""

from __future__ import annotations

import contextlib
from functools import cache
from random import Random

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from fuzz.mutate import WORDS, Mutator
from fuzz.targets import TARGETS
from fuzz.watch import Watch

WATCH = Watch()
EXAMPLES = {"check": 4, "magic": 6, "command": 25, "template": 40, "script": 80, "markdown": 80}
USUAL = 200


@cache
def ready(name: str) -> Mutator:
    """The mutator of a target whose seeds were all read once."""
    target = TARGETS[name]
    seeds = [each[: target.longest] for each in target.seeds()]
    for each in seeds[:20]:
        with contextlib.suppress(*target.refuses):
            target.run(each)
    return Mutator(target.grammar, seeds)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_reader_answers_or_refuses_in_one_line(name: str) -> None:
    change, target = ready(name), TARGETS[name]

    @seed(1)
    @settings(max_examples=EXAMPLES.get(name, USUAL), deadline=None, database=None)
    @given(
        st.one_of(
            st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")),
            st.binary(max_size=60),
            st.lists(st.sampled_from(WORDS), max_size=12).map(lambda x: "".join(x).encode()),
            *[st.integers(0, 2**32).map(lambda n: change(b"", target.longest, Random(n)))] * 3,
        )
    )
    def read(data: bytes) -> None:
        if name == "command" and b"pdf" in data:
            return
        with contextlib.suppress(*target.refuses):
            target.run(data)  # what loads late does so before the watch begins
        assert WATCH.run(target, data) in ("answered", "refused")

    read()
