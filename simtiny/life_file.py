"""Reads the file of a life, TOML: see docs/life-format.md."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from simtiny.errors import BadInput, did_you_mean
from simtiny.life import INFER, REST, RUN, Battery, Life, Step
from simtiny.power_model import CLOCKED
from simtiny.toml_file import no_number, read_table, readable

MAX_FILE_BYTES = 64 << 10
BITS_PER_BYTE = 10
"""A start bit, eight of data and a stop bit."""

_Some = Annotated[float, msgspec.Meta(gt=0, le=1e9)]
_MaybeNone = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
_Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
_Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
_Many = Annotated[int, msgspec.Meta(ge=1, le=10**9)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
_Megahertz = Annotated[float, msgspec.Meta(ge=0.01, le=1e4)]


class _Battery(msgspec.Struct):
    capacity_mah: _Some
    usable: _Share = 1.0
    self_discharge_percent_per_year: _Percent = 0.0


class _Step(msgspec.Struct):
    name: _Name
    infer: bool = False
    times: _Many | None = None
    duration_ms: _Some | None = None
    bytes: _Many | None = None
    baud: _Many | None = None
    bits_per_byte: _Some | None = None
    mode: _Name | None = None
    clock_mhz: _Megahertz | None = None
    wake_us: _MaybeNone = 0.0
    extra_ma: _MaybeNone = 0.0


class _File(msgspec.Struct):
    period_s: _Some
    step: Annotated[list[_Step], msgspec.Meta(min_length=1, max_length=100)]
    sleep: _Name = CLOCKED
    extra_ma: _MaybeNone = 0.0
    battery: _Battery | None = None


_NOT_HERE = "supply_v", "supply", "battery.supply_v", "battery.voltage_v"
_PLURAL = {"steps": " (did you mean [[step]]?)"}
_FOR = {
    "times": ("infer",),
    "bits_per_byte": ("bytes",),
    "baud": ("bytes",),
    "mode": ("duration_ms", "bytes"),
}
"""Keys of a step that say more of another one."""


def read_life(path: Path) -> Life:
    """The life that a file tells. Raises BadInput, in one line that names the file and the key."""
    table = read_table(path, "sequence", MAX_FILE_BYTES)
    try:
        _check_keys(table)
        return _life(msgspec.convert(table, _File))
    except msgspec.ValidationError as error:
        raise BadInput(f"sequence {path}: {readable(error)}") from error
    except BadInput as error:
        raise BadInput(f"sequence {path}: {error}") from error


def _check_keys(table: Mapping[str, object]) -> None:
    """Refuse keys that nothing reads, and what is no number: before msgspec says that another one is missing."""
    steps = table.get("step")
    parts = [("", table, _File), ("battery.", table.get("battery"), _Battery)]
    parts += [(f"step[{index}].", step, _Step) for index, step in enumerate(steps if isinstance(steps, list) else [])]
    for path, part, kind in parts:
        for key in part if isinstance(part, dict) else ():
            if path + key in _NOT_HERE:
                raise BadInput(f"unknown key {path}{key}: the supply is that of the run, `supply_v`")
            if key not in kind.__struct_fields__:
                raise BadInput(
                    f"unknown key {path}{key}{_PLURAL.get(key) or did_you_mean(key, kind.__struct_fields__)}"
                )
    if (problem := no_number(table)) is not None:
        raise BadInput(problem)


def _life(given: _File) -> Life:
    names = [step.name for step in given.step]
    for name in names:
        if not name.isprintable() or name == REST:
            raise BadInput(f"step {name!r}: choose another name" + (", the rest of the period has it" * (name == REST)))
        if names.count(name) > 1:
            raise BadInput(f"two steps are called {name}")
    if not any(step.infer for step in given.step):
        raise BadInput("no step infers: one needs infer = true")
    return Life(
        period_s=given.period_s,
        steps=tuple(map(_step, given.step)),
        sleep_mode=_asleep("key sleep", given.sleep),
        extra_ma=given.extra_ma,
        battery=None if given.battery is None else Battery(**msgspec.structs.asdict(given.battery)),
    )


def _asleep(what: str, mode: str) -> str:
    if mode in (INFER, RUN):
        raise BadInput(f"{what}: {mode} is no sleep mode")
    return mode


def _step(given: _Step) -> Step:
    what = f"step {given.name}"
    asked = [key for key in ("infer", "duration_ms", "bytes") if getattr(given, key)]
    if len(asked) != 1:
        found = " and ".join(asked) or "none"
        raise BadInput(f"{what}: one of infer, duration_ms and bytes says how long it takes, it has {found}")
    for key, others in _FOR.items():
        if getattr(given, key) is not None and asked[0] not in others:
            raise BadInput(f"{what}: key {key} goes with {' or '.join(others)}, not with {asked[0]}")
    clock_hz = None if given.clock_mhz is None else given.clock_mhz * 1e6
    wake_s = given.wake_us / 1e6
    if given.infer:
        times = given.times or 1
        said = "inference" if times == 1 else f"{times:,} inferences"
        return Step(given.name, INFER, None, times, clock_hz, wake_s, given.extra_ma, said)
    if given.mode is None:
        raise BadInput(f"{what}: missing key mode: {RUN}, {CLOCKED} or a sleep mode of the board")
    if given.mode == INFER:
        raise BadInput(f"{what}: mode {INFER}: write infer = true, and no duration")
    if given.mode not in (RUN, CLOCKED):
        for key, value in (("clock_mhz", given.clock_mhz), ("wake_us", given.wake_us)):
            if value:
                raise BadInput(f"{what}: key {key} has no effect asleep, in {given.mode}: leave it out")
    duration_s, said = _duration(what, given)
    return Step(given.name, given.mode, duration_s, 1, clock_hz, wake_s, given.extra_ma, said)


def _duration(what: str, given: _Step) -> tuple[float, str]:
    """In seconds, and in words what takes so long."""
    if given.duration_ms is not None:
        return given.duration_ms / 1e3, ""
    assert given.bytes is not None
    if given.baud is None:
        raise BadInput(f"{what}: missing key baud: bits a second, such as 115200")
    bits = given.bytes * (given.bits_per_byte or BITS_PER_BYTE)
    return bits / given.baud, f"{given.bytes:,} bytes at {given.baud:,} baud"
