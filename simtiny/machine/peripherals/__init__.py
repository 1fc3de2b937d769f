"""The register blocks that platform files can name: a folder a maker's family, and what any chip can have.

`[unchecked]` marks what was written from memory of a manual, or taken over from elsewhere, and compared with nothing.
"""

from collections.abc import Mapping
from typing import Any

from simtiny.board import Board
from simtiny.errors import BadInput
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.constants import Constants
from simtiny.machine.peripherals.psoc6.cpuss import Cpuss
from simtiny.machine.peripherals.psoc6.datawire import DataWire, Dmac
from simtiny.machine.peripherals.psoc6.flashc import Flashc
from simtiny.machine.peripherals.psoc6.gpio import Gpio as PsocGpio
from simtiny.machine.peripherals.psoc6.ipc import Ipc
from simtiny.machine.peripherals.psoc6.peri import Peri
from simtiny.machine.peripherals.psoc6.scb import Scb
from simtiny.machine.peripherals.psoc6.srss import Srss
from simtiny.machine.peripherals.psoc6.tcpwm import Tcpwm
from simtiny.machine.peripherals.stm32.adc import Adc
from simtiny.machine.peripherals.stm32.adc_f7 import F7Adc
from simtiny.machine.peripherals.stm32.crc import Crc
from simtiny.machine.peripherals.stm32.dac import Dac
from simtiny.machine.peripherals.stm32.dma2d import Dma2d
from simtiny.machine.peripherals.stm32.dma_channels import DmaChannels
from simtiny.machine.peripherals.stm32.dma_streams import DmaStreams
from simtiny.machine.peripherals.stm32.dmamux import Dmamux
from simtiny.machine.peripherals.stm32.exti import Exti
from simtiny.machine.peripherals.stm32.f7 import F7Flash, F7Pwr, F7Rcc
from simtiny.machine.peripherals.stm32.g0 import G0Flash, G0Rcc
from simtiny.machine.peripherals.stm32.gpdma import Gpdma
from simtiny.machine.peripherals.stm32.gpio import Gpio
from simtiny.machine.peripherals.stm32.h7 import H7Pwr, H7Rcc
from simtiny.machine.peripherals.stm32.h7_flash import H7Flash
from simtiny.machine.peripherals.stm32.i2c import I2c
from simtiny.machine.peripherals.stm32.icache import Icache
from simtiny.machine.peripherals.stm32.l4 import L4Flash, L4Pwr, L4Rcc
from simtiny.machine.peripherals.stm32.lptim import LpTimer
from simtiny.machine.peripherals.stm32.mdma import Mdma
from simtiny.machine.peripherals.stm32.octospi import OctoSpi
from simtiny.machine.peripherals.stm32.quadspi import QuadSpi
from simtiny.machine.peripherals.stm32.rng import Rng
from simtiny.machine.peripherals.stm32.rtc import Rtc, Tamp
from simtiny.machine.peripherals.stm32.spi import Spi
from simtiny.machine.peripherals.stm32.spi_h7 import SpiH7
from simtiny.machine.peripherals.stm32.timer import Timer
from simtiny.machine.peripherals.stm32.u3 import U3Pwr, U3Rcc
from simtiny.machine.peripherals.stm32.u5 import U5Flash, U5Pwr, U5Rcc
from simtiny.machine.peripherals.stm32.usart import Usart
from simtiny.machine.peripherals.stm32.watchdogs import Iwdg, Wwdg
from simtiny.machine.peripherals.tables import MemoryRegisters, Registers
from simtiny.machine.system import Peripheral, System

KINDS: Mapping[str, type[Block[Any]]] = {
    "constants": Constants,
    "memory-registers": MemoryRegisters,
    "psoc6-cpuss": Cpuss,
    "psoc6-datawire": DataWire,
    "psoc6-dmac": Dmac,
    "psoc6-flashc": Flashc,
    "psoc6-gpio": PsocGpio,
    "psoc6-ipc": Ipc,
    "psoc6-peri": Peri,
    "psoc6-scb-uart": Scb,
    "psoc6-srss": Srss,
    "psoc6-tcpwm": Tcpwm,
    "registers": Registers,
    "stm32-adc": Adc,
    "stm32-crc": Crc,
    "stm32-dma": DmaChannels,
    "stm32-dma-streams": DmaStreams,
    "stm32-dma2d": Dma2d,
    "stm32-dmamux": Dmamux,
    "stm32-gpdma": Gpdma,
    "stm32-dac": Dac,
    "stm32-exti": Exti,
    "stm32-gpio": Gpio,
    "stm32-i2c": I2c,
    "stm32-icache": Icache,
    "stm32-mdma": Mdma,
    "stm32-octospi": OctoSpi,
    "stm32-quadspi": QuadSpi,
    "stm32-spi": Spi,
    "stm32-timer": Timer,
    "stm32-usart": Usart,
    "stm32f7-adc": F7Adc,
    "stm32-iwdg": Iwdg,
    "stm32-lptim": LpTimer,
    "stm32-rng": Rng,
    "stm32-rtc": Rtc,
    "stm32-tamp": Tamp,
    "stm32-wwdg": Wwdg,
    "stm32f7-flash": F7Flash,
    "stm32f7-pwr": F7Pwr,
    "stm32f7-rcc": F7Rcc,
    "stm32g0-flash": G0Flash,
    "stm32g0-rcc": G0Rcc,
    "stm32h7-flash": H7Flash,
    "stm32h7-pwr": H7Pwr,
    "stm32h7-rcc": H7Rcc,
    "stm32h7-spi": SpiH7,
    "stm32l4-flash": L4Flash,
    "stm32l4-pwr": L4Pwr,
    "stm32l4-rcc": L4Rcc,
    "stm32u3-pwr": U3Pwr,
    "stm32u3-rcc": U3Rcc,
    "stm32u5-flash": U5Flash,
    "stm32u5-pwr": U5Pwr,
    "stm32u5-rcc": U5Rcc,
}


PLAIN_KINDS = frozenset({"constants", "memory-registers", "registers"})
"""Kinds that only keep their registers, or flags of them."""
SILENT_KINDS = PLAIN_KINDS | {"stm32-dac", "stm32-lptim"}
"""Kinds that never ask for DMA, though on the chip they do."""


def asks_for_dma(board: Board, name: str) -> bool:
    """Whether the board has a peripheral of this name that may drive request lines of DMA.

    Analog converters that share a block have names of their own, its parameter `converters`.
    """
    return any(
        name in (config.name, *config.parameters.get("converters", ())) and config.kind not in SILENT_KINDS
        for config in board.peripherals
    )


def peripheral_at(board: Board, address: int) -> str:
    """The peripheral whose registers stand there, empty where there is none."""
    found = (each.name for each in board.peripherals if each.base <= address < each.base + each.size)
    return next(found, "")


def build(board: Board, system: System) -> dict[str, Peripheral]:
    """Every peripheral of the board, by name, at its reset values."""
    for config in board.peripherals:
        if config.kind not in KINDS:
            raise BadInput(
                f"board {board.id}: peripheral {config.name}: unknown kind {config.kind!r}. "
                f"Known kinds: {', '.join(sorted(KINDS))}."
            )
    return {config.name: KINDS[config.kind](config, system) for config in board.peripherals}
