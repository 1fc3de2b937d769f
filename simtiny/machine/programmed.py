"""What the firmware has programmed by now: clocks, flash and voltage."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from simtiny.board import Board
from simtiny.counting.counters import Counters
from simtiny.flash.acceleration import Acceleration, miss_overhead_cycles, ram_miss_cycles
from simtiny.machine.system import PowerControl
from simtiny.profiles import OperatingPoint


class Programmed:
    """Clocks and flash of one board, as its peripherals set them: that part of `simtiny.machine.system.System`."""

    def __init__(self, board: Board, counters: Counters) -> None:
        self._board, self._counters = board, counters
        self._banked_s, self._banked_cycles = 0.0, 0
        self.clock_hz: dict[str, float] = {"core": board.limits.max_core_hz}
        self._listeners: list[Callable[[], None]] = []
        self._acceleration = Acceleration()

    def reset(self) -> None:
        """To what a board has without controllers of its own; those that it has set their own reset values."""
        self._bank_time()
        self.clock_hz = {"core": self._board.limits.max_core_hz}
        self._listeners = []
        self._apply(Acceleration())

    @property
    def elapsed_s(self) -> float:
        """Emulated time since power-on, through all changes of the clock."""
        return self._banked_s + (self._counters.cycles - self._banked_cycles) / self.clock_hz["core"]

    def set_clocks(self, clock_hz: Mapping[str, float]) -> None:
        """Merge these frequencies, and tell whoever asked."""
        self.announce_change()
        self._bank_time()
        self._counters.reconfigurations += clock_hz.get("core", self.clock_hz["core"]) != self.clock_hz["core"]
        self.clock_hz.update(clock_hz)
        if "axi" in self.clock_hz:
            ratio = round(self.clock_hz["core"] / self.clock_hz["axi"])
            if ratio != self._acceleration.bus_ratio:
                self._apply(replace(self._acceleration, bus_ratio=ratio))

    def announce_change(self) -> None:
        """Tell whoever asked that the clocks will change now."""
        for callback in self._listeners:
            callback()

    def on_clock_change(self, callback: Callable[[], None]) -> None:
        """Call back just before a change takes effect."""
        self._listeners.append(callback)

    def set_flash_acceleration(self, **settings: Any) -> None:
        """What is not None of the fields of Acceleration takes effect at the next block."""
        self._apply(
            replace(self._acceleration, **{name: value for name, value in settings.items() if value is not None})
        )

    @property
    def data_cache(self) -> bool:
        """Whether the firmware has it on."""
        return bool(self._acceleration.data_cache)

    def operating_point(self, power: PowerControl) -> OperatingPoint:
        """What is in force by now, with what the power controller says."""
        return self._point(self._counters.memories.acceleration, power)

    def programmed(self, power: PowerControl) -> OperatingPoint:
        """What the firmware has programmed by now: the same but where settings are in force in its place."""
        return self._point(self._acceleration, power)

    def settings(self, power: PowerControl) -> tuple[object, ...]:
        """All that the two are made of, to find out quickly whether they have changed."""
        clock_hz = self.clock_hz["core"]
        return clock_hz, self._counters.memories.acceleration, self._acceleration, power.voltage_range, power.regulator

    def _point(self, now: Acceleration, power: PowerControl) -> OperatingPoint:
        return OperatingPoint(
            self.clock_hz["core"],
            now.wait_states,
            now.prefetch,
            now.instruction_cache,
            now.data_cache,
            power.voltage_range,
            miss_overhead_cycles(self._board, now),
            ram_miss_cycles(self._board, now),
            power.regulator,
        )

    def _bank_time(self) -> None:
        self._banked_s, self._banked_cycles = self.elapsed_s, self._counters.cycles

    def empty_caches(self) -> None:
        """Let caches hold nothing, with the same settings."""
        self._counters.memories.forget()
        self._apply(self._acceleration)

    def _apply(self, acceleration: Acceleration) -> None:
        self._acceleration = acceleration
        self._counters.set_flash(acceleration)


class ProgrammedBoard:
    """A board whose clock counts, and whose clocks and flash the firmware programs: that part of a `System`."""

    _counters: Counters
    _programmed: Programmed

    @property
    def cycles(self) -> int:
        return self._counters.cycles

    @property
    def clock_hz(self) -> Mapping[str, float]:
        return self._programmed.clock_hz

    def set_clocks(self, clock_hz: Mapping[str, float]) -> None:
        self._programmed.set_clocks(clock_hz)

    def on_clock_change(self, callback: Callable[[], None]) -> None:
        self._programmed.on_clock_change(callback)

    def set_flash_acceleration(
        self,
        *,
        wait_states: int | None = None,
        prefetch: bool | None = None,
        instruction_cache: bool | None = None,
        data_cache: bool | None = None,
        ways: int | None = None,
        alias_cache: bool | None = None,
        alias_prefetch: bool | None = None,
    ) -> None:
        self._programmed.set_flash_acceleration(
            wait_states=wait_states,
            prefetch=prefetch,
            instruction_cache=instruction_cache,
            data_cache=data_cache,
            ways=ways,
            alias_cache=alias_cache,
            alias_prefetch=alias_prefetch,
        )
