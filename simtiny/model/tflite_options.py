"""The options of one operator in a `.tflite` file, as the operators' rows read them."""

import numpy as np

from simtiny.model import tflite_schema as schema
from simtiny.model.flatbuffer import Reader, Table

MAX_OPERATOR_TENSORS = 256

Options = dict[str, int | float | str | bool | tuple[int, ...]]
"""Under the names that `graph.Operator` lists."""


def indices(table: Table, slot: int, what: str) -> tuple[int, ...]:
    """A vector of int32, bounded."""
    values = table.array(slot, np.int32, what)
    if len(values) > MAX_OPERATOR_TENSORS:
        raise table.reader.bad(f"{len(values)} {what} are more than the {MAX_OPERATOR_TENSORS} that are supported")
    return tuple(int(value) for value in values)


class Fields:
    """The options of one operator, with the schema's defaults where the table or a field is absent.

    A slot is the place of a field in the options' table of the schema that `tflite_schema` names, counted from 0.
    """

    def __init__(self, reader: Reader, where: str, table: Table | None) -> None:
        self._bad = reader.bad
        self._where = where
        self._table = table

    def integer(self, slot: int, code: str = "i", default: int = 0) -> int:
        return default if self._table is None else self._table.integer(slot, code, default)

    def count(self, slot: int, what: str, default: int = 0) -> int:
        """A stride, dilation or extent: at least 1, and bounded so that products of two stay small."""
        value = self.integer(slot, "i", default)
        if not 1 <= value <= 1 << 15:
            raise self._bad(f"{self._where}: {what} is {value}")
        return value

    def flag(self, slot: int) -> bool:
        return bool(self.integer(slot, "B"))

    def real(self, slot: int) -> float:
        return 0.0 if self._table is None else self._table.real(slot)

    def integers(self, slot: int, what: str) -> tuple[int, ...]:
        return () if self._table is None else indices(self._table, slot, what)

    def padding(self, slot: int) -> str:
        value = self.integer(slot, "b")
        if not 0 <= value < len(schema.PADDINGS):
            raise self._bad(f"{self._where}: padding number {value} does not exist")
        return schema.PADDINGS[value]

    def activation(self, slot: int) -> str:
        value = self.integer(slot, "b")
        name = schema.ACTIVATIONS[value] if 0 <= value < len(schema.ACTIVATIONS) else f"number {value}"
        if name not in schema.SUPPORTED_ACTIVATIONS:
            raise self._bad(f"{self._where}: fused activation {name} is not supported")
        return name

    def plain(self, slot: int, what: str) -> None:
        """Refuse a flag that changes the arithmetic and that no supported kernel has."""
        if value := self.integer(slot, "b"):
            raise self._bad(f"{self._where}: {what} {value} is not supported")


def no_options(fields: Fields) -> Options:
    """Of an operator whose table of options has no field."""
    return {}
