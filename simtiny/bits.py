"""Sets of small numbers as bit masks: registers of an instruction, exceptions."""


def set_bits(mask: int) -> list[int]:
    """The numbers of the bits that are set, from the lowest on."""
    numbers = []
    while mask:
        lowest = mask & -mask
        numbers.append(lowest.bit_length() - 1)
        mask ^= lowest
    return numbers
