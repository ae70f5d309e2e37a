"""Which tests run: groups that need torch, TeX, a browser run only when asked for with `-m`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# No test answers from what another one, or a user of this machine, left behind.
os.environ["SYMCOST_CACHE"] = "off"
# Nor is what it prints as wide as the terminal that the tests are run in.
os.environ.pop("COLUMNS", None)

# A file of the group is not even imported otherwise, because torch may not be there.
GROUPS = {
    "oracle": "test_oracles_",
    "tex": "test_latex",
    "site": "test_site",
    "coq": "test_coq",
    "oldest": "test_oldest",
    "browser": "test_live_page",
}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    wanted = config.getoption("-m") or ""
    for marker, start in GROUPS.items():
        if collection_path.name.startswith(start) and marker not in wanted:
            return True
    return None
