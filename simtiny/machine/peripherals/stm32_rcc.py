"""What the reset and clock controllers of all STM32 families have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from simtiny.machine.peripherals.registers import Block, Follow, Register, RegisterFile
from simtiny.machine.peripherals.words import split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind
from simtiny.platform import PeripheralConfig


@dataclass(frozen=True)
class ResetFlags:
    """The register that says what caused the last reset: writing `remove`, RMVF, to it clears `flags`."""

    register: str
    remove: int
    flags: int


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`hse_hz`: what the board feeds to the external oscillator pins; 0 if nothing (HSERDY then stays 0)."""

    hse_hz: float = 0.0


class ClockController(Block):
    """A register file whose every write may change the clocks. Each family says by `clocks` what follows from it."""

    def __init__(
        self,
        config: PeripheralConfig,
        system: System,
        registers: Mapping[str, Register],
        follows: Sequence[Follow],
        reset_flags: ResetFlags,
        hse_hz: float,
    ) -> None:
        super().__init__(config, system)
        self._reset_flags, self._hse_hz = reset_flags, hse_hz
        # Without an oscillator HSEON, bit 16 of CR in all families, is followed by no HSERDY.
        rules = [rule for rule in follows if hse_hz or (rule.source, rule.source_low) != ("CR", 16)]
        self._file = RegisterFile(registers, rules)
        self._clear = registers["CICR"].offset if "CICR" in registers else None
        self._clocks: dict[str, float] = {}
        self._update_clocks()

    def clocks(self) -> dict[str, float]:
        """Frequencies in hertz by name. All are 0 if the selected system clock is off."""
        raise NotImplementedError

    def read(self, offset: int, size: int) -> int:
        return self._file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        if split(offset)[0] == self._clear:
            self._file["CIFR"] &= ~write_lane(0, offset, size, value)
            return
        if not self._file.known(offset):
            self._note_unknown(offset)
        self._file.write(offset, size, value)
        reset = self._reset_flags
        if self._file[reset.register] & reset.remove:
            self._file[reset.register] &= ~(reset.remove | reset.flags)
        self._update_clocks()

    def _update_clocks(self) -> None:
        clocks = self.clocks()
        if clocks["core"] <= 0:
            self._note(NoteKind.FIRMWARE, "the selected system clock is off; the clocks before it stay in force")
        elif clocks != self._clocks:
            self._clocks = clocks
            self._system.set_clocks(clocks)
            if clocks.get("axi", clocks["core"]) != clocks["core"]:
                self._note(
                    NoteKind.UNMODELLED,
                    f"the core runs at {clocks['core'] / clocks['axi']:g} times the clock of AXI, "
                    "flash and RAM: what that costs is not modelled",
                )
