"""The other end of an SPI."""

from simtiny.devices import NOTHING
from simtiny.machine.system import System
from simtiny.notes import NoteKind


def exchange(system: System, name: str, sent: bytes) -> bytes:
    """What the device that is selected answers to a frame, the byte that goes first first; without any, ones."""
    answer = system.devices.exchange(name, sent)
    if answer is not None:
        return answer
    what = "no device is selected" if system.devices.spi.get(name) else "no device attached"
    system.note(NoteKind.UNMODELLED, name, f"{name}: {what}, reads 0xFF")
    return bytes([NOTHING]) * len(sent)
