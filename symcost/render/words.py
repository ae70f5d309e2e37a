"""What the script of a page says. The words in braces are filled in by the script."""

from __future__ import annotations

WORDS = {
    "whole": "{symbol} ({meaning}) must be a whole number, not \u201c{typed}\u201d",
    "least": "{symbol} ({meaning}) must be at least 1, not {typed}",
    "long": "{symbol} ({meaning}) has {count} digits; at most 30 are taken",
    "empty": "{symbol} ({meaning}) is empty: write a whole number, or set it back",
    "apart": "{left} = {right} ({reason}), but {values}; change one of them",
    "broken": "{symbol} = {text} would be {number} at {values}, which is no positive whole number; "
    "choose sizes that divide",
    "above": "{small} = {value}{more} more than {large} = {limit}: {reason}",
    "is": " is",
    "more": " and {count} more are",
    "none": "{text} would be {number}: {reason}",
    "given": "given",
    "unknown": "The link sets {name}, which this page does not have.",
    "copied": "The link is copied.",
    "here": "Copy this link:",
    "dark": "Dark",
    "light": "Light",
    "fold": "Fold all proofs",
    "unfold": "Open all proofs",
    "largest": "above {symbol} = {place} the largest part is {label}",
    "half": "above {symbol} = {place} more than half is {label}",
    "shares": "At {symbol} = {place}: {shares}.",
    "ends": "the positions end at {large} = {limit}",
    "steady": "From {first} to {last} tokens no part overtakes another.",
}
