"""The private peripheral bus: routes accesses to the blocks that answer for its registers. Arm v7-M ARM, B3 and C1."""

from collections.abc import Callable

from simtiny.board import Board
from simtiny.machine.cores import CoreKind
from simtiny.machine.cortex_m7_scs import CortexM7Registers
from simtiny.machine.dwt import Dwt
from simtiny.machine.fault_registers import FaultRegisters
from simtiny.machine.itm import Itm
from simtiny.machine.mpu import Mpu
from simtiny.machine.nvic import Nvic
from simtiny.machine.nvic_registers import NvicRegisters
from simtiny.machine.plain_words import PlainWords
from simtiny.machine.scb import SystemControlBlock
from simtiny.machine.system import ALWAYS, System
from simtiny.machine.system_register import INERT, InertRegisters, SystemBlock, SystemRegister
from simtiny.machine.systick import SysTick
from simtiny.notes import NoteKind

BASE, SIZE = 0xE000_0000, 0x0010_0000
_ITM_TER, _ITM_TCR = 0x0E00, 0x0E80


def of_board(
    board: Board, core: CoreKind, system: System, nvic: Nvic, reevaluate: Callable[[], None], vectors: int | None = None
) -> "SystemControlSpace":
    """The system control space of a board's core, in reset. `vectors`: VTOR, if not as where the board boots."""
    cortex_m7 = CortexM7Registers(board, system) if core.facts.has_caches else None
    vectors = board.vectors_at_reset if vectors is None else vectors
    mpu = Mpu(board.core, board.mpu_regions)
    return SystemControlSpace(system, board.core, nvic, core.cpuid, vectors, reevaluate, mpu, cortex_m7)


class SystemControlSpace:
    """Registers at 0xE0000000 of `core`. What no block knows reads back what was written; what the core lacks is zero.

    `cortex_m7`: what only that core has. `reevaluate`: something may have changed which exception runs.
    """

    def __init__(
        self,
        system: System,
        core: str,
        nvic: Nvic,
        cpuid: int,
        vectors: int,
        reevaluate: Callable[[], None],
        mpu: Mpu,
        cortex_m7: CortexM7Registers | None = None,
    ) -> None:
        self._system, self._core = system, core
        self.nvic, self.mpu, self.cortex_m7 = nvic, mpu, cortex_m7
        self.itm = Itm()
        self.dwt = Dwt(system, core)
        self.systick = SysTick(system, nvic, reevaluate)
        self.scb = SystemControlBlock(nvic, core, cpuid, vectors, cortex_m7 is not None, reevaluate)
        self.faults = FaultRegisters()
        self._others = InertRegisters(INERT)
        blocks: list[SystemBlock] = [self._others, self.itm, self.dwt, self.systick, NvicRegisters(nvic, reevaluate)]
        blocks += [self.scb, self.faults, mpu]
        if cortex_m7 is not None:
            self.scb.on_configuration = cortex_m7.write_configuration
            blocks.append(cortex_m7)
        self._known = {
            offset: (register, block) for block in blocks for register in block.registers for offset in register.offsets
        }

    def attach_trace(self) -> None:
        """Enable the ITM and its port 0, as a debug probe does that listens there."""
        self.dwt.enable_trace()
        for offset in (_ITM_TER, _ITM_TCR):
            self._others.write(offset, 1, 1)

    def register_name(self, offset: int) -> str:
        """What the manual calls the register at `offset`, empty where that is not known."""
        register, _ = self._known.get(offset & ~3, (None, None))
        return "" if register is None else register.name

    def block_name(self, offset: int) -> str:
        """The unit that has the register: SysTick, DWT, or the register's own name."""
        _, block = self._known.get(offset & ~3, (None, None))
        names = {id(self.systick): "SysTick", id(self.dwt): "DWT"}
        return names.get(id(block), self.register_name(offset))

    def plain(self) -> list[tuple[int, PlainWords]]:
        """Registers that the native callback answers for, with the address of their block."""
        return [(BASE + block.plain_offset, block.plain) for block in (self.systick, self.dwt)]

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        _, block = self._known.get(offset & ~3, (None, None))
        return block.steady_until(offset & ~3) if isinstance(block, SysTick | Dwt) else ALWAYS

    def read(self, offset: int, size: int) -> int:
        word_offset = offset & ~3
        register, block = self._known.get(word_offset, (None, self._others))
        if register is not None and not register.is_in(self._core):
            self._note_missing(register, NoteKind.FIRMWARE)
            return 0
        return (block.read(word_offset) >> (8 * (offset & 3))) & ((1 << (8 * size)) - 1)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset, low = offset & ~3, 8 * (offset & 3)
        mask = ((1 << (8 * size)) - 1) << low
        register, block = self._known.get(word_offset, (None, self._others))
        self._note(register, word_offset)
        if register is not None and not register.is_in(self._core):
            return
        block.write(word_offset, value << low & mask, mask)

    def _note(self, register: SystemRegister | None, offset: int) -> None:
        """A write that may not do what the firmware expects."""
        if register is None:
            place = f"0x{BASE + offset:08x}"
            self._system.note(NoteKind.STORED, place, f"{place}: no known register of the core, it reads back")
        elif not register.is_in(self._core):
            self._note_missing(register, NoteKind.STORED)
        elif register.inert:
            self._system.note(NoteKind.STORED, register.name, f"{register.name}: without effect, it reads back")

    def _note_missing(self, register: SystemRegister, kind: NoteKind) -> None:
        self._system.note(kind, register.name, f"{register.name}: {self._core} has none, it reads as zero")
