"""Where firmware prints: its serial port, port 0 of the ITM, RTT and semihosting, all to one place."""

from collections.abc import Callable

from simtiny.machine.machine import Machine
from simtiny.machine.rtt import Rtt


def show_consoles(machine: Machine, show: Callable[[bytes], None]) -> None:
    """Have `show` told of what the firmware prints, as it comes."""
    rtt = Rtt(machine, machine.host_calls.memory)
    rtt.write = show
    rtt.attach()
    machine.attach_trace()
    machine.on_output = lambda console, data: show(data)
    machine.serial.on_transmit = lambda byte: show(bytes([byte]))
