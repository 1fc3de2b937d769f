"""The register blocks that platform files can name, one module a block."""

from collections.abc import Callable, Mapping

from simtiny.errors import BadInput
from simtiny.machine.peripherals.constants import Constants
from simtiny.machine.peripherals.registers import MemoryRegisters, Registers
from simtiny.machine.peripherals.stm32_crc import Crc
from simtiny.machine.peripherals.stm32_gpio import Gpio
from simtiny.machine.peripherals.stm32_timer import Timer
from simtiny.machine.peripherals.stm32_usart import Usart
from simtiny.machine.peripherals.stm32l4_flash import FlashController
from simtiny.machine.peripherals.stm32l4_pwr import Pwr
from simtiny.machine.peripherals.stm32l4_rcc import Rcc
from simtiny.machine.system import Peripheral, System
from simtiny.platform import Board, PeripheralConfig

KINDS: Mapping[str, Callable[[PeripheralConfig, System], Peripheral]] = {
    "constants": Constants,
    "memory-registers": MemoryRegisters,
    "registers": Registers,
    "stm32-crc": Crc,
    "stm32-gpio": Gpio,
    "stm32-timer": Timer,
    "stm32-usart": Usart,
    "stm32l4-flash": FlashController,
    "stm32l4-pwr": Pwr,
    "stm32l4-rcc": Rcc,
}


def build(board: Board, system: System) -> dict[str, Peripheral]:
    """Every peripheral of the board, by name, at its reset values."""
    for config in board.peripherals:
        if config.kind not in KINDS:
            raise BadInput(
                f"board {board.id}: peripheral {config.name}: unknown kind {config.kind!r}. "
                f"Known kinds: {', '.join(sorted(KINDS))}."
            )
    return {config.name: KINDS[config.kind](config, system) for config in board.peripherals}
