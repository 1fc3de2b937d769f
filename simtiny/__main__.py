"""`python -m simtiny`, and what the command `simtiny` starts: quiet even when Ctrl-C comes while it loads."""

import gc
import os
import sys

INTERRUPTED_EXIT_CODE = 130
GARBAGE_THRESHOLD = 50_000
"""Objects between two looks for garbage. Most live to the end: a look every 700 took a quarter of the time."""


def main() -> int:
    """Run the command line and return its exit code."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    try:
        from simtiny.cli import main as command_line

        return command_line()
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT_CODE


def command() -> None:
    """The command `simtiny`: leaves without taking its objects apart one by one, which takes a tenth of a second."""
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # a reader that has gone
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    command()
