"""Starts the official runner (benchmark/runner of mlcommons/tiny) on a board that `simtiny serve` emulates.

    python official_runner.py PORT path/to/main.py [the runner's own options]

The runner looks for its board by USB identifiers, which a pseudo-terminal can't have. This lists PORT as the one serial
port there is, with the identifiers of an ST-LINK, as the runner's own device files expect them of a NUCLEO-L4R5ZI. It
needs nothing but the runner's own environment.
"""

import runpy
import sys
from pathlib import Path

from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

ST_LINK = 0x0483, 0x374B
"""USB vendor and product of the ST-LINK/V2-1: entry `l4r5zi` of the runner's devices_*.yaml."""


def main() -> None:
    """Run the runner's main.py as if it had been started itself."""
    if len(sys.argv) < 3:
        sys.exit((__doc__ or "").split("\n\n")[1].strip())
    port = ListPortInfo(sys.argv[1])
    port.vid, port.pid = ST_LINK
    list_ports.comports = lambda include_links=False: [port]
    sys.argv = sys.argv[2:]
    sys.path.insert(0, str(Path(sys.argv[0]).resolve().parent))
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
