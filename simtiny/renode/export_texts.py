"""What an exported folder says to its user, and to Renode's test program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

README = "README.txt"
_PRICE = "`simtiny price run.stream --board {board} --image {image}`"


@dataclass(frozen=True)
class Names:
    """stem: of the folder's files. image: the firmware's file among them, None where the user brings it later.

    serial: in Renode. clocks_from: see `simtiny.renode.export.Export`. window: two symbols of the firmware, empty where
    it has none. has_power: the board's energy can be told.
    """

    stem: str
    board: str
    image: str | None
    serial: str
    clocks_from: str
    window: tuple[str, str]
    has_power: bool


def robot_test(names: Names) -> str:
    """A test of Robot Framework, for `renode-test`."""
    image = f"${{CURDIR}}/{names.image or 'firmware.elf'}"
    start, end = (name or "${EMPTY}" for name in names.window)
    limit = "    Energy Should Be Below    1 mJ    ${START}    ${END}\n" if names.has_power else ""
    return f"""*** Comments ***
renode-test {names.stem}.robot
Its Python needs simtiny: the keywords of simtiny.renode.robot price what Renode has executed.

*** Settings ***
Library             simtiny.renode.robot    board={names.board}    image={image}
Resource            ${{RENODEKEYWORDS}}
Suite Setup         Setup
Suite Teardown      Teardown
Test Setup          Reset Emulation
Test Teardown       Test Teardown

*** Variables ***
${{SCRIPT}}           ${{CURDIR}}/{names.stem}.resc
# Symbols of your firmware, or addresses such as 0x08000400; without any, all that was recorded
${{START}}            {start}
${{END}}              {end}

*** Test Cases ***
Firmware Says That It Is Ready
    Include Script    ${{SCRIPT}}
    Create Terminal Tester    {names.serial}
    Start Emulation
    Wait For Line On Uart    m-ready    timeout=10

Firmware Keeps Its Cycles And Energy
    Include Script    ${{SCRIPT}}
    Record
    Create Terminal Tester    {names.serial}
    Start Emulation
    Wait For Line On Uart    m-ready    timeout=10
    ${{cycles}} =    Cycles Between Symbols    ${{START}}    ${{END}}
    Log    ${{cycles}} cycles
{limit}"""


def readme(names: Names, frequencies_hz: Mapping[str, int], not_modelled: Sequence[tuple[str, str]]) -> str:
    """How to use the folder, and what it leaves out."""
    bring = "" if names.image else "Put your firmware beside it as firmware.elf, or set $image before the script.\n"
    board = names.board
    lines = [
        f"{names.stem}: a board for Renode, written by simtiny.",
        "",
        f"    renode {names.stem}.resc        then `start` in its monitor; {names.serial} is the serial port",
        f"    renode-test {names.stem}.robot",
        "",
        f"{bring}Cycles and energy of what Renode executes, in its monitor before `start`:",
        "",
        f'    cpu SimtinyRecord @run.stream "{board}"',
        "",
        "After a while `cpu SimtinyStop`, and then in a shell",
        _PRICE.format(board=board, image=names.image or "firmware.elf"),
        "",
        f"Frequencies in hertz, from {names.clocks_from}:",
        "",
        *(f"    {name} {frequency}" for name, frequency in frequencies_hz.items()),
        "",
        "Not as on the board:",
        "",
        *(f"    {what}: {how}" for what, how in not_modelled),
    ]
    return "\n".join(lines) + "\n"
