"""What holds for every core: rules that can be switched off one by one, prices that are remembered apart."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from simtiny.estimate import without
from simtiny.isa.decode import decode
from simtiny.machine.cores import CORES
from simtiny.profiles import CodeBlock
from simtiny.timing.core import OperandTiming
from simtiny.timing.effects import Effect
from simtiny.timing.prices import edge_price

NAMES = ("Cortex-M0", "Cortex-M0+", "Cortex-M3", "Cortex-M4", "Cortex-M7", "Cortex-M33")
LOAD = decode(bytes.fromhex("4868"), 0x0800_0000)  # ldr r0, [r1, #4]
LOADED = decode(bytes.fromhex("0130"), 0x0800_0002)  # adds r0, #1
BRANCH = decode(bytes.fromhex("fee7"), 0x0800_0000)  # b .
PLACED_LOAD = (0x0800_0000, bytes.fromhex("4868"), frozenset[int]())
PLACED_BRANCH = (0x0800_0000, bytes.fromhex("fee7"), frozenset[int]())
# Cycles of LDR, of ADDS right behind it, and of the branch's own target; by hand from each core's module.
CYCLES = {
    "cortex-m0": (2, 1, 1 + 2),
    "cortex-m0plus": (2, 1, 1 + 1),
    "cortex-m3": (2, 1, 1 + 1),
    "cortex-m4f": (2, 1, 1 + 1),
    "cortex-m7": (1, 1, 1),  # two cycles in all; the branch went as predicted
    "cortex-m33": (1, 1 + 1, 1 + 1),
}


def test_cores_have_the_names_that_arm_gives_them() -> None:
    assert tuple(core.timing.name for core in CORES.values()) == NAMES


@pytest.mark.parametrize("name", CORES)
def test_prices_of_a_load_its_use_and_a_branch(name: str) -> None:
    core = CORES[name].timing
    found = core.price(LOAD, None, False), core.price(LOADED, LOAD, False), core.price(BRANCH, BRANCH, True)
    assert tuple(map(sum, found)) == CYCLES[name]


def test_a_core_without_a_divider_predicts_and_divides_nothing() -> None:
    assert CORES["cortex-m0plus"].timing.operands == OperandTiming()
    assert OperandTiming().divide_shortest == OperandTiming().divide_longest == 1
    assert CORES["cortex-m4f"].timing.operands.divide_shortest == 2


def test_rules_of_operands_are_switched_off_by_name_as_well() -> None:
    core = CORES["cortex-m7"].timing
    bare = without(core, "mispredict", "narrow_load")
    assert (core.operands.mispredict, bare.operands.mispredict) == (8, 0)
    assert bare.operands.unaligned_load == core.operands.unaligned_load == 3
    with pytest.raises(TypeError, match="no_such_rule"):
        without(core, "no_such_rule")


def test_each_variant_of_a_core_remembers_its_own_prices_in_any_thread() -> None:
    core = CORES["cortex-m4f"].timing
    variants = [core, *(without(core, "load") for _ in range(3)), without(core, "refill")]
    expected = [(1 + 1, 1 + 1), *[(1, 1 + 1)] * 3, (1 + 1, 1)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            loads = [pool.submit(edge_price, variant, PLACED_LOAD, None, False) for variant in variants]
            branches = [pool.submit(edge_price, variant, PLACED_BRANCH, PLACED_BRANCH, True) for variant in variants]
            found = [(sum(a.result()), sum(b.result())) for a, b in zip(loads, branches, strict=True)]
            assert found == expected
    assert edge_price(core, PLACED_BRANCH, PLACED_BRANCH, True)[Effect.BRANCH] == 1


@pytest.mark.parametrize("name", CORES)
def test_a_remembered_price_is_that_of_the_instructions(name: str) -> None:
    """Told apart by address, code, what loads from flash, the block before and whether it branched."""
    core, code = CORES[name].timing, bytes.fromhex("48680130")
    for address in (0x0800_0000, 0x0800_0002):
        for loads in (frozenset[int](), frozenset({address})):
            now = decode(code, address, loads)
            placed = (address, code, loads)
            before = CodeBlock(address - 4, code, frozenset())
            assert edge_price(core, placed, None, False) == core.price(now, None, False)
            for taken in (False, True):
                expected = core.price(now, decode(code, address - 4), taken)
                assert edge_price(core, CodeBlock(*placed), before, taken) == expected


@pytest.mark.parametrize("core", ["cortex-m4f", "cortex-m7", "cortex-m33"])
@pytest.mark.parametrize("code", ["02ee105b", "22ee105b", "12ee105b"], ids=["to d2[0]", "to d2[1]", "from d2[0]"])
def test_half_of_a_double_moves_as_a_single_does(core: str, code: str) -> None:
    """VMOV.32 to and from a scalar: by Arm v7-M ARM, A7.7, the move of one word that VMOV of a single is."""
    single = "12ee105a" if code.startswith("12") else "02ee105a"
    both = (decode(bytes.fromhex(each), 0x0800_0000) for each in (code, single))
    scalar, plain = (CORES[core].timing.price(block, None, False) for block in both)
    assert scalar == plain


@pytest.mark.parametrize(("ordered", "plain"), [("d1e8ef6f", "51e8006f"), ("c1e8e20f", "41e80002")])
def test_exclusives_that_acquire_and_release_take_as_long_as_others(ordered: str, plain: str) -> None:
    """LDAEX as LDREX, STLEX as STREX: no figure is known, and one core has nothing to wait for."""
    first, second = (
        CORES["cortex-m33"].timing.price(decode(bytes.fromhex(code), 0x0800_0000), None, False)
        for code in (ordered, plain)
    )
    assert first == second
