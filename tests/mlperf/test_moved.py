"""The built-in firmware runs with its parts elsewhere, says the same, and finds its memory where it should."""

from functools import cache
from itertools import combinations, islice, product

import pytest

import simtiny
from simtiny.board import Board
from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.mlperf.measure import start, synthetic_input_for
from simtiny.mlperf.measurement import Flashed
from simtiny.mlperf.moved import Part, elsewhere, moved, notes, parts
from simtiny.mlperf.workload import Workload, build
from simtiny.profiles import Profile
from simtiny.report.assemble import memory_use
from simtiny.request import Request

AD01_BYTES = 291_616  # of its plan for the SIMD kernels
# Memories that a part fits on each board.
PLACES = {
    "nucleo-l4r5zi": ("code=sram2", "weights=sram3", "tensors=sram1", "stack=sram2"),
    "disco-f746ng": ("code=itcm", "tensors=sram1", "stack=sram2"),
    "nucleo-h7a3zi-q": ("code=itcm", "weights=axi_sram", "tensors=ahb_sram", "stack=srd_sram"),
    "cy8cproto-062-4343w": ("code=sram", "weights=sram", "tensors=sram", "stack=sram"),
    "nucleo-g0b1re": ("code=sram", "tensors=sram", "stack=sram"),
    "nucleo-u575zi-q": ("code=sram4", "weights=sram3", "tensors=sram2", "stack=sram1"),
    "nucleo-u385rg-q": ("code=sram2", "tensors=sram1", "stack=sram2"),
}


@cache
def workload(board: str, place: tuple[str, ...] = ()) -> Workload:
    return build(Request("ad01", board, place=place))


@cache
def flashed(board: str, place: tuple[str, ...] = ()) -> Flashed:
    return moved(workload(board).flashed, place)


@cache
def infer(board: str, place: tuple[str, ...] = ()) -> tuple[tuple[float, ...], Profile]:
    there = flashed(board, place)
    session = start(there)
    session.boot()
    session.load_input(synthetic_input_for(session, there)[1])
    result = session.infer()
    return result.results, session.machine.profile(result.start, result.end)


def refusal(board: str, *place: str) -> str:
    with pytest.raises(BadInput) as caught:
        build(Request("ad01", board, place=place))
    return str(caught.value)


@pytest.mark.parametrize(("board", "place"), PLACES.items(), ids=list(PLACES))
def test_the_answers_are_the_same(board: str, place: tuple[str, ...]) -> None:
    (before, _), (after, profile) = infer(board), infer(board, place)
    assert after == before
    assert profile.fetch_misses.sum() == 0  # no code is read from flash
    code = next(part for part in parts(flashed(board, place)) if part.name == "code")
    assert all(code.address <= block.address < code.address + code.size for block in profile.blocks)


def test_weights_in_ram_are_not_read_from_flash() -> None:
    """What of flash is still read as data are the code's literals and constants: one time in 100."""
    (before, far), (after, near) = infer("nucleo-l4r5zi"), infer("nucleo-l4r5zi", ("weights=sram3",))
    assert after == before
    assert near.cycles < far.cycles
    assert near.data_reads[:, 0].sum() < far.data_reads[:, 0].sum() / 100
    both = infer("nucleo-l4r5zi", ("code=sram2", "weights=sram3"))[1]
    assert both.data_reads[:, 0].sum() < near.data_reads[:, 0].sum()


def test_tensors_in_dtcm_are_not_behind_the_data_cache() -> None:
    assert infer("nucleo-h7a3zi-q")[1].ram_misses.sum() > 0
    (before, _), (after, near) = infer("nucleo-h7a3zi-q"), infer("nucleo-h7a3zi-q", ("tensors=dtcm",))
    assert after == before
    assert near.ram_misses.sum() == 0


WINDOW = 0x0020_0000 - 0x0800_0000
"""From the flash of disco-f746ng to the second window onto it."""


@pytest.mark.parametrize(
    "place", [("code=art",), ("weights=art",), ("code=art", "weights=art"), ("code=ART", "stack=itcm")]
)
def test_the_answers_are_the_same_through_the_second_window(place: tuple[str, ...]) -> None:
    (before, far), (after, profile) = infer("disco-f746ng"), infer("disco-f746ng", place)
    assert after == before
    whole, there = workload("disco-f746ng").flashed, flashed("disco-f746ng", place)
    by = WINDOW if "code" in place[0] else 0
    assert [block.address for block in profile.blocks] == [block.address + by for block in far.blocks]
    for part in elsewhere(whole, there):
        if part.name in ("code", "weights"):
            own = next(own for own in parts(whole) if own.name == part.name)
            assert part == Part(own.name, own.address + WINDOW, own.size)


