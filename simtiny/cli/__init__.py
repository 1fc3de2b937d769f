"""The command line. `main` is the one place where an error becomes an exit code."""

import errno
import os
import re
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from itertools import zip_longest
from pathlib import Path
from signal import SIGINT, raise_signal
from threading import Timer
from typing import Annotated, Any, TextIO

import typer

from simtiny.cli import (
    accuracy,
    boards,
    calibrate,
    check,
    compare,
    crosscheck,
    debug,
    exec,
    export,
    fetch,
    price,
    profile,
    run,
    schema,
    serve,
    sweep,
    verify,
)
from simtiny.errors import BadInput, SimtinyError, did_you_mean
from simtiny.mlperf.tasks import TASKS
from simtiny.model.official import MODELS
from simtiny.options import in_options
from simtiny.version import __version__

SIGPIPE_EXIT_CODE = 141
"""What a shell reports of a program that wrote to a closed pipe."""
_COMPLETION = "_SIMTINY_COMPLETE"
"""Set by a shell that asks how a line could go on. typer answers, and exits."""
_QUOTED = r"'([^']*)'"
_CHOICES = re.compile(rf"{_QUOTED} is not one of (.*)$")
_NO_NUMBER = re.compile(r"is not a valid (float|int)(?: range)?$")
_NUMBERS = {"float": "a number: write it without a unit, and with a decimal point", "int": "a whole number"}
REPEAT_INTERRUPT_S = 0.02
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EIO)
_UsageError: Any = typer.BadParameter.__mro__[1]
"""Base of all errors of the command line: typer's or click's own, by the version of typer."""

