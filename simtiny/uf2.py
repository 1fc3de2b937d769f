"""UF2 files, as boards with a USB bootloader take them (Microsoft, "USB Flashing Format (UF2)", its README)."""

import struct
from collections.abc import Mapping
from types import MappingProxyType

from simtiny.chunks import Chunks
from simtiny.errors import BadInput
from simtiny.image import Segment

MAGIC = b"UF2\n"
BLOCK_BYTES, MOST_PAYLOAD_BYTES = 512, 476
_HEADER = struct.Struct("<8I")
_SECOND_MAGIC, _END_MAGIC = 0x9E5D5157, (0x0AB16F30).to_bytes(4, "little")
NOT_MAIN_FLASH, FILE_CONTAINER, HAS_FAMILY = 0x1, 0x1000, 0x2000
FAMILIES: Mapping[int, str] = MappingProxyType(
    {
        0x647824B6: "STM32F0", 0x5EE21072: "STM32F1", 0x5D1A0A2E: "STM32F2", 0x6B846188: "STM32F3",
        0x57755A57: "STM32F4", 0x53B80F00: "STM32F7", 0x300F5633: "STM32G0", 0x4C71240A: "STM32G4",
        0x6DB66082: "STM32H7", 0x202E3A91: "STM32L0", 0x1E1F432D: "STM32L1", 0x00FF6919: "STM32L4",
        0x04240BDF: "STM32L5", 0x70D16653: "STM32WB", 0x21460FF0: "STM32WL",
        0xE48BFF56: "RP2040",
        0xADA52840: "nRF52840", 0x1B57745F: "nRF52", 0x621E937A: "nRF52833", 0x68ED2B88: "SAMD21",
        0x55114460: "SAMD51", 0x1851780A: "SAML21", 0x4FB2D5BD: "i.MX RT10xx", 0x2ABC77EC: "LPC55xx",
        0x16573617: "ATmega32", 0x1C5F21B0: "ESP32", 0xBFDD4EEE: "ESP32-S2", 0xC47E5767: "ESP32-S3",
        0xD42BA06C: "ESP32-C3",
    }
)  # fmt: skip
"""Chips by their number in a file: the table of the format's repository (utils/uf2families.json), in part."""


def read_uf2(content: bytes) -> tuple[tuple[Segment, ...], int | None]:
    """Segments, and the family that the file is for, None where it does not say. Blocks may come in any order."""
    if len(content) % BLOCK_BYTES:
        raise BadInput(
            f"UF2: {len(content)} bytes are no whole number of blocks of {BLOCK_BYTES}: truncated or damaged"
        )
    blocks = [_block(content[at : at + BLOCK_BYTES], at // BLOCK_BYTES) for at in range(0, len(content), BLOCK_BYTES)]
    families = {family for _, flags, *_, family in blocks if flags & HAS_FAMILY}
    if len(families) > 1:
        named = ", ".join(sorted(family_name(family) for family in families))
        raise BadInput(f"UF2: the file is for several chips ({named}): give one for the board's alone")
    totals = {total for _, _, _, _, total, _ in blocks}
    if totals != {len(blocks)} or {number for _, _, _, number, _, _ in blocks} != set(range(len(blocks))):
        raise BadInput(f"UF2: {len(blocks)} blocks, which are not all of the {max(totals)} that the file says it has")
    chunks = Chunks("UF2")
    for payload, flags, address, number, _, _ in sorted(blocks, key=lambda block: block[2]):
        if not flags & (NOT_MAIN_FLASH | FILE_CONTAINER):
            chunks.add(address, payload, f"block {number}")
    return chunks.segments(), next(iter(families), None)


def family_name(family: int) -> str:
    """The chip as people know it."""
    return FAMILIES.get(family, f"family 0x{family:08X}")


def _block(block: bytes, position: int) -> tuple[bytes, int, int, int, int, int]:
    """Payload, flags, address, number, how many there are, family."""
    _, second, flags, address, size, number, total, family = _HEADER.unpack_from(block)
    if block[:4] != MAGIC or second != _SECOND_MAGIC or block[-4:] != _END_MAGIC:
        raise BadInput(f"UF2 block {position}: it does not begin and end as one: truncated or damaged")
    if size > MOST_PAYLOAD_BYTES:
        raise BadInput(f"UF2 block {position}: {size} bytes of data, and a block holds up to {MOST_PAYLOAD_BYTES}")
    return block[_HEADER.size : _HEADER.size + size], flags, address, number, total, family
