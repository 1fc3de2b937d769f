"""Floating-point arithmetic as Armv7-M has it, on bit patterns: every rounding mode, NaNs, and exception flags.

After the pseudo-code of the Arm v7-M ARM, A2.5 and appendix D (FPUnpack, FPRound, FPAdd...), in whole numbers: a finite
value is `mantissa` * 2**`exponent`, exactly.
"""

from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from math import isqrt

# FPSCR: Arm v7-M ARM, B1.4.8
IOC, DZC, OFC, UFC, IXC, IDC = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 7
FZ, DN, AHP = 1 << 24, 1 << 25, 1 << 26
RMODE_SHIFT = 22
LESS, EQUAL, GREATER, UNORDERED = 8, 6, 2, 3  # NZCV of a comparison


class Rounding(IntEnum):
    """The first four by their number in FPSCR.RMode."""

    NEAREST = 0
    UP = 1
    DOWN = 2
    TO_ZERO = 3
    TIES_AWAY = 4


@dataclass(frozen=True)
class Format:
    """A binary format of IEEE 754. `bits` in all, `fraction_bits` of the fraction."""

    bits: int
    fraction_bits: int

    @property
    def most_exponent(self) -> int:
        """The exponent field of infinities and NaNs: all ones."""
        return (1 << self.bits - 1 - self.fraction_bits) - 1

    @property
    def least_exponent(self) -> int:
        """Power of two of the last place of the smallest numbers."""
        return 1 - (self.most_exponent >> 1) - self.fraction_bits

    @property
    def sign_bit(self) -> int:
        return 1 << self.bits - 1

    @property
    def infinity(self) -> int:
        return self.most_exponent << self.fraction_bits

    @property
    def quiet_bit(self) -> int:
        return 1 << self.fraction_bits - 1

    @property
    def default_nan(self) -> int:
        return self.infinity | self.quiet_bit


HALF, SINGLE, DOUBLE = Format(16, 10), Format(32, 23), Format(64, 52)


class Class(Enum):
    """What a bit pattern stands for."""

    ZERO = "zero"
    FINITE = "finite"
    INFINITE = "infinite"
    QUIET_NAN = "quiet NaN"
    SIGNALLING_NAN = "signalling NaN"

    __hash__ = object.__hash__


_NANS = (Class.QUIET_NAN, Class.SIGNALLING_NAN)


@dataclass(frozen=True)
class Number:
    """A bit pattern taken apart. `mantissa` and `exponent` are of a finite one."""

    kind: Class
    negative: bool
    mantissa: int = 0
    exponent: int = 0