def test_the_second_window_takes_no_memory() -> None:
    place = ("code=art", "weights=art")
    assert memory_use(workload("disco-f746ng", place), 0) == memory_use(workload("disco-f746ng"), 0)
    assert [part.name for part in workload("disco-f746ng", place).elsewhere] == ["code", "weights"]
    code, weights = (note.text for note in workload("disco-f746ng", place).notes)
    assert "read at 0x00200" in code and code.endswith("vector table and the constants of the code stay in flash")
    assert "copying" not in code + weights
    assert refusal("disco-f746ng", "stack=art") == "`place` stack=art: flash can't be written: choose a RAM"
    assert refusal("nucleo-l4r5zi", "code=art").endswith("nucleo-l4r5zi has no second window onto its flash")


def test_a_sweep_over_both_windows() -> None:
    swept = simtiny.sweep("ad01", board="disco-f746ng", place=["as-is", "code=art", "code=itcm"])
    columns = {name: list(column) for name, column in swept.columns.items()}
    found = dict(zip(columns["place"], columns["cycles"], strict=True))
    assert columns["reason"] == [""] * 3
    assert found["code=itcm"] < found["code=art"] < found["as it is"]
    assert found["code=art"] == simtiny.run("ad01", board="disco-f746ng", place=["code=art"]).cycles


def test_what_is_there_already_moves_nothing() -> None:
    own = workload("nucleo-l4r5zi").flashed
    assert moved(own, ("code=flash", "weights=FLASH", "stack=sram1")) is own
    assert moved(own, ("my_table=sram2",)) is own  # none of its parts
    assert workload("nucleo-l4r5zi", ("weights=flash",)).notes == ()


def test_moved_firmware_is_another_one() -> None:
    hashes = {flashed("nucleo-l4r5zi", (f"{part}=sram3",)).image.sha256 for part in ("code", "tensors", "stack")}
    assert len(hashes | {workload("nucleo-l4r5zi").image.sha256}) == 4


def in_ram(found: tuple[Part, ...], board: Board, image_data: tuple[int, int]) -> list[tuple[int, int]]:
    """Where parts and variables lie in RAM, seen through no alias."""
    ranges = [image_data]
    for part in found:
        memory = board.memory_at(part.address, part.size)
        if memory is None:  # tensors may run on into the next memory
            assert part.name == "tensors"
            ranges.append((part.address, part.address + part.size))
        elif memory.kind == "ram":
            base = next(b for b in (memory.base, *memory.aliases) if b <= part.address < b + memory.size)
            ranges.append((part.address - base + memory.base, part.address - base + memory.base + part.size))
    return ranges