app = typer.Typer(
    name="simtiny",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
EXAMPLES = {
    "run": (
        "simtiny run",
        "simtiny run kws01 --board nucleo-u575zi-q --layers",
        "simtiny run --model my.tflite --where",
        "simtiny run --image my.elf --function matmul",
        "simtiny run kws01 --clock 26 --voltage-range 2 --json result.json",
    ),
    "profile": (
        "simtiny profile kws01",
        "simtiny profile my.elf --function matmul --by line",
        "simtiny profile kws01 --speedscope kws01.speedscope.json --html kws01.html",
    ),
    "exec": (
        "simtiny exec my.elf --board nucleo-l4r5zi",
        "simtiny exec my.elf --until PASSED --for 2s",
        "simtiny exec my.elf --stdin input.txt --pin PC13=1@10ms --json result.json",
    ),
    "price": (
        "simtiny price trace.st --board nucleo-l4r5zi",
        "simtiny price trace.st.gz --image my.elf --function matmul",
        "simtiny price - --marks 0:1 --json",
    ),
    "sweep": (
        "simtiny sweep kws01 --board 'nucleo-*' --clock all --voltage-range all",
        "simtiny sweep kws01 --clock 16:120:8MHz --minimise energy --subject-to 'latency<100ms'",
        "simtiny sweep study.toml --html page.html",
    ),
    "compare": (
        "simtiny compare nucleo-l4r5zi nucleo-u575zi-q --benchmark kws01",
        "simtiny compare clock=80 clock=26,voltage-range=2 --benchmark kws01",
        "simtiny compare old.elf new.elf --function matmul",
        "simtiny compare before.json after.json --html page.html",
    ),
    "check": (
        "simtiny check --update",
        "simtiny check",
        "simtiny check kws01 image=fw.elf,function=matmul,clock=80",
        "simtiny check --image new.elf --base-image old.elf",
    ),
    "fetch": (
        "simtiny fetch models",
        "simtiny fetch images --board nucleo-l4r5zi",
        "simtiny fetch images --from CLONES",
    ),
    "accuracy": ("simtiny accuracy kws01 --data DATA/kws01 --limit 100",),
    "crosscheck": (
        "simtiny crosscheck --board nucleo-l4r5zi --html page.html",
        "simtiny crosscheck --suite pqm4 --programs pqm4/elf --json pqm4.json",
    ),
    "calibrate": ("simtiny calibrate --board nucleo-u575zi-q --measurements mine.csv --output mine.toml",),
    "serve": ("simtiny serve kws01 --tcp 5555", "simtiny serve --image my.elf --link /tmp/board"),
    "debug": ("simtiny debug my.elf --board nucleo-u575zi-q", "simtiny debug my.elf --port 0"),
    "verify": ("simtiny verify check.zip",),
    "schema": ("simtiny schema run",),
}


def _examples(command: str) -> str:
    return "\n\n".join(["Examples:", *EXAMPLES[command]])


app.command("run", epilog=_examples("run"))(run.run)
app.command("profile", epilog=_examples("profile"))(profile.profile)
app.command("exec", epilog=_examples("exec"))(exec.exec_)
app.command("price", epilog=_examples("price"))(price.price)
app.command("sweep", epilog=_examples("sweep"))(sweep.sweep)
app.command("compare", epilog=_examples("compare"))(compare.compare)
app.command("check", epilog=_examples("check"))(check.check)
app.add_typer(boards.app, name="boards")
app.add_typer(export.app, name="export")
app.command("fetch", epilog=_examples("fetch"))(fetch.fetch)
app.command("accuracy", epilog=_examples("accuracy"))(accuracy.accuracy)
app.command("crosscheck", epilog=_examples("crosscheck"))(crosscheck.crosscheck)
app.command("calibrate", epilog=_examples("calibrate"))(calibrate.calibrate)
app.command("serve", epilog=_examples("serve"))(serve.serve)
app.command("debug", epilog=_examples("debug"))(debug.debug)
app.command("verify", epilog=_examples("verify"))(verify.verify)
app.command("schema", epilog=_examples("schema"))(schema.schema)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"simtiny {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A microcontroller board in software: latency and energy of a firmware image without the board.

    Exit codes: 0 fine, 1 a check failed, 2 bad input, 3 firmware fault, 4 not priced by the model, 130 interrupted by
    Ctrl-C, 143 ended by SIGTERM. An error is one line on standard error; behind one that ended a run stands, in lines
    of their own, what the run had met that may have led to it.

    Counts of earlier runs, networks and images are kept in a cache: where the variable SIMTINY_CACHE says, else the
    system's usual place (on Linux ~/.cache/simtiny).
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. No command at all asks for help."""
    arguments = with_json_value(sys.argv[1:] if argv is None else argv)
    sys.stdout, sys.stderr = (_tolerant(stream or _nowhere()) for stream in (sys.stdout, sys.stderr))
    sys.unraisablehook = _unraisable
    try:
        code = app(args=arguments or ["--help"], prog_name="simtiny", standalone_mode=False)
        sys.stdout.flush()
    except _UsageError as error:
        return _fail(_usage(error), BadInput.exit_code)
    except SimtinyError as error:
        return _fail(in_options(str(error)), error.exit_code, error.notes)
    except (BrokenPipeError, SystemExit):  # `simtiny run | head`: who reads has seen enough, and typer exits for it
        if _COMPLETION in os.environ:
            raise
        with _nowhere() as nowhere:  # what is still buffered must not fail at the interpreter's end
            os.dup2(nowhere.fileno(), 1)
        return SIGPIPE_EXIT_CODE
    except OSError as error:  # a full disk, a file taken away while it is read
        full = error.filename is None and error.errno in _NO_ROOM
        return _fail(f"standard output: {error.strerror}" if full else str(error), BadInput.exit_code)
    return code if isinstance(code, int) else 0  # typer's own: --version, an interrupt


def with_json_value(arguments: Sequence[str]) -> list[str]:
    """Give `--json` its default value: alone, before an option or before a benchmark or board it means standard output.

    Whoever wants a file of such a name writes `--json=kws01`.
    """
    completed = []
    for argument, following in zip_longest(arguments, arguments[1:]):
        takes_file = following is not None and (following == "-" or following[:1] != "-")
        alone = argument == "--json" and not (takes_file and not _is_positional(arguments[0], following or ""))
        completed.append("--json=-" if alone else argument)
    return completed


def _is_positional(command: str, argument: str) -> bool:
    """Whether it is what the command works on, and no file to write to."""
    if command not in ("boards", "check", "compare", "profile"):
        is_study = command == "sweep" and argument.endswith(sweep.STUDY_FILE)
        return is_study or argument in TASKS or argument in MODELS
    from simtiny.board_file import PLATFORM_FILE, board_names

    if command in ("check", "compare", "profile"):
        return argument in (*TASKS, *MODELS, *board_names()) or "=" in argument
    return argument == "show" or argument.endswith(PLATFORM_FILE) or argument in board_names()


def _nowhere() -> TextIO:
    """In place of a stream that the caller has closed (`>&-`): Python has none then."""
    return Path(os.devnull).open("w", encoding="utf-8")


def _tolerant(stream: TextIO) -> TextIO:
    """Make the stream replace what its encoding does not have: neither a table nor a message must fail for that."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream


def _unraisable(problem: "sys.UnraisableHookArgs") -> None:
    """Interrupt again where Python had to drop the first Ctrl-C: it came while a library called back."""
    if issubclass(problem.exc_type, KeyboardInterrupt):
        Timer(REPEAT_INTERRUPT_S, _interrupt).start()  # raised right here it would be dropped again
    else:
        sys.__unraisablehook__(problem)


def _interrupt() -> None:
    """As Ctrl-C does: it also wakes a main thread that waits."""
    if os.name == "nt":  # where `os.kill` ends the process at once
        raise_signal(SIGINT)
    else:
        os.kill(os.getpid(), SIGINT)


def _usage(error: Any) -> str:
    """What is wrong with the command line, and where to look."""
    command = error.ctx.command_path if error.ctx else "simtiny"
    message = error.format_message().replace("Value error, ", "").rstrip(".")
    message = _NO_NUMBER.sub(lambda found: f"is not {_NUMBERS[found[1]]}", message)
    if choices := _CHOICES.search(message):
        message = f"{message}{did_you_mean(choices[1], re.findall(_QUOTED, choices[2]))}"
    return f"{message} (see `{command} --help`)"


def _fail(message: str, exit_code: int, notes: Sequence[str] = ()) -> int:
    """One line, and one for each note, whatever a file's name or a firmware's output brought into them."""
    for kind, text in (("error", message), *(("note", note) for note in notes)):
        line = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
        print(f"{kind}: {line}", file=sys.stderr)
    return exit_code
