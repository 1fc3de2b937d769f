"""STM32 OCTOSPI: L4+, L5, H7A3, U3, U5 and others.

Offsets and bits: CMSIS stm32u575xx.h (OCTOSPI_TypeDef, XSPI_CCR_* and theirs).
"""

from simtiny.machine.peripherals.stm32.memory_controller import LINES, Layout, MemoryController, Phases, phase_clocks
from simtiny.machine.peripherals.words import split
from simtiny.notes import NoteKind

CR, DCR1, DCR2, SR, FCR, DLR, AR, DR = 0x00, 0x08, 0x0C, 0x20, 0x24, 0x40, 0x48, 0x50
PSMKR, PSMAR, PIR, CCR, TCR, IR, ABR = 0x80, 0x88, 0x90, 0x100, 0x108, 0x110, 0x120
NAMES = {
    CR: "CR", DCR1: "DCR1", DCR2: "DCR2", 0x10: "DCR3", 0x14: "DCR4", SR: "SR", FCR: "FCR", DLR: "DLR", AR: "AR",
    DR: "DR", PSMKR: "PSMKR", PSMAR: "PSMAR", PIR: "PIR", CCR: "CCR", TCR: "TCR", IR: "IR", ABR: "ABR", 0x130: "LPTR",
    0x180: "WCCR", 0x188: "WTCR", 0x190: "WIR", 0x1A0: "WABR", 0x200: "HLCR",
}  # fmt: skip
HYPERBUS = 4  # DCR1.MTYP, 4 and 5


class OctoSpi(MemoryController):
    """Kind "stm32-octospi". `irq` is its one interrupt. DMA request: "<name>".

    One memory; code can't run from it, and what its reads by address take is not counted, and noted, as is HyperBus.
    """

    layout = Layout(CR, SR, FCR, DLR, AR, DR, PSMKR, PSMAR, PIR)
    size = 0x204

    def register_name(self, offset: int) -> str:
        return NAMES.get(split(offset)[0], "")

    def write(self, offset: int, size: int, value: int) -> None:
        if self._is_busy and split(offset)[0] in (CCR, TCR, IR, ABR, AR, DLR):
            return
        super().write(offset, size, value)
        if split(offset)[0] == DCR1 and self._words[DCR1] >> 24 & 7 in (HYPERBUS, HYPERBUS + 1):
            self._note(NoteKind.UNMODELLED, "HyperBus is not modelled: commands go as those of other memories")

    def mode(self) -> int:
        return self._words[CR] >> 28 & 3

    def prescaler(self) -> int:
        return (self._words[DCR2] & 0xFF) + 1

    def begins_by(self, offset: int) -> bool:
        return offset == IR

    def phases(self) -> Phases:
        word = self._words[CCR]
        codes = [word >> low & 7 for low in (0, 8, 16, 24)]
        instruction, address, alternate, data = (LINES[code] if code < len(LINES) else 0 for code in codes)
        sizes = [(word >> low & 3) + 1 for low in (4, 12, 20)]
        double = [bool(word >> low & 1) for low in (3, 11, 19, 27)]
        dummy = self._words[TCR] & 31
        command = phase_clocks(8 * sizes[0], instruction, double[0]) + phase_clocks(8 * sizes[1], address, double[1])
        command += phase_clocks(8 * sizes[2], alternate, double[2]) + dummy
        return Phases(
            instruction=self._words[IR] & (1 << 8 * sizes[0]) - 1 if instruction else None,
            address_bytes=sizes[1] if address else 0,
            alternate=self._words[ABR] & (1 << 8 * sizes[2]) - 1 if alternate else None,
            dummy_cycles=dummy,
            has_data=bool(data),
            command_clocks=command,
            byte_clocks=phase_clocks(8, data, double[3]),
        )
