"""What recording costs in Renode: CPU time of one inference, as ratios to plain Renode in one run.

    python scripts/bench_renode.py [--renode PROGRAM] [--benchmark ic01] [--board nucleo-l4r5zi] [--rounds 3]

"blocks" has block starts alone, "data" all that the board prices, each to a file that keeps nothing. Rounds are
interleaved, and the least time of each counts.
"""

import argparse
import os
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

from simtiny.mlperf.protocol import BYTES_PER_LINE
from simtiny.mlperf.tasks import synthetic_input
from simtiny.mlperf.workload import Workload, build
from simtiny.renode.engine import HERE, PLUGINS
from simtiny.renode.filter import rules
from simtiny.renode.find import find
from simtiny.renode.platform import platform
from simtiny.renode.script import Load, absolute, script, serial_port
from simtiny.request import Request

TARGETS = {"blocks": 4.0, "data": 10.0}
PATIENCE_S = 300.0

# Answers each `m-ready` with the next command, and tells the CPU time between the two lap lines of the last one.
TALKER = """
using System;
using System.Diagnostics;
using System.IO;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Peripherals.UART;

namespace Antmicro.Renode.Bench
{
    public static class Talker
    {
        public static void Talk(this TranslationCPU cpu, IUART uart, string path)
        {
            var text = File.ReadAllText(path);
            var sent = 0;
            var line = "";
            var began = 0.0;
            uart.CharReceived += character =>
            {
                if(character != '\\n')
                {
                    line += (char)character;
                    return;
                }
                var now = Process.GetCurrentProcess().TotalProcessorTime.TotalMilliseconds;
                if(line.StartsWith("m-lap-us") && sent == text.Length)
                {
                    Console.WriteLine(began > 0 ? "WINDOW " + (now - began).ToString("0") : "");
                    began = now;
                }
                if(line.StartsWith("m-ready"))
                {
                    if(sent == text.Length)
                    {
                        cpu.IsHalted = true;
                    }
                    for(var end = text.IndexOf('%', Math.Min(sent, text.Length - 1)); sent <= end; sent++)
                    {
                        uart.WriteChar((byte)text[sent]);
                    }
                }
                line = "";
            };
        }
    }
}
"""


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--renode", type=Path)
    parser.add_argument("--benchmark", default="ic01")
    parser.add_argument("--board", default="nucleo-l4r5zi")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    command = find(given.renode).command
    workload = build(Request(given.benchmark, given.board))
    record = f"cpu SimtinyRecord @{os.devnull}"
    modes = {
        "plain": [],
        "blocks": ['cpu SimtinyFilter "blocks"', record],
        "data": [f'cpu SimtinyFilter "{rules(workload.board)}"', record],
    }
    spent_ms = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="simtiny-") as name:
        folder = Path(name)
        for _ in range(given.rounds):
            for mode, lines in modes.items():
                spent_ms[mode].append(window_ms(command, workload, lines, folder))
    plain = min(spent_ms["plain"])
    for mode, target in TARGETS.items():
        ratio = min(spent_ms[mode]) / plain
        missed = "" if ratio <= target else "  MISSED"
        what = f"Renode, {mode} recorded / plain ({given.benchmark}, CPU time)"
        print(f"{what} {ratio:.2f}, target at most {target:g}{missed}")


def window_ms(command: tuple[str, ...], workload: Workload, lines: list[str], folder: Path) -> float:
    """CPU time of one inference in milliseconds."""
    task = workload.flashed.task
    assert task is not None
    data = synthetic_input(task.input_bytes, task.encoding)
    pieces = [data[start : start + BYTES_PER_LINE].hex() for start in range(0, len(data), BYTES_PER_LINE)]
    (folder / "talk").write_text("%".join([f"db load {len(data)}", *(f"db {piece}" for piece in pieces), "infer 1 0%"]))
    (folder / "talker.cs").write_text(TALKER)
    (folder / "board.repl").write_text(platform(workload.board))
    loads = []
    contents = [(segment.address, segment.data) for segment in workload.image.segments]
    for number, (address, part) in enumerate([*contents, *workload.segments]):
        (folder / f"part{number}").write_bytes(part)
        loads.append(Load(absolute(folder / f"part{number}"), address))
    talk = f"cpu Talk {serial_port(workload.board)} {absolute(folder / 'talk')}"
    text = script(
        workload.board,
        plugins=[*(absolute(HERE / plugin) for plugin in PLUGINS), absolute(folder / "talker.cs")],
        platform=absolute(folder / "board.repl"),
        loads=loads,
        paced=False,
        last=(*lines, talk, 'emulation RunFor "1.5"', "quit"),
    )
    (folder / "bench.resc").write_text(text)
    options = ("--disable-gui", "--plain", "--console", "--hide-log", str(folder / "bench.resc"))
    environment = os.environ | {"TMPDIR": str(folder)}
    done = subprocess.run(
        [*command, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=environment,
    )
    windows = [line for line in done.stdout.splitlines() if line.startswith("WINDOW")]
    if not windows:
        raise SystemExit(f"Renode made no inference: {done.stdout[-300:]}")
    return float(windows[-1].split()[1])


if __name__ == "__main__":
    main()
