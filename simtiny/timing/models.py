"""The timing model of each core in `simtiny.cores`. What the machine needs beside is in `simtiny.machine.cores`."""

from collections.abc import Mapping

from simtiny.timing.core import Core
from simtiny.timing.cortex_m0plus import CORTEX_M0, CORTEX_M0PLUS
from simtiny.timing.cortex_m3 import CORTEX_M3
from simtiny.timing.cortex_m4 import CORTEX_M4
from simtiny.timing.cortex_m7 import CORTEX_M7
from simtiny.timing.cortex_m33 import CORTEX_M33

MODELS: Mapping[str, Core] = {
    "cortex-m0": CORTEX_M0,
    "cortex-m0plus": CORTEX_M0PLUS,
    "cortex-m3": CORTEX_M3,
    "cortex-m4f": CORTEX_M4,
    "cortex-m7": CORTEX_M7,
    "cortex-m33": CORTEX_M33,
}
