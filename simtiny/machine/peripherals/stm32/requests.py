"""Interrupt and DMA request lines of a peripheral, driven when they change."""

from simtiny.machine.system import System


class Lines:
    """Those of the peripheral `name`. Driving one may lead back into the peripheral, so its level is kept before."""

    def __init__(self, system: System, name: str) -> None:
        self._system, self._name = system, name
        self._levels: dict[int | str, bool] = {}

    def interrupt(self, irq: int, level: bool) -> None:
        """Drive an interrupt line."""
        if self._levels.get(irq, False) != level:
            self._levels[irq] = level
            self._system.set_irq(irq, level, self._name)

    def dma(self, line: str, level: bool) -> None:
        """Drive a request line, named in full: "SPI1.tx"."""
        if self._levels.get(line, False) != level:
            self._levels[line] = level
            self._system.request_dma(line, level)
