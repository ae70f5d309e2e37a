"""Prints how long the live page takes from a typed digit to the pixels, in a real browser.

    python benchmarks/live.py [MODEL ...]        needs playwright and /usr/bin/chromium

Each number is the median of 25 changes: of the width d (all numbers, cases and origins), of the
same with the chart drawn and the page laid out. Nothing is punished.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import symcost

MODELS = ("lecture", "gpt2", "llama-3-8b", "mixtral-8x7b", "deepseek-v3")

CHANGE = """async (text) => {
  const field = document.getElementById("size-d");
  field.value = text;
  const start = performance.now();
  field.dispatchEvent(new Event("input", {bubbles: true}));
  const numbers = performance.now() - start;
  await new Promise((done) => requestAnimationFrame(() => done()));
  document.body.getBoundingClientRect();
  return [numbers, performance.now() - start];
}"""


def main() -> None:
    with sync_playwright() as found, tempfile.TemporaryDirectory() as folder:
        browser = found.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        print(f"{'model':16}{'KB':>6}{'numbers, ms':>14}{'with chart and layout, ms':>28}")
        for name in sys.argv[1:] or MODELS:
            html = symcost.load(name).derive(B=1, s=512).to_html()
            path = Path(folder) / "page.html"
            path.write_text(html, encoding="utf-8")
            tab = browser.new_page()
            tab.goto(path.as_uri())
            widths = [str(1024 + 128 * (at % 25)) for at in range(30)]
            times = [tab.evaluate(CHANGE, each) for each in widths][5:]
            numbers, whole = (statistics.median(each) for each in zip(*times, strict=True))
            print(f"{name:16}{len(html.encode()) // 1000:6}{numbers:14.1f}{whole:28.1f}")
            tab.close()
        browser.close()


if __name__ == "__main__":
    main()
