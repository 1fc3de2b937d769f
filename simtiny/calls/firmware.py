"""A firmware, or a library without one, whose functions can be called from Python."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from simtiny import image_load, parameters
from simtiny.board import Board
from simtiny.calls import aapcs
from simtiny.calls.aapcs import Argument, CType, Pointer
from simtiny.calls.buffers import Buffer, Lent, content_of, is_buffer
from simtiny.calls.memory import Room, Scratch, room
from simtiny.calls.prototype import Prototype, Struct, prototype
from simtiny.calls.result import CallResult, point_text, priced_call
from simtiny.calls.serial import Line
from simtiny.elf import has_hard_float, initializers, memory_contents
from simtiny.engine import SP, StopReason
from simtiny.errors import BadInput, FirmwareFault, SimtinyError
from simtiny.machine.call import Called, call
from simtiny.machine.faults import diagnose
from simtiny.machine.machine import Machine
from simtiny.mlperf.workload import Workload
from simtiny.operating_point import AS_PROGRAMMED, overridden
from simtiny.request import Request
from simtiny.symbols import code_address

MOST_CYCLES = 1_000_000_000
"""Of one call, and of a boot: some seconds of the host's, and eight emulated ones at 120 MHz."""
MAIN = "main"
_ADVICE = " (boot it to a symbol: `until`)"
_Found = TypeVar("_Found")
_WAITS = (StopReason.CONDITION, StopReason.IDLE, StopReason.POLLING, StopReason.ENDLESS)