class Arithmetic:
    """Operations by one value of FPSCR. `flags` collects the exception flags that they set."""

    def __init__(self, fpscr: int) -> None:
        self.flags = 0
        self.rounding = Rounding(fpscr >> RMODE_SHIFT & 3)
        self._flush, self._default_nan, self._alternative_half = bool(fpscr & FZ), bool(fpscr & DN), bool(fpscr & AHP)

    # --- bits and numbers ---------------------------------------------------------------------------------------

    def unpack(self, bits: int, form: Format) -> Number:
        negative = bool(bits & form.sign_bit)
        field = bits >> form.fraction_bits & form.most_exponent
        fraction = bits & (1 << form.fraction_bits) - 1
        if field == form.most_exponent and not (form is HALF and self._alternative_half):
            if not fraction:
                return Number(Class.INFINITE, negative)
            return Number(Class.QUIET_NAN if fraction & form.quiet_bit else Class.SIGNALLING_NAN, negative)
        if field == 0 and fraction and self._flush and form is not HALF:
            self.flags |= IDC
            fraction = 0
        if field == 0 and fraction == 0:
            return Number(Class.ZERO, negative)
        mantissa = fraction | (1 << form.fraction_bits if field else 0)
        return Number(Class.FINITE, negative, mantissa, form.least_exponent + max(field, 1) - 1)

    def round(
        self, negative: bool, mantissa: int, exponent: int, form: Format, rounding: Rounding | None = None
    ) -> int:
        """Bits of the number of `form` that is `mantissa` * 2**`exponent`, not 0, rounded."""
        rounding = self.rounding if rounding is None else rounding
        sign = form.sign_bit if negative else 0
        place = max(mantissa.bit_length() + exponent - form.fraction_bits - 1, form.least_exponent)
        is_tiny = mantissa.bit_length() + exponent <= form.least_exponent + form.fraction_bits
        if is_tiny and self._flush and form is not HALF:
            self.flags |= UFC
            return sign
        whole, inexact = shift_rounded(negative, mantissa, place - exponent, rounding)
        if is_tiny and inexact:
            self.flags |= UFC
        if whole >> form.fraction_bits + 1:  # rounded up to the next power of two
            whole, place = whole >> 1, place + 1
        field = place - form.least_exponent + (whole >> form.fraction_bits)
        largest = form.most_exponent if form is HALF and self._alternative_half else form.most_exponent - 1
        if field > largest:
            if form is HALF and self._alternative_half:
                self.flags |= IOC
                return sign | form.sign_bit - 1
            self.flags |= OFC | IXC
            to_infinity = rounding in (Rounding.NEAREST, Rounding.TIES_AWAY)
            to_infinity |= rounding is (Rounding.DOWN if negative else Rounding.UP)
            return sign | (form.infinity if to_infinity else form.infinity - 1)
        if inexact:
            self.flags |= IXC
        return sign | field << form.fraction_bits | whole & (1 << form.fraction_bits) - 1

    def _invalid(self, form: Format) -> int:
        self.flags |= IOC
        return form.default_nan

    def _nan_among(self, form: Format, *operands: int) -> int | None:
        """The result where an operand is a NaN: of the first signalling one, else of the first quiet one."""
        kinds = [_nan_kind(bits, form) for bits in operands]
        for kind in (Class.SIGNALLING_NAN, Class.QUIET_NAN):
            if kind in kinds:
                if kind is Class.SIGNALLING_NAN:
                    self.flags |= IOC
                return form.default_nan if self._default_nan else operands[kinds.index(kind)] | form.quiet_bit
        return None

    # --- arithmetic ---------------------------------------------------------------------------------------------

    def add(self, one: int, other: int, form: Format) -> int:
        a, b = self.unpack(one, form), self.unpack(other, form)
        if (nan := self._nan_among(form, one, other)) is not None:
            return nan
        return self._sum(a, b, form)

    def subtract(self, one: int, other: int, form: Format) -> int:
        """Not the sum with `other` negated: a NaN keeps its sign."""
        a, b = self.unpack(one, form), self.unpack(other, form)
        if (nan := self._nan_among(form, one, other)) is not None:
            return nan
        return self._sum(a, replace(b, negative=not b.negative), form)

    def _sum(self, a: Number, b: Number, form: Format) -> int:
        if a.kind is Class.INFINITE or b.kind is Class.INFINITE:
            if a.kind is b.kind and a.negative != b.negative:
                return self._invalid(form)
            return _signed(form.infinity, (a if a.kind is Class.INFINITE else b).negative, form)
        if a.kind is b.kind is Class.ZERO and a.negative == b.negative:
            return _signed(0, a.negative, form)
        exponent = min(a.exponent, b.exponent)
        total = (_signed_mantissa(a) << a.exponent - exponent) + (_signed_mantissa(b) << b.exponent - exponent)
        if total == 0:
            return _signed(0, self.rounding is Rounding.DOWN, form)
        return self.round(total < 0, abs(total), exponent, form)

    def multiply(self, one: int, other: int, form: Format) -> int:
        a, b = self.unpack(one, form), self.unpack(other, form)
        if (nan := self._nan_among(form, one, other)) is not None:
            return nan
        product = _product(a, b)
        if product is None:
            return self._invalid(form)
        if product.kind is Class.FINITE:
            return self.round(product.negative, product.mantissa, product.exponent, form)
        return _signed(form.infinity if product.kind is Class.INFINITE else 0, product.negative, form)

    def multiply_add(self, addend: int, one: int, other: int, form: Format) -> int:
        """`addend` + `one` * `other`, rounded once."""
        c, a, b = self.unpack(addend, form), self.unpack(one, form), self.unpack(other, form)
        product = None if a.kind in _NANS or b.kind in _NANS else _product(a, b)
        nan = self._nan_among(form, addend, one, other)
        if product is None and not (a.kind in _NANS or b.kind in _NANS) and c.kind is not Class.SIGNALLING_NAN:
            return self._invalid(form)
        if nan is not None or product is None:
            return form.default_nan if nan is None else nan
        return self._sum(c, product, form)

    def divide(self, one: int, other: int, form: Format) -> int:
        a, b = self.unpack(one, form), self.unpack(other, form)
        if (nan := self._nan_among(form, one, other)) is not None:
            return nan
        negative = a.negative != b.negative
        if a.kind is b.kind and a.kind in (Class.INFINITE, Class.ZERO):
            return self._invalid(form)
        if a.kind is Class.INFINITE or b.kind is Class.ZERO:
            if a.kind is not Class.INFINITE:
                self.flags |= DZC
            return _signed(form.infinity, negative, form)
        if a.kind is Class.ZERO or b.kind is Class.INFINITE:
            return _signed(0, negative, form)
        more = form.fraction_bits + 3 + max(b.mantissa.bit_length() - a.mantissa.bit_length(), 0)
        quotient, rest = divmod(a.mantissa << more, b.mantissa)
        return self.round(negative, quotient << 1 | (rest != 0), a.exponent - b.exponent - more - 1, form)

    def square_root(self, bits: int, form: Format) -> int:
        a = self.unpack(bits, form)
        if (nan := self._nan_among(form, bits)) is not None:
            return nan
        if a.kind is Class.ZERO:
            return _signed(0, a.negative, form)
        if a.negative:
            return self._invalid(form)
        if a.kind is Class.INFINITE:
            return form.infinity
        more = 2 * form.fraction_bits + 4 + (a.exponent & 1)
        square = a.mantissa << more
        root = isqrt(square)
        return self.round(False, root << 1 | (root * root != square), (a.exponent - more >> 1) - 1, form)

    def compare(self, one: int, other: int, form: Format, signals: bool) -> int:
        """NZCV. `signals`: a quiet NaN is invalid, too."""
        a, b = self.unpack(one, form), self.unpack(other, form)
        kinds = (a.kind, b.kind)
        if Class.SIGNALLING_NAN in kinds or Class.QUIET_NAN in kinds:
            if Class.SIGNALLING_NAN in kinds or signals:
                self.flags |= IOC
            return UNORDERED
        return _order(a, b)

    def extreme(self, one: int, other: int, form: Format, smaller: bool) -> int:
        """VMAXNM, VMINNM: a number wins over a quiet NaN."""
        a, b = self.unpack(one, form), self.unpack(other, form)
        least = _signed(form.infinity, not smaller, form)
        if a.kind is Class.QUIET_NAN and b.kind is not Class.QUIET_NAN:
            one, a = least, Number(Class.INFINITE, not smaller)
        elif b.kind is Class.QUIET_NAN and a.kind is not Class.QUIET_NAN:
            other, b = least, Number(Class.INFINITE, not smaller)
        if (nan := self._nan_among(form, one, other)) is not None:
            return nan
        chosen, bits = (a, one) if _order(a, b) == (LESS if smaller else GREATER) else (b, other)
        if chosen.kind is Class.ZERO and a.kind is b.kind:
            return _signed(0, a.negative or b.negative if smaller else a.negative and b.negative, form)
        return _signed(0, chosen.negative, form) if chosen.kind is Class.ZERO else bits

    # --- conversion ---------------------------------------------------------------------------------------------

    def to_whole(self, bits: int, form: Format, rounding: Rounding, exact: bool) -> int:
        """VRINT: a whole number in the same format. `exact`: one that was none before is told of."""
        a = self.unpack(bits, form)
        if (nan := self._nan_among(form, bits)) is not None:
            return nan
        if a.kind is not Class.FINITE:
            return _signed(form.infinity if a.kind is Class.INFINITE else 0, a.negative, form)
        whole, inexact = shift_rounded(a.negative, a.mantissa, -a.exponent, rounding)
        if inexact and exact:
            self.flags |= IXC
        return self.round(a.negative, whole, 0, form) if whole else _signed(0, a.negative, form)

    def to_fixed(self, bits: int, form: Format, size: int, behind_point: int, signed: bool, rounding: Rounding) -> int:
        """A number of `size` bits, `behind_point` of them behind the point, held at the ends of its range."""
        a = self.unpack(bits, form)
        low, high = (-(1 << size - 1), (1 << size - 1) - 1) if signed else (0, (1 << size) - 1)
        if a.kind in (*_NANS, Class.INFINITE):
            self.flags |= IOC
            return 0 if a.kind in _NANS else low if a.negative else high
        whole, inexact = shift_rounded(a.negative, a.mantissa, -a.exponent - behind_point, rounding)
        value = -whole if a.negative else whole
        if not low <= value <= high:
            self.flags |= IOC
        elif inexact:
            self.flags |= IXC
        return min(max(value, low), high)

    def from_fixed(self, value: int, form: Format, behind_point: int, rounding: Rounding) -> int:
        """The number `value` / 2**`behind_point`."""
        return self.round(value < 0, abs(value), -behind_point, form, rounding) if value else 0

    def convert(self, bits: int, source: Format, target: Format) -> int:
        """From one format to another."""
        a = self.unpack(bits, source)
        if a.kind in _NANS:
            return self._convert_nan(bits, a, source, target)
        if a.kind is Class.FINITE:
            return self.round(a.negative, a.mantissa, a.exponent, target)
        if a.kind is Class.INFINITE and target is HALF and self._alternative_half:
            self.flags |= IOC
            return _signed(target.sign_bit - 1, a.negative, target)
        return _signed(target.infinity if a.kind is Class.INFINITE else 0, a.negative, target)

    def _convert_nan(self, bits: int, a: Number, source: Format, target: Format) -> int:
        if a.kind is Class.SIGNALLING_NAN:
            self.flags |= IOC
        if target is HALF and self._alternative_half:
            self.flags |= IOC
            return _signed(0, a.negative, target)
        if self._default_nan:
            return target.default_nan
        fraction = bits & (1 << source.fraction_bits) - 1
        move = target.fraction_bits - source.fraction_bits
        payload = fraction << move if move >= 0 else fraction >> -move
        return _signed(target.infinity | target.quiet_bit | payload, a.negative, target)


