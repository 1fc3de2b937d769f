"""Where a stack ends: the lowest address that belongs to it, by what the image says of its memory.

Nothing in the core says how large a stack is. What an image says is, in this order: an object that the stack lies in,
as an RTOS declares each thread's (`StaticTask` arrays of FreeRTOS, K_THREAD_STACK_DEFINE of Zephyr, `stack_mem` of
CMSIS-RTOS2, the array given to `tx_thread_create`); a label of the linker script; a section with a name to that effect;
and, of the main stack, what static data it would run into.
"""

from collections.abc import Iterator
from functools import lru_cache

from simtiny.board import Board, Memory
from simtiny.elf import Section, all_symbols, sections
from simtiny.image import Image, Symbol

# Labels at the lowest address of a stack and right behind its highest, most telling first.
RANGES = (
    ("stack_base", "stack_top"),  # simtiny's own: firmware/linker/sections.ld
    ("__StackBottom", "__StackTop"),  # Pico SDK, memmap_default.ld, where __StackLimit is the end of the heap
    ("__StackLimit", "__StackTop"),  # CMSIS: gcc_arm.ld, startup_ARMCM*.S; nRF5 SDK: nrf_common.ld
    ("__stack_limit__", "__stack_top__"),  # LPC55xx device support and others for newlib
    ("__stack_limit", "__stack"),  # picolibc.ld
    ("_Main_Stack_Limit", "__stack"),  # GNU MCU Eclipse's templates
    ("__main_stack_base__", "__main_stack_end__"),  # ChibiOS, rules_stacks.ld
    ("__process_stack_base__", "__process_stack_end__"),  # the same, of main()
    ("__stack_start__", "__stack_end__"),  # SEGGER Embedded Studio and CrossWorks
    ("__stack_process_start__", "__stack_process_end__"),
    ("_sstack", "_estack"),  # Atmel START, *_flash.ld; RT-Thread
    ("_vStackBase", "_vStackTop"),  # MCUXpresso
    ("_stack_end", "_stack_start"),  # Rust's cortex-m-rt, link.x
    ("Stack_Mem", "__initial_sp"),  # startup_*.s of device packs for Arm Compiler
    ("Image$$ARM_LIB_STACK$$ZI$$Base", "Image$$ARM_LIB_STACK$$ZI$$Limit"),  # Arm Compiler, of the scatter file
    ("CSTACK$$Base", "CSTACK$$Limit"),  # IAR, of its block CSTACK
)
# Labels at the end of static data. What of it is below the stack pointer keeps the stack from growing. Not the end of a
# heap that is no section, nor ST's _Min_Stack_Size: the stack does no harm there while the heap is small.
_ENDS = ("_end", "end", "__end__", "__HeapBase", "_ebss", "__bss_end__", "__bss_end", "bss_end")
_ADDRESSES_END = 1 << 32


def stack_limit(image: Image, board: Board, sp: int, is_main: bool) -> tuple[int | None, str]:
    """The lowest address of the stack that begins with this stack pointer, and what tells it, in words.

    `sp`: what it was before anything was put on the stack. `is_main`: of the main stack, not a thread's. None where
    nothing tells: of a thread's stack that came from a heap, or of a stack outside of RAM.
    """
    last = sp - 4  # SP points at what was put there last: of an empty stack, right behind it
    memory = board.memory_at(last) if 0 <= last < _ADDRESSES_END else None
    if memory is None or memory.kind != "ram":
        return None, "the stack pointer is outside of RAM"
    held = _object_at(image, last)
    if held is not None:
        if any(word in held.name.lower() for word in ("heap", "pool")):
            return None, f"it was allocated from {held.name}, which does not tell where it ends"
        return held.address, f"{held.name}, of {held.size} bytes"
    floor = _floor(board, memory, last)
    labelled = _labelled(image, floor, last, is_main)
    if labelled is not None:
        return labelled.address, labelled.name
    for section in _sections(image):
        if _is_stack(section) and section.address <= last < section.address + section.size:
            return section.address, f"section {section.name}"
    if not is_main:
        return None, "no symbol or section holds it"
    return _above_static_data(image, board, floor, sp)


def _labelled(image: Image, floor: int, last: int, is_main: bool) -> Symbol | None:
    """The label at the lowest address of the stack. One without its counterpart is the main stack's."""
    for base, top in RANGES:
        lowest, behind = image.symbols.get(base), image.symbols.get(top)
        if lowest is None or not floor <= lowest.address <= last or (behind is None and not is_main):
            continue
        if behind is None or last < behind.address:
            return lowest
    return None


def _object_at(image: Image, address: int) -> Symbol | None:
    """The smallest object that holds the address; among aliases, the first."""
    return min(
        (one for one in _objects(image) if one.address <= address < one.address + one.size),
        key=lambda one: one.size,
        default=None,
    )


def _objects(image: Image) -> Iterator[Symbol]:
    """What has a size and is no code. An ELF file has local ones of the same name; `Image.symbols` has one of each."""
    found = image.symbols.values() if image.elf is None else _symbols(image.elf)
    return (one for one in found if one.size and one.kind != "function")


@lru_cache(maxsize=4)
def _symbols(content: bytes) -> tuple[Symbol, ...]:
    return tuple(all_symbols(content))


def _sections(image: Image) -> tuple[Section, ...]:
    return () if image.elf is None else _of_file(image.elf)


@lru_cache(maxsize=4)
def _of_file(content: bytes) -> tuple[Section, ...]:
    return sections(content)


def _is_stack(section: Section) -> bool:
    """Such as .stack, .cstack or .noinit.stack, but not ST's ._user_heap_stack, most of which may be the heap's."""
    name = section.name.lower()
    return "stack" in name and "heap" not in name


def _floor(board: Board, memory: Memory, address: int) -> int:
    """Where the RAM begins that runs on without a gap to `address` in `memory`."""
    bases = [base for base in (memory.base, *memory.aliases) if base <= address < base + memory.size]
    base = bases[0]
    while base:
        below = board.memory_at(base - 1)
        if below is None or below.kind != "ram" or below is memory:
            return base
        memory, base = below, next(b for b in (below.base, *below.aliases) if b <= base - 1 < b + below.size)
    return base


def _above_static_data(image: Image, board: Board, floor: int, sp: int) -> tuple[int, str]:
    """The main stack's limit where nothing says how large it is meant to be: it may grow until it meets other data."""
    ends = [(floor, f"the beginning of {_name_at(board, floor)}")]
    ends += [
        (section.address + section.size, f"the end of {section.name}")
        for section in _sections(image)
        if "stack" not in section.name.lower() and floor <= section.address < section.address + section.size < sp
    ]
    ends += [
        (one.address + one.size, f"the end of {one.name}")
        for one in _objects(image)
        if floor <= one.address < one.address + one.size < sp
    ]
    ends += [
        (image.symbols[name].address, name)
        for name in _ENDS
        if name in image.symbols and floor < image.symbols[name].address < sp
    ]
    return max((found for found in ends if found[0] < sp), key=lambda found: found[0])


def _name_at(board: Board, address: int) -> str:
    memory = board.memory_at(address)
    return memory.name if memory is not None else f"0x{address:08x}"
