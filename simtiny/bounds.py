"""What bounds a measurement in place of the protocol's window."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """Symbols (or 0x addresses) of the user's image."""

    start: str
    end: str | None
    """None: until the function at `start` returns."""

    @property
    def description(self) -> str:
        """For the report."""
        return f"one call of {self.start}" if self.end is None else f"from {self.start} to {self.end}"

    @property
    def title(self) -> str:
        """What is measured, in few words."""
        return self.start if self.end is None else f"{self.start} to {self.end}"
