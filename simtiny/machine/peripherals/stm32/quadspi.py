"""STM32 QUADSPI: F4, F7, L4, H7 and others.

Offsets and bits: CMSIS stm32f746xx.h (QUADSPI_TypeDef, QUADSPI_CCR_*).
"""

from simtiny.machine.peripherals.stm32.memory_controller import LINES, Layout, MemoryController, Phases, phase_clocks
from simtiny.machine.peripherals.words import split

CR, DCR, SR, FCR, DLR, CCR, AR, ABR, DR, PSMKR, PSMAR, PIR, LPTR = range(0, 0x34, 4)
NAMES = ("CR", "DCR", "SR", "FCR", "DLR", "CCR", "AR", "ABR", "DR", "PSMKR", "PSMAR", "PIR", "LPTR")
DDRM = 1 << 31


class QuadSpi(MemoryController):
    """Kind "stm32-quadspi". `irq` is its one interrupt. DMA request: "<name>".

    One memory; code can't run from it, and what its reads by address take is not counted: that is noted.
    """

    layout = Layout(CR, SR, FCR, DLR, AR, DR, PSMKR, PSMAR, PIR)
    size = 0x34

    def register_name(self, offset: int) -> str:
        return NAMES[offset // 4] if offset // 4 < len(NAMES) else ""

    def write(self, offset: int, size: int, value: int) -> None:
        if self._is_busy and split(offset)[0] == CCR:  # it keeps what the command that runs was begun with
            return
        super().write(offset, size, value)

    def mode(self) -> int:
        return self._words[CCR] >> 26 & 3

    def prescaler(self) -> int:
        return (self._words[CR] >> 24) + 1

    def begins_by(self, offset: int) -> bool:
        return offset == CCR

    def phases(self) -> Phases:
        word = self._words[CCR]
        instruction, address, alternate, data = (LINES[word >> low & 3] for low in (8, 10, 14, 24))
        address_bytes, alternate_bytes = (word >> 12 & 3) + 1, (word >> 16 & 3) + 1
        dummy, double = word >> 18 & 31, bool(word & DDRM)
        command = phase_clocks(8, instruction, False) + phase_clocks(8 * address_bytes, address, double)
        command += phase_clocks(8 * alternate_bytes, alternate, double) + dummy
        return Phases(
            instruction=word & 0xFF if instruction else None,
            address_bytes=address_bytes if address else 0,
            alternate=self._words[ABR] & (1 << 8 * alternate_bytes) - 1 if alternate else None,
            dummy_cycles=dummy,
            has_data=bool(data),
            command_clocks=command,
            byte_clocks=phase_clocks(8, data, double),
        )
