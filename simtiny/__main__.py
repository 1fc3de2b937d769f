"""`python -m simtiny`."""

import sys

from simtiny.cli import main

if __name__ == "__main__":
    sys.exit(main())
