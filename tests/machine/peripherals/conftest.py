"""A machine with nothing but a clock, interrupt lines and notes, for peripherals to be tested against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from simtiny.board import PeripheralConfig
from simtiny.devices import Devices
from simtiny.machine.system import BusError, ResetCause
from simtiny.notes import NoteKind, Notes, texts


@dataclass
class FakeSystem:
    cycles: int = 0
    clock_hz: dict[str, float] = field(default_factory=dict)
    lines: dict[int, bool] = field(default_factory=dict)
    collected: Notes = field(default_factory=Notes)
    flash: dict[str, Any] = field(default_factory=dict)
    timer_reads: int = 0
    serial_takes_time: bool = False
    memory: dict[int, int] = field(default_factory=dict)  # by byte
    requests: dict[str, bool] = field(default_factory=dict)  # of DMA, by line
    controllers: list[Any] = field(default_factory=list)  # of DMA, that hear of requests
    holders: dict[str, Any] = field(default_factory=dict)  # of request lines, until they are served
    moves_data: bool = True
    modelled: set[str] = field(default_factory=set)
    blocks: dict[int, Any] = field(default_factory=dict)  # whose registers stand at a base of 1 KB
    names: dict[int, str] = field(default_factory=dict)  # of peripherals, by their base
    refused: set[int] = field(default_factory=set)  # addresses at which a master meets nothing
    devices: Devices = field(default_factory=Devices)
    windows: list[str] = field(default_factory=list)
    resets: list[ResetCause] = field(default_factory=list)
    wires: list[tuple[str, bool]] = field(default_factory=list)
    seed: int = 0
    flash_memory: bytearray = field(default_factory=lambda: bytearray(b"\xff" * 0x20_0000))
    flash_range: range = range(0x0800_0000, 0x0820_0000)
    _events: dict[int, tuple[int, Callable[[], None]]] = field(default_factory=dict)
    _handles: int = 0
    _listeners: list[Callable[[], None]] = field(default_factory=list)

    @property
    def elapsed_s(self) -> float:
        return self.cycles / self.clock_hz["core"]

    def set_clocks(self, clock_hz: Mapping[str, float]) -> None:
        for listener in self._listeners:
            listener()
        self.clock_hz |= clock_hz

    def on_clock_change(self, callback: Callable[[], None]) -> None:
        self._listeners.append(callback)

    def schedule(self, at_cycle: int, callback: Callable[[], None]) -> int:
        self._handles += 1
        self._events[self._handles] = (at_cycle, callback)
        return self._handles

    def cancel(self, handle: int) -> None:
        self._events.pop(handle, None)

    def set_irq(self, irq: int, level: bool, source: str) -> None:
        self.lines[irq] = level

    def set_flash_acceleration(self, **settings: Any) -> None:
        self.flash = settings

    def request_dma(self, line: str, level: bool) -> None:
        self.requests[line] = level
        for controller in self.controllers:
            controller.dma_request(line, level)

    def dma_served(self, line: str) -> None:
        name, _, what = line.partition(".")
        if name in self.holders:
            self.holders[name].request_served(what)

    def open_window(self, name: str) -> None:
        self.windows.append(name)

    def bus_read(self, address: int, size: int) -> int:
        if address in self.refused:
            raise BusError(f"nothing at 0x{address:08x}")
        if block := self.blocks.get(address & ~0x3FF):
            return int(block.read(address & 0x3FF, size))
        return int.from_bytes(bytes(self.memory.get(address + at, 0) for at in range(size)), "little")

    def bus_write(self, address: int, size: int, value: int) -> None:
        if address in self.refused:
            raise BusError(f"nothing at 0x{address:08x}")
        if block := self.blocks.get(address & ~0x3FF):
            block.write(address & 0x3FF, size, value)
            return
        self.memory |= {address + at: byte for at, byte in enumerate(value.to_bytes(size, "little"))}

    def memory_bytes(self, address: int) -> int:
        return 0x2001_0000 - address if 0x2000_0000 <= address < 0x2001_0000 else 0

    def asks_for_dma(self, peripheral: str) -> bool:
        return peripheral in self.modelled

    def request_behind(self, line: str) -> tuple[str, int] | None:
        name, _, what = line.partition(".")
        return self.holders[name].request_behind(what) if name.startswith("DMAMUX") else None

    def peripheral_at(self, address: int) -> str:
        return self.names.get(address & ~0x3FF, "")

    def put(self, address: int, data: bytes) -> None:
        self.memory |= {address + at: byte for at, byte in enumerate(data)}

    def get(self, address: int, size: int) -> bytes:
        return bytes(self.memory.get(address + at, 0) for at in range(size))

    def tell(self, wire: str, level: bool) -> None:
        self.wires.append((wire, level))

    def request_reset(self, cause: ResetCause) -> None:
        self.resets.append(cause)

    def read_flash(self, address: int, size: int) -> bytes:
        return bytes(self.flash_memory[address - self.flash_range.start :][:size])

    def change_flash(self, address: int, data: bytes) -> None:
        first = address - self.flash_range.start
        self.flash_memory[first : first + len(data)] = data

    def timer_read(self) -> None:
        self.timer_reads += 1

    def note(self, kind: NoteKind, place: str, text: str) -> None:
        self.collected.add(kind, place, text)

    @property
    def notes(self) -> list[str]:
        return texts(self.collected.collected())

    def run_to(self, cycle: int) -> list[int]:
        """Let time pass. Returns the cycles at which events fired."""
        fired = []
        while due := [(at, handle) for handle, (at, _) in self._events.items() if at <= cycle]:
            at, handle = min(due)
            self.cycles = max(self.cycles, at)
            fired.append(self.cycles)
            self._events.pop(handle)[1]()
        self.cycles = max(self.cycles, cycle)
        return fired

    @property
    def deadlines(self) -> list[int]:
        return sorted(at for at, _ in self._events.values())


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem()


@pytest.fixture
def config() -> Callable[..., PeripheralConfig]:
    """Make a PeripheralConfig: kind, irq and parameters are all that a block looks at."""

    def make(kind: str, *irq: int, **parameters: Any) -> PeripheralConfig:
        return PeripheralConfig("BLOCK", kind, 0x40000000, irq=irq, parameters=parameters)

    return make
