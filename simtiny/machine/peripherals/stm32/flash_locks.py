"""The locks of STM32 flash controllers."""

from collections.abc import Mapping
from dataclasses import dataclass

from simtiny.machine.peripherals.registers import RegisterFile

# HAL of every family: FLASH_KEY1, FLASH_KEY2; FLASH_OPTKEY1, FLASH_OPTKEY2
FLASH_KEYS = (0x45670123, 0xCDEF89AB)
OPTION_KEYS = (0x08192A3B, 0x4C5D6E7F)
_JAMMED, _OPEN = 2, 3  # progress beyond the number of right keys


@dataclass(frozen=True)
class Lock:
    """A bit of a register that a sequence of keys clears."""

    register: str
    bit: int
    keys: tuple[int, int] = FLASH_KEYS


class Locks:
    """`locks` by the name of the register that takes the keys. A wrong key leaves a lock shut until reset."""

    def __init__(self, file: RegisterFile, locks: Mapping[str, Lock]) -> None:
        self._file, self._locks = file, locks
        self._progress = dict.fromkeys(locks, 0)

    def take(self, name: str, key: int) -> None:
        """A key was written to the register of this name."""
        lock, step = self._locks[name], self._progress[name]
        if step in (_JAMMED, _OPEN):
            return
        right = key == lock.keys[step]
        self._progress[name] = (1, _OPEN)[step] if right else _JAMMED
        if right and step == 1:
            self._file[lock.register] &= ~lock.bit

    def notice(self) -> None:
        """Registers were written: a lock that was open and is shut now takes its keys from the first one on again."""
        for name, lock in self._locks.items():
            if self._progress[name] == _OPEN and self._file[lock.register] & lock.bit:
                self._progress[name] = 0
