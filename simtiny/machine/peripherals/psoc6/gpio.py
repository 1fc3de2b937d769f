"""PSoC 6 ports: outputs, inputs by their pulls or by what drives them, and an interrupt a port.

Register offsets: Infineon mtb-pdl-cat1, GPIO_PRT_V2_Type, from 0x18 on; those below, and drive modes
(drivers/include/cy_gpio.h, CY_GPIO_DM_*), from memory [unchecked]. Not modelled: the ports' glitch filters.
"""

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block, NoParameters
from simtiny.machine.peripherals.words import WORD, read_lane, write_lane
from simtiny.machine.system import System

PORT_BYTES, PORTS, PINS = 0x80, 15, 8
OUT, OUT_CLR, OUT_SET, OUT_INV, IN, INTR, INTR_MASK, INTR_MASKED, INTR_SET = range(0x00, 0x24, 4)
INTR_CFG, CFG, CFG_IN, CFG_OUT, CFG_SIO = range(0x40, 0x54, 4)
NAMES = {
    **dict(zip(range(0x00, 0x24, 4), ("OUT", "OUT_CLR", "OUT_SET", "OUT_INV", "IN", "INTR"), strict=False)),
    INTR_MASK: "INTR_MASK",
    INTR_MASKED: "INTR_MASKED",
    INTR_SET: "INTR_SET",
    INTR_CFG: "INTR_CFG",
    CFG: "CFG",
    CFG_IN: "CFG_IN",
    CFG_OUT: "CFG_OUT",
    CFG_SIO: "CFG_SIO",
}
IN_EN = 1 << 3
# By drive mode, what a pin does that is 0, and that is 1: 0 and 1 are strong, None lets go, the others are weak.
WEAK_0, WEAK_1 = 2, 3
MODES: tuple[tuple[int | None, int | None], ...] = (
    (None, None),  # high impedance
    (None, None),
    (0, WEAK_1),  # pull-up
    (WEAK_0, 1),  # pull-down
    (0, None),  # open drain, drives low
    (None, 1),  # open drain, drives high
    (0, 1),  # strong
    (WEAK_0, WEAK_1),  # both pulls
)
RISING, FALLING = 1, 2  # of INTR_CFG's two bits a pin


class Port:
    """The registers of one port, and what drives its pins from outside."""

    def __init__(self) -> None:
        self.words = dict.fromkeys(NAMES, 0)
        self.driven: dict[int, bool] = {}
        self.levels = 0
        self.pending = 0

    def level(self, pin: int) -> int:
        """What the pin's input buffer sees, 0 where it is off."""
        mode = self.words[CFG] >> 4 * pin & 0xF
        if not mode & IN_EN:
            return 0
        own = MODES[mode & 7][self.words[OUT] >> pin & 1]
        if own in (0, 1):
            return int(own or 0)
        return int(self.driven[pin]) if pin in self.driven else int(own == WEAK_1)

    def look(self) -> None:
        """Take the levels that the pins have now, and pend the edges that are chosen."""
        before, self.levels = self.levels, sum(self.level(pin) << pin for pin in range(PINS))
        for pin in range(PINS):
            edge = (self.levels >> pin & 1) - (before >> pin & 1)
            chosen = self.words[INTR_CFG] >> 2 * pin & 3
            if edge and chosen & (RISING if edge > 0 else FALLING):
                self.pending |= 1 << pin

    def read(self, register: int) -> int:
        """A register's word."""
        if register in (OUT_CLR, OUT_SET, OUT_INV):
            return self.words[OUT]
        if register == INTR:
            return self.pending | self.levels << 16
        return {IN: self.levels, INTR_MASKED: self.pending & self.words[INTR_MASK]}.get(
            register, self.words.get(register, 0)
        )

    def write(self, register: int, written: int, word: int) -> None:
        """`written`: the lanes that were written, `word`: with the others as they were."""
        out = self.words[OUT]
        if register in (OUT_CLR, OUT_SET, OUT_INV):
            self.words[OUT] = {OUT_CLR: out & ~written, OUT_SET: out | written, OUT_INV: out ^ written}[register] & 0xFF
        elif register == INTR:
            self.pending &= ~written
        elif register == INTR_SET:
            self.pending |= written & 0xFF
        elif register not in (IN, INTR_MASKED):
            self.words[register] = word & (0xFF if register == OUT else WORD)
        self.look()


class Gpio(Block[NoParameters]):
    """Kind "psoc6-gpio". `irq`: one a port. Its pins are called "P0_4"."""

    takes = NoParameters

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._ports = [Port() for _ in range(PORTS)]

    def register_name(self, offset: int) -> str:
        port, register = divmod(offset & ~3, PORT_BYTES)
        return f"PRT{port}_{NAMES[register]}" if port < PORTS and register in NAMES else ""

    def read(self, offset: int, size: int) -> int:
        if not self.register_name(offset):
            return 0
        port, register = divmod(offset & ~3, PORT_BYTES)
        return read_lane(self._ports[port].read(register), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        if not self.register_name(offset):
            self._note_unknown(offset)
            return
        port, register = divmod(offset & ~3, PORT_BYTES)
        own = self._ports[port]
        own.write(register, write_lane(0, offset, size, value), write_lane(own.read(register), offset, size, value))
        self._drive(port)

    def drive(self, pin: str, level: bool | None) -> bool:
        """See `simtiny.machine.system.InputPins`."""
        port, _, number = pin.removeprefix("P").partition("_")
        known = pin[:1] == "P" and port in map(str, range(PORTS)) and number in map(str, range(PINS))
        if not known:
            return False
        own = self._ports[int(port)]
        if level is None:
            own.driven.pop(int(number), None)
        else:
            own.driven[int(number)] = level
        own.look()
        self._drive(int(port))
        return True

    def _drive(self, port: int) -> None:
        if port < len(self._irq):
            self._system.set_irq(self._irq[port], bool(self._ports[port].read(INTR_MASKED)), self._name)
