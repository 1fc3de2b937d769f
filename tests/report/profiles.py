"""Profiles that no firmware ran for: small, and with numbers to work out by hand."""

from dataclasses import replace
from typing import Any

import numpy as np

from simtiny.call_tree import EXCEPTION, FUNCTION, StackUse
from simtiny.notes import Note, NoteKind
from simtiny.profiling.result import (
    ASLEEP,
    INLINED,
    Frame,
    HeapUse,
    Instructions,
    LayerTraffic,
    MemoryMap,
    MemoryPart,
    Paths,
    ProfileResult,
    Roofline,
    TimeLine,
)
from simtiny.timing.effects import EFFECTS, Effect
from tests.report.test_report import RESULT

MAIN, INFER, CONV, DOT, SOFTMAX, EXP, FIB, TICK, SLEEP = range(9)
FRAMES = (
    Frame("main", FUNCTION, 0x08000100, "src/main.c", 10),
    Frame("infer", FUNCTION, 0x08000200, "src/infer.c", 5),
    Frame("nn::convolve<int8_t>(Tensor const&)", FUNCTION, 0x08000300, "src/conv.cc", 20),
    Frame("nn::dot", INLINED, -1, "src/dot.h", 3),
    Frame("softmax", FUNCTION, 0x08000500),
    Frame("expf", FUNCTION, 0x08000600),
    Frame("fib", FUNCTION, 0x08000700, "src/fib.c", 1),
    Frame("SysTick", EXCEPTION, 0x08000800),
    Frame("asleep", ASLEEP, -1),
)
# Parent, frame, call site, calls, own cycles. Their sum is 6,000,000.
ROWS = (
    (-1, MAIN, -1, 1, 100_000),
    (0, INFER, 0x08000110, 1, 400_000),
    (1, CONV, 0x08000210, 3, 1_500_000),
    (1, CONV, 0x08000220, 1, 500_000),
    (2, DOT, -1, 0, 2_000_000),
    (1, SOFTMAX, 0x08000230, 1, 300_000),
    (5, EXP, 0x08000510, 12, 200_000),
    (0, FIB, 0x08000120, 1, 100_000),
    (7, FIB, 0x08000710, 1, 50_000),
    (8, FIB, 0x08000710, 1, 50_000),
    (-1, TICK, -1, 50, 200_000),
    (-1, SLEEP, -1, 0, 600_000),
)
NJ_A_CYCLE, NJ_ASLEEP = 0.3, 0.05
SOURCE = {
    "src/conv.cc": tuple(f"line {number}: </script><b>&amp;" for number in range(1, 41)),
    "src/dot.h": ("#pragma once", "", "static inline int dot(const int8_t *a) {", "\tsum += *a++ * *b++;", "}"),
}


def paths(rows: Any = ROWS) -> Paths:
    parent, frame, site, calls, cycles = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    nj = np.where(frame == SLEEP, NJ_ASLEEP, NJ_A_CYCLE) * cycles
    instructions = np.where(frame == SLEEP, 0, cycles / 2)
    return Paths(parent, frame, site, calls, cycles.astype(float), nj, instructions, misses=np.zeros(len(parent)))


def instructions() -> Instructions:
    """Of the convolution, whose second one is of the inlined dot product, under both of its paths."""
    rows = (
        # address, path, file, line, runs, cycles, effects, text
        (0x08000300, 2, 0, 22, 30_000, 60_000, {Effect.ISSUE: 30_000, Effect.MEMORY: 30_000}, "push {r4, lr}"),
        (0x08000300, 3, 0, 22, 10_000, 20_000, {Effect.ISSUE: 10_000, Effect.MEMORY: 10_000}, "push {r4, lr}"),
        (
            0x08000302,
            4,
            1,
            4,
            500_000,
            2_000_000,
            {Effect.ISSUE: 500_000, Effect.FLASH_CODE: 1_500_000},
            "smlad r0, r1",
        ),
        (0x08000306, 2, 0, 24, 720_000, 1_440_000, {Effect.ISSUE: 720_000, Effect.BRANCH: 720_000}, "bne 0x8000302"),
        (0x08000306, 3, 0, 24, 240_000, 480_000, {Effect.ISSUE: 240_000, Effect.BRANCH: 240_000}, "bne 0x8000302"),
    )
    by_effect = np.zeros((len(rows), EFFECTS))
    for index, row in enumerate(rows):
        for effect, cycles in row[6].items():
            by_effect[index, effect] = cycles
    column = [np.array([row[at] for row in rows]) for at in range(6)]
    return Instructions(
        files=("src/conv.cc", "src/dot.h"),
        address=column[0],
        bytes=np.array([2, 2, 4, 2, 2]),
        path=column[1],
        file=column[2],
        line=column[3],
        runs=column[4].astype(float),
        cycles=column[5].astype(float),
        energy_nj=column[5] * NJ_A_CYCLE,
        by_effect=by_effect,
        misses=np.zeros(len(rows)),
        text=tuple(row[7] for row in rows),
    )


