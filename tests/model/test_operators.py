"""The operator table: rows that agree with TensorFlow Lite's schema, and with each other."""

from typing import Any

import pytest

from simtiny.model.operators import OPERATORS
from simtiny.model.tflite_schema import OPERATOR_NAMES

# Tables of options that several operators share have names of their own; the others are the operator's name.
SHARED_TABLES = {"AVERAGE_POOL_2D": "Pool2D", "MAX_POOL_2D": "Pool2D", "MEAN": "Reducer"}


def test_every_row_is_a_builtin_operator() -> None:
    assert set(OPERATORS) <= set(OPERATOR_NAMES)


@pytest.mark.parametrize("kind", OPERATORS)
def test_options_have_the_schemas_number(kind: str) -> None:
    schema: Any = pytest.importorskip("tflite_micro.tensorflow.lite.micro.python.schema_py_generated")
    own = (SHARED_TABLES.get(kind, kind.replace("_", "")) + "Options").lower()
    numbers = {name.lower(): number for name, number in vars(schema.BuiltinOptions).items() if isinstance(number, int)}
    assert OPERATORS[kind].options_type == numbers.get(own, 0)


def test_only_a_reshape_has_no_record() -> None:
    assert [kind for kind, row in OPERATORS.items() if row.lower is None] == ["RESHAPE"]
