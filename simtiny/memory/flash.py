"""The flash as the core meets it: units, the cache in front of it, and what a miss costs.

A unit is what one read of the flash array brings: 8 or 16 bytes on STM32L4+, by its bank mode. Prefetch and caches
(ST's ART accelerator) are fully associative and replace the least recently used unit; the native hooks simulate them
and count misses, so that a profile can be priced at any number of wait states.
"""

from simtiny.errors import Unpriced
from simtiny.platform import Board, CacheGeometry


def unit_bytes(board: Board) -> int:
    """Bytes of one flash read, by the bank mode in the board's option bytes."""
    widths = board.flash.read_width_bits
    if len(widths) == 1:
        return next(iter(widths.values())) // 8
    controller = next((p for p in board.peripherals if "dual_bank" in p.parameters), None)
    if controller is None:
        raise Unpriced(f"board {board.id}: several flash read widths and no peripheral that says which")
    return widths["dual-bank" if controller.parameters["dual_bank"] else "single-bank"] // 8


def cache_units(geometry: CacheGeometry | None, enabled: bool, unit: int) -> int:
    """Units that the cache holds. Without one, the flash interface still holds what it read last."""
    if geometry is None or not enabled:
        return 1
    return geometry.lines * geometry.line_bytes // unit
