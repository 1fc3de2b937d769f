"""Everything that simtiny reads from others, as functions of bytes. They end well or in a SimtinyError."""

from collections.abc import Mapping

from tests.fuzz import firmware, gates, stored, tables
from tests.fuzz.surface import Surface, make

__all__ = ["SURFACES", "make"]

SURFACES: Mapping[str, Surface] = {**firmware.SURFACES, **stored.SURFACES, **tables.SURFACES, **gates.SURFACES}
