"""Machine code to `Instruction` records, by capstone."""

import struct
import threading
from functools import lru_cache
from typing import Any

import capstone
from capstone import arm
from msgspec.structs import replace

from simtiny.errors import BadInput
from simtiny.isa.instruction import FLAGS, PC, SP, STORES, Access, Instruction, Kind

_VERSION = capstone.cs_version()[:2]
if _VERSION[0] != 5:  # 6.0.0a11 takes ORR.W with a shifted register for undefined and leaves out the sign of an offset
    raise BadInput("simtiny decodes by capstone 5, not {}.{}: pip install 'capstone<6'".format(*_VERSION))

_ALU = """add adc sub sbc rsb mov movs movw movt mvn and orr orn eor bic cmp cmn tst teq adr addw subw
lsl lsr asr ror rrx sxtb sxth uxtb uxth sxtb16 uxtb16 sxtab sxtah sxtab16 uxtab uxtah uxtab16
bfi bfc sbfx ubfx clz rbit rev rev16 revsh ssat usat ssat16 usat16 pkhbt pkhtb sel usad8
qadd qsub qdadd qdsub qadd8 qadd16 qsub8 qsub16 qasx qsax sadd8 sadd16 ssub8 ssub16 sasx ssax
shadd8 shadd16 shsub8 shsub16 shasx shsax uadd8 uadd16 usub8 usub16 uasx usax uhadd8 uhadd16 uhsub8 uhsub16 uhasx uhsax
uqadd8 uqadd16 uqsub8 uqsub16 uqasx uqsax"""
_NAMES: dict[Kind, str] = {
    Kind.ALU: _ALU,
    Kind.MULTIPLY: "mul smulbb smulbt smultb smultt smulwb smulwt smuad smuadx smusd smusdx smmul smmulr",
    Kind.MULTIPLY_ACCUMULATE: "mla mls smlabb smlabt smlatb smlatt smlawb smlawt smlad smladx smlsd smlsdx "
    "smmla smmlar smmls smmlsr usada8",
    Kind.LONG_MULTIPLY: "smull umull",
    Kind.LONG_MULTIPLY_ACCUMULATE: "smlal umlal umaal smlalbb smlalbt smlaltb smlaltt smlald smlaldx smlsld smlsldx",
    Kind.DIVIDE: "sdiv udiv",
    Kind.LOAD: "ldr ldrb ldrh ldrsb ldrsh ldrt ldrbt ldrht ldrsbt ldrsht",
    Kind.STORE: "str strb strh strt strbt strht",
    Kind.LOAD_PAIR: "ldrd",
    Kind.STORE_PAIR: "strd",
    Kind.LOAD_MULTIPLE: "ldm ldmdb pop",
    Kind.STORE_MULTIPLE: "stm stmdb push",
    Kind.EXCLUSIVE: "ldrex ldrexb ldrexh strex strexb strexh lda ldab ldah stl stlb stlh "
    "ldaex ldaexb ldaexh stlex stlexb stlexh",
    Kind.BRANCH: "b",
    Kind.CALL: "bl",
    Kind.INDIRECT_BRANCH: "bx blx",
    Kind.COMPARE_BRANCH: "cbz cbnz",
    Kind.TABLE_BRANCH: "tbb tbh",
    Kind.IT: "it",
    Kind.NOP: "nop sev yield hint pld pldw pli clrex",
    Kind.SYSTEM: "mrs msr cps",
    Kind.BARRIER: "dmb dsb isb",
    Kind.WAIT: "wfi wfe",
    Kind.EXCEPTION: "svc bkpt udf",
    Kind.FP_ALU: "vadd vsub vmul vnmul vabs vneg vcmp vcmpe vcvt vcvtr vcvtb vcvtt vrinta vrintn vrintp vrintm vrintz "
    "vrintr vrintx vseleq vselge vselgt vselvs vmaxnm vminnm vcvta vcvtn vcvtp vcvtm",
    Kind.FP_MULTIPLY_ACCUMULATE: "vmla vmls vnmla vnmls vfma vfms vfnma vfnms",
    Kind.FP_DIVIDE: "vdiv vsqrt",
    Kind.FP_MOVE: "vmov fmdhr vmrs vmsr fmstat fconsts fconstd",
    Kind.FP_LOAD: "vldr",
    Kind.FP_STORE: "vstr",
    Kind.FP_LOAD_MULTIPLE: "vldmia vldmdb vpop vldm",
    Kind.FP_STORE_MULTIPLE: "vstmia vstmdb vpush vstm",
}
_KIND = {name: kind for kind, names in _NAMES.items() for name in names.split()}
_HINTS = ("nop", "yield", "wfe", "wfi", "sev")  # by number: Arm v7-M ARM, A5.2.5 and A5.3.4
_CONDITIONS = range(arm.ARM_CC_EQ, arm.ARM_CC_LE + 1)
_MEMORY = frozenset(
    {Kind.LOAD, Kind.STORE, Kind.LOAD_PAIR, Kind.STORE_PAIR, Kind.FP_LOAD, Kind.FP_STORE, Kind.EXCLUSIVE}
)
_MULTIPLE = frozenset(
    {Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE, Kind.FP_LOAD_MULTIPLE, Kind.FP_STORE_MULTIPLE},
)
_ACCUMULATES = frozenset({Kind.MULTIPLY_ACCUMULATE, Kind.FP_MULTIPLY_ACCUMULATE, Kind.LONG_MULTIPLY_ACCUMULATE})


