"""STM32 CRC unit with programmable polynomial (RM0432 "Cyclic redundancy check calculation unit")."""

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block, NoParameters
from simtiny.machine.peripherals.words import WORD, read_lane, split, write_lane
from simtiny.machine.system import System

DR, IDR, CR, INIT, POL = 0x00, 0x04, 0x08, 0x10, 0x14
CR_RESET, CR_REV_OUT = 1 << 0, 1 << 7
CR_WRITABLE = 0xF8
DEFAULT_POLYNOMIAL = 0x04C11DB7  # CRC-32 (Ethernet), reset value of POL
POLYNOMIAL_BITS = (32, 16, 8, 7)  # by CR.POLYSIZE
REVERSED_UNIT_BITS = (0, 8, 16, 32)  # by CR.REV_IN


def reverse(value: int, bits: int) -> int:
    """`value` with its lowest `bits` bits in opposite order."""
    return int(f"{value & ((1 << bits) - 1):0{bits}b}"[::-1], 2)


def reverse_units(value: int, bits: int, unit_bits: int) -> int:
    """Reverse the bits within each unit of a `bits`-wide value; a unit is at most the value itself."""
    unit = min(unit_bits, bits)
    return sum(reverse(value >> low, unit) << low for low in range(0, bits, unit)) if unit else value


def crc_step(crc: int, data: int, data_bits: int, polynomial: int, crc_bits: int) -> int:
    """Shift `data_bits` bits of `data`, highest first, into the remainder."""
    top, mask = 1 << (crc_bits - 1), (1 << crc_bits) - 1
    for position in reversed(range(data_bits)):
        feedback = bool(crc & top) ^ bool(data >> position & 1)
        crc = (crc << 1 & mask) ^ (polynomial & mask if feedback else 0)
    return crc


class Crc(Block[NoParameters]):
    """Kind "stm32-crc". Takes 8, 16 and 32-bit writes to DR."""

    takes = NoParameters
    timeless = False

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._crc = WORD
        self._words = {IDR: 0, CR: 0, INIT: WORD, POL: DEFAULT_POLYNOMIAL}

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        word = self._result() if word_offset == DR else self._words.get(word_offset, 0)
        return read_lane(word, offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        if word_offset == DR:
            self._feed(value, 8 * size)
        elif word_offset == CR:
            written = write_lane(self._words[CR], offset, size, value)
            self._words[CR] = written & CR_WRITABLE
            if written & CR_RESET:
                self._crc = self._words[INIT]
        elif word_offset in self._words:
            self._words[word_offset] = write_lane(self._words[word_offset], offset, size, value)
            if word_offset == INIT:
                self._crc = self._words[INIT]
        else:
            self._note_unknown(word_offset)

    @property
    def _bits(self) -> int:
        return POLYNOMIAL_BITS[self._words[CR] >> 3 & 3]

    def _feed(self, value: int, bits: int) -> None:
        data = reverse_units(value, bits, REVERSED_UNIT_BITS[self._words[CR] >> 5 & 3])
        crc = self._crc & ((1 << self._bits) - 1)
        self._crc = crc_step(crc, data, bits, self._words[POL], self._bits)

    def _result(self) -> int:
        crc = self._crc & ((1 << self._bits) - 1)
        return reverse(crc, self._bits) if self._words[CR] & CR_REV_OUT else crc
