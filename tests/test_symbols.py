"""Names that users give to code: which function each stands for, and what is said of those that stand for none.

Addresses are those that binutils' nm lists for names.elf; demangled names are those of its c++filt.
"""

from pathlib import Path

import pytest

from simtiny import symbols
from simtiny.absent import also_inlined
from simtiny.board_file import load_board
from simtiny.demangled import MOST_CHARACTERS, readable, short_forms
from simtiny.errors import BadInput
from simtiny.image import Image, Segment, Symbol
from simtiny.image_load import load

BOARD = load_board("nucleo-l4r5zi")
NAMES = load(Path(__file__).parent / "names" / "names.elf")
HELPER, SECOND_HELPER, APPLY, SCALE_INT, SCALE_UNSIGNED = 0x08000020, 0x0800018C, 0x08000040, 0x08000058, 0x08000068
OUTER, INSIDE, SUM_UNSIGNED, SUM_SHORT, SCALED_BY, HIDDEN = (
    0x08000078,
    0x08000086,
    0x080000B0,
    0x080000CC,
    0x08000034,
    0x08000008,
)
OLD_RUST, NEW_RUST, RUST_METHOD = 0x080001A8, 0x080001AA, 0x080001AC


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("outer", OUTER),
        ("0x08000079", OUTER),
        ("outer@0x08000078", OUTER),
        ("first.cpp:outer", OUTER),
        ("first.cpp:helper", HELPER),
        ("second.cpp:helper", SECOND_HELPER),
        ("src/second.cpp:helper", SECOND_HELPER),
        ("src\\second.cpp:helper(int)", SECOND_HELPER),
        ("helper@0x0800018c", SECOND_HELPER),
        ("_ZN3dsp5scaleEi", SCALE_INT),
        ("dsp::scale(int)", SCALE_INT),
        (" dsp::scale( unsigned  int ) ", SCALE_UNSIGNED),
        ("first.cpp:dsp::scale(int)", SCALE_INT),
        ("scale(unsigned int)", SCALE_UNSIGNED),
        ("scale@0x08000068", SCALE_UNSIGNED),
        ("apply", APPLY),
        ("Filter::apply(int)", APPLY),
        ("dsp::Filter::apply(int) const", APPLY),
        ("sum<short>", SUM_SHORT),
        ("short dsp::sum<short>(short const*, int)", SUM_SHORT),
        ("dsp::sum(const unsigned int *, int)", SUM_UNSIGNED),
        ("dsp::hidden", HIDDEN),
        ("dsp::(anonymous namespace)::hidden(int)", HIDDEN),
        ("app::iir::step", OLD_RUST),
        ("fir::step", NEW_RUST),
        ("<app::Pid as app::Control>::update", RUST_METHOD),
        ("app::Pid::update", RUST_METHOD),
        ("scaled_by", SCALED_BY),
        ("untyped", 0x080001B0),
        ("bare_label", 0x080001B2),
    ],
)
def test_names(name: str, address: int) -> None:
    assert symbols.function_address(NAMES, BOARD, name) == symbols.code_address(NAMES, BOARD, name) == address


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("helper", "helper(int) at 0x08000020 (first.cpp), helper(int) at 0x0800018c (second.cpp): say which, as "
                   "first.cpp:helper or helper@0x08000020"),
        ("scale", "dsp::scale(int) at 0x08000058 (first.cpp), dsp::scale(unsigned int) at 0x08000068"),
        ("sum", "say which, as 'dsp::sum<unsigned int>(unsigned int const*, int)' or sum@0x080000b0"),
        ("step", "app::iir::step at 0x080001a8, app::fir::step at 0x080001aa"),
        ("third.cpp:helper", "has no helper in third.cpp: there is helper(int) at 0x08000020 (first.cpp), helper(int)"),
        ("helper@0x0800018e", "has no helper at 0x0800018e: there is helper(int) at 0x08000020"),
        ("tripled", "tripled (first.cpp:17) is inlined and has no code of its own: in reset (first.cpp:36), outer "
                    "(first.cpp:22); measure reset or outer"),
        ("tripled(int)", "tripled (first.cpp:17) is inlined"),
        ("unused", "unused (first.cpp:24) has no code in the image"),
        ("plain", "plain is there in parts only, what the compiler has split off it: plain.part.0 at 0x080001ae"),
        ("Outer", "has no symbol 'Outer' (did you mean outer?)"),
        ("filter::aply", "(did you mean dsp::Filter::apply?)"),
        ("arm_convolve_wrapper_s8_something", "has no symbol 'arm_convolve_wrapper_s8_something'"),
        ("table", "table is data"),
        ("0x90000000", "lies outside of all memories"),
    ],
)  # fmt: skip
def test_names_that_are_refused(name: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        symbols.code_address(NAMES, BOARD, name)
    assert said in str(error.value)
    assert said.startswith("(did") or "did you mean" not in str(error.value) or "did you mean" in said


@pytest.mark.parametrize("name", ["inside", "0x08000086", "0x0800007a", "outer@0x08000079"][:3])
def test_labels_in_functions_are_no_functions(name: str) -> None:
    with pytest.raises(BadInput, match=r"is a label inside outer \(0x08000078\), not a function: .*`start` and `end`"):
        symbols.function_address(NAMES, BOARD, name)
    assert symbols.code_address(NAMES, BOARD, name)


def test_what_is_said_of_a_clone() -> None:
    assert "is there as one clone of it only" in symbols.find(NAMES, "scaled_by").note
    assert symbols.find(NAMES, "_ZL9scaled_byii.constprop.0").note == ""
    clone = Symbol("outer.isra.0", 0x08000100, 4, "function")
    beside = Image("x", "", (Segment(0x08000000, bytes(512)),), None, NAMES.symbols, (*NAMES.functions, clone))
    assert "calls of outer also go to" in symbols.find(beside, "outer").note


def test_what_is_said_of_a_function_that_is_inlined_too() -> None:
    both, helper = symbols.find(NAMES, "both").symbol, symbols.find(NAMES, "first.cpp:helper").symbol
    assert both is not None and helper is not None
    assert also_inlined(NAMES, [both, helper]) == (
        "both is also inlined, where it does not count: in reset (first.cpp:39)",
    )


def test_patterns() -> None:
    def found(pattern: str) -> list[int]:
        return [each.address for each in symbols.functions_matching(NAMES, pattern)]

    assert found("dsp::*") == [HIDDEN, APPLY, SCALE_INT, SCALE_UNSIGNED, SUM_UNSIGNED, SUM_SHORT]
    assert found("*scale(*)") == [SCALE_INT, SCALE_UNSIGNED]
    assert found("second.cpp:*") == [SECOND_HELPER, 0x0800019C]
    assert found("out??") == [OUTER]
    assert found("sum(const short *, int)") == [SUM_SHORT]  # a name
    with pytest.raises(BadInput, match="no function matches 'dsp_"):
        symbols.functions_matching(NAMES, "dsp_*")
    many = tuple(Symbol(f"f{number}", 2 * number, 2, "function") for number in range(65))
    with pytest.raises(BadInput, match="65 functions match"):
        symbols.functions_matching(Image("x", "", (), functions=many), "f*")
    aliases = tuple(Symbol(name, 0x100, 2, "function") for name in ("SysTick_Handler", "Default_Handler"))
    (one,) = symbols.functions_matching(Image("x", "", (), functions=aliases), "*_Handler")
    assert one.name == "SysTick_Handler"


def test_frames_by_symbol_have_readable_names() -> None:
    (frame,) = Image("x", "", (), functions=NAMES.functions).frames_at(SCALE_INT)
    assert (frame.name, frame.linkage_name) == ("dsp::scale", "_ZN3dsp5scaleEi")


@pytest.mark.parametrize(
    "name",
    [
        "_ZN" + "1a" * 5000 + "E",
        "_Z1f" + "P" * 2000 + "i",
        "_Z" + "N" * 2000,
        "_ZN" + "1a" * 1000 + "Ev",
        "_Z1fSt4pairIiiE" + "".join(f"St4pairIS{digit}_S{digit}_E" for digit in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        "_RINvC1a1f" + "T" * 500 + "B2_" * 500 + "E" * 501,
        "_ZN\xff\xff",
        "_Z",
        "_R",
    ],
)
def test_hostile_names(name: str) -> None:
    found = readable(name)
    assert found is None or len(found.whole) <= MOST_CHARACTERS
    assert found is None or sum(map(len, short_forms(found))) < 1 << 20
