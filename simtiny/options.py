"""The words that the command line and the Python API share. Imports nothing heavy: `simtiny --help` needs them."""

from enum import StrEnum

DEFAULT_BOARD = "nucleo-l4r5zi"
BAD_ADDRESS = "--address {address}: expected a 32-bit address such as 0x08000000"


class Weights(StrEnum):
    """Where the weights of a benchmark network come from."""

    STAND_IN = "stand-in"
    OFFICIAL = "official"


class Kernels(StrEnum):
    """Which kernel set of the built-in firmware runs."""

    PORTABLE = "portable"
    DSP = "dsp"
