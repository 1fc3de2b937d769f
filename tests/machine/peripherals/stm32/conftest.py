"""What tests of DMA controllers have in common."""

import pytest

from tests.machine.peripherals.conftest import FakeSystem
from tests.machine.peripherals.ports import PORT, FakePort


@pytest.fixture
def port(system: FakeSystem) -> FakePort:
    """A serial port at PORT whose request lines go to the controllers of the system."""
    port = FakePort(system, "P")
    port.controllers = system.controllers
    system.blocks[PORT] = port
    return port
