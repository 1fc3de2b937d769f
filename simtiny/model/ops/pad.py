"""PAD with the zero point."""

from simtiny.errors import BadInput
from simtiny.model.graph import Where
from simtiny.model.ops.dims import four
from simtiny.model.plan_layout import RecordKind
from simtiny.model.plan_record import PlanRecord, fixed, require_activations, zero_point
from simtiny.model.shapes import constant, expect, shapes


def check(where: Where) -> None:
    source, _, output = shapes(where, 2, 2)
    assert source is not None
    amounts = constant(where, 1, "list of paddings")
    if len(amounts) != 2 * len(source) or min(amounts, default=0) < 0:
        raise BadInput(f"{where}: paddings {amounts} on an input of shape {source}")
    padded = tuple(dim + amounts[2 * i] + amounts[2 * i + 1] for i, dim in enumerate(source))
    expect(output, padded, where, "output")


def lower(where: Where, dsp: bool) -> PlanRecord:
    require_activations(where)
    source = where.input(0)
    amounts = where.input(1).data
    assert amounts is not None
    added = [(0, 0)] * (4 - len(source.shape))
    pairs = [*added, *((int(before), int(after)) for before, after in amounts.reshape(-1, 2))]
    content = fixed(
        input_shape=four(where, source.shape),
        before=[before for before, _ in pairs],
        after=[after for _, after in pairs],
        value=zero_point(where.output),
    )
    return PlanRecord(RecordKind.PAD, where, content)