_OF_THREAD = threading.local()


def _disassembler() -> Any:
    """A handle of capstone's is for one thread at a time."""
    disassembler = getattr(_OF_THREAD, "disassembler", None)
    if disassembler is None:
        disassembler = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
        disassembler.detail = True
        _OF_THREAD.disassembler = disassembler
    return disassembler


@lru_cache(maxsize=512)
def _mask(register: int) -> int:
    name = _disassembler().reg_name(register) or ""
    if name in ("cpsr", "fpscr_nzcv", "fpscr", "itstate"):
        return FLAGS
    fixed = {"sb": 9, "sl": 10, "fp": 11, "ip": 12, "sp": 13, "lr": 14, "pc": 15}
    if name in fixed:
        return 1 << fixed[name]
    number = int(name[1:]) if name[1:].isdigit() else -1
    if name.startswith("r") and 0 <= number < 16:
        return 1 << number
    if name.startswith("s") and 0 <= number < 32:
        return 1 << (16 + number)
    if name.startswith("d") and 0 <= number < 16:
        return 3 << (16 + 2 * number)
    return 0


def _halfwords(raw: Any) -> tuple[int, int]:
    """The second is 0 in an instruction of 16 bits."""
    first, second = struct.unpack("<HH", bytes(raw.bytes).ljust(4, b"\0"))
    return first, second


def _name(raw: Any) -> str:
    name = str(raw.insn_name())
    if name == "hint":
        first, second = _halfwords(raw)
        number = second & 0xFF if raw.size == 4 else first >> 4 & 0xF
        return _HINTS[number] if number < len(_HINTS) else name
    return name


def _kind(raw: Any, name: str) -> Kind:
    kind = _KIND.get(name, Kind.UNKNOWN)
    if kind is Kind.FP_MOVE and sum(1 for operand in raw.operands if operand.type == arm.ARM_OP_REG) > 2:
        return Kind.FP_MOVE_PAIR
    if kind is Kind.ALU and name in ("mov", "movs", "add") and _mask(raw.operands[0].reg) == PC:
        return Kind.INDIRECT_BRANCH
    return kind


_IN_DOUBLE = frozenset({Kind.FP_ALU, Kind.FP_MULTIPLY_ACCUMULATE, Kind.FP_DIVIDE, Kind.FP_MOVE})


def _is_double(raw: Any, kind: Kind) -> bool:
    """Whether it is data processing with a double: bit sz, or VCVT.F64.F32. Arm v7-M ARM, A6.4."""
    if kind not in _IN_DOUBLE:
        return False
    first, second = _halfwords(raw)
    if first & 0xEF00 != 0xEE00 or second & 0x0E10 != 0x0A00:
        return False
    return bool(second & 0x0100) or (first & 0xFFBF == 0xEEB7 and second & 0x0ED0 == 0x0AC0)


def _registers(raw: Any) -> tuple[int, int]:
    """Registers read and written.

    Capstone leaves out the last source of some packing, extending and saturating instructions.
    """
    read, written = raw.regs_access()
    reads = writes = 0
    for register in read:
        reads |= _mask(register)
    for register in written:
        writes |= _mask(register)
    if raw.update_flags:
        writes |= FLAGS
    for operand in raw.operands[1:]:
        if operand.type == arm.ARM_OP_REG and not operand.access & capstone.CS_AC_WRITE:
            reads |= _mask(operand.reg)
    return reads, writes