ROOFLINE = Roofline(
    macs_per_cycle=2.0,
    bytes_per_cycle={"flash": 4.0, "RAM": 4.0},
    layers=(
        LayerTraffic(0, "CONV_2D", 1_000_000, 2_000_000.0, 10_000, 400_000, 20_000, {
            "core": 500_000.0, "flash": 2_500.0, "RAM": 100_000.0}, "core", 0.25),
        LayerTraffic(1, "FULLY_CONNECTED", 64_000, 128_000.0, 64_000, 1_000, 64_000, {
            "core": 32_000.0, "flash": 16_000.0, "RAM": 250.0}, "core", 0.25),
        LayerTraffic(2, "SOFTMAX", 0, 5_000.0, 0, 24, 0, {"core": 0.0, "flash": 0.0, "RAM": 6.0}, "RAM", 0.0012),
    ),
)  # fmt: skip
MEMORY_MAP = MemoryMap(
    sizes={"flash": 1 << 20, "ram": 320 << 10},
    parts=(
        MemoryPart("flash", ".text", "conv.o", "convolve", 0x08000300, 6_000),
        MemoryPart("flash", ".text", "conv.o", "helper", 0x08001A70, 2_000),
        MemoryPart("flash", ".text", "libm.a(expf.o)", "expf", 0x08000600, 1_000),
        MemoryPart("flash", ".rodata", "net.o", "weights", 0x08010000, 50_000),
        MemoryPart("flash", ".rodata", "", "", 0x0801C350, 1_000),
        MemoryPart("ram", ".bss", "net.o", "arena", 0x20000000, 32_768),
        MemoryPart("ram", ".data", "main.o", "state", 0x20008000, 128),
    ),
    arena_bytes=32_768,
)


def made_up(**changes: Any) -> ProfileResult:
    """A profile of all kinds of paths."""
    result = ProfileResult(
        run=RESULT,
        frames=FRAMES,
        paths=paths(),
        instructions=instructions(),
        time_line=TimeLine(6_000_000, np.zeros((0, 2), np.int64), 1, np.zeros((0, 2), np.int64), np.zeros((0, 2))),
        regions={"flash": (5_400_000.0, 1_620_000.0, 2_700_000.0)},
        roofline=ROOFLINE,
        stacks=(
            StackUse("main", 0x20050000, 0x2004F000, 0x2004E000, "the symbol stack_base", 6, 0x08000602),
            StackUse("worker", 0x20040000, 0x2003FF00, None, "", -1, 0),
        ),
        heap=HeapUse(12, 11, 4_096, 5, 64, ((64, 1, 1),)),
        memory_map=MEMORY_MAP,
        source=SOURCE,
        notes=(Note(NoteKind.METHOD, "heap", 1, "allocations before the window are not told apart"),),
    )
    return replace(result, **changes)


def chain_of(depth: int) -> Paths:
    """A function that calls itself so many times, a cycle each."""
    ones = np.ones(depth)
    return Paths(
        parent=np.arange(-1, depth - 1),
        frame=np.full(depth, FIB),
        site=np.full(depth, 0x08000710),
        calls=np.ones(depth, dtype=np.int64),
        cycles=ones,
        energy_nj=ones * 0.5,
        instructions=ones,
        misses=ones * 0,
    )


def fan_of(width: int) -> Paths:
    """One function that calls so many others, as `wide_frames` has them, a cycle each."""
    ones = np.ones(width + 1)
    return Paths(
        parent=np.concatenate([[-1], np.zeros(width, dtype=np.int64)]),
        frame=np.arange(width + 1),
        site=np.full(width + 1, 0x08000710),
        calls=np.ones(width + 1, dtype=np.int64),
        cycles=ones,
        energy_nj=ones * 0.5,
        instructions=ones,
        misses=ones * 0,
    )
