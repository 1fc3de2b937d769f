"""Which block of registers stands at an address, on any engine."""

from collections.abc import Callable, Mapping

from simtiny.board import Board
from simtiny.machine import bit_band, scs
from simtiny.machine.system import BusError, HasWindow, Peripheral
from simtiny.notes import NoteKind

_PAGE_SHIFT = 10  # the steps of STM32's bus bridges: simtiny.board_check.BLOCK_BYTES


def windows(board: Board) -> dict[str, range]:
    """By peripheral where a memory outside the chip is seen, and the board has no memory of its own."""
    found = {}
    for config in board.peripherals:
        base, size = config.parameters.get("window") or (0, 0)
        is_taken = any(memory.base < base + size and base < memory.base + memory.size for memory in board.memories)
        if size and not is_taken:
            found[config.name] = range(base, base + size)
    return found


class RegisterMap:
    """Routes register accesses to the blocks of `connect`."""

    def __init__(self, board: Board, note: Callable[[NoteKind, str, str], None]) -> None:
        self._board, self._note = board, note
        self._pages: dict[int, tuple[Peripheral, int]] = {}
        self._windows: list[tuple[range, HasWindow]] = []
        self._scs: scs.SystemControlSpace | None = None
        self._accessed: set[int] = set()
        self.reads_of_time = 0  # of blocks that time changes
        self._has_bit_band = bit_band.is_in(board)
        self.unmapped = 0  # accesses where the board has nothing

    def connect(self, peripherals: Mapping[str, Peripheral], system_control: scs.SystemControlSpace) -> None:
        """Route register accesses to these blocks."""
        self._scs = system_control
        self._pages = {
            page: (peripherals[config.name], config.base)
            for config in self._board.peripherals
            for page in range(config.base >> _PAGE_SHIFT, (config.base + config.size - 1 >> _PAGE_SHIFT) + 1)
        }

        self._windows = [
            (addresses, block)
            for name, addresses in windows(self._board).items()
            if isinstance(block := peripherals[name], HasWindow)
        ]

    def _window_at(self, address: int) -> tuple[int, HasWindow] | None:
        """The base and the block of a window."""
        return next(((seen.start, block) for seen, block in self._windows if address in seen), None)

    def blocks(self) -> list[tuple[Peripheral, int]]:
        """Each block with its base address."""
        return list(dict.fromkeys(self._pages.values()))

    def name(self, address: int) -> str:
        """A register as the user knows it: `TIM2 SR (0x40000010)`."""
        if self._has_bit_band and bit_band.is_peripheral_alias(address):
            found = bit_band.bit(address, 4)
            return f"bit {found.number} of {self.name(found.address)}"
        block, base = self._pages.get(address >> _PAGE_SHIFT, (None, 0))
        if block is not None:
            place = next(config.name for config in self._board.peripherals if config.base == base)
            register = block.register_name(address - base)
            return f"{place} {register or f'+0x{address - base:02x}'} (0x{address:08x})"
        if scs.BASE <= address < scs.BASE + scs.SIZE and self._scs is not None:
            register = self._scs.register_name(address - scs.BASE)
            return f"{register} (0x{address:08x})" if register else f"0x{address:08x}"
        if self._window_at(address) is not None:
            return f"0x{address:08x}, in a memory outside the chip"
        return f"0x{address:08x}, where the board has nothing"

    def block_name(self, address: int) -> str:
        """The block of a register: `TIM2`, `SysTick`, or its address where the board has nothing."""
        address = self._unaliased(address)
        block, base = self._pages.get(address >> _PAGE_SHIFT, (None, 0))
        if block is not None:
            return next(config.name for config in self._board.peripherals if config.base == base)
        if scs.BASE <= address < scs.BASE + scs.SIZE and self._scs is not None:
            return self._scs.block_name(address - scs.BASE) or f"0x{address:08x}"
        return f"0x{address:08x}"

    def steady_until(self, address: int) -> int:
        """The cycle from which on a read of this register may give something else, or change something."""
        address = self._unaliased(address)
        found = self._pages.get(address >> _PAGE_SHIFT)
        if found is not None:
            return found[0].steady_until(address - found[1])
        if scs.BASE <= address < scs.BASE + scs.SIZE and self._scs is not None:
            return self._scs.steady_until(address - scs.BASE)
        return 0

    def _unaliased(self, address: int) -> int:
        """The register, of an address in the bit-band alias."""
        is_alias = self._has_bit_band and bit_band.is_peripheral_alias(address)
        return bit_band.bit(address, 4).address if is_alias else address

    def read(self, address: int, size: int) -> int:
        if self._has_bit_band and bit_band.is_peripheral_alias(address):
            return bit_band.read_bit(address, size, self.read)
        self._accessed.add(address >> _PAGE_SHIFT)
        found = self._pages.get(address >> _PAGE_SHIFT)
        if found is not None:
            self.reads_of_time += not found[0].timeless
            return found[0].read(address - found[1], size)
        if scs.BASE <= address < scs.BASE + scs.SIZE and self._scs is not None:
            return self._scs.read(address - scs.BASE, size)
        window = self._window_at(address)
        if window is not None:
            return window[1].read_window(address - window[0], size)
        self._note_unmapped("read of", address, "0 returned")
        return 0

    def write(self, address: int, size: int, value: int) -> None:
        if self._has_bit_band and bit_band.is_peripheral_alias(address):
            bit_band.write_bit(address, size, value, self.read, self.write)
            return
        self._accessed.add(address >> _PAGE_SHIFT)
        found = self._pages.get(address >> _PAGE_SHIFT)
        if found is not None:
            found[0].write(address - found[1], size, value)
        elif scs.BASE <= address < scs.BASE + scs.SIZE and self._scs is not None:
            self._scs.write(address - scs.BASE, size, value)
        elif (window := self._window_at(address)) is not None:
            window[1].write_window(address - window[0], size, value)
        else:
            self._note_unmapped("write to", address, "ignored")

    def master_read(self, address: int, size: int) -> int:
        """What a bus master other than the core reads. Raises BusError where no block is."""
        block, base = self._block_for_masters(address)
        return block.read(address - base, size)

    def master_write(self, address: int, size: int, value: int) -> None:
        """What it writes. Raises BusError where no block is."""
        block, base = self._block_for_masters(address)
        block.write(address - base, size, value)

    def _block_for_masters(self, address: int) -> tuple[Peripheral, int]:
        found = self._pages.get(address >> _PAGE_SHIFT)
        if found is None:
            raise BusError(f"nothing at 0x{address:08x}")
        return found

    def _note_unmapped(self, what: str, address: int, so: str) -> None:
        self.unmapped += 1
        place = f"0x{address & ~3:08x}"
        self._note(NoteKind.UNMAPPED_ACCESS, place, f"{what} {place}: no peripheral there, {so}")

    def note_access(self, address: int) -> None:
        """A register of the block at `address` was read without a call."""
        self._accessed.add(address >> _PAGE_SHIFT)

    def take_accessed(self) -> set[Peripheral | None]:
        """Blocks whose registers were accessed since the last call; None stands for addresses without one."""
        accessed, self._accessed = self._accessed, set()
        return {self._pages[page][0] if page in self._pages else None for page in accessed}
