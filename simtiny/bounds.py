"""What bounds a measurement in place of the protocol's window."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """Symbols (or 0x addresses) of the user's image."""

    start: str
    end: str | None
    """None: until the function at `start` returns."""
    call: int = 1
    """Which passage in a run the figures are of."""

    @property
    def description(self) -> str:
        """For the report."""
        if self.end is None:
            which = "one call" if self.call == 1 else f"call {self.call:,}"
            return f"{which} of {self.start}"
        which = "" if self.call == 1 else f", passage {self.call:,}"
        return f"from {self.start} to {self.end}{which}"

    @property
    def title(self) -> str:
        """What is measured, in few words."""
        return self.start if self.end is None else f"{self.start} to {self.end}"
