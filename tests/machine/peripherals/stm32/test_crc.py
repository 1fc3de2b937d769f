import pytest

from simtiny.machine.peripherals.stm32.crc import CR, DR, IDR, INIT, POL, Crc

CHECK = b"123456789"  # the check input of the Rocksoft/CRC catalogue
REV_IN_BYTE, REV_OUT = 1 << 5, 1 << 7
SIZE_16, SIZE_8, SIZE_7 = 1 << 3, 2 << 3, 3 << 3


@pytest.fixture
def crc(system, config):
    return Crc(config("stm32-crc"), system)


def feed(crc, data):
    for byte in data:
        crc.write(DR, 1, byte)
    return crc.read(DR, 4)


def test_crc32_of_the_check_input(crc):
    crc.write(CR, 4, REV_IN_BYTE | REV_OUT | 1)
    assert feed(crc, CHECK) ^ 0xFFFFFFFF == 0xCBF43926


def test_reset_defaults_are_crc32_mpeg2(crc):
    assert feed(crc, CHECK) == 0x0376E6E7


def test_one_word_with_the_reset_defaults(crc):
    """CRC-32/MPEG-2 of the bytes 12 34 56 78: a word goes in highest byte first."""
    crc.write(DR, 4, 0x12345678)
    by_word = crc.read(DR, 4)
    crc.write(CR, 4, 1)
    assert feed(crc, bytes.fromhex("12345678")) == by_word == 0xDF8A8A2B


@pytest.mark.parametrize(
    ("control", "polynomial", "init", "expected"),
    [
        (SIZE_16, 0x1021, 0xFFFF, 0x29B1),  # CRC-16/IBM-3740
        (SIZE_16, 0x1021, 0x0000, 0x31C3),  # CRC-16/XMODEM
        (SIZE_16 | REV_IN_BYTE | REV_OUT, 0x8005, 0xFFFF, 0x4B37),  # CRC-16/MODBUS
        (SIZE_8, 0x07, 0x00, 0xF4),  # CRC-8/SMBUS
        (SIZE_7, 0x09, 0x00, 0x75),  # CRC-7/MMC
    ],
)
def test_catalogue_values(crc, control, polynomial, init, expected):
    crc.write(POL, 4, polynomial)
    crc.write(INIT, 4, init)
    crc.write(CR, 4, control | 1)
    assert feed(crc, CHECK) == expected


def test_word_reversal_equals_reflected_bytes(crc):
    """REV_IN by word takes the bytes of a little-endian word in memory order: what a reflected CRC-32 wants."""
    crc.write(CR, 4, 3 << 5 | REV_OUT | 1)
    crc.write(DR, 4, int.from_bytes(b"1234", "little"))
    crc.write(DR, 4, int.from_bytes(b"5678", "little"))
    crc.write(DR, 1, ord("9"))
    assert crc.read(DR, 4) ^ 0xFFFFFFFF == 0xCBF43926


def test_half_words(crc):
    crc.write(CR, 4, 2 << 5 | REV_OUT | 1)
    for pair in (b"12", b"34", b"56", b"78"):
        crc.write(DR, 2, int.from_bytes(pair, "little"))
    crc.write(DR, 1, ord("9"))
    assert crc.read(DR, 4) ^ 0xFFFFFFFF == 0xCBF43926


def test_writing_init_starts_anew_and_reset_bit_reads_zero(crc):
    feed(crc, b"x")
    crc.write(INIT, 4, 0x1234)
    assert crc.read(DR, 4) == 0x1234
    crc.write(CR, 4, 1)
    assert crc.read(CR, 4) == 0


def test_identity_check_of_the_unit(crc):
    assert crc.read(POL, 4) == 0x04C11DB7
    assert crc.read(INIT, 4) == 0xFFFFFFFF
    crc.write(IDR, 4, 0xA5)
    assert crc.read(IDR, 4) == 0xA5
