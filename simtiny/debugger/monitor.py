"""What GDB's `monitor` commands do: words that it hands on as they are. Those of OpenOCD's users are understood."""

from collections.abc import Callable

from simtiny.debugger.meter import EnergyMeter
from simtiny.debugger.target import Target

HELP = """\
cycles         core cycles since power-on
time           emulated time since power-on
energy         what the board drew since the last of these commands, or since reset
reset          reset the board; it stands still (also: reset halt, reset init)
halt           nothing: between two commands the board always stands still
send TEXT      send characters to the serial port that the firmware uses
console on     show what the firmware prints in GDB, too (off: here alone)
shutdown       end simtiny debug
"""


class Monitor:
    """The commands on one target. `on_console(whether)` is told where output goes, `on_shutdown()` to end."""

    def __init__(
        self,
        target: Target,
        meter: EnergyMeter,
        on_console: Callable[[bool], None] = lambda is_on: None,
        on_shutdown: Callable[[], None] = lambda: None,
    ) -> None:
        self._target, self._meter = target, meter
        self._on_console, self._on_shutdown = on_console, on_shutdown

    def answer(self, command: str) -> str:
        """Do what a command says. Returns what to tell the user, with line ends."""
        word, _, rest = command.strip().partition(" ")
        arguments = rest.strip()
        if word == "cycles":
            return self._cycles()
        if word == "time":
            return f"{self._target.machine.elapsed_s * 1e3:.6f} ms\n"
        if word == "energy":
            return f"{self._meter.read()}{self._amid()}\n"
        if word == "reset":
            return self._reset(arguments)
        if word == "halt":
            return ""
        if word == "send":
            self._target.machine.serial.send(rest.encode("latin-1", "replace"))
            return ""
        if word == "console" and arguments in ("on", "off"):
            self._on_console(arguments == "on")
            return ""
        if word in ("shutdown", "exit", "quit"):
            self._on_shutdown()
            return "simtiny debug ends when GDB leaves\n"
        if word in ("help", ""):
            return HELP
        return f"there is no command {command.strip()[:60]!r} here: `monitor help` lists those that there are\n"

    def _cycles(self) -> str:
        return f"{self._target.machine.cycles}{self._amid()}\n"

    def _amid(self) -> str:
        """What to add where the core stands in the midst of a block."""
        machine = self._target.machine
        if not machine.rest_of_block:
            return ""
        begin = machine.block_begin
        return f" (with all of the block from 0x{begin:08x} to 0x{machine.rest_of_block.stop:08x} that is executed now)"

    def _reset(self, how: str) -> str:
        self._target.reset()
        self._meter.begin()
        if how in ("", "halt", "init"):
            return f"reset; the core stands at 0x{self._target.machine.pc:08x}\n"
        return f"reset; the core stands at 0x{self._target.machine.pc:08x}, `continue` has it run\n"
