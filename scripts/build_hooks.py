"""Build the native hooks: the headers of the records that they share with Python, and the libraries of each C file.

    python scripts/build_hooks.py            write both
    python scripts/build_hooks.py --check    exit 1 where what is committed is something else

A library is made for each of PLATFORMS, wherever this runs: the hooks need nothing of a system, no C library and no
header. The same sources make the same bytes. Needs Clang and LLD 16 (`apt-get install clang-16 lld-16`): other versions
make other ones.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from simtiny.counting import records
from simtiny.counting.layout import CONSTANTS
from simtiny.machine import register_ranges
from simtiny.native.record import NativeRecord, signature

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "simtiny"
NATIVE = PACKAGE / "counting" / "native"
LIBRARIES = PACKAGE / "native"
HEADERS: dict[Path, tuple[tuple[NativeRecord, ...], Mapping[str, int]]] = {
    NATIVE / "state.h": (records.RECORDS, CONSTANTS),
    PACKAGE / "machine" / "register_ranges.h": (register_ranges.RECORDS, register_ranges.CONSTANTS),
}
SOURCES = (*sorted((PACKAGE / "flash").glob("*.c")), PACKAGE / "machine" / "register_reads.c")
CLANG = "clang-16"
FLAGS = (
    "-std=c11", "-O2", "-c", "-ffreestanding", "-fno-ident", "-fno-strict-aliasing", "-fwrapv", "-fno-stack-protector",
    "-fno-unroll-loops", "-fno-vectorize", "-fno-slp-vectorize",
    "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter",
)  # fmt: skip


@dataclass(frozen=True)
class Platform:
    """What libraries are made for. A function that is not static can be called from outside."""

    triple: str
    """What Clang calls it."""
    suffix: str
    """With which the names of libraries end."""
    flags: tuple[str, ...]
    """Of Clang, besides FLAGS."""
    link: tuple[str, ...]
    """The linker, with its options."""


_NO_UNWINDING = ("-fno-asynchronous-unwind-tables", "-fno-unwind-tables")


def linux(processor: str) -> Platform:
    flags = ("-fPIC", "-fno-semantic-interposition", *_NO_UNWINDING)
    link = ("ld.lld-16", "-shared", "--build-id=none", "--hash-style=gnu", "--no-undefined", "-s")
    return Platform(f"{processor}-unknown-linux-gnu", ".so", flags, link)


def macos(processor: str) -> Platform:
    """Its loader refuses a library that depends on nothing, so each names the system's own and takes nothing of it."""
    link = ("ld64.lld-16", "-dylib", "-arch", processor, "-platform_version", "macos", "11.0", "11.0", "-x", "-lSystem")
    return Platform(f"{processor}-apple-macos11.0", ".dylib", _NO_UNWINDING, (*link, "-L."))


def windows(processor: str) -> Platform:
    """There, longjmp unwinds the stack as well."""
    link = ("ld.lld-16", "-m", "i386pep", "--shared", "--export-all-symbols", "--no-insert-timestamp", "-s")
    flags = ("-fasynchronous-unwind-tables",)
    return Platform(f"{processor}-w64-windows-gnu", ".dll", flags, (*link, "-Xlink=-noentry"))


PLATFORMS = {
    "linux-aarch64": linux("aarch64"),
    "linux-x86_64": linux("x86_64"),
    "macos-arm64": macos("arm64"),
    "macos-x86_64": macos("x86_64"),
    "windows-x86_64": windows("x86_64"),
}
"""By the name that `simtiny.native.library.host` gives."""
SYSTEM_STUB = """--- !tapi-tbd
tbd-version: 4
targets: [ arm64-macos, x86_64-macos ]
install-name: /usr/lib/libSystem.B.dylib
...
"""
"""All that LLD needs to know of macOS's own library."""


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


def library(source: Path, platform: Platform) -> bytes:
    """The library of one C file."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "libSystem.tbd").write_text(SYSTEM_STUB, encoding="utf-8")
        target = f"--target={platform.triple}"
        compiled, linked = Path(folder, f"{source.stem}.o"), Path(folder, source.stem + platform.suffix)
        command = [CLANG, *FLAGS, *platform.flags, target, f"-I{NATIVE}", "-o", str(compiled), source.name]
        subprocess.run(command, cwd=source.parent, check=True)
        subprocess.run([*platform.link, "-o", linked.name, compiled.name], cwd=folder, check=True)
        return linked.read_bytes()


def made() -> Iterator[tuple[Path, bytes]]:
    """All files that this makes, the headers first: what follows includes them."""
    for path in HEADERS:
        yield path, header(path).encode()
    for name, platform in PLATFORMS.items():
        for source in SOURCES:
            yield LIBRARIES / name / (source.stem + platform.suffix), library(source, platform)


def main() -> int:
    """Write what is out of date and remove what nothing makes any more, or only say so."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    tools = {CLANG, *(platform.link[0] for platform in PLATFORMS.values())}
    if missing := [tool for tool in sorted(tools) if shutil.which(tool) is None]:
        print(f"not installed: {', '.join(missing)}", file=sys.stderr)
        return 1
    verbs = ("differs", "is not made") if check else ("written", "removed")
    left = {path for name in PLATFORMS for path in (LIBRARIES / name).glob("*")}
    changed = False
    for path, content in made():
        left.discard(path)
        if path.is_file() and path.read_bytes() == content:
            continue
        changed = True
        print(f"{verbs[0]}: {path.relative_to(ROOT)}")
        if not check:
            path.parent.mkdir(exist_ok=True)
            new = path.with_name(f".{path.name}")
            new.write_bytes(content)
            new.replace(path)  # a process that has the old one loaded keeps it
    for path in sorted(left):
        changed = True
        print(f"{verbs[1]}: {path.relative_to(ROOT)}")
        if not check:
            path.unlink()
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
