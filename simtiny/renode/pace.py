"""How fast Renode's time passes, where every instruction takes the same."""

from collections.abc import Mapping
from typing import Any

_PACE_INSTRUCTIONS, _CATCH_UP_S, _USUAL_CYCLES = 500, 0.002, 1.3


class Pace:
    """Keeps Renode's time near simtiny's: each instruction takes as long there, so its rate follows the count."""

    def __init__(self) -> None:
        self.clock_commands: list[str] = []
        self._mips = 0
        self._cycles_an_instruction = _USUAL_CYCLES
        self._last = 0, 0  # instructions, and cycles awake, at the last question

    def commands(self, asked: Mapping[str, Any], awake: int, elapsed_s: float, core_hz: float) -> list[str]:
        """For Renode's monitor, at a question. `awake`: cycles that the core did not sleep."""
        commands, self.clock_commands = self.clock_commands, []
        instructions, cycles = asked["instructions"] - self._last[0], awake - self._last[1]
        if instructions >= _PACE_INSTRUCTIONS:
            self._last = asked["instructions"], awake
            self._cycles_an_instruction = max(cycles / instructions, 0.5)
        ahead_s = asked["time_ns"] / 1e9 - elapsed_s
        correction = 1 + min(max(ahead_s / _CATCH_UP_S, -0.5), 1.0)
        mips = max(1, round(core_hz / 1e6 / self._cycles_an_instruction * correction))
        if mips != self._mips:
            self._mips = mips
            commands = [*commands, f"sysbus.cpu PerformanceInMips {mips}"]
        return commands
