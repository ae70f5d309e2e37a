"""What is fuzzed: every reader of something from outside, by name; SECURITY.md lists them too.

A reader may answer or refuse: refusing is a `ValueError` (or what the target names) whose message
is one line. Whatever else comes out is a finding.
"""

from __future__ import annotations

from fuzz.command import COMMANDS
from fuzz.files import FILES
from fuzz.settings import SETTINGS
from fuzz.target import DATA, FOLDER, Target
from fuzz.texts import TEXTS

TARGETS: dict[str, Target] = {**TEXTS, **FILES, **SETTINGS, **COMMANDS}

__all__ = ["DATA", "FOLDER", "TARGETS", "TEXTS", "Target"]
