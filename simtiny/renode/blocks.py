"""A register block for Renode: which class of `registers.cs` it is, and the table that it is given."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simtiny.board import PeripheralConfig
from simtiny.errors import BadInput
from simtiny.machine.peripherals import KINDS
from simtiny.machine.peripherals.block import Block, RegisterBlock
from simtiny.machine.peripherals.constants import Constants
from simtiny.machine.peripherals.psoc6.ipc import Ipc
from simtiny.machine.peripherals.psoc6.peri import Peri
from simtiny.machine.peripherals.psoc6.scb import Scb
from simtiny.machine.peripherals.psoc6.tcpwm import Tcpwm
from simtiny.machine.peripherals.registers import Follow, Register, Table, follows
from simtiny.machine.peripherals.stm32 import icache
from simtiny.machine.peripherals.stm32.adc import Adc
from simtiny.machine.peripherals.stm32.crc import Crc
from simtiny.machine.peripherals.stm32.f7 import OPTCR_OPTLOCK, F7Flash
from simtiny.machine.peripherals.stm32.flash import FlashController, FlashSpec
from simtiny.machine.peripherals.stm32.gpio import Gpio
from simtiny.machine.peripherals.stm32.rcc import ClockController
from simtiny.machine.peripherals.stm32.timer import Timer
from simtiny.machine.peripherals.stm32.usart import Usart
from simtiny.machine.peripherals.tables import MemoryRegisters, Registers
from simtiny.machine.peripherals.words import WORD, parameters
from simtiny.machine.system import FlashInterface, Hears

# The first words of lines that are no register
_DIRECTIVES = frozenset({"default", "guard", "hold", "ignore", "on", "only-set", "unlock", "when"})


@dataclass(frozen=True)
class Described:
    """`kind`: a class of `registers.cs`; `attributes`, its other settings, as lines of a `.repl`.

    `table`: lines of its register table. `lines`: outputs with the interrupt that each drives. `clocks`: the names of
    the clocks that it counts or sends by, one for all of it or one for each of its counters.
    """

    kind: str
    size: int
    attributes: tuple[str, ...] = ()
    table: tuple[str, ...] = ()
    lines: tuple[tuple[str, int], ...] = ()
    clocks: tuple[str, ...] = ()


def frequency_hz(clock_hz: Mapping[str, float], name: str) -> int:
    """A clock in whole hertz, which Renode counts in: at least one. An unknown clock runs as the core does."""
    return max(1, round(clock_hz.get(name, clock_hz["core"])))


def described(config: PeripheralConfig, clock_hz: Mapping[str, float]) -> Described:
    """One peripheral of a platform file, with the clocks that are in force: "core" must be among them."""
    kind = kind_of(config)
    given = parameters(config, kind.takes)
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(config, given, clock_hz)
    if not issubclass(kind, RegisterBlock):  # what it does no table can say: plain registers
        return Described("RegisterTable", config.size)
    return Described("RegisterTable", config.size, table=(*rows(kind.table_of(given)), *_rules(kind)))


def kind_of(config: PeripheralConfig) -> type[Block[Any]]:
    """What simtiny has for a peripheral. Raises BadInput if it has nothing."""
    if config.kind not in KINDS:
        raise BadInput(f"peripheral {config.name}: unknown kind {config.kind!r}. Known: {', '.join(sorted(KINDS))}")
    return KINDS[config.kind]


def acts(config: PeripheralConfig) -> bool:
    """Whether a peripheral does more in simtiny than Renode is told: it counts, moves data, takes stores to flash…"""
    kind = kind_of(config)
    if kind in _SPECIAL or issubclass(kind, icache.Icache):
        return False
    is_table = issubclass(kind, RegisterBlock) and kind.read is RegisterBlock.read
    return not is_table or (issubclass(kind, FlashInterface | Hears) and not issubclass(kind, ClockController))


def rows(table: Table) -> tuple[str, ...]:
    """A table as `registers.cs` reads it. What clears another register comes behind that one."""
    names = _plain_names(table.registers)
    registers = sorted(table.registers.items(), key=lambda item: item[1].clears is not None)
    lines = [_row(names, name, register) for name, register in registers]
    lines += [f"{_field(names, rule, True)} -> {_field(names, rule, False)}" for rule in table.follows]
    return tuple(lines)


def _plain_names(registers: Mapping[str, Register]) -> dict[str, str]:
    """Names that a table line can hold, by those of a platform file, where anything may stand."""
    return {
        name: name if re.fullmatch(r"\w+", name, re.ASCII) and name not in _DIRECTIVES else f"REGISTER_{number}"
        for number, name in enumerate(registers)
    }


def _row(names: Mapping[str, str], name: str, register: Register) -> str:
    masks = {
        "reset": (register.reset, 0),
        "writable": (register.writable, WORD),
        "clear": (register.clear, 0),
        "pulse": (register.pulse, 0),
        "always": (register.always, 0),
    }
    words = [names[name], f"0x{register.offset & WORD:x}"]
    words += [f"{key} 0x{value & WORD:x}" for key, (value, usual) in masks.items() if value & WORD != usual]
    if register.clears is not None:
        words.append(f"clears {names[register.clears]}")
    return " ".join(words)


def _field(names: Mapping[str, str], rule: Follow, is_source: bool) -> str:
    register, low = (rule.source, rule.source_low) if is_source else (rule.target, rule.target_low)
    bits = f"{low}" if rule.width == 1 else f"{low + rule.width - 1}:{low}"
    return f"{names[register]}[{bits}]"


def _rules(kind: type[RegisterBlock[Any]]) -> tuple[str, ...]:
    """What a block of this kind does beyond its table."""
    if issubclass(kind, ClockController):
        reset = kind.reset_flags
        return (f"when {reset.register} 0x{reset.remove:x} clear 0x{reset.remove | reset.flags:x}",)
    if issubclass(kind, F7Flash):  # of the option registers only the lock takes effect
        options = kind.table.registers["OPTCR1"].offset
        return (*_locks(kind.spec), f"only-set OPTCR 0x{OPTCR_OPTLOCK:x}", f"ignore 0x{options:x} 0x{options + 4:x}")
    if issubclass(kind, FlashController):
        return _locks(kind.spec)
    if issubclass(kind, icache.Icache):
        return (
            f"hold CR 0x{icache.CR_WAYSEL:x} while 0x{icache.CR_EN:x}",
            f"on CR 0x{icache.CR_CACHEINV:x} set SR 0x{icache.SR_BSYENDF:x}",
        )
    return ()


def _locks(spec: FlashSpec) -> tuple[str, ...]:
    lines = [
        f"unlock {name} 0x{lock.keys[0]:x} 0x{lock.keys[1]:x} {lock.register} 0x{lock.bit:x}"
        for name, lock in spec.locks.items()
    ]
    for name in spec.controls:
        own, *others = (lock.bit for lock in spec.locks.values() if lock.register == name)
        lines.append(f"guard {name} 0x{own:x} 0x{sum(others):x}")
    if spec.options:
        lines.append(f"ignore 0x{spec.options.start:x} 0x{spec.options.stop:x}")
    return tuple(lines)


# --- kinds that registers.cs has a class for -------------------------------------------------------------------------


def _registers(config: PeripheralConfig, given: Any, clock_hz: Mapping[str, float]) -> Described:
    try:
        table = Table(given.registers, follows(*given.follow))
        named = {name for rule in table.follows for name in (rule.source, rule.target)}
        named |= {register.clears for register in table.registers.values() if register.clears is not None}
        if unknown := sorted(named - set(table.registers)):
            raise ValueError(f"a rule names the unknown register {unknown[0]}")
    except ValueError as error:
        raise BadInput(f"peripheral {config.name} ({config.kind}): {error}") from error
    return Described("RegisterTable", config.size, table=rows(table))


def _memory_registers(config: PeripheralConfig, given: Any, clock_hz: Mapping[str, float]) -> Described:
    return Described("RegisterTable", config.size)


def _adc(config: PeripheralConfig, given: Any, clock_hz: Mapping[str, float]) -> Described:
    """Ready and calibrated at once; conversions never end."""
    registers = {
        "ISR": Register(0x00, writable=0),
        "CR": Register(0x08, reset=0x2000_0000, pulse=0x8000_003E),
    }
    return Described("RegisterTable", config.size, table=rows(Table(registers, follows("CR[0] -> ISR[0]"))))


def _constants(config: PeripheralConfig, given: Any, clock_hz: Mapping[str, float]) -> Described:
    words = tuple(
        f"WORD_{n} 0x{offset & WORD:x} reset 0x{value & WORD:x}" for n, (offset, value) in enumerate(given.words)
    )
    return Described("RegisterTable", config.size, table=(f"default 0x{given.default & WORD:x}", *words))


def _gpio(config: PeripheralConfig, given: Any, clock_hz: Mapping[str, float]) -> Described:
    resets = {"moderReset": given.moder_reset, "ospeedrReset": given.ospeedr_reset, "pupdrReset": given.pupdr_reset}
    return Described("Gpio", config.size, tuple(f"{name}: 0x{value & WORD:X}" for name, value in resets.items()))


def _crc(config: PeripheralConfig, given: Any, clock_hz: Mapping[str, float]) -> Described:
    return Described("Crc", config.size)


def _usart(config: PeripheralConfig, given: Any, clock_hz: Mapping[str, float]) -> Described:
    attributes = [f"frequency: {frequency_hz(clock_hz, given.clock)}"]
    if given.generation == "sr":
        attributes.append("hasStatusRegister: true")
    if given.low_power:
        attributes.append("lowPower: true")
    lines = tuple(("IRQ", irq) for irq in config.irq[:1])
    return Described("Usart", config.size, tuple(attributes), lines=lines, clocks=(given.clock,))


def _timer(config: PeripheralConfig, given: Any, clock_hz: Mapping[str, float]) -> Described:
    attributes = [f"frequency: {frequency_hz(clock_hz, given.clock)}", f"bits: {given.bits}"]
    attributes.append(f"compares: {given.compares}")
    if len(config.irq) > 1:
        attributes.append("hasCompareLine: true")
    lines = tuple(zip(("IRQ", "CompareIRQ"), config.irq, strict=False))
    return Described("Timer", config.size, tuple(attributes), lines=lines, clocks=(given.clock,))


def _peri(config: PeripheralConfig, given: Any, clock_hz: Mapping[str, float]) -> Described:
    return Described("Psoc6Peri", config.size, table=rows(Peri.table))


def _ipc(config: PeripheralConfig, given: Any, clock_hz: Mapping[str, float]) -> Described:
    return Described("Psoc6Ipc", config.size, lines=_numbered(config.irq))


def _scb_uart(config: PeripheralConfig, given: Any, clock_hz: Mapping[str, float]) -> Described:
    frequency = (f"frequency: {frequency_hz(clock_hz, given.clock)}",)
    lines = tuple(("IRQ", irq) for irq in config.irq[:1])
    return Described("Psoc6Uart", config.size, frequency, rows(Scb.table), lines, (given.clock,))


def _tcpwm(config: PeripheralConfig, given: Any, clock_hz: Mapping[str, float]) -> Described:
    clocks = tuple(f"pclk{given.first_clock + number}" for number in range(given.counters))
    frequency = frequency_hz(clock_hz, clocks[0]) if clocks else 1
    attributes = (f"frequency: {frequency}", f"counters: {given.counters}", f"bits: {given.bits}")
    return Described(
        "Psoc6Tcpwm", config.size, attributes, lines=_numbered(config.irq[: given.counters]), clocks=clocks
    )


def _numbered(irq: tuple[int, ...]) -> tuple[tuple[str, int], ...]:
    return tuple((str(number), line) for number, line in enumerate(irq))


_SPECIAL: dict[type, Callable[[PeripheralConfig, Any, Mapping[str, float]], Described]] = {
    Adc: _adc,
    Constants: _constants,
    Crc: _crc,
    Gpio: _gpio,
    Ipc: _ipc,
    MemoryRegisters: _memory_registers,
    Peri: _peri,
    Registers: _registers,
    Scb: _scb_uart,
    Tcpwm: _tcpwm,
    Timer: _timer,
    Usart: _usart,
}