@pytest.mark.parametrize("board_id", PLACES)
def test_no_parts_overlap(board_id: str) -> None:
    board, own = load_board(board_id), workload(board_id).flashed
    names = [memory.name for memory in board.memories if memory.kind == "ram"]
    symbols = own.image.symbols
    data = symbols["data_start"].address, symbols["bss_end"].address
    fitted = 0
    several = max(1, len(names) ** 3 // 8)  # of many memories, some of the combinations
    for code, weights, tensors, stack in islice(product((None, *names), repeat=4), 0, None, several):
        chosen = {"code": code, "weights": weights, "tensors": tensors, "stack": stack}
        place = tuple(f"{part}={name}" for part, name in chosen.items() if name)
        try:
            there = moved(own, place)
        except BadInput as error:
            assert " not fit " in str(error)
            continue
        found = parts(there)
        for part in found:
            if name := chosen[part.name]:
                assert board.memory_at(part.address, part.size) == next(m for m in board.memories if m.name == name)
        ranges = in_ram(found, board, data)
        assert all(a[1] <= b[0] or b[1] <= a[0] for a, b in combinations(ranges, 2))
        assert there.image.symbols["arena_limit"].address >= found[2].address + found[2].size
        fitted += 1
    assert fitted


def test_what_the_linker_script_leaves_alone_stays_so() -> None:
    """The last 2 KiB of the PSoC's RAM are its ROM's."""
    there = flashed("cy8cproto-062-4343w", PLACES["cy8cproto-062-4343w"])
    assert there.image.symbols["arena_limit"].address == 0x0810_0000 - 2048


def test_tensors_make_room_and_no_more() -> None:
    """Weights that go where the tensors were come before them; weights elsewhere leave them where they are."""
    own = {part.name: part for part in parts(workload("nucleo-l4r5zi").flashed)}
    beside = elsewhere(workload("nucleo-l4r5zi").flashed, flashed("nucleo-l4r5zi", ("weights=sram3",)))
    assert [part.name for part in beside] == ["weights"]
    code, tensors = elsewhere(workload("nucleo-u575zi-q").flashed, flashed("nucleo-u575zi-q", ("code=sram1",)))
    assert (code.name, tensors.name) == ("code", "tensors")
    assert code.address == own["tensors"].address == 0x2000_1860
    assert 0 <= tensors.address - code.address - code.size < 32


def test_code_is_fetched_over_the_code_bus_where_it_can_be() -> None:
    """The L4R5's SRAM2 appears at 0x10000000 too."""
    assert elsewhere(workload("nucleo-l4r5zi").flashed, flashed("nucleo-l4r5zi", ("code=sram2",))) == (
        Part("code", 0x1000_0000, 15_488),
    )


def test_what_does_not_fit_says_by_how_much() -> None:
    too_many = AD01_BYTES - 0x1_0000
    assert refusal("nucleo-l4r5zi", "weights=sram2").startswith(f"weights do not fit SRAM2 by {too_many:,} bytes")
    # Behind the 4 KiB of stack.
    line = refusal("nucleo-l4r5zi", "stack=sram2", "weights=sram2")
    assert (
        line == f"weights do not fit SRAM2 by {too_many + 4096:,} bytes: {AD01_BYTES:,} are needed, and 61,440 are free"
    )
    assert refusal("nucleo-h7a3zi-q", "code=backup_sram").startswith("code does not fit BACKUP_SRAM by 11,716 bytes")
    assert refusal("disco-f746ng", "stack=itcm", "code=itcm").startswith("code does not fit ITCM by 3,520 bytes")


def test_tensors_that_nothing_is_left_for() -> None:
    """Of the G0's 144 KiB 141,216 are free: less 84,608 of ic01's weights, and 16,864 of code with its padding."""
    place = ("weights=sram",)
    assert [part.name for part in build(Request("ic01", "nucleo-g0b1re", place=place)).elsewhere] == [
        "weights",
        "tensors",
    ]
    with pytest.raises(BadInput) as caught:
        build(Request("ic01", "nucleo-g0b1re", place=(*place, "code=sram")))
    said = "tensors do not fit the RAM that is left by 12,624 bytes: 52,368 are needed, 39,744 are free"
    assert str(caught.value) == said


@pytest.mark.parametrize("part", ["tensors", "stack"])
def test_flash_can_not_be_written(part: str) -> None:
    assert refusal("nucleo-l4r5zi", f"{part}=flash") == f"`place` {part}=flash: flash can't be written: choose a RAM"


def test_copies_count_in_flash_and_in_ram() -> None:
    whole, there = workload("nucleo-l4r5zi"), workload("nucleo-l4r5zi", ("weights=sram3", "code=sram2", "stack=sram2"))
    before, after = memory_use(whole, 0), memory_use(there, 0)
    assert after.flash_bytes == before.flash_bytes
    assert after.copied_bytes == AD01_BYTES + 15_488
    assert after.ram_bytes == before.ram_bytes + after.copied_bytes
    assert after.stack_bytes == before.stack_bytes == 4096


def test_notes_say_what_was_moved_and_what_is_not_priced() -> None:
    weights = workload("nucleo-l4r5zi", ("weights=sram3",))
    assert [note.text for note in weights.notes] == [
        f"weights in SRAM3: {AD01_BYTES:,} bytes at 0x20040000; taken to be there at reset, and in flash as well: "
        "copying them is not counted"
    ]
    for board, place, said in (
        ("nucleo-h7a3zi-q", "code=axi_sram", "as if the instruction cache always held it"),
        ("nucleo-u575zi-q", "code=sram4", "wait for each other on the system bus is not priced"),
    ):
        found = elsewhere(workload(board).flashed, flashed(board, (place,)))
        assert said in notes(found, load_board(board))[0].text
    quiet = elsewhere(workload("disco-f746ng").flashed, flashed("disco-f746ng", ("code=itcm",)))
    assert "priced" not in notes(quiet, load_board("disco-f746ng"))[0].text


def test_a_sweep_moves_the_firmware_and_counts_the_copies_as_ram() -> None:
    place = ("code=sram2", "weights=sram3")
    swept = simtiny.sweep("ad01", board="nucleo-l4r5zi", place=["weights=sram2", "+".join(place), "code=flash"])
    columns = {name: list(column) for name, column in swept.columns.items()}
    moved_there = simtiny.run("ad01", board="nucleo-l4r5zi", place=place)
    rows = dict(zip(columns["place"], range(3), strict=True))
    assert "do not fit SRAM2" in columns["reason"][rows["weights=sram2"]]
    there, own = rows["code=sram2+weights=sram3"], rows["code=flash"]
    assert columns["cycles"][there] == moved_there.cycles < columns["cycles"][own]
    assert columns["ram_bytes"][there] == moved_there.memory.ram_bytes
    assert columns["ram_bytes"][there] - columns["ram_bytes"][own] == AD01_BYTES + 15_488
