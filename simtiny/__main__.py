"""`python -m simtiny`, and what the command `simtiny` starts: quiet even when Ctrl-C comes while it loads."""

import sys

INTERRUPTED_EXIT_CODE = 130


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        from simtiny.cli import main as command_line

        return command_line()
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT_CODE


if __name__ == "__main__":
    sys.exit(main())
