"""Languages of the page: English that remembers how it was put together, and tables of words."""

import copy
import pickle

from symcost.algebra.phrase import capital, joined, listed, say, verbatim


def test_a_phrase_is_its_english_text_and_keeps_key_and_parts():
    title = say("What {0} costs", "GPT-2")
    assert title == "What GPT-2 costs"
    assert (title.key, title.parts) == ("What {0} costs", ("GPT-2",))
    assert say("{0} right", 12345) == "12,345 right"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a"]) == "a"
    assert joined("; ", ["a", "b"]) == "a; b"
    assert capital("work of one pass") == "Work of one pass"
    assert say("a place without a part stays: {0}") == "a place without a part stays: {0}"
    assert verbatim("{0} of somebody") == "{0} of somebody"


def test_a_phrase_is_said_in_the_order_of_the_other_language():
    words = {"{0} of {1}": "{1}: {0}", "heads": "Köpfe", "{0}": "{0}"}
    phrase = say("{0} of {1}", say("heads"), "GPT-2")
    assert phrase.said(lambda key: words[key], lambda part: words.get(str(part), str(part))) == (
        "GPT-2: Köpfe"
    )
    assert capital("heads").said(words.__getitem__, str.lower) == "Heads"


def test_a_phrase_survives_copying():
    phrase = capital(say("{0} layers among {1}", say("dense"), "61"))
    for other in (copy.deepcopy(phrase), pickle.loads(pickle.dumps(phrase))):
        assert other == phrase
        assert (other.key, other.parts, other.capital) == (phrase.key, phrase.parts, phrase.capital)
