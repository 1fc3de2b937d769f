"""STM32 GPIO port (all families but F1): modes, outputs, inputs by pulls or driven, and a hook on each level change."""

from collections.abc import Callable

import msgspec

from simtiny.bits import set_bits
from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.words import WORD, lane_mask, read_lane, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind

MODER, OTYPER, OSPEEDR, PUPDR, IDR, ODR, BSRR, LCKR, AFRL, AFRH, BRR = range(0x00, 0x2C, 4)
NAMES = ("MODER", "OTYPER", "OSPEEDR", "PUPDR", "IDR", "ODR", "BSRR", "LCKR", "AFRL", "AFRH", "BRR")
LCKK = 1 << 16
OUTPUT, ANALOG = 1, 3
PULL_UP = 1


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`port`: the letter in the names of its pins; without it, what the block's own name has behind "GPIO".

    Reset values differ between ports because of the debug pins.
    """

    port: str | None = None
    moder_reset: int = WORD
    ospeedr_reset: int = 0
    pupdr_reset: int = 0


class Gpio(Block[Parameters]):
    """Kind "stm32-gpio". `on_pin_change` callbacks get ("PF13", level) when an output pin takes another level.

    Whoever hears of wires is told when any pin, read as an input, does.
    """

    takes = Parameters

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        given = self._given
        self._words = dict.fromkeys(range(0x00, 0x2C, 4), 0)
        self._words |= {MODER: given.moder_reset, OSPEEDR: given.ospeedr_reset, PUPDR: given.pupdr_reset}
        self._port = config.name.removeprefix("GPIO") if given.port is None else given.port
        self._lock_writes: list[int] = []
        self._driven = self._driven_high = 0  # from outside
        self._look_at_modes()
        self._levels, self._inputs = 0, self._input_levels()
        self.on_pin_change: list[Callable[[str, bool], None]] = []

    def register_name(self, offset: int) -> str:
        return NAMES[offset // 4] if offset // 4 < len(NAMES) else ""

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        if word_offset == IDR:
            return read_lane(self._input_levels(), offset, size)
        if word_offset in (BSRR, BRR):
            return 0
        return read_lane(self._words.get(word_offset, 0), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        written = write_lane(0, offset, size, value)
        if word_offset == BSRR:
            # A pin that is both set and reset is set: BSx has priority.
            self._words[ODR] = self._words[ODR] & ~(written >> 16) | written & 0xFFFF
        elif word_offset == BRR:
            self._words[ODR] &= ~written & 0xFFFF
        elif word_offset == LCKR:
            self._lock(written)
        elif word_offset == IDR or word_offset not in self._words:
            what = f"write to read-only or unknown register 0x{split(offset)[0]:02x} ignored"
            self._note(NoteKind.UNKNOWN_REGISTER, what, offset)
        else:
            limit = 0xFFFF if word_offset in (ODR, OTYPER) else WORD
            mask = lane_mask(offset, size) & limit
            self._words[word_offset] = self._words[word_offset] & ~mask | written & mask
            self._look_at_modes()
        self._announce()

    def drive(self, pin: str, level: bool | None) -> bool:
        number = pin.removeprefix(f"P{self._port}")
        if number == pin or number not in map(str, range(16)):
            return False
        bit = 1 << int(number)
        self._driven = self._driven & ~bit if level is None else self._driven | bit
        self._driven_high = self._driven_high | bit if level else self._driven_high & ~bit
        self._announce()
        return True

    def _look_at_modes(self) -> None:
        self._outputs = self._pins_where(MODER, OUTPUT)
        self._analog = self._pins_where(MODER, ANALOG)
        self._pulled_up = self._pins_where(PUPDR, PULL_UP)

    def _lock(self, written: int) -> None:
        """LCKK reads 1 after the key sequence 1, 0, 1 with the same pins (RM0432, GPIOx_LCKR)."""
        self._lock_writes = [*self._lock_writes[-2:], written]
        pins = written & 0xFFFF
        if self._lock_writes == [LCKK | pins, pins, LCKK | pins]:
            self._words[LCKR] = LCKK | pins
        elif not self._words[LCKR] & LCKK:
            self._words[LCKR] = pins

    def _pins_where(self, register: int, code: int) -> int:
        """The pins whose two-bit field in `register` is `code`, as a mask."""
        fields = self._words[register]
        return sum(1 << pin for pin in range(16) if fields >> 2 * pin & 3 == code)

    def _input_levels(self) -> int:
        """What IDR reads: of outputs what they give, of others what drives them, else their pulls; analog ones 0."""
        given = self._outputs & ~(self._words[OTYPER] & self._words[ODR])  # an open drain that is high lets go
        outside = self._driven_high | self._pulled_up & ~self._driven
        released = self._outputs & ~given & ~self._driven & ~self._pulled_up
        return (self._words[ODR] & (given | released) | outside & ~given) & ~self._analog

    def _announce(self) -> None:
        levels = self._words[ODR] & self._outputs
        changed, self._levels = levels ^ self._levels, levels
        for pin in set_bits(changed):
            for callback in self.on_pin_change:
                callback(f"P{self._port}{pin}", bool(levels >> pin & 1))
        inputs = self._input_levels()
        heard, self._inputs = inputs ^ self._inputs, inputs
        for pin in set_bits(heard):
            self._system.tell(f"P{self._port}{pin}", bool(inputs >> pin & 1))
