"""What the blocks of PSoC 6 that make clocks have in common."""

from abc import abstractmethod

from simtiny.machine.peripherals.block import P, RegisterBlock


class ClockBlock(RegisterBlock[P]):
    """Each says by `clocks` what follows from its registers, and announces it when they change."""

    @abstractmethod
    def clocks(self) -> dict[str, float]:
        """Frequencies in hertz by name."""

    def _announce(self) -> None:
        clock_hz = self.clocks()
        if any(self._system.clock_hz.get(name) != value for name, value in clock_hz.items()):
            self._system.set_clocks(clock_hz)

    def _follow_clocks(self) -> None:
        """Its clocks come from others: look again at the next event boundary after a change, when it is in force."""
        self._system.on_clock_change(self._look_again)

    def _look_again(self) -> None:
        self._system.schedule(self._system.cycles, self._announce)
