"""A flash policy's own native functions, with a state to call them on."""

import ctypes
from typing import Any

from simtiny.counting import layout, records
from simtiny.flash.policy import Policy
from simtiny.native import library


class NativeFlash:
    """`flash`: the common state; `own`: what the policy remembers, its buffers empty."""

    def __init__(self, policy: Policy, **flash: int) -> None:
        self.library = library.load(policy.library, records.SIGNATURE)
        self.state = layout.STATE.structure()
        self.flash, self.own = self.state.flash, policy.record.structure()
        policy.forget(self.own)
        self.flash.policy = ctypes.addressof(self.own)
        for name, value in flash.items():
            setattr(self.flash, name, value)

    def call(self, name: str, *arguments: int) -> int:
        """A function that takes the state and whole numbers."""
        types = [ctypes.c_int64] * len(arguments)
        function = self.library.function(name, ctypes.c_void_p, *types)
        return int(function(ctypes.addressof(self.state), *arguments))


def touch(cache: Any, unit: int) -> bool:
    """`touch` of caches.h on a record of layout.CACHE."""
    function = library.load("prefetch", records.SIGNATURE).function("touch", ctypes.c_void_p, ctypes.c_int64)
    return bool(function(cache.ctypes.data, unit))
