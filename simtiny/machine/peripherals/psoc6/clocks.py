"""What the blocks of PSoC 6 that make clocks have in common."""

from abc import abstractmethod
from typing import ClassVar

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import P, RegisterBlock
from simtiny.machine.system import System


class ClockBlock(RegisterBlock[P]):
    """Each says by `clocks` what follows from its registers, and announces it when they change.

    `follows`: its clocks come from others. It looks again at the next event boundary after a change, when that is in
    force.
    """

    follows: ClassVar[bool] = False

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        if self.follows:
            system.on_clock_change(self._look_again)
        self._announce()

    @abstractmethod
    def clocks(self) -> dict[str, float]:
        """Frequencies in hertz by name."""

    def _announce(self) -> None:
        clock_hz = self.clocks()
        if any(self._system.clock_hz.get(name) != value for name, value in clock_hz.items()):
            self._system.set_clocks(clock_hz)

    def _look_again(self) -> None:
        self._system.schedule(self._system.cycles, self._announce)
