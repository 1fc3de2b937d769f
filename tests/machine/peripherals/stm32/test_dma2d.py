import pytest

from simtiny.machine.peripherals.stm32.dma2d import Dma2d

CR, ISR, IFCR, FGMAR, FGOR, FGPFCCR, OPFCCR, OCOLR, OMAR, OOR, NLR, LWR = (
    0x00, 0x04, 0x08, 0x0C, 0x10, 0x1C, 0x34, 0x38, 0x3C, 0x40, 0x44, 0x48,
)  # fmt: skip
SOURCE, OUTPUT = 0x2000_0000, 0x2000_1000
TC, TW, TE = 2, 4, 1
FILL, COPY, BLEND = 3 << 16, 0, 2 << 16


@pytest.fixture
def dma2d(system, config):
    return Dma2d(config("stm32-dma2d", 90), system)


def start(dma2d, control, **registers):
    for name, word in registers.items():
        dma2d.write(globals()[name], 4, word)
    dma2d.write(CR, 4, control | 1)


def test_fills_a_rectangle(dma2d, system):
    """Two lines of three RGB565 pixels, in a picture five wide; a word takes a cycle."""
    start(dma2d, FILL | 0x200, OPFCCR=2, OCOLR=0xF81F, OMAR=OUTPUT, OOR=2, NLR=3 << 16 | 2)
    assert dma2d.read(CR, 4) & 1
    assert system.run_to(100) == [3]
    assert system.get(OUTPUT, 20) == b"\x1f\xf8" * 3 + bytes(4) + b"\x1f\xf8" * 3 + bytes(4)
    assert (dma2d.read(CR, 4) & 1, dma2d.read(ISR, 4), system.lines) == (0, TC, {90: True})
    dma2d.write(IFCR, 4, 0x3F)
    assert (dma2d.read(ISR, 4), system.lines) == (0, {90: False})


def test_copies_a_rectangle(dma2d, system):
    system.put(SOURCE, bytes(range(64)))
    start(dma2d, COPY, FGMAR=SOURCE, FGOR=2, OMAR=OUTPUT, NLR=2 << 16 | 2, LWR=1)
    assert system.run_to(100) == [4, 8]
    assert system.get(OUTPUT, 17) == bytes([*range(8), *range(16, 24), 0])
    assert dma2d.read(ISR, 4) == TC | TW


def test_blending_is_noted(dma2d, system):
    start(dma2d, BLEND, OMAR=OUTPUT, NLR=2 << 16 | 2)
    system.run_to(100)
    assert dma2d.read(ISR, 4) == TC
    assert "blending" in system.notes[0]


def test_abort_and_error(dma2d, system):
    start(dma2d, FILL, OMAR=OUTPUT, NLR=4 << 16 | 100)
    dma2d.write(CR, 4, FILL | 5)
    assert (system.run_to(1000), dma2d.read(CR, 4) & 7) == ([], 0)
    system.refused = {0x4000_0000}
    start(dma2d, FILL, OMAR=0x4000_0000)
    system.run_to(2000)
    assert (dma2d.read(ISR, 4), dma2d.read(CR, 4) & 1) == (TE, 0)
