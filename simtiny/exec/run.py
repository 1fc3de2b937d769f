"""Runs a machine from reset to what ends it, with its consoles and what happens from outside."""

from simtiny.engine import PC, StopReason
from simtiny.errors import FirmwareFault
from simtiny.exec.consoles import Console, Shown, Typed
from simtiny.exec.ended import End, Ended
from simtiny.exec.events import Event
from simtiny.exec.moments import Moment
from simtiny.machine.faults import diagnose
from simtiny.machine.machine import Machine
from simtiny.machine.rtt import SOURCE as RTT
from simtiny.machine.rtt import Rtt
from simtiny.machine.sections import Sections
from simtiny.machine.serial import Port
from simtiny.machine.system import InputPins

_SAMPLE_CYCLES = 1024
_EXCEPTION = 0x1FF
"""Of XPSR: the number of the exception that is handled."""


class Running:
    """One run. `limit`: when it ends at the latest."""

    def __init__(self, machine: Machine, shown: Shown, typed: Typed, events: tuple[Event, ...], limit: Moment) -> None:
        self._machine, self._shown, self._typed = machine, shown, typed
        self._events, self._limit = list(events), limit
        self._interrupted = False
        self._rtt = Rtt(machine, machine.host_calls.memory)
        self._rtt.write = lambda data: self._printed(RTT, data)
        self._rtt.read = self._typed_for_rtt
        self.sections = Sections(machine)
        self.sections.on_change = machine.stop  # what is left of the time is other cycles then
        shown.on_match = machine.stop
        machine.serial.on_transmit = self._transmitted
        machine.on_output = self._printed
        machine.semihosting.read = self._read
        self._is_probed = shown.chosen is not Console.UART  # without a probe nobody empties the buffers of RTT
        if self._is_probed:
            self._rtt.attach()

    def interrupt(self) -> None:
        """End it soon. May be called at any time."""
        self._interrupted = True
        self._machine.stop()
        if self._typed.is_waiting:
            raise KeyboardInterrupt

    def run(self) -> Ended:
        """Run to its end. Raises Unpriced."""
        self.sections.begin()
        try:
            ended = self._run()
        except FirmwareFault as error:
            ended = Ended(End.FAULT, str(error))
        self._machine.on_look()
        if self._shown.has_matched and ended.end in (End.WAITS, End.LOOPS, End.LIMIT):
            ended = Ended(End.UNTIL, "")
        self.sections.end()
        return ended

    def _run(self) -> Ended:
        machine, reason = self._machine, StopReason.LIMIT
        while True:
            self._do_events()
            if self._interrupted:
                return Ended(End.INTERRUPTED, "it was interrupted")
            if self._shown.has_matched:
                return Ended(End.UNTIL, "")
            left = self._limit.cycles_left(machine)
            if not left:
                return Ended(End.LIMIT, f"it has run for {self._limit.text}")
            limit = min([left, *(each.at.cycles_left(machine) for each in self._events[:1])])
            reason = machine.run(limit_cycles=limit, goes_on=reason is StopReason.CONDITION)
            ended = self._ended(reason)
            if ended is not None:
                return ended

    def _ended(self, reason: StopReason) -> Ended | None:
        """What the end of a run of the machine means; None: it goes on."""
        why = self._machine.explanation
        if reason is StopReason.EXIT:
            found = self._machine.semihosting.exit
            return Ended(End.EXIT, why, found.status if found else 0)
        if reason is StopReason.IDLE:
            return self._idle(Ended(End.WAITS, why), is_asleep=True)
        if reason is StopReason.ENDLESS and self._machine.status() & _EXCEPTION:
            raise diagnose(self._machine, why, self._machine.register(PC))  # as most default handlers do
        if reason is StopReason.ENDLESS:
            return self._idle(Ended(End.LOOPS, why), is_asleep=False) and self._looped(why)
        if reason is StopReason.POLLING and self._idle(Ended(End.LOOPS, why), is_asleep=False) is None:
            return None
        if reason in (StopReason.STORM, StopReason.POLLING):
            raise diagnose(self._machine, f"{reason.value}: {why}", self._machine.register(PC))
        return None

    def _looped(self, why: str) -> Ended:
        """Of a loop that nothing ends: whether it waits for input, or does nothing. Raises FirmwareFault for others."""
        self._machine.take_accessed()
        self._machine.run(limit_cycles=_SAMPLE_CYCLES)
        accessed = self._machine.take_accessed()
        if not accessed:
            return Ended(End.LOOPS, why)
        if any(isinstance(block, Port | InputPins) for block in accessed):
            return Ended(End.WAITS, why)
        raise diagnose(self._machine, f"{StopReason.ENDLESS.value}: {why}", self._machine.register(PC))

    def _idle(self, ended: Ended, *, is_asleep: bool) -> Ended | None:
        """The firmware can do nothing before something happens from outside."""
        before = sum(self._shown.bytes.values())
        self._machine.on_look()
        if self._interrupted or self._shown.has_matched or sum(self._shown.bytes.values()) != before:
            return None
        if self._machine.host_calls.waits:
            if not self._typed.is_open:
                return ended
            self._typed.wait()  # without more, the call is told so
            return None
        if self._events:
            if is_asleep:
                self._machine.pass_time(self._machine.cycles + self._events[0].at.cycles_left(self._machine))
            return None
        by_serial = self._shown.shows(Console.UART) and self._shown.first != RTT
        if (by_serial or self._shown.first == RTT) and self._typed.wait():
            if by_serial:
                self._machine.serial.send(self._typed.take())
            return None
        return None if self._interrupted else ended

    def _do_events(self) -> None:
        while self._events and not self._events[0].at.cycles_left(self._machine):
            event = self._events.pop(0)
            if event.pin:
                self._machine.drive(event.pin, event.level)
            else:
                self._machine.serial.send(event.data)

    def _printed(self, console: str, data: bytes) -> None:
        """What is still in the buffers of RTT came before."""
        if self._is_probed and console != RTT:
            self._rtt.serve()
        if console == RTT:
            self._machine.serial.overhear(data)
        self._shown.take(console, data)

    def _transmitted(self, byte: int) -> None:
        is_first = not self._shown.first
        self._printed(Console.UART.value, bytes([byte]))
        if is_first and self._shown.first == Console.UART and (data := self._typed.take()):
            self._machine.serial.send(data)

    def _read(self, most: int) -> bytes | None:
        """What is typed for semihosting: up to the end of a line."""
        line = self._typed.take(most)
        if not line and self._typed.is_open:
            return None
        return line

    def _typed_for_rtt(self, most: int) -> bytes:
        return self._typed.take(most) if self._shown.first == RTT else b""