class Firmware:
    """One board with one image, whose functions `call` calls. See `simtiny.firmware`.

    Of an image without a vector table, a library, data are where they were linked for, and the stack begins at the end
    of what is free in RAM. Others are booted to `main`, where they have that symbol, else to where they wait, by the
    first call; or to anywhere else by `boot`. `machine`: the emulated board.
    """

    def __init__(self, workload: Workload, request: Request, *, ram: str | None, hard_float: bool | None) -> None:
        self._workload, self._request, self._ram = workload, request, ram
        board, image = workload.board, workload.image
        self.is_library = not image_load.has_vector_table(image, board)
        if ram is not None and not self.is_library:
            raise BadInput(f"`ram` is for images without a vector table: {image.name} has its own stack")
        if request.overrides != AS_PROGRAMMED and not self.is_library:
            raise BadInput(
                f"an operating point is for images without a vector table: {image.name} programs its own clock"
            )
        said = None if image.elf is None else has_hard_float(image.elf)
        self._hard_float = said if hard_float is None else hard_float
        self._scratch: Scratch | None = None
        self._prototypes: dict[int, Prototype | None] = {}
        self._fault: str | None = None
        self.machine = self._new_machine()
        self.line = Line(self.machine)

    @property
    def name(self) -> str:
        """The image's."""
        return self._workload.image.name

    @property
    def board(self) -> str:
        """The board's identifier."""
        return self._workload.board.id

    @property
    def board_described(self) -> Board:
        """All that is known of the board."""
        return self._workload.board

    @property
    def serial(self) -> str:
        """What the firmware has sent by now on its serial port."""
        return self.line.text

    @property
    def assumptions(self) -> tuple[str, ...]:
        """On what the figures of calls rest, for now."""
        point = point_text(self.machine.mark().programmed, self._workload.board)
        if not self.is_library:
            return (f"as the firmware has programmed by then: {point}",)
        asked = self._request.overrides != AS_PROGRAMMED
        there = overridden(self.machine.mark().programmed, self._request.overrides, self._workload.board)
        now = self.machine.operating_point()
        now = replace(now, clock_hz=there.clock_hz, wait_states=there.wait_states)
        said = point_text(now, self._workload.board)
        where = self._room().memory.name
        return (
            f"no startup code: {'as asked for' if asked else 'as the board is at reset'}: {said}",
            f"stack and buffers are in {where}",
        )

    def boot(self, until: str | None = None, *, limit_cycles: int = MOST_CYCLES) -> str:
        """Run from where the firmware stands to the symbol or address `until`, or to where it waits for input.

        Returns what it has sent meanwhile. It waits where it sleeps with nothing to wake it, polls registers or loops
        without end, or has sent "m-ready". Raises FirmwareFault where it does not come there.
        """
        self._check_alive()
        if self.is_library:
            raise BadInput(f"{self.name} has no vector table: there is nothing to boot, only functions to call")
        limit_cycles = parameters.whole("limit_cycles", limit_cycles, 1)
        if until is None:
            return self._guarded(lambda: self.line.run_until(("m-ready",), limit_cycles, _WAITS, _ADVICE))
        address = code_address(self._workload.image, self._workload.board, until)
        return self._guarded(lambda: self._run_to(address, until, limit_cycles))

    def command(self, text: str | bytes, *, end: str = "%", until: str = "m-ready", limit_s: float = 5.0) -> str:
        """Send `text` and `end`, and run until the firmware sends `until`. Returns what it has sent up to there.

        The defaults are those of the MLPerf Tiny protocol. Raises FirmwareFault where it sends none in `limit_s`.
        """
        self._check_alive()
        if self.is_library:
            raise BadInput(f"{self.name} has no vector table: nothing in it runs by itself and reads commands")
        limit_cycles = int(parameters.positive("limit_s", limit_s) * self.machine.clock_hz["core"])
        data = (text.encode() if isinstance(text, str) else text) + end.encode()
        return self._guarded(lambda: self.line.command(data, until, limit_cycles))

    def alloc(self, content: Any) -> Buffer:
        """Memory that lasts, for what a function keeps a pointer to. `content`: bytes, an array, or how many bytes."""
        self._make_ready()
        scratch = self._space()
        if isinstance(content, int):
            if content <= 0:
                raise BadInput(f"a buffer of {content} bytes")
            content = bytes(content) if content <= 1 << 28 else memoryview(b"")
        data = content_of(content, "alloc")
        buffer = Buffer(scratch.take(max(len(data), 1), "alloc"), len(data), self.machine)
        buffer.write(data)
        return buffer

    def call(
        self,
        function: str | int,
        *arguments: Any,
        returns: str | CType | None = None,
        cold: bool = False,
        limit_cycles: int = MOST_CYCLES,
    ) -> CallResult:
        """Call a function by name or address, and say what it returned and what it cost.

        Arguments are numbers, structs of `ctypes`, and buffers, whose address the function gets: bytes, text, arrays,
        what `alloc` gave. What the function writes to an array is in it afterwards. None is a null pointer. `returns`:
        the type of the result, by its name in C or of `ctypes`; without it as debug information says, else int.

        A second call finds in the caches what the first left there: `cold` empties them before. Raises BadInput for
        arguments that the function can't be given, FirmwareFault if it faults or does not return, Unpriced.
        """
        name, address = self._function(function)
        limit_cycles, cold = parameters.whole("limit_cycles", limit_cycles, 1), parameters.flag("cold", cold)
        self._check_alive()
        self._make_ready()
        declared = self._prototype(address)
        kind = self._result_type(name, returns, declared)
        scratch = self._space()
        mark = scratch.mark
        try:
            lent = Lent(self.machine, scratch.take)
            values = self._arguments(name, arguments, declared, lent)
            at_result = self._result_place(kind, scratch)
            laid_out = aapcs.lay_out(values, hard_float=bool(self._hard_float), result_at=at_result)
            if cold:
                self.machine.empty_caches()
            sp = self._stack_pointer()
            called = self._guarded(
                lambda: call(
                    self.machine, name, address, laid_out, stub=scratch.room.stub, sp=sp, limit_cycles=limit_cycles
                )
            )
            scratch.check(name)
            lent.give_back()
            value = self._value(kind, called, at_result)
        finally:
            scratch.release(mark)
        profile = self.machine.profile(called.start, called.end)
        return priced_call(name, value, profile, self._workload, self._request, self.assumptions)

    # --- the machine ----------------------------------------------------------------------------------------------

    def _new_machine(self) -> Machine:
        """In reset, and for a library ready to be called, at the wait states that the operating point needs."""
        board, image, request = self._workload.board, self._workload.image, self._request
        machine = Machine(board, image, settings=request.settings, seed=request.seed or 0)
        if not self.is_library:
            return machine
        programmed = machine.mark().programmed
        wait_states = overridden(programmed, request.overrides, board).wait_states
        if wait_states != machine.operating_point().wait_states:
            settings = replace(request.settings, wait_states=wait_states)
            machine = Machine(board, image, settings=settings, seed=request.seed or 0)
        return machine

    def _room(self) -> Room:
        sp = None if self.is_library else self.machine.register(SP)
        return room(self._workload.image, self._workload.board, sp, self._ram)

    def _space(self) -> Scratch:
        if self._scratch is None:
            self._scratch = Scratch(self.machine, self._room())
        return self._scratch

    def _make_ready(self) -> None:
        """Come to where a call can be made."""
        if self._scratch is not None:
            return
        if self.is_library:
            self._lay_in()
        elif self.machine.cycles == 0:
            self.boot(MAIN if MAIN in self._workload.image.symbols else None)

    def _lay_in(self) -> None:
        """What startup code does, for a library: its data, the FPU, C++'s constructors."""
        image, board, scratch = self._workload.image, self._workload.board, self._space()
        elf = image.elf or b""
        for address, data in memory_contents(elf) if elf else ():
            memory = board.memory_at(address)
            if memory is not None and memory.kind == "ram":
                if board.memory_at(address, len(data)) is None:
                    raise BadInput(
                        f"{image.name}: {len(data):,} bytes of data at 0x{address:08x} run out of {memory.name}"
                    )
                self.machine.write_memory(address, data)
        self.machine.without_vector_table(scratch.room.sp)
        for address in initializers(elf) if elf else ():
            self._run_function("a constructor", address & ~1)

    def _run_function(self, name: str, address: int) -> None:
        none = aapcs.lay_out((), hard_float=False)
        call(
            self.machine, name, address, none,
            stub=self._space().room.stub, sp=self._stack_pointer(), limit_cycles=MOST_CYCLES,
        )  # fmt: skip

    def _stack_pointer(self) -> int:
        if self.is_library:
            return self._space().room.sp
        number = self.machine.status() & 0x1FF
        if number:
            raise FirmwareFault(
                f"{self.name} stands in the handler of exception {number}: boot it to a place in a thread"
            )
        return self.machine.register(SP)

    def _run_to(self, address: int, name: str, limit_cycles: int) -> str:
        reached = False

        def stop() -> None:
            nonlocal reached
            reached = True
            self.machine.stop()

        self.machine.watch(address, stop)
        before = self.line.count
        reason = self.machine.run(until=lambda: reached, limit_cycles=limit_cycles)
        self.machine.watch(address, lambda: None)
        if reason is not StopReason.CONDITION:
            why = f": {self.machine.explanation}" if self.machine.explanation else ""
            where = self.machine.context().core[15]
            raise diagnose(self.machine, f"the firmware did not come to {name}: {reason.value}{why}", where)
        return self.line.since(before)

    def _guarded(self, run: Callable[[], _Found]) -> _Found:
        """What `run` gives. Firmware that has faulted can't go on, a library can."""
        try:
            return run()
        except FirmwareFault as error:
            if not self.is_library:
                self._fault = str(error)
            raise

    def _check_alive(self) -> None:
        if self._fault is not None:
            raise FirmwareFault(f"{self.name} has faulted before, and can't go on: {self._fault}")

    # --- what is called, and with what ----------------------------------------------------------------------------

    def _function(self, function: str | int) -> tuple[str, int]:
        """Name and address. Raises BadInput for what can't be called."""
        board, image = self._workload.board, self._workload.image
        if isinstance(function, bool) or not isinstance(function, str | int):
            raise BadInput(f"a function is called by its name or its address, not by {type(function).__name__}")
        text = f"0x{function:08x}" if isinstance(function, int) else function
        if text in image.symbols and image.symbols[text].kind == "object":
            raise BadInput(f"{image.name}: {text} is data, not a function")
        address = code_address(image, board, text) & ~1
        if text in image.symbols:
            return text, address
        symbol = image.function_at(address)
        if symbol is None and (image.functions or not self._holds(address)):
            raise BadInput(f"{image.name}: there is no function at {text}")
        if symbol is not None and symbol.address != address:
            raise BadInput(f"{image.name}: {text} is inside of {symbol.name}, which begins at 0x{symbol.address:08x}")
        return (text if symbol is None else symbol.name), address

    def _holds(self, address: int) -> bool:
        """Whether the image has something at this address."""
        return any(segment.address <= address < segment.end for segment in self._workload.image.segments)

    def _prototype(self, address: int) -> Prototype | None:
        if address not in self._prototypes:
            elf = self._workload.image.elf
            self._prototypes[address] = None if elf is None else prototype(elf, address)
        return self._prototypes[address]

    def _result_type(self, name: str, returns: str | CType | None, declared: Prototype | None) -> CType | None:
        said = declared.result if declared is not None else aapcs.C_TYPES["int"]
        if isinstance(returns, str):
            kind = aapcs.c_type(returns)
        elif returns is not None:
            kind = aapcs.checked_type(returns)
        elif isinstance(said, Struct):
            raise BadInput(f"{name} returns a struct of {said.size} bytes: give `returns`, a ctypes.Structure")
        else:
            kind = said
        if kind is not None and aapcs.has_floats(kind) and self._hard_float is None:
            raise self._unknown_float_abi(name)
        return kind

    def _arguments(self, name: str, given: tuple[Any, ...], declared: Prototype | None, lent: Lent) -> list[Argument]:
        if declared is not None:
            least = len(declared.parameters)
            if len(given) < least or (len(given) > least and not declared.is_variadic):
                raise BadInput(f"{name} takes {least} arguments, not {len(given)}")
        found = []
        for number, value in enumerate(given):
            place = f"{name}, argument {number + 1}"
            known = declared is not None and number < len(declared.parameters)
            kind = declared.parameters[number] if declared is not None and known else None
            found.append(self._argument(value, place, kind, lent))
        if any(one.float_bytes for one in found):
            if self._hard_float is None:
                raise self._unknown_float_abi(name)
            if self._hard_float and declared is not None and declared.is_variadic:
                # AAPCS32, 6.5.1: a variadic function takes all of them as without an FPU.
                found = [replace(one, float_bytes=0) for one in found]
        return found

    def _argument(self, value: Any, place: str, declared: CType | Struct | None, lent: Lent) -> Argument:
        takes_number = declared is not None and declared is not Pointer
        if value is None or isinstance(value, Buffer) or is_buffer(value):
            if takes_number:
                raise BadInput(f"{place}: a {'null pointer' if value is None else 'buffer'} where it takes no pointer")
            if value is None:
                return Argument(bytes(4))
            address = value.address if isinstance(value, Buffer) else lent.lend(value, place)
            return Argument(address.to_bytes(4, "little"))
        found = aapcs.argument(value, place, None if isinstance(declared, Struct) else declared)
        if isinstance(declared, Struct) != aapcs.is_structure(type(value)) and declared is not None:
            raise BadInput(f"{place}: {type(value).__name__} where it takes a {_described(declared)}")
        return found

    def _result_place(self, kind: CType | None, scratch: Scratch) -> int | None:
        if kind is None or not aapcs.in_memory(kind, hard_float=bool(self._hard_float)):
            return None
        return scratch.take(aapcs.size_of(kind), "the result")

    def _value(self, kind: CType | None, called: Called, at_result: int | None) -> Any:
        memory = b"" if kind is None or at_result is None else self.machine.read_memory(at_result, aapcs.size_of(kind))
        return aapcs.result(kind, called.core, called.floats, memory, hard_float=bool(self._hard_float))

    def _unknown_float_abi(self, name: str) -> SimtinyError:
        return BadInput(f"{name}: {self.name} does not say how floats are passed: give `float_abi`, hard or soft")


def _described(declared: CType | Struct) -> str:
    return f"struct of {declared.size} bytes" if isinstance(declared, Struct) else "number"
