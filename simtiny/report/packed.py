"""Columns of a table as few characters of JSON: codes of as few bits as they need, in base64.

A column of few values is a dictionary and a code a row. A column of many numbers keeps four significant digits, which
is what reports show: 16 bits a row reach over seven powers of ten.
"""

from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW_VALUES = 256
ROWS_A_VALUE = 8
"""A dictionary pays where a value serves so many rows."""
MANTISSAS = 9000
"""1000 to 9999: what four significant digits can be."""
MOST_DECADES = 7
"""So many times MANTISSAS, and a code for what is not known, have 16 bits."""


def packed(values: NDArray[Any], order: NDArray[np.int64]) -> dict[str, Any]:
    """The column `values`, of shape (N,), taken in `order`, as JSON can hold it: a dictionary if that is short.

    Else `decade`: codes are 0 for what is no finite number, or 1 + (exponent - `decade`) * MANTISSAS + mantissa - 1000
    of the number mantissa * 10^(exponent - 3); else `codes` are the bits of 32-bit floats.
    """
    if values.dtype.kind in "OU" or _distinct(values) <= max(FEW_VALUES, len(values) // ROWS_A_VALUE):
        return dictionary(values, order)
    known = values[order].astype(np.float64)
    digits = _four_digits(known)
    if digits is None:
        return {"bits": 32, "codes": pack(known.astype(np.float32).view(np.uint32), 32)}
    decade, codes = digits
    bits = int(codes.max()).bit_length()
    return {"decade": decade, "bits": bits, "codes": pack(codes, bits)}


def dictionary(values: NDArray[Any], order: NDArray[np.int64]) -> dict[str, Any]:
    """The column as `values`, each once in the order of first appearance, and `codes` of `bits` each.

    None stands for what is no finite number.
    """
    known = values if values.dtype.kind in "OU" else np.where(np.isfinite(values), values, np.nan)
    distinct, first, codes = np.unique(known, return_index=True, return_inverse=True)
    by_appearance = np.argsort(first)
    place = np.empty_like(by_appearance)
    place[by_appearance] = np.arange(len(by_appearance))
    bits = max(len(distinct) - 1, 0).bit_length()
    return {
        "values": [_plain(value) for value in distinct[by_appearance].tolist()],
        "bits": bits,
        "codes": pack(place[codes.ravel()][order], bits),
    }


def pack(codes: NDArray[Any], bits: int) -> str:
    """Base64 of the codes, `bits` each, the most significant first, one behind the other."""
    if bits == 0:
        return ""
    single = np.unpackbits(codes.astype(">u4").view(np.uint8).reshape(-1, 4), axis=1)[:, 32 - bits :]
    return b64encode(np.packbits(single).tobytes()).decode("ascii")


def _four_digits(values: NDArray[Any]) -> tuple[int, NDArray[np.int64]] | None:
    known = np.isfinite(values)
    numbers = values[known]
    if len(numbers) == 0 or numbers.min() <= 0:
        return None
    exponents = np.floor(np.log10(numbers)).astype(np.int64)
    mantissas = np.rint(numbers / 10.0 ** (exponents - 3)).astype(np.int64)
    carried = mantissas >= 10 * 1000
    mantissas[carried], exponents[carried] = 1000, exponents[carried] + 1
    decade = int(exponents.min())
    if exponents.max() - decade >= MOST_DECADES:
        return None
    codes = np.zeros(len(values), dtype=np.int64)
    codes[known] = 1 + (exponents - decade) * MANTISSAS + mantissas - 1000
    return decade, codes


def _distinct(values: NDArray[Any]) -> int:
    return len(np.unique(values))


def _plain(value: Any) -> Any:
    """Six significant digits of what is no whole number."""
    if isinstance(value, float):
        if value != value:
            return None
        return int(value) if value.is_integer() else float(f"{value:.6g}")
    return value
