"""GDB itself, driving the command."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simtiny.errors import BadInput

GDB = shutil.which("gdb-multiarch")
OWN = Path("docs/examples/own/own.elf")
COMMANDS = """
monitor reset halt
load
compare-sections
break process_frame
continue
backtrace
info registers pc sp msp xpsr primask
print frame
finish
monitor cycles
delete
watch ticks
continue
delete
tbreak checksum
continue
print data[0]
stepi
nexti
next
monitor energy
monitor help
hbreak report
continue
up
delete
monitor console on
continue
"""


@pytest.fixture
def port() -> Iterator[str]:
    """The port of `simtiny debug`, which ends in good order."""
    command = [sys.executable, "-m", "simtiny", "debug", str(OWN), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"target extended-remote 127\.0\.0\.1:([0-9]+)", line)
        assert found, line
        yield found[1]
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
        assert process.returncode == 0, errors
        assert output.startswith("own: ready")


@pytest.mark.slow
@pytest.mark.skipif(GDB is None, reason="there is no gdb-multiarch (apt-get install gdb-multiarch)")
def test_gdb_debugs_a_firmware(port: str) -> None:
    script = [f"target extended-remote :{port}", *COMMANDS.split("\n")]
    options = [word for line in script if line for word in ("-ex", line)]
    result = subprocess.run([str(GDB), "-batch", "-nx", *options, OWN], capture_output=True, text=True, timeout=60)
    said = result.stdout
    for expected in (
        "Loading section .text",
        "Section .text, range 0x8000000 -- ",
        "matched.",
        "Breakpoint 1, process_frame (frame=frame@entry=0) at main.c:",
        "#1  0x080001fe in main () at main.c:105",
        "pc             0x8000124",
        "$1 = 0",
        "Value returned is $2 = 1274581344",
        "Old value = 5\nNew value = 6",
        "checksum (data=data@entry=0x2000020c <filtered>",
        "Breakpoint 4, report (frame=frame@entry=3",
        "[Inferior 1 (Remote target) exited normally]",
    ):
        assert expected in said, said
    told = result.stderr
    assert re.search(r"^[0-9]+$", told, re.MULTILINE), told  # cycles
    assert re.search(r"[0-9.]+ uJ in [0-9,]+ cycles, [0-9.]+ ms, [0-9.]+ mW on average", told), told
    assert "shutdown       end simtiny debug" in told
    assert "own: done" in told


def test_what_cannot_be_served_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    from simtiny.cli import main
    from simtiny.debugger.server import listen

    with listen(0) as listener:
        taken = listener.getsockname()[1]
        assert main(["debug", str(OWN), "--port", str(taken)]) == BadInput.exit_code
    assert capsys.readouterr().err.startswith(f"error: --port {taken}: can't listen on 127.0.0.1:{taken}: ")
    assert main(["debug", "nothing.elf", "--port", "0"]) == BadInput.exit_code
    assert main(["debug", str(OWN), "--port", "70000"]) == BadInput.exit_code
