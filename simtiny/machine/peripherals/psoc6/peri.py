"""PSoC 6 peripheral interconnect: dividers and the clock that each peripheral takes from them.

Register offsets and bits: Infineon mtb-pdl-cat1, devices/COMPONENT_CAT1A/include/ip/cyip_peri_v2.h; reset values:
psoc6_02.svd.
"""

from fractions import Fraction

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.psoc6.clocks import ClockBlock
from simtiny.machine.peripherals.registers import Register, Table
from simtiny.machine.peripherals.words import split
from simtiny.machine.system import System
from simtiny.notes import NoteKind

DIV_CMD, CLOCK_CTL, CLOCK_CTL_COUNT = 0x400, 0xC00, 256
DIVIDERS = (0x1000, 0x1400, 0x1800, 0x1C00)  # by TYPE_SEL: 8 bits, 16, 16.5, 24.5 (a fraction of five bits)
DIVIDERS_END = 0x2000
DIV_CMD_DISABLE, DIV_CMD_ENABLE = 1 << 30, 1 << 31
DIVIDER_ENABLED = 1 << 0
NO_DIVIDER = 0x3FF
REGISTERS = {
    "TIMEOUT_CTL": Register(0x200, 0xFFFF),
    "TR_CMD": Register(0x220),
    "DIV_CMD": Register(DIV_CMD, 0x03FF_03FF, pulse=DIV_CMD_DISABLE | DIV_CMD_ENABLE),
    **{f"CLOCK_CTL{n}": Register(CLOCK_CTL + 4 * n, NO_DIVIDER) for n in range(CLOCK_CTL_COUNT)},
}


