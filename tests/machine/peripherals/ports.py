"""A serial port for DMA to serve: one data register, a request line for each direction."""

from tests.machine.peripherals.conftest import FakeSystem

DATA = 0x28
PORT = 0x4000_4400
"""Where the tests have one."""


class FakePort:
    """Takes `cycles` to send an item; its line `name`.tx is high while it can take one. `bring` makes .rx high."""

    def __init__(self, system: FakeSystem, name: str, cycles: int = 100) -> None:
        self._system, self._name, self._cycles = system, name, cycles
        self.sent: list[int] = []
        self.received: list[int] = []
        self.controllers = []

    def drive(self, what: str, level: bool) -> None:
        for controller in self.controllers:
            controller.dma_request(f"{self._name}.{what}", level)

    def bring(self, *items: int) -> None:
        self.received += items
        self.drive("rx", True)

    def read(self, offset: int, size: int) -> int:
        item = self.received.pop(0)
        if not self.received:
            self.drive("rx", False)
        return item

    def write(self, offset: int, size: int, value: int) -> None:
        self.sent.append(value)
        self.drive("tx", False)
        self._system.schedule(self._system.cycles + self._cycles, lambda: self.drive("tx", True))
