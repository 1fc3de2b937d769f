"""Cortex-M7's registers for caches and tightly coupled memories, within the system control space.

Offsets, fields and reset values: Arm Cortex-M7 Technical Reference Manual (DDI 0489), chapters 3 and 4 to 6, cited but
for 3.3.8 (CACR), which was read; Arm v7-M ARM B4.8 (cache registers). Cache maintenance is accepted and takes no effect
on what the caches are counted to hold.
"""

from simtiny.board import Board, CacheGeometry
from simtiny.machine.system import System
from simtiny.machine.system_register import CORTEX_M7, SystemRegister, inert
from simtiny.notes import NoteKind

_CCR_DC, _CCR_IC = 1 << 16, 1 << 17
_CLIDR, _CTR, _CCSIDR, _CSSELR = 0xED78, 0xED7C, 0xED80, 0xED84
_ICIALLU, _BPIALL = 0xEF50, 0xEF78
_ITCMCR, _DTCMCR, _AHBPCR, _CACR, _AHBSCR = 0xEF90, 0xEF94, 0xEF98, 0xEF9C, 0xEFA0
_TCM_ENABLED = 1


def cache_size_identification(geometry: CacheGeometry, ways: int) -> int:
    """CCSIDR: write-through, write-back, read and write allocation; sets, ways and words a line."""
    sets = geometry.lines // ways
    words = geometry.line_bytes // 4
    return 0xF << 28 | (sets - 1) << 13 | (ways - 1) << 3 | (words.bit_length() - 1) - 2


def tcm_control(board: Board, name: str) -> int:
    """ITCMCR or DTCMCR at reset: enabled, with the size of the board's memory of that name; 0 without one."""
    size = next((memory.size for memory in board.memories if memory.name == name), 0)
    return _TCM_ENABLED | (size.bit_length() - 10) << 3 if size else 0


class CortexM7Registers:
    """What of the system control space only Cortex-M7 has."""

    registers = (
        SystemRegister("CLIDR", _CLIDR, CORTEX_M7),
        SystemRegister("CTR", _CTR, CORTEX_M7),
        SystemRegister("CCSIDR", _CCSIDR, CORTEX_M7),
        SystemRegister("CSSELR", _CSSELR, CORTEX_M7),
        SystemRegister("CACHE_MAINTENANCE", _ICIALLU, CORTEX_M7, words=11),
        inert("ITCMCR", _ITCMCR, CORTEX_M7),
        inert("DTCMCR", _DTCMCR, CORTEX_M7),
        inert("AHBPCR", _AHBPCR, CORTEX_M7),
        inert("CACR", _CACR, CORTEX_M7),
        inert("AHBSCR", _AHBSCR, CORTEX_M7),
    )

    def __init__(self, board: Board, system: System) -> None:
        self._system = system
        flash = board.flash
        # CSSELR: 0 the data cache, 1 the instruction cache. Ways: fixed by the core (TRM 5.1), 4 and 2.
        self._sizes = {
            selector: cache_size_identification(geometry, ways)
            for selector, geometry, ways in ((0, flash.data_cache, 4), (1, flash.instruction_cache, 2))
            if geometry is not None
        }
        self._words = {
            # Separate caches at level 1, level of unification and of coherency 1; or none
            _CLIDR: 0x0900_0003 if len(self._sizes) == 2 else 0,
            _CTR: 0x8303_C003,
            _CSSELR: 0,
            _ITCMCR: tcm_control(board, "itcm"),
            _DTCMCR: tcm_control(board, "dtcm"),
            _AHBPCR: 1,
            _CACR: 0,
            _AHBSCR: 0x0799,
        }
        self._caches_on = False

    def read(self, offset: int) -> int:
        if offset == _CCSIDR:
            return self._sizes.get(self._words[_CSSELR], 0)
        return self._words.get(offset, 0)

    def write(self, offset: int, value: int, mask: int) -> None:
        if offset == _CSSELR:
            self._words[offset] = value & 1  # the core has one level of caches
        elif _ICIALLU <= offset <= _BPIALL:
            if self._caches_on:
                text = "the firmware cleans or empties a cache while it is on: not modelled"
                self._system.note(NoteKind.UNMODELLED, "caches", text)
        elif offset not in (_CLIDR, _CTR, _CCSIDR):
            self._words[offset] = self._words.get(offset, 0) & ~mask | value

    def write_configuration(self, ccr: int) -> None:
        """CCR was written: its bits IC and DC turn the caches on and off."""
        self._caches_on = ccr & (_CCR_DC | _CCR_IC) == _CCR_DC | _CCR_IC
        self._system.set_flash_acceleration(instruction_cache=bool(ccr & _CCR_IC), data_cache=bool(ccr & _CCR_DC))
