"""Build the native hooks: the header of the records that they share with Python, and LLVM's text of each C file.

    python scripts/build_hooks.py            write both
    python scripts/build_hooks.py --check    exit 1 where what is committed is something else

Needs Clang 16 (`apt-get install clang-16`): another version writes other text. What depends on a processor is left out
of the text, so that it serves every one with 64-bit little-endian addresses.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from simtiny.counting import records
from simtiny.counting.layout import CONSTANTS
from simtiny.machine import register_ranges
from simtiny.native.record import NativeRecord, signature

CLANG = "clang-16"
ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "simtiny"
NATIVE = PACKAGE / "counting" / "native"
HEADERS: dict[Path, tuple[tuple[NativeRecord, ...], Mapping[str, int]]] = {
    NATIVE / "state.h": (records.RECORDS, CONSTANTS),
    PACKAGE / "machine" / "register_ranges.h": (register_ranges.RECORDS, {}),
}
SOURCES = (*sorted((PACKAGE / "flash").glob("*.c")), PACKAGE / "machine" / "register_reads.c")
FLAGS = (
    "-std=c11", "-O2", "-S", "-emit-llvm", "-fno-discard-value-names", "-Xclang",
    "-disable-lifetime-markers", "-ffreestanding", "-fno-ident", "-fno-strict-aliasing", "-fwrapv",
    "-fno-unroll-loops", "-fno-vectorize", "-fno-slp-vectorize", "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables", "-fno-pic", "-Wall", "-Wextra",
    "-Werror", "-Wno-unused-parameter", "--target=x86_64-unknown-linux-gnu",
)  # fmt: skip
# Of Clang's text: the processor that it was called for, and what only speaks of Clang itself.
_LEFT_OUT = re.compile(r"^(target |source_filename|; ModuleID|!llvm\.ident|![0-9]+ = !\{!\"clang)")
_ATTRIBUTES = re.compile(r' "(?:target-cpu|target-features|tune-cpu|min-legal-vector-width)"="[^"]*"')


def header(path: Path) -> str:
    """A header, from its records."""
    shared, constants = HEADERS[path]
    values = "".join(f"    {name} = {value},\n" for name, value in constants.items())
    enum = f"enum {{\n{values}}};\n\n" if constants else ""
    structs = "\n\n".join(record.c_text for record in shared)
    guard = path.name.upper().replace(".", "_")
    return f"""/* Written by scripts/build_hooks.py from records in Python: do not edit. */
#ifndef {guard}
#define {guard}

#include <stdint.h>

typedef int64_t (*Callback)(int64_t, int64_t, int64_t);
typedef int (*StopEmulator)(void *emulator);
typedef int (*ReadRegister)(void *emulator, int number, void *value);

{enum}{structs}

/* Tells Python which records this was made for. */
int64_t layout_signature(void) {{ return INT64_C({signature(shared)}); }}

#endif
"""


def library(source: Path) -> str:
    """LLVM's text of one C file."""
    command = [CLANG, *FLAGS, f"-I{NATIVE}", "-o", "-", source.name]
    text = subprocess.run(command, cwd=source.parent, check=True, capture_output=True, text=True).stdout
    lines = (_ATTRIBUTES.sub("", line) for line in text.splitlines() if not _LEFT_OUT.match(line))
    return "\n".join(lines).strip() + "\n"


def main() -> int:
    """Write what is out of date, or only say so."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    if shutil.which(CLANG) is None:
        print(f"{CLANG} is not installed", file=sys.stderr)
        return 1
    differing = []
    for source in (*HEADERS, *SOURCES):
        is_header = source in HEADERS
        path, text = (source, header(source)) if is_header else (source.with_suffix(".ll"), library(source))
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            differing.append(path)
            if not check:
                path.write_text(text, encoding="utf-8")
    for path in differing:
        print(f"{'differs' if check else 'written'}: {path.relative_to(ROOT)}")
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
