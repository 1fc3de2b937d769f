"""The cores that a board can have: their names in platform files, and what tells them apart before any of them runs.

Quick to import. What the machine needs beside, their Unicorn model and their timing among it, is in
`simtiny.machine.cores`, which has a row for each name here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# Architectures by the names that `simtiny.elf` gives to values of the build attribute Tag_CPU_arch. Code of an earlier
# one runs on a later one (Arm v7-M ARM A1.1; Arm v8-M ARM A1.3: the baseline holds Armv6-M, the mainline all the rest).
_V6_M = frozenset({"v6-M", "v6S-M"})
_V7_M = _V6_M | {"v7-M"}
_V7E_M = _V7_M | {"v7E-M"}
_V8_M_MAIN = _V7E_M | {"v8-M.base", "v8-M.main"}


@dataclass(frozen=True)
class CoreFacts:
    """What the architecture says of a core.

    runs: the architectures whose code it executes. has_caches: it may have caches and tightly coupled memories of its
    own, with registers in the system control space.
    """

    runs: frozenset[str]
    has_caches: bool = False


CORE_FACTS: Mapping[str, CoreFacts] = {
    "cortex-m0": CoreFacts(_V6_M),
    "cortex-m0plus": CoreFacts(_V6_M),
    "cortex-m3": CoreFacts(_V7_M),
    "cortex-m4f": CoreFacts(_V7E_M),
    "cortex-m7": CoreFacts(_V7E_M, has_caches=True),
    "cortex-m33": CoreFacts(_V8_M_MAIN),
}
