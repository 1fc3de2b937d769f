"""The register blocks that platform files can name, one module a block."""

from collections.abc import Callable, Mapping

from simtiny.board import Board, PeripheralConfig
from simtiny.errors import BadInput
from simtiny.machine.peripherals import (
    psoc6_cpuss,
    psoc6_flashc,
    psoc6_ipc,
    psoc6_peri,
    psoc6_scb_uart,
    psoc6_srss,
    psoc6_tcpwm,
    stm32f7_flash,
    stm32f7_pwr,
    stm32f7_rcc,
    stm32g0_flash,
    stm32g0_rcc,
    stm32h7_flash,
    stm32h7_pwr,
    stm32h7_rcc,
    stm32u5_flash,
    stm32u5_pwr,
    stm32u5_rcc,
)
from simtiny.machine.peripherals.constants import Constants
from simtiny.machine.peripherals.registers import MemoryRegisters, Registers
from simtiny.machine.peripherals.stm32_crc import Crc
from simtiny.machine.peripherals.stm32_gpio import Gpio
from simtiny.machine.peripherals.stm32_icache import Icache
from simtiny.machine.peripherals.stm32_timer import Timer
from simtiny.machine.peripherals.stm32_usart import Usart
from simtiny.machine.peripherals.stm32l4_flash import FlashController
from simtiny.machine.peripherals.stm32l4_pwr import Pwr
from simtiny.machine.peripherals.stm32l4_rcc import Rcc
from simtiny.machine.system import Peripheral, System

KINDS: Mapping[str, Callable[[PeripheralConfig, System], Peripheral]] = {
    "constants": Constants,
    "memory-registers": MemoryRegisters,
    "psoc6-cpuss": psoc6_cpuss.Cpuss,
    "psoc6-flashc": psoc6_flashc.FlashController,
    "psoc6-ipc": psoc6_ipc.Ipc,
    "psoc6-peri": psoc6_peri.Peri,
    "psoc6-scb-uart": psoc6_scb_uart.ScbUart,
    "psoc6-srss": psoc6_srss.Srss,
    "psoc6-tcpwm": psoc6_tcpwm.Tcpwm,
    "registers": Registers,
    "stm32-crc": Crc,
    "stm32-gpio": Gpio,
    "stm32-icache": Icache,
    "stm32-timer": Timer,
    "stm32-usart": Usart,
    "stm32f7-flash": stm32f7_flash.FlashController,
    "stm32f7-pwr": stm32f7_pwr.Pwr,
    "stm32f7-rcc": stm32f7_rcc.Rcc,
    "stm32g0-flash": stm32g0_flash.FlashController,
    "stm32g0-rcc": stm32g0_rcc.Rcc,
    "stm32h7-flash": stm32h7_flash.FlashController,
    "stm32h7-pwr": stm32h7_pwr.Pwr,
    "stm32h7-rcc": stm32h7_rcc.Rcc,
    "stm32l4-flash": FlashController,
    "stm32l4-pwr": Pwr,
    "stm32l4-rcc": Rcc,
    "stm32u5-flash": stm32u5_flash.FlashController,
    "stm32u5-pwr": stm32u5_pwr.Pwr,
    "stm32u5-rcc": stm32u5_rcc.Rcc,
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
