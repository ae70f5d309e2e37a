"""A model of the BERT family on its way to another type: what was read, to be changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from symcost.config.built import Built
    from symcost.config.keys import Keys
    from symcost.models.bert import Bert


@final
@dataclass
class Kin:
    """What the BERT family made of a configuration, to be changed."""

    k: Keys
    built: Built
    spec: Bert

    def size(self, word: str, key: str, least: int = 1) -> int:
        """Binds a dimension to the value of a key."""
        value = self.k.whole(key, least)
        self.built.sizes[word] = (value, self.k.origin(key))
        return value

    def change(self, **fields: Any) -> None:
        """Another field of the model."""
        self.spec = replace(self.spec, **fields)

    def layers(self, **fields: Any) -> None:
        """The same change in every layer."""
        stacks = (replace(each, layer=replace(each.layer, **fields)) for each in self.spec.stacks)
        self.change(stacks=tuple(stacks))