def _multiple(raw: Any, name: str) -> tuple[int, int, bool]:
    """Base and list of registers of a load or store multiple, and whether the base is written.

    Capstone leaves out the base of VPUSH and VPOP and the write to the base of STMDB, and takes the registers of VPUSH
    and VPOP for both read and written.
    """
    on_stack = name in ("push", "pop", "vpush", "vpop")
    listed = 0
    for operand in raw.operands if on_stack else raw.operands[1:]:
        listed |= _mask(operand.reg)
    return (SP if on_stack else _mask(raw.operands[0].reg)), listed, on_stack or bool(raw.writeback)


_BYTES = ("ldrb", "ldrsb", "ldrbt", "ldrsbt", "strb", "strbt", "tbb")
_HALFWORDS = ("ldrh", "ldrsh", "ldrht", "ldrsht", "strh", "strht", "tbh")
_WIDTHS = dict.fromkeys(_BYTES, 1) | dict.fromkeys(_HALFWORDS, 2)
_DESCENDING = ("ldmdb", "vldmdb", "stmdb", "vstmdb", "push", "vpush")


def _access(raw: Any, name: str, kind: Kind, transfers: int) -> Access | None:
    """Where a load reads or a store writes, None for any other instruction."""
    if kind in _MULTIPLE:
        base = SP if name in ("push", "pop", "vpush", "vpop") else _mask(raw.operands[0].reg)
        below = 4 * transfers if name in _DESCENDING else 0
        return Access(base.bit_length() - 1, -1, 0, -below, 4 * transfers)
    if kind is Kind.EXCLUSIVE or (kind not in _MEMORY and kind is not Kind.TABLE_BRANCH):
        return None
    operand = next(operand for operand in raw.operands if operand.type == arm.ARM_OP_MEM)
    base, index, offset = _mask(operand.mem.base).bit_length() - 1, -1, operand.mem.disp
    if operand.mem.base and _mask(operand.mem.base) == PC:
        # A table branch reads from PC as it is, a literal load from PC rounded down to a word.
        pc = raw.address + 4
        base, offset = -1, offset + (pc if kind is Kind.TABLE_BRANCH else pc & ~3)
    if operand.mem.index:
        index = _mask(operand.mem.index).bit_length() - 1
    return Access(base, index, operand.shift.value, offset, _WIDTHS.get(name, 4 * transfers))


def _has_shifted_constant(raw: Any) -> bool:
    """Whether it is data processing with a modified immediate that is neither plain nor a pattern.

    Arm v7-M ARM, A5.3.1 and A5.3.2: the two top bits of imm12 are zero for constants of the plain or repeated kind.
    """
    if raw.size == 2:
        return False
    first, second = _halfwords(raw)
    return bool(first & 0xFA00 == 0xF000 and second & 0x8000 == 0 and (first & 0x0400 or second & 0x4000))


def _divided(raw: Any) -> tuple[int, int]:
    """Numbers of the registers that hold dividend and divisor: the last two operands, whether or not three stand."""
    dividend, divisor = (_mask(operand.reg).bit_length() - 1 for operand in raw.operands[-2:])
    return dividend, divisor


def _last_operand(raw: Any) -> int:
    last = [_mask(operand.reg) for operand in raw.operands if operand.type == arm.ARM_OP_REG][-1:]
    return last[0] if last else 0


