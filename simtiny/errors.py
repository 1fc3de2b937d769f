"""The one exception tree. `cli.main` maps it to exit codes; nothing else does."""


class SimtinyError(Exception):
    """Base of every error that ends in one clear line. `exit_code` is the process status."""

    exit_code = 1


class GateFailed(SimtinyError):
    """A check that the user asked for did not pass (accuracy target, latency limit)."""

    exit_code = 1


class BadInput(SimtinyError):
    """A file, option or name given by the user can't be used. Says what, where and what to do."""

    exit_code = 2


class FirmwareFault(SimtinyError):
    """The firmware under emulation faulted, hung or never answered."""

    exit_code = 3


class Unpriced(SimtinyError):
    """The timing or energy model met an instruction or configuration that it has no price for."""

    exit_code = 4
