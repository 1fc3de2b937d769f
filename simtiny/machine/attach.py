"""Attaches a user's devices to the peripherals of a board, by their names."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from simtiny import devices
from simtiny.devices import Devices, SpiAttachment
from simtiny.errors import BadInput
from simtiny.machine.system import Peripheral, Pins

MOST_10_BIT = 0x3FF


@runtime_checkable
class TakesDevices(Protocol):
    """A peripheral that devices can be attached to: "spi", "i2c" or "memory"."""

    takes_devices: tuple[str, ...]


@runtime_checkable
class HasAnalogInputs(Protocol):
    """A peripheral with analog inputs, by converter: channel by pin. A converter's channels without a pin are free."""

    @property
    def analog_inputs(self) -> Mapping[str, Mapping[str, int]]: ...


@runtime_checkable
class HasAnalogOutputs(Protocol):
    """A peripheral with analog outputs."""

    def volts(self, channel: int) -> float | None:
        """What an output gives, from channel 1 on; None while it is off."""
        ...


def attach(
    attached: Devices,
    peripherals: Mapping[str, Peripheral],
    to: str,
    device: object,
    *,
    address: int | None = None,
    select: str | None = None,
    channel: int | None = None,
) -> None:
    """See `simtiny.machine.machine.Machine.attach`."""
    block = peripherals.get(to)
    kinds = block.takes_devices if isinstance(block, TakesDevices) else ()
    if "i2c" in kinds and ("spi" not in kinds or address is not None):
        _only(to, select=select, channel=channel)
        _to_i2c(attached, to, device, address)
    elif "spi" in kinds:
        _only(to, address=address, channel=channel)
        _to_spi(attached, peripherals, to, device, select)
    elif "memory" in kinds:
        _only(to, address=address, select=select, channel=channel)
        if to in attached.memories:
            raise BadInput(f"{to} has a device already")
        attached.memories[to] = devices.memory_device(device)
    else:
        inputs = _inputs_at(peripherals, to)
        _only(to, address=address, select=select)
        _to_input(attached, inputs, to, device, channel)


def volts(peripherals: Mapping[str, Peripheral], of: str, channel: int) -> float | None:
    """See `simtiny.machine.machine.Machine.volts`."""
    converters = {name: block for name, block in peripherals.items() if isinstance(block, HasAnalogOutputs)}
    if of not in converters:
        raise BadInput(f"the board has no digital-to-analog converter {of!r}: {', '.join(converters) or 'it has none'}")
    if channel not in (1, 2):
        raise BadInput(f"`channel` {channel!r} of {of} is not 1 or 2")
    return converters[of].volts(channel)


def _only(to: str, **others: object) -> None:
    for name, value in others.items():
        if value is not None:
            raise BadInput(f"`{name}` says nothing of a device on {to}: leave it out")


def _to_i2c(attached: Devices, to: str, device: object, address: int | None) -> None:
    if address is None or isinstance(address, bool) or not 0 <= address <= MOST_10_BIT:
        raise BadInput(
            f"a device on {to} has an `address` of 7 bits, 0 to 0x7F, or of 10 bits, to 0x3FF, without the read bit"
        )
    on_bus = attached.i2c.setdefault(to, {})
    if address in on_bus:
        raise BadInput(f"{to} has a device at address 0x{address:02x} already")
    on_bus[address] = devices.i2c_device(device)


def _to_spi(
    attached: Devices, peripherals: Mapping[str, Peripheral], to: str, device: object, select: str | None
) -> None:
    if select is not None and not _has_pin(peripherals, select):
        raise BadInput(f"`select`: the board has no output pin {select!r}; one is called PA4, as an example")
    on_bus = attached.spi.setdefault(to, [])
    if any(other.select == select or None in (other.select, select) for other in on_bus):
        raise BadInput(f"{to} has a device already that is selected then: give each a `select` pin of its own")
    on_bus.append(SpiAttachment(devices.spi_device(device), select, select is None))


def _has_pin(peripherals: Mapping[str, Peripheral], pin: str) -> bool:
    """Whether a port of the board has it. Ports have 16 pins, and are named after their letter."""
    port, number = pin[1:2], pin[2:]
    ports = {name.removeprefix("GPIO") for name, block in peripherals.items() if isinstance(block, Pins)}
    return pin[:1] == "P" and port in ports and number.isdecimal() and number == str(int(number)) and int(number) < 16


def _inputs_at(peripherals: Mapping[str, Peripheral], to: str) -> list[tuple[str, int]] | None:
    """The converters and channels that are wired to a pin; None for a converter itself. Raises BadInput for neither."""
    inputs: dict[str, Mapping[str, int]] = {}
    for block in peripherals.values():
        if isinstance(block, HasAnalogInputs):
            inputs |= block.analog_inputs
    if to in inputs:
        return None
    wired = [(converter, pins[to]) for converter, pins in inputs.items() if to in pins]
    if wired:
        return wired
    takers = [name for name, block in peripherals.items() if isinstance(block, TakesDevices)]
    known = ", ".join([*takers, *inputs]) or "none"
    raise BadInput(f"{to!r} takes no device: the board's buses and converters are {known}, and pins of converters")


def _to_input(
    attached: Devices, wired: list[tuple[str, int]] | None, to: str, device: object, channel: int | None
) -> None:
    volts = devices.waveform(device)
    if wired is not None:
        if channel is not None:
            raise BadInput(f"`channel` says nothing of pin {to}: leave it out")
        attached.inputs |= dict.fromkeys(wired, volts)
    elif channel is None or isinstance(channel, bool) or not 0 <= channel < 32:
        raise BadInput(f"a voltage at {to} goes to a `channel`, 0 to 31, or to a pin by its name")
    else:
        attached.inputs[to, channel] = volts