def shift_rounded(negative: bool, mantissa: int, shift: int, rounding: Rounding) -> tuple[int, bool]:
    """`mantissa` / 2**`shift` as a whole number, and whether it was none."""
    if shift <= 0:
        return mantissa << -shift, False
    whole, rest, half = mantissa >> shift, mantissa & (1 << shift) - 1, 1 << shift - 1
    if rounding is Rounding.NEAREST:
        up = rest > half or (rest == half and whole & 1 == 1)
    elif rounding is Rounding.TIES_AWAY:
        up = rest >= half
    else:
        up = rest != 0 and rounding is (Rounding.DOWN if negative else Rounding.UP)
    return whole + up, rest != 0


def _nan_kind(bits: int, form: Format) -> Class | None:
    if bits & form.sign_bit - 1 <= form.infinity:
        return None
    return Class.QUIET_NAN if bits & form.quiet_bit else Class.SIGNALLING_NAN


def _signed(bits: int, negative: bool, form: Format) -> int:
    return bits | (form.sign_bit if negative else 0)


def _signed_mantissa(number: Number) -> int:
    return -number.mantissa if number.negative else number.mantissa


def _product(a: Number, b: Number) -> Number | None:
    """Exactly; None for infinity times zero."""
    negative, kinds = a.negative != b.negative, (a.kind, b.kind)
    if Class.INFINITE in kinds:
        return None if Class.ZERO in kinds else Number(Class.INFINITE, negative)
    if Class.ZERO in kinds:
        return Number(Class.ZERO, negative)
    return Number(Class.FINITE, negative, a.mantissa * b.mantissa, a.exponent + b.exponent)


def _order(a: Number, b: Number) -> int:
    """NZCV of two numbers."""
    if Class.INFINITE in (a.kind, b.kind):
        one, other = ((-1 if n.negative else 1) * (n.kind is Class.INFINITE) for n in (a, b))
    else:
        exponent = min(a.exponent, b.exponent)
        one, other = (_signed_mantissa(n) << n.exponent - exponent for n in (a, b))
    return EQUAL if one == other else LESS if one < other else GREATER
