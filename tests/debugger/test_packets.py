"""Frames of the remote serial protocol. Checksums are added up by hand, or those of the GDB manual's examples."""

import pytest

from simtiny.debugger.packets import PACKET_BYTES, PacketReader, Signal, framed, unescaped


def test_a_frame() -> None:
    assert framed(b"OK") == b"$OK#9a"
    assert framed(b"") == b"$#00"
    assert framed(b"a}b$c#*") == b"$a}]b}\x04c}\x03}\n#88"
    assert unescaped(b"a}]b}\x04c}\x03}\n") == b"a}b$c#*"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_frames_come_in_pieces(size: int) -> None:
    stream, reader = b"+$qSupported#37\x03-$m0,4#fd$m0,4#00junk$?#3f", PacketReader()
    found = [each for at in range(0, len(stream), size) for each in reader.feed(stream[at : at + size])]
    assert found == [b"qSupported", Signal.BREAK, Signal.AGAIN, b"m0,4", Signal.BROKEN, b"?"]


def test_a_packet_without_end_is_dropped() -> None:
    reader = PacketReader()
    assert reader.feed(b"$" + b"a" * 2 * PACKET_BYTES) == []
    assert reader.feed(b"a" * PACKET_BYTES) == [Signal.BROKEN]
    assert reader.feed(b"$?#3f") == [b"?"]
