"""What a user attaches to a board, by the words of the API: the example of the documentation, and what is refused."""

import runpy
from pathlib import Path

import pytest

import simtiny
from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.machine.machine import Machine
from tests.machine.bare import HERE, board

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "devices"


def test_the_example_of_the_documentation(capsys: pytest.CaptureFixture[str]) -> None:
    """A sine of 50 Hz, 3.3 V / 4096 to a code, and a sensor that warms up by 10 degrees a second."""
    runpy.run_path(str(EXAMPLE / "board.py"))
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [float(row[2]) for row in rows] == [25.5, 25.56, 25.62, 25.69][: len(rows)]
    assert len({row[4] for row in rows}) == len(rows) == 4


def test_without_devices_nothing_answers_visibly() -> None:
    firmware = simtiny.firmware(EXAMPLE / "sensors.elf", board="nucleo-l4r5zi")
    firmware.boot("temperature")
    assert firmware.call("temperature").value == -(1 << 31)
    assert firmware.call("millivolts").value == 0
    assert [note.text for note in firmware.machine.notes] == [
        "I2C1: no device at address 0x48: it is not acknowledged",
        "ADC1: nothing is attached to channel 5 (PA0), reads 0",
    ]


def test_a_reset_leaves_devices_where_they_are() -> None:
    firmware = simtiny.firmware(EXAMPLE / "sensors.elf", board="nucleo-l4r5zi")
    written = []
    firmware.machine.attach("I2C1", lambda data: written.append(data) or b"\x19\x80", address=0x48)
    firmware.machine.attach("ADC1", 1.65, channel=5)
    firmware.machine.attach("ADC1", 3.0, channel=5)  # takes the place of the other
    firmware.machine.reset()
    firmware.boot("temperature")
    assert firmware.call("temperature").value == 0x198
    assert (firmware.call("millivolts").value, written) == (3.0 / 3.3 * 4096 // 1 * 3300 // 4096, [b"\0"])


@pytest.fixture(scope="module")
def machine() -> Machine:
    return board([HERE])


def answer(sent: bytes) -> bytes:
    return sent


@pytest.mark.parametrize(
    ("to", "device", "words", "said"),
    [
        ("I2C9", answer, {"address": 1}, "'I2C9' takes no device: the board's buses and converters are SPI2, SPI3"),
        ("USART1", answer, {}, "'USART1' takes no device"),
        ("PA14", 1.0, {}, "'PA14' takes no device"),
        ("I2C1", answer, {}, "a device on I2C1 has an `address`"),
        ("I2C1", answer, {"address": 0x400}, "a device on I2C1 has an `address`"),
        ("I2C1", answer, {"address": 1, "select": "PA4"}, "`select` says nothing of a device on I2C1"),
        ("I2C1", 5, {"address": 1}, "5 can't be attached: it is neither a function nor has it the methods write"),
        ("SPI1", answer, {"select": "PZ4"}, "the board has no output pin 'PZ4'"),
        ("SPI1", answer, {"select": "PA16"}, "the board has no output pin 'PA16'"),
        ("SPI1", answer, {"address": 3}, "`address` says nothing of a device on SPI1"),
        ("ADC1", 1.0, {}, "a voltage at ADC1 goes to a `channel`"),
        ("ADC1", "3.3", {"channel": 1}, "'3.3' is no voltage"),
        ("PA0", 1.0, {"channel": 1}, "`channel` says nothing of pin PA0"),
    ],
)
def test_what_can_not_be_attached_is_said(machine: Machine, to: str, device: object, words: dict, said: str) -> None:
    with pytest.raises(BadInput) as error:
        machine.attach(to, device, **words)
    assert said in str(error.value)


def test_two_devices_can_not_answer_at_once() -> None:
    machine = board([HERE])
    machine.attach("I2C1", answer, address=0x48)
    with pytest.raises(BadInput, match="I2C1 has a device at address 0x48 already"):
        machine.attach("I2C1", answer, address=0x48)
    machine.attach("SPI1", answer, select="PA4")
    machine.attach("SPI1", answer, select="PB0")
    for select in ("PA4", None):
        with pytest.raises(BadInput, match="SPI1 has a device already that is selected then"):
            machine.attach("SPI1", answer, select=select)


def test_the_output_of_a_converter_is_read() -> None:
    machine = board([HERE])
    assert machine.volts("DAC1") is None
    machine.bus_write(0x4000_7400, 4, 1)
    machine.bus_write(0x4000_7408, 4, 1024)
    assert machine.volts("DAC1", 1) == 0.825
    with pytest.raises(BadInput, match="no digital-to-analog converter 'DAC7': DAC1"):
        machine.volts("DAC7")
    with pytest.raises(BadInput, match="`channel` 3 of DAC1 is not 1 or 2"):
        machine.volts("DAC1", 3)


@pytest.mark.parametrize(
    ("name", "converters"),
    [
        ("nucleo-l4r5zi", {"ADC1"}),
        ("disco-f746ng", {"ADC1", "ADC2", "ADC3"}),
        ("nucleo-h7a3zi-q", {"ADC1", "ADC2"}),
        ("nucleo-g0b1re", {"ADC1"}),
        ("nucleo-u575zi-q", {"ADC1", "ADC4"}),
        ("nucleo-u385rg-q", {"ADC1", "ADC2"}),
    ],
)
def test_every_board_has_its_converters_pins(name: str, converters: set[str]) -> None:
    parameters = [dict(each.parameters) for each in load_board(name).peripherals if each.kind.endswith("-adc")]
    pins = [converter for each in parameters for converter in each["pins"]]
    assert set(pins) == converters
    assert all(
        "PA4" in each["pins"][converter] or converter == "ADC3" or name == "nucleo-h7a3zi-q"
        for each in parameters
        for converter in each["pins"]
    )