TR_CMD, TRIGGERS, GROUP_BYTES, ONE_TO_ONE = 0x220, 0x8000, 0x400, 16
TR_CMD_EDGE, TR_CMD_OUT, TR_CMD_ACTIVATE = 1 << 29, 1 << 30, 1 << 31


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clocks`: how many peripherals' clocks there are (the largest PCLK_... number and one).

    Triggers, as request lines: `trigger_inputs`, of each group by number from 1 on, and `trigger_outputs`; what is left
    out goes nowhere. `one_to_one`: of each group pairs of a line and the one that it is passed on to.
    """

    clocks: int
    trigger_inputs: tuple[tuple[str, ...], ...] = ()
    trigger_outputs: tuple[tuple[str, ...], ...] = ()
    one_to_one: tuple[tuple[tuple[str, str], ...], ...] = ()


class Peri(ClockBlock[Parameters]):
    """Kind "psoc6-peri". From the clock "peri" gives "pclk0", "pclk1"... Other registers read back what was written.

    Passes triggers on, as request lines: a level as it is, an edge too. Inverted ones are left out.
    """

    takes = Parameters
    table = Table(REGISTERS)
    follows = True

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        self._high: set[str] = set()  # trigger lines
        self._outputs: set[str] = set()  # that are high
        self._by_command = ""  # the trigger line that a command holds high
        super().__init__(config, system)

    def dma_request(self, line: str, level: bool) -> None:
        """See `DmaController`."""
        if any(line in names for names in self._given.trigger_inputs) or any(
            line == source for group in self._given.one_to_one for source, _ in group
        ):
            (self._high.add if level else self._high.discard)(line)
            self._pass_on()

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        if DIVIDERS[0] <= word_offset < DIVIDERS_END:  # EN changes by command only
            value = value & ~DIVIDER_ENABLED | self._file.read(word_offset, 4) & DIVIDER_ENABLED
        self._file.write(offset, size, value)
        if word_offset == DIV_CMD:
            self._command(value)
        if word_offset == TR_CMD:
            self._trigger(self._file.read(TR_CMD, 4))
        elif word_offset >= TRIGGERS:
            self._note_nobody_triggers(word_offset, self._file.read(word_offset, 4) & 0xFF)
            self._pass_on()
        if word_offset == DIV_CMD or CLOCK_CTL <= word_offset < DIVIDERS_END:
            self._announce()

    def _wanted(self) -> dict[str, bool]:
        """The level of each trigger output."""
        given, levels = self._given, dict[str, bool]()
        for group, outputs in enumerate(given.trigger_outputs):
            inputs = given.trigger_inputs[group] if group < len(given.trigger_inputs) else ()
            for number, output in enumerate(outputs):
                selected = self._file.read(TRIGGERS + GROUP_BYTES * group + 4 * number, 4) & 0xFF
                source = inputs[selected - 1] if 0 < selected <= len(inputs) else ""
                levels[output] = bool(source) and (source in self._high or source == self._by_command)
        for group, pairs in enumerate(given.one_to_one):
            for number, (source, output) in enumerate(pairs):
                is_on = self._file.read(TRIGGERS + GROUP_BYTES * (ONE_TO_ONE + group) + 4 * number, 4) & 1
                levels[output] = bool(is_on) and (source in self._high or source == self._by_command)
        if self._by_command in levels:
            levels[self._by_command] = True
        return levels

    def _note_nobody_triggers(self, offset: int, selected: int) -> None:
        group, number = divmod(offset - TRIGGERS, GROUP_BYTES)
        output, source = self._line(group, number // 4, True), self._line(group, selected, False)
        if output and selected and group < ONE_TO_ONE and not source:
            self._note(NoteKind.UNMODELLED, f"{output} waits for input {selected} of its group, which nothing drives")

    def _pass_on(self) -> None:
        for output, level in self._wanted().items():
            if level != (output in self._outputs):
                (self._outputs.add if level else self._outputs.discard)(output)
                self._system.request_dma(output, level)

    def _trigger(self, command: int) -> None:
        """A trigger by software: for two cycles, or until another command (TR_EDGE is 0)."""
        group, number = command >> 8 & 0x1F, command & 0xFF
        self._by_command = self._line(group, number, bool(command & TR_CMD_OUT)) if command & TR_CMD_ACTIVATE else ""
        self._pass_on()
        if command & TR_CMD_EDGE:
            self._file["TR_CMD"] = command & ~TR_CMD_ACTIVATE
            self._by_command = ""
            self._pass_on()

    def _line(self, group: int, number: int, is_output: bool) -> str:
        """A trigger line by what a command names it, empty where there is none."""
        given = self._given
        if group >= ONE_TO_ONE:
            pairs = given.one_to_one[group - ONE_TO_ONE] if group - ONE_TO_ONE < len(given.one_to_one) else ()
            return pairs[number][is_output] if number < len(pairs) else ""
        groups = given.trigger_outputs if is_output else given.trigger_inputs
        lines = groups[group] if group < len(groups) else ()
        place = number if is_output else number - 1
        return lines[place] if 0 <= place < len(lines) else ""

    def _command(self, value: int) -> None:
        """Start or stop a divider; it is done at once."""
        word_offset = DIVIDERS[value >> 8 & 3] + 4 * (value & 0xFF)
        if value & DIV_CMD_ENABLE:
            self._file.words[word_offset] = self._file.words.get(word_offset, 0) | DIVIDER_ENABLED
        elif value & DIV_CMD_DISABLE:
            self._file.words[word_offset] = self._file.words.get(word_offset, 0) & ~DIVIDER_ENABLED

    def clocks(self) -> dict[str, float]:
        """Of each peripheral; 0 where its divider is off."""
        return {f"pclk{n}": self._clock_hz(n) for n in range(self._given.clocks)}

    def _clock_hz(self, number: int) -> float:
        select = self._file[f"CLOCK_CTL{number}"] & NO_DIVIDER
        kind = select >> 8
        divider = self._file.words.get(DIVIDERS[kind] + 4 * (select & 0xFF), 0)
        if select == NO_DIVIDER or not divider & DIVIDER_ENABLED:
            return 0.0
        width = (8, 16, 16, 24)[kind]
        eighths = divider >> 3 & 0x1F if kind >= 2 else 0
        ratio = (divider >> 8 & (1 << width) - 1) + 1 + Fraction(eighths, 32)
        return float(Fraction(self._system.clock_hz.get("peri", 0.0)) / ratio)
