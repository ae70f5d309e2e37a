"""Text parts of models that read images as well, alone: decoders without a head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.config.families.experts import ExpertsReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """`only` is the class that such a part has by itself."""
    only(keys, options["only"])
    reader = ExpertsReader if options.get("moe") else Reader
    return reader(keys, options).build()
