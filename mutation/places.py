"""Where the packages lie that are changed."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {
    "algebra": "symcost/algebra/*.py",
    "model": "symcost/model.py",
    "quantities": "symcost/quantities/*.py",
    "checking": "symcost/checking/*.py",
}
