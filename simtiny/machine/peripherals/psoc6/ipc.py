"""PSoC 6 inter-processor communication: locks with two data words, and interrupts between the processors.

The other processor is not run. It answers the one system call of start-up, that sets the flash's voltage, at once.

Register offsets and bits: Infineon mtb-pdl-cat1, devices/COMPONENT_CAT1A/include/ip/cyip_ipc_v2.h; system calls:
drivers/source/cy_syspm.c (SetVoltageBit) and drivers/include/cy_ipc_drv.h.
"""

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block, NoParameters
from simtiny.machine.peripherals.registers import RegisterFile
from simtiny.machine.peripherals.words import WORD, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind

CHANNELS, CHANNEL_BYTES, INTERRUPTS = 16, 0x20, 0x1000
ACQUIRE, RELEASE, NOTIFY, DATA0, LOCK_STATUS = 0x00, 0x04, 0x08, 0x0C, 0x1C
INTR, INTR_SET, INTR_MASK, INTR_MASKED = 0x00, 0x04, 0x08, 0x0C
LOCKED = 1 << 31  # ACQUIRE.SUCCESS, LOCK_STATUS.ACQUIRED
OWNER = 0xE01  # ACQUIRE and LOCK_STATUS: bus master 14, privileged
SYSTEM_CALLS = (0, 1, 2)  # channels of the CM0+, the CM4 and the debugger: CY_IPC_CHAN_SYSCALL_*
VOLTAGE_CALLS = (0x0C00_0001, 0x0C00_0003, 0x3000_0001, 0x3000_0101)  # FLASH_VOLTAGE_BIT_*_OPCODE
SUCCESS = 0xA000_0000  # SYSCALL_STATUS_SUCCESS


class Ipc(Block[NoParameters]):
    """Kind "psoc6-ipc". `irq` lists the interrupts of its interrupt structures."""

    takes = NoParameters

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._data = RegisterFile({})  # DATA0, DATA1
        self._locked: set[int] = set()
        self._requests = [0] * CHANNELS
        self._masks = [0] * CHANNELS

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        number, register = word_offset // CHANNEL_BYTES % CHANNELS, word_offset % CHANNEL_BYTES
        if word_offset >= INTERRUPTS:
            values = {INTR: self._requests[number], INTR_MASK: self._masks[number]}
            return values.get(register, self._requests[number] & self._masks[number])
        if register == ACQUIRE:
            if number in self._locked:
                return OWNER
            self._locked.add(number)
            return OWNER | LOCKED
        if register == LOCK_STATUS:
            return OWNER | LOCKED if number in self._locked else 0
        return self._data.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        number, register = word_offset // CHANNEL_BYTES % CHANNELS, word_offset % CHANNEL_BYTES
        word = write_lane(0, offset, size, value)
        if word_offset >= INTERRUPTS:
            if register == INTR:
                self._requests[number] &= ~word & WORD
            elif register == INTR_SET:
                self._requests[number] |= word
            elif register == INTR_MASK:
                self._masks[number] = word
            self._drive(number)
        elif register == RELEASE:
            self._locked.discard(number)
            self._raise(word & 0xFFFF, 1 << number)
        elif register == NOTIFY and number in SYSTEM_CALLS:
            self._call(number)
        elif register == NOTIFY:
            self._raise(word & 0xFFFF, 1 << number + 16)
        else:
            self._data.write(offset, size, value)

    def _call(self, number: int) -> None:
        word_offset = number * CHANNEL_BYTES + DATA0
        code = self._data.read(word_offset, 4)
        if code in VOLTAGE_CALLS:
            self._data.write(word_offset, 4, SUCCESS)
            self._locked.discard(number)
        else:
            self._note(NoteKind.UNMODELLED, f"system call 0x{code:08x} is not modelled, it is never answered")

    def _raise(self, structures: int, bit: int) -> None:
        for number in range(CHANNELS):
            if structures >> number & 1:
                self._requests[number] |= bit
                self._drive(number)

    def _drive(self, number: int) -> None:
        for irq in self._irq[number : number + 1]:
            self._system.set_irq(irq, bool(self._requests[number] & self._masks[number]), self._name)
