"""The serial line of a firmware, as a test reads and writes it."""

from collections.abc import Sequence

from simtiny.engine import PC, StopReason
from simtiny.machine.faults import diagnose
from simtiny.machine.machine import Machine
from simtiny.mlperf.protocol import HOST_LATENCY_CYCLES

_END_OF_LINE_BITS = 3 * 10
"""The last character of what is awaited, and two more, of ten bits each."""
MOST_BYTES = 1 << 20
"""Of what the firmware has sent: what was sent last is kept."""


class Line:
    """Keeps what the firmware of one machine sends. `count`: bytes by now."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._sent = bytearray()
        self.count = 0
        self._awaited: Sequence[bytes] = ()
        self._from = 0
        self._met = False
        machine.serial.on_transmit = self._receive

    @property
    def text(self) -> str:
        """What was sent by now, without carriage returns."""
        return self.since(0)

    def since(self, count: int) -> str:
        """What was sent behind the first `count` bytes."""
        kept = self._sent[max(count - (self.count - len(self._sent)), 0) :]
        return kept.decode("utf-8", "replace").replace("\r", "").replace("\0", "")

    def run_until(
        self,
        awaited: Sequence[str],
        limit_cycles: int,
        enough: Sequence[StopReason] = (StopReason.CONDITION,),
        advice: str = "",
    ) -> str:
        """Run until one of these is sent, or another reason that is `enough` ends the run. Returns what was sent.

        Raises FirmwareFault for any other reason, with `advice`.
        """
        self._awaited, self._from, self._met = [text.encode() for text in awaited], self.count, False
        try:
            reason = self._machine.run(until=lambda: self._met, limit_cycles=limit_cycles)
        finally:
            self._awaited = ()
        if reason not in enough:
            why = f": {self._machine.explanation}" if self._machine.explanation else ""
            texts = " or ".join(map(repr, awaited))
            within = f" within {limit_cycles:,} cycles" if reason is StopReason.LIMIT else ""
            what = f"the firmware sent no {texts}{within}: {reason.value}{why}{advice}"
            raise diagnose(self._machine, what, self._machine.register(PC))
        if self._met:  # what comes behind it belongs to this answer, and the host needs a moment
            self._machine.run(limit_cycles=HOST_LATENCY_CYCLES + self._end_of_line_cycles())
        return self.since(self._from)

    def _end_of_line_cycles(self) -> int:
        """What a carriage return and a newline take to be sent."""
        baud = self._machine.serial.baud_rate if self._machine.serial_takes_time else None
        return int(_END_OF_LINE_BITS * self._machine.clock_hz["core"] / baud) if baud else 0

    def command(self, data: bytes, until: str, limit_cycles: int) -> str:
        """Send these bytes and run until `until` is sent."""
        self._machine.serial.send(data)
        return self.run_until((until,), limit_cycles)

    def _receive(self, byte: int) -> None:
        self._sent.append(byte)
        self.count += 1
        if len(self._sent) > 2 * MOST_BYTES:
            del self._sent[:-MOST_BYTES]
        for text in self._awaited:
            if self.count - self._from >= len(text) and self._sent.endswith(text):
                self._met = True
                self._machine.stop()