def _instruction(raw: Any) -> Instruction:
    name = _name(raw)
    kind = _kind(raw, name)
    reads, writes = _registers(raw)
    address_registers = accumulator = 0
    register_offset = literal = False
    writeback = bool(raw.writeback)
    transfers = 0
    for operand in raw.operands:
        if operand.type == arm.ARM_OP_MEM:
            base = _mask(operand.mem.base) if operand.mem.base else 0
            index = _mask(operand.mem.index) if operand.mem.index else 0
            address_registers |= base | index
            register_offset |= index != 0
            literal |= base == PC
    if kind in _MEMORY:
        transfers = 2 if name in ("ldrd", "strd") else 1
        if kind in (Kind.FP_LOAD, Kind.FP_STORE) and _halfwords(raw)[1] & 0x0F00 == 0x0B00:  # of a double
            transfers = 2
    elif kind in _MULTIPLE:
        address_registers, listed, writeback = _multiple(raw, name)
        loads = kind in (Kind.LOAD_MULTIPLE, Kind.FP_LOAD_MULTIPLE)
        reads = address_registers | (0 if loads else listed)
        writes = (listed if loads else 0) | (address_registers if writeback else 0)
        transfers = listed.bit_count()
    elif kind is Kind.TABLE_BRANCH:
        transfers = 1
    if kind in _ACCUMULATES:
        # The addend: the last operand of MLA and its kin, the destination of the VMLA kind and of the long ones.
        accumulator = _mask(raw.operands[-1].reg) if kind is Kind.MULTIPLY_ACCUMULATE else writes & ~FLAGS
        reads |= accumulator
    writes_pc = bool(writes & PC) or kind in (Kind.BRANCH, Kind.COMPARE_BRANCH, Kind.TABLE_BRANCH, Kind.CALL)
    if kind in (Kind.CALL, Kind.INDIRECT_BRANCH, Kind.BRANCH):
        reads &= ~PC
    access = _access(raw, name, kind, transfers)
    return Instruction(
        address=raw.address,
        size=raw.size,
        text=f"{raw.mnemonic} {raw.op_str}".strip(),
        name=name,
        kind=kind,
        reads=reads,
        writes=writes & ~PC,
        address_registers=address_registers & ~PC,
        accumulator=accumulator,
        register_offset=register_offset,
        writeback=writeback,
        literal=literal,
        conditional=kind is Kind.COMPARE_BRANCH or (raw.cc in _CONDITIONS and kind is not Kind.IT),
        transfers=transfers,
        writes_pc=writes_pc,
        source=None if kind in STORES else access,
        target=access if kind in STORES else None,
        reads_flash=literal,
        shifted=kind is Kind.ALU
        and any(
            operand.type == arm.ARM_OP_REG and (operand.shift.value != 0 or operand.shift.type == arm.ARM_SFT_RRX)
            for operand in raw.operands
        ),
        shifted_constant=_has_shifted_constant(raw),
        last_operand=_last_operand(raw) & reads if kind is Kind.ALU else 0,
        double=_is_double(raw, kind),
        divided=_divided(raw) if kind is Kind.DIVIDE else (-1, -1),
        branch_to=raw.operands[-1].imm if kind in _DIRECT else -1,
    )


_DIRECT = frozenset({Kind.BRANCH, Kind.CALL, Kind.COMPARE_BRANCH})
_LONGEST_RUN = 18  # IT and four instructions of four bytes
_PLACED = frozenset({Kind.BRANCH, Kind.CALL, Kind.COMPARE_BRANCH, Kind.TABLE_BRANCH})


def _first_run(code: bytes) -> int:
    """Bytes of the first instruction and, if it is an IT, of those that it makes conditional. Arm v7-M ARM, A7.7.38."""
    it = int.from_bytes(code[:2], "little")
    end = 4 if it >= 0xE800 else 2
    mask = it & 0xF
    if it & 0xFF00 == 0xBF00 and mask:
        for _ in range(5 - (mask & -mask).bit_length()):
            end += 4 if int.from_bytes(code[end : end + 2], "little") >= 0xE800 else 2
    return end


@lru_cache(maxsize=65536)
def _decode_anywhere(code: bytes) -> tuple[Instruction, ...] | None:
    """The instructions of `_first_run` as they would be at address 0; None if it depends on where it is."""
    found = tuple(_instruction(raw) for raw in _disassembler().disasm(code, 0))
    return None if any(now.literal or now.kind in _PLACED for now in found) else found


def decode(code: bytes, address: int, flash_loads: frozenset[int] = frozenset()) -> tuple[Instruction, ...]:
    """Decode a basic block. Bytes that are no instruction become one of Kind.UNKNOWN, two bytes long.

    `flash_loads`: addresses of the instructions in it that were seen to load from flash.
    """
    return _decode_with_loads(code, address, flash_loads) if flash_loads else _decode(code, address)


@lru_cache(maxsize=65536)
def _decode_with_loads(code: bytes, address: int, flash_loads: frozenset[int]) -> tuple[Instruction, ...]:
    return tuple(
        replace(now, reads_flash=True) if now.address in flash_loads and not now.reads_flash else now
        for now in _decode(code, address)
    )


@lru_cache(maxsize=65536)
def _decode(code: bytes, address: int) -> tuple[Instruction, ...]:
    instructions: list[Instruction] = []
    offset = 0
    while offset < len(code):
        ahead = code[offset : offset + _LONGEST_RUN]
        run = ahead[: _first_run(ahead)]
        here = address + offset
        anywhere = _decode_anywhere(run)
        if anywhere is None:
            found = tuple(_instruction(raw) for raw in _disassembler().disasm(run, here))
        else:
            found = tuple(replace(now, address=here + now.address) for now in anywhere)
        if not found:
            text = f".short 0x{int.from_bytes(run[:2], 'little'):04x}"
            found = (Instruction(here, 2, text, text, Kind.UNKNOWN, 0, 0, 0, 0, False, False, False, False, 0, False),)
        instructions += found
        offset += sum(now.size for now in found)
    return tuple(instructions)
