"""What `--engine both` prints and writes, of a comparison made by hand."""

import io
import json
from dataclasses import replace

from jsonschema import Draft202012Validator
from rich.console import Console, RenderableType

from simtiny.cli.outputs import json_text
from simtiny.comparison.engine_result import (
    EngineCode,
    EngineComparison,
    EngineRow,
    EnginesResult,
    Explanation,
    NotComparable,
    Unexplained,
)
from simtiny.report.document import engines_document
from simtiny.report.engines_text import engines_report, images_report
from simtiny.report.schema import json_schema
from tests.report.test_schema import closed

SAME = EngineComparison(
    a="unicorn",
    b="renode",
    title="kws01",
    board="nucleo-l4r5zi",
    image="kws.elf",
    window="one inference",
    same_output=True,
    rows=(
        EngineRow("instructions", 5_096_672, 5_096_672, 0, ()),
        EngineRow("exceptions", 0, 0, 0, ()),
        EngineRow("cycles", 6_033_059, 6_033_059, 0, ()),
    ),
    by_function=(EngineCode("conv", 5_000_000, 5_000_000, 0), EngineCode("print", 96_672, 96_672, 0)),
    by_layer=(EngineCode("0", 5_000_000, 5_000_000, 0),),
    explanations=(),
    unexplained=(),
    unexplained_count=0,
    unexplained_cycles=0,
)
TIMER = replace(
    SAME,
    title="ic01",
    rows=(EngineRow("cycles", 22_662_500, 22_662_539, 39, ("timer",)),),
    by_function=(EngineCode("print", 100, 126, 26),),
    by_layer=(),
    explanations=(Explanation("timer", "the firmware tells what its timer says", 26, 39, ("print",)),),
)
WRONG = replace(
    SAME,
    title="ad01",
    same_output=False,
    rows=(EngineRow("cycles", 10, 13, 3, ()),),
    by_layer=(),
    unexplained=(Unexplained("edge", "conv+0x4 (0x08000406) -> conv (0x08000402) by a branch", 4, 5),),
    unexplained_count=12,
    unexplained_cycles=3,
)
LEFT = NotComparable("vww01", "portenta-h7", "renode", "the firmware sent no m-ready during start-up")
RESULT = EnginesResult((SAME, TIMER, WRONG), (LEFT,), "boards in turns")


def printed(report: RenderableType) -> str:
    file = io.StringIO()
    Console(file=file, width=100).print(report)
    return file.getvalue()


def test_equal_engines() -> None:
    text = printed(engines_report(EnginesResult((SAME,))))
    assert "kws01 on nucleo-l4r5zi: one inference" in text
    assert "6,033,059   6,033,059" in text
    assert "instructions: equal in 2 of 2 functions\ninstructions: equal in 1 of 1 layers\nequal\n" in text
    assert "exceptions" not in text  # none, in both
    assert "instructions by layer" not in text
    assert "instructions by layer" in printed(engines_report(EnginesResult((SAME,)), layers=True))


def test_an_explained_difference() -> None:
    text = printed(engines_report(EnginesResult((TIMER,))))
    assert "22,662,500   22,662,539          +39   timer" in text
    assert "explained: timer\n  timer: +39 cycles, +26 instructions: the firmware tells" in text
    assert "instructions by function" in text


def test_an_unexplained_difference() -> None:
    text = printed(engines_report(EnginesResult((WRONG,))))
    assert "+3   ?" in text
    assert "output: differs" in text
    assert "  unexplained edge: conv+0x4 (0x08000406) -> conv (0x08000402) by a branch: 4 and 5\n  and 11 more" in text


def test_images() -> None:
    text = printed(images_report(RESULT))
    assert "not comparable: vww01 on portenta-h7, by renode: the firmware sent no m-ready" in text
    assert "1 equal, 1 explained, 1 unexplained, 1 not comparable; chosen: boards in turns" in text


def test_the_document_has_its_schema() -> None:
    document = json.loads(json_text(engines_document(RESULT)))
    assert [*Draft202012Validator(closed(json_schema("engines"))).iter_errors(document)] == []
    assert [each["agrees"] for each in document["comparisons"]] == [True, True, False]
    assert [each["is_equal"] for each in document["comparisons"]] == [True, False, False]
    assert [each.title for each in RESULT.unexplained] == ["ad01"]
