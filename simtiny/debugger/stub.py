"""Answers GDB's packets: GDB manual, appendix E. A packet that is not known is answered by an empty one, as it asks."""

import re
from collections.abc import Callable
from zlib import crc32

from simtiny.debugger.description import PC, memory_map_xml, registers, target_xml
from simtiny.debugger.monitor import Monitor
from simtiny.debugger.packets import PACKET_BYTES
from simtiny.debugger.target import SIGTRAP, Stop, Target, Watchpoint
from simtiny.errors import SimtinyError
from simtiny.machine.debug_port import Access, BusError

_OK, _ERROR = b"OK", b"E01"
_DATA_BYTES = PACKET_BYTES // 2 - 8
"""Most bytes that a client can read at a time: each is sent as two digits."""
_BREAKPOINTS = {0: "swbreak", 1: "hwbreak"}
_WATCHPOINTS = {2: Access.WRITE, 3: Access.READ, 4: Access.BOTH}
_BOTH = re.compile(rb"([0-9a-fA-F]{1,8}),([0-9a-fA-F]{1,8})")
_MOST_CHECKED_BYTES = 1 << 24


class Malformed(Exception):
    """A packet that does not say what it has to."""


class Stub:
    """One session of a client. `tell` sends it a packet while it waits for the target to stop.

    `is_done`: the client has left, or has ended the target (`is_killed`).
    """

    def __init__(self, target: Target, monitor: Monitor, tell: Callable[[bytes], None]) -> None:
        self._target, self._monitor, self._tell = target, monitor, tell
        self._registers = registers(target.machine.board)
        self._documents = {
            b"features:read:target.xml": target_xml(target.machine.board).encode(),
            b"memory-map:read:": memory_map_xml(target.machine.board).encode(),
        }
        self._last = Stop(SIGTRAP)
        self._flash: list[tuple[int, bytes]] = []  # what is erased and written to flash once the client is done
        self._names_breakpoints = self._is_extended = False
        self.acknowledges = True
        self.is_done = self.is_killed = False

    def answer(self, packet: bytes) -> bytes | None:
        """The payload of the answer to a packet, None where there is none."""
        try:
            return self._answer(packet)
        except (Malformed, BusError, SimtinyError):
            return _ERROR

    def _answer(self, packet: bytes) -> bytes | None:
        kind, rest = packet[:1], packet[1:]
        answers: dict[bytes, Callable[[], bytes | None]] = {
            b"?": lambda: self._stop_reply(self._last),
            b"g": self._read_registers,
            b"G": lambda: self._write_registers(rest),
            b"p": lambda: self._read_register(_number(rest)),
            b"P": lambda: self._write_register(rest),
            b"m": lambda: self._read_memory(rest),
            b"M": lambda: self._write_memory(rest, is_binary=False),
            b"X": lambda: self._write_memory(rest, is_binary=True),
            b"Z": lambda: self._break(rest, is_set=True),
            b"z": lambda: self._break(rest, is_set=False),
            b"H": lambda: _OK,
            b"T": lambda: _OK,
            b"!": self._extend,
            b"D": self._detach,
            b"k": self._kill,
            b"R": self._restart,
            b"c": lambda: self._resume(b"c", rest),
            b"s": lambda: self._resume(b"s", rest),
            b"C": lambda: self._resume(b"c", rest.partition(b";")[2]),
            b"S": lambda: self._resume(b"s", rest.partition(b";")[2]),
            b"v": lambda: self._verbose(rest),
            b"q": lambda: self._query(rest),
            b"Q": lambda: self._set(rest),
        }
        return answers[kind]() if kind in answers else b""

    # --- what is asked and set --------------------------------------------------------------------------------------

    def _query(self, asked: bytes) -> bytes:
        name, _, rest = asked.partition(b":")
        if name == b"Supported":
            return self._supported(rest.split(b";"))
        if name == b"Xfer":
            return self._document(rest)
        if name.startswith(b"Rcmd,"):
            return self._command(name[5:])
        if name == b"CRC":
            return self._crc(rest)
        fixed = {
            b"Attached": b"1",
            b"C": b"QC1",
            b"fThreadInfo": b"m1",
            b"sThreadInfo": b"l",
            b"Offsets": b"Text=0;Data=0;Bss=0",
            b"Symbol": _OK,
        }
        return fixed.get(name, b"")

    def _supported(self, client: list[bytes]) -> bytes:
        self._names_breakpoints = b"swbreak+" in client and b"hwbreak+" in client
        named = b";swbreak+;hwbreak+" if self._names_breakpoints else b""
        can = b"qXfer:features:read+;qXfer:memory-map:read+;QStartNoAckMode+;vContSupported+"
        return b"PacketSize=%x;%s%s" % (PACKET_BYTES, can, named)

    def _document(self, asked: bytes) -> bytes:
        what, _, window = asked.rpartition(b":")
        if what not in self._documents:
            return b""
        offset, size = _pair(window)
        document = self._documents[what]
        part = document[offset : offset + min(size, PACKET_BYTES // 2)]
        return (b"m" if offset + len(part) < len(document) else b"l") + part

    def _command(self, digits: bytes) -> bytes:
        said = self._monitor.answer(_bytes(digits).decode("utf-8", "replace"))
        return said.encode().hex().encode() if said else _OK

    def _crc(self, asked: bytes) -> bytes:
        address, size = _pair(asked)
        if size > _MOST_CHECKED_BYTES:
            raise Malformed
        return b"C%x" % _gdb_crc(self._target.port.read_memory(address, size))

    def _set(self, what: bytes) -> bytes:
        if what != b"StartNoAckMode":
            return b""
        self.acknowledges = False
        return _OK

    # --- registers and memory ---------------------------------------------------------------------------------------

    def _value(self, number: int) -> bytes:
        register = self._registers[number]
        value = self._target.machine.pc if register.name == PC else self._target.port.read_register(register.name)
        return value.to_bytes(register.bits // 8, "little").hex().encode()

    def _set_value(self, number: int, data: bytes) -> None:
        register = self._registers[number]
        if len(data) != register.bits // 8:
            raise Malformed
        value = int.from_bytes(data, "little")
        if register.name == PC:
            self._target.set_pc(value)
        else:
            self._target.port.write_register(register.name, value)

    def _read_registers(self) -> bytes:
        return b"".join(self._value(number) for number in range(len(self._registers)))

    def _write_registers(self, digits: bytes) -> bytes:
        data, now = _bytes(digits), _bytes(self._read_registers())
        if len(data) > len(now):
            raise Malformed
        at = 0
        for number, register in enumerate(self._registers):
            value = data[at : at + register.bits // 8]
            if len(value) == register.bits // 8 and value != now[at : at + len(value)]:
                self._set_value(number, value)
            at += register.bits // 8
        return _OK

    def _read_register(self, number: int) -> bytes:
        return self._value(number) if number < len(self._registers) else _ERROR

    def _write_register(self, rest: bytes) -> bytes:
        digits, _, value = rest.partition(b"=")
        number = _number(digits)
        if number >= len(self._registers):
            return _ERROR
        self._set_value(number, _bytes(value))
        return _OK

    def _read_memory(self, rest: bytes) -> bytes:
        address, size = _pair(rest)
        return self._target.port.read_memory(address, min(size, _DATA_BYTES)).hex().encode()

    def _write_memory(self, rest: bytes, is_binary: bool) -> bytes:
        where, colon, written = rest.partition(b":")
        address, size = _pair(where)
        data = written if is_binary else _bytes(written)
        if not colon or len(data) != size:
            raise Malformed
        if data:
            self._target.port.write_memory(address, data)
        return _OK

    # --- flash ------------------------------------------------------------------------------------------------------

    def _erase(self, rest: bytes) -> bytes:
        address, size = _pair(rest)
        memory = self._target.machine.board.memory_at(address, size)
        if memory is None or memory.kind != "flash":
            return _ERROR
        self._flash.append((address, b"\xff" * size))
        return _OK

    def _write_flash(self, rest: bytes) -> bytes:
        digits, _, data = rest.partition(b":")
        address = _number(digits)
        memory = self._target.machine.board.memory_at(address, len(data))
        if memory is None or memory.kind != "flash":
            return b"E.memtype"
        self._flash.append((address, data))
        return _OK

    def _program(self) -> bytes:
        """Put what was written into flash, where it differs from what stands there."""
        pieces, self._flash = self._flash, []
        wanted = {address: bytearray(data) for address, data in pieces if not data.strip(b"\xff")}  # erased
        for address, data in pieces:
            block = next((at for at in wanted if at <= address and address + len(data) <= at + len(wanted[at])), None)
            if block is None:
                wanted[address] = bytearray(data)
            else:
                wanted[block][address - block : address - block + len(data)] = data
        for address, content in wanted.items():
            if self._target.port.read_memory(address, len(content)) != content:
                self._target.port.write_memory(address, bytes(content))
        return _OK

    # --- break- and watchpoints -------------------------------------------------------------------------------------

    def _break(self, rest: bytes, is_set: bool) -> bytes:
        kind, _, where = rest.partition(b",")
        number, (address, size) = _number(kind), _pair(where.partition(b";")[0])
        if number in _BREAKPOINTS:
            if is_set:
                self._target.breakpoints[address] = _BREAKPOINTS[number]
            else:
                self._target.breakpoints.pop(address, None)
            return _OK
        if number not in _WATCHPOINTS:
            return b""
        if not 0 < size <= 1 << 16:
            raise Malformed
        watchpoint = Watchpoint(_WATCHPOINTS[number], address, size)
        if is_set:
            self._target.watchpoints.add(watchpoint)
        else:
            self._target.watchpoints.discard(watchpoint)
        return _OK

    # --- running ----------------------------------------------------------------------------------------------------

    def _verbose(self, rest: bytes) -> bytes | None:
        name, _, arguments = rest.partition(b";")
        if name == b"Cont?":
            return b"vCont;c;C;s;S;r"
        if name == b"Cont":
            return self._continue(arguments)
        if name.startswith(b"Kill"):
            self._end()
            return _OK
        if name == b"Run":
            self._restart()
            return self._stop_reply(self._last)
        name, _, arguments = rest.partition(b":")
        flash = {b"FlashErase": self._erase, b"FlashWrite": self._write_flash}
        if name in flash:
            return flash[name](arguments)
        return self._program() if name == b"FlashDone" else b""

    def _continue(self, actions: bytes) -> bytes:
        """VCont. There is one thread: the first action is its."""
        action = actions.split(b";")[0].partition(b":")[0]
        kind = action[:1].lower()
        if kind == b"r":
            first, end = _pair(action[1:])
            return self._ran(self._target.step_out_of(range(first, end)))
        if kind not in (b"c", b"s"):
            raise Malformed
        return self._resume(kind, b"")

    def _resume(self, kind: bytes, address: bytes) -> bytes:
        if address:
            self._target.set_pc(_number(address))
        return self._ran(self._target.run() if kind == b"c" else self._target.step())

    def _ran(self, stop: Stop) -> bytes:
        if stop.text:
            self.say(f"simtiny: {stop.text}\n")
        self._last = stop
        return self._stop_reply(stop)

    def say(self, text: str) -> None:
        """Show a text in the client's console. Only while it waits for the target to stop."""
        data = text.encode()
        for start in range(0, len(data), _DATA_BYTES):
            self._tell(b"O" + data[start : start + _DATA_BYTES].hex().encode())

    def _stop_reply(self, stop: Stop) -> bytes:
        if stop.status is not None:
            return b"W%02x" % (stop.status & 0xFF)
        is_named = self._names_breakpoints or not stop.reason.endswith("break:;")
        return b"T%02x%sthread:1;" % (stop.signal, stop.reason.encode() if is_named else b"")

    # --- the end ----------------------------------------------------------------------------------------------------

    def _extend(self) -> bytes:
        self._is_extended = True
        return _OK

    def _restart(self) -> None:
        self._target.reset()
        self._last = Stop(SIGTRAP)

    def _detach(self) -> bytes:
        self.is_done = True
        return _OK

    def _kill(self) -> None:
        self._end()

    def _end(self) -> None:
        """What a client kills that can run it again is as after a reset; else there is nothing left to do."""
        if self._is_extended:
            self._restart()
        else:
            self.is_done = self.is_killed = True


def _number(digits: bytes) -> int:
    """Of up to eight hexadecimal digits."""
    if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", digits):
        raise Malformed
    return int(digits, 16)


def _pair(text: bytes) -> tuple[int, int]:
    """Two such numbers, mostly an address and a size."""
    found = _BOTH.fullmatch(text)
    if found is None:
        raise Malformed
    return int(found[1], 16), int(found[2], 16)


def _bytes(digits: bytes) -> bytes:
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        raise Malformed from None


_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _gdb_crc(data: bytes) -> int:
    """CRC-32 as GDB has it: most significant bit first, begun with all ones, not inverted at the end.

    It is the usual one with the bits of bytes and of the result the other way round.
    """
    usual = crc32(data.translate(_REVERSED)) ^ 0xFFFF_FFFF
    return int(f"{usual:032b}"[::-1], 2)
