"""What text is set for: a width, colours or none, the signs that there are."""

from __future__ import annotations

from typing import NamedTuple

WIDTH = 100  # of files and pipes, where nobody says how wide they are shown
NARROWEST, WIDEST = 40, 200
LINE = 88  # characters of a line of words, on the widest screen too

# Told apart by people who see red and green alike; none of them says what the words do not say.
TONES = {
    "heading": "1",
    "result": "1;36",
    "command": "1",
    "right": "36",
    "wrong": "31",
    "approximation": "33",
    "unknown": "35",
    "warning": "33",
    "error": "1;31",
    "soft": "2",
}


# A named tuple: a command that only prints a number must not wait for data classes to load.
class Screen(NamedTuple):
    """A terminal, or a file. `plain` screens have ASCII signs only."""

    width: int = WIDTH
    colour: bool = False
    plain: bool = False

    def paint(self, text: str, tone: str) -> str:
        """The text in the colour of its tone, where there are colours."""
        if not self.colour or tone not in TONES or not text:
            return text
        return f"\x1b[{TONES[tone]}m{text}\x1b[0m"

    @property
    def line(self) -> int:
        """The longest line of words."""
        return min(self.width, LINE)


PAPER = Screen()
