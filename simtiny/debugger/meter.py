"""What a board draws while it is debugged, by its power model, through all changes of its clock."""

from math import fsum

from simtiny.board import Board
from simtiny.errors import SimtinyError
from simtiny.machine.machine import Machine
from simtiny.machine.sections import Sections
from simtiny.pricing import price_run


class EnergyMeter:
    """Energy of one machine, since it was last read or begun anew."""

    def __init__(self, machine: Machine, board: Board) -> None:
        self._machine, self._board = machine, board
        self.begin()

    def begin(self) -> None:
        """Forget what was drawn by now."""
        self._cycles = self._machine.cycles
        self._sections = Sections(self._machine)
        self._sections.begin()

    def read(self) -> str:
        """What there was since the last reading, in a line. The next one begins here."""
        self._sections.end()
        cycles, profiles = self._machine.cycles - self._cycles, self._sections.profiles()
        self.begin()
        try:
            priced = [price_run(profile, self._board) for profile in profiles]
        except SimtinyError as error:
            return f"the energy of {cycles:,} cycles is not known: {error}"
        why_not = next((each.why_not for each in priced if each.why_not), None)
        if why_not is not None:
            return why_not
        energy_uj = fsum(each.consumption.energy.energy_uj for each in priced if each.consumption is not None)
        latency_s = fsum(each.estimate.latency_s for each in priced)
        mean = f", {energy_uj / latency_s / 1e3:.3f} mW on average" if latency_s else ""
        return f"{energy_uj:.3f} uJ in {cycles:,} cycles, {latency_s * 1e3:.3f} ms{mean}"
