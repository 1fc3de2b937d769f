"""Runs what was asked, and puts the result together."""

import io
from collections.abc import Callable
from math import fsum
from typing import BinaryIO

from simtiny.errors import FirmwareFault, GateFailed
from simtiny.exec.asked import Asked
from simtiny.exec.consoles import Console, Shown, Typed
from simtiny.exec.ended import End, Ended
from simtiny.exec.result import ExecResult
from simtiny.exec.run import Running
from simtiny.machine.host_files import HostFolder
from simtiny.machine.machine import Machine
from simtiny.mlperf.identity import board_sha256
from simtiny.mlperf.workload import build
from simtiny.operating_point import Overrides, Supply
from simtiny.report.price_sections import priced_sections
from simtiny.request_check import check

INTERRUPTED_STATUS = 130


def execute(
    asked: Asked,
    show: Callable[[bytes], None],
    ready: Callable[[Callable[[], None]], None] = lambda interrupt: None,
    standard_input: BinaryIO | None = None,
) -> ExecResult:
    """Run it to its end. Raises BadInput and Unpriced.

    `show` is told of output as it comes. `ready` is told of a function that ends the run soon, from anywhere.
    `standard_input`: what is typed, in place of `asked.stdin`.
    """
    check(asked.request)
    workload = build(asked.request)
    board, image = workload.board, workload.image
    machine = Machine(board, image, workload.segments, calls=True, seed=workload.seed)
    for note in workload.notes:
        machine.note(note.kind, note.place, note.text)
    if asked.console in (Console.AUTO, Console.ITM):
        machine.attach_trace()
    machine.semihosting.command_line = f"{image.name} {asked.arguments}".strip()
    if asked.files is not None:
        machine.semihosting.folder = HostFolder(asked.files)
    shown = Shown(asked.console, show, asked.until)
    start = machine.mark()
    for event in asked.events:
        if event.pin:
            machine.drive(event.pin, None)  # refused now, if there is no such pin
    typed = Typed(standard_input) if standard_input is not None else Typed(io.BytesIO(asked.stdin))
    running = Running(machine, shown, typed, asked.events, asked.limit)
    ready(running.interrupt)
    ended = running.run()
    end = machine.mark()
    profiles = running.sections.profiles()
    priced = priced_sections(board, profiles, Overrides(), Supply())
    asleep_s = fsum(each.sleep_cycles / each.operating_point.clock_hz for each in profiles)
    text, status = _outcome(asked, ended, has_matched=shown.has_matched)
    return ExecResult(
        image=image.name,
        board=board.id,
        end=ended.end,
        ended=text,
        status=status,
        output=shown.kept.decode(errors="replace"),
        output_bytes=dict(shown.bytes),
        time_ms=priced.latency_ms,
        time_low_ms=priced.low_ms,
        time_high_ms=priced.high_ms,
        cycles=priced.cycles,
        instructions=priced.instructions,
        sleep_share=asleep_s * 1e3 / priced.latency_ms if priced.latency_ms else 0.0,
        exceptions=sum(profile.exceptions for profile in profiles),
        waits=machine.waits(),
        energy=priced.energy,
        energy_share=priced.energy_share,
        sections=priced.sections,
        stacks=machine.call_tree(start, end).stacks,
        ram_used=machine.ram_used(),
        notes=(*priced.notes, *machine.notes),
        image_sha256=image.sha256,
        board_sha256=board_sha256(board),
        options=asked.options,
    )


def error_of(result: ExecResult) -> FirmwareFault | GateFailed | None:
    """What went wrong, of a fault and of text that was not printed."""
    if result.end is End.FAULT:
        return FirmwareFault(result.ended)
    until = result.options.get("until")
    if until is not None and result.end is not End.UNTIL and result.status == 1:
        return GateFailed(f"the firmware has not printed {until!r}: {result.ended}")
    return None


def _outcome(asked: Asked, ended: Ended, *, has_matched: bool) -> tuple[str, int]:
    """In words, and as a status."""
    if ended.end is End.UNTIL:
        return f"it has printed {asked.until!r}", 0
    if ended.end is End.FAULT:
        return ended.text, FirmwareFault.exit_code
    if ended.end is End.INTERRUPTED:
        return ended.text, INTERRUPTED_STATUS
    text = ended.text
    if ended.end is End.LIMIT:
        default = ", the limit where `duration` says none" if asked.is_default_limit else ""
        text = f"{text} of emulated time{default}" if asked.limit.seconds is not None else text
    if asked.until is not None and not has_matched:
        return text, ended.status or GateFailed.exit_code
    return text, ended.status
