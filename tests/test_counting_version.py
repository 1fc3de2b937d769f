"""What voids a stored measurement: the code that it was made with, and no other."""

import ast
import importlib.metadata
import importlib.util
import shutil
import time
from pathlib import Path
from types import ModuleType

import pytest

import simtiny
from simtiny.counting_version import (
    LIBRARIES,
    MEASURES,
    counting_version,
    data_files,
    import_closure,
    library_version,
)

PACKAGE = Path(simtiny.__file__).parent


def modules() -> dict[str, Path]:
    """All of the package by name."""
    names = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


def exact_closure(root: str) -> set[str]:
    """By Python's own parser."""
    known, found, wanted = modules(), set(), [root]
    while wanted:
        name = wanted.pop()
        if name in found or name not in known:
            continue
        found.add(name)
        wanted.append(name.rpartition(".")[0])
        if name == "simtiny":
            continue
        for node in ast.walk(ast.parse(known[name].read_text())):
            if isinstance(node, ast.Import):
                wanted += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0 and node.module is not None, f"{name} imports by a relative name"
                wanted += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


@pytest.mark.parametrize("root", [MEASURES, "simtiny.api", "simtiny.cli", "simtiny.estimate"])
def test_the_closure_is_that_of_the_parser(root: str) -> None:
    known = {path: name for name, path in modules().items()}
    assert {known[path] for path in import_closure(root)} == exact_closure(root)


PARTS = {
    *(
        "__init__",
        "bits",
        "board",
        "bounds",
        "call_tree",
        "consumers",
        "chunks",
        "cores",
        "dwarf",
        "elf",
        "engine",
        "errors",
        "files",
        "image",
        "image_load",
    ),
    *("intelhex", "notes", "options", "placement", "power_model", "profiles", "relocation", "settings"),
    *("absent", "demangled", "devices", "exception_names", "named", "srecord", "stack_limits", "symbols", "uf2"),
    *("counting", "flash", "isa", "machine", "mlperf", "model", "native", "timing"),
}
"""Modules and packages that counts depend on. `power_model` is data only: what a board holds."""
OF_PACKAGES = {
    "flash": {"price": False, "what_if": True, "prefetch": True},
    "model": {"plan_layout": True, "plan": False, "tflite": False, "standin": False},
    "mlperf": {"measure": True, "measurement": True, "protocol": True, "tasks": True, "workload": False},
    "timing": {"models": True, "prices": True, "cortex_m4": True},
}
"""Of some packages, what does and what does not count."""


def test_what_counts_depends_on() -> None:
    """Not on what prices, shows, reads networks or boards, or knows of records: their edits leave stored counts."""
    places = [path.relative_to(PACKAGE).with_suffix("").parts for path in import_closure(MEASURES)]
    assert {place[0] for place in places} == PARTS
    for package, modules_of in OF_PACKAGES.items():
        assert {name: (package, name) in places for name in modules_of} == modules_of


def copied(folder: Path) -> ModuleType:
    """The module as it is in a copy of the package, whose version it tells."""
    spec = importlib.util.spec_from_file_location("copied", folder / "simtiny" / "counting_version.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def package(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / "simtiny", ignore=shutil.ignore_patterns("__pycache__", "_data"))
    return tmp_path / "simtiny"


def test_only_code_that_counts_changes_the_version(package: Path) -> None:
    def version() -> str:
        found: str = copied(package.parent).counting_version()
        return found

    original = version()
    assert original == counting_version()
    for shows in (
        "report/text.py",
        "energy.py",
        "power.py",
        "estimate.py",
        "model/tflite.py",
        "records.py",
        "fetch.py",
    ):
        with (package / shows).open("a") as file:
            file.write("# more\n")
    (package / "machine" / "__pycache__").mkdir()
    (package / "machine" / "__pycache__" / "hooks.nbi").write_bytes(b"compiled")
    (package / "machine" / "machine.py").touch()
    (package / "_data").mkdir()
    (package / "_data" / "board.toml").write_bytes(b"board")
    assert version() == original
    seen = {original}
    for place in ("timing/cortex_m4.py", "machine/hooks.ll", "machine/peripherals/more/table.txt", "__init__.py"):
        (package / place).parent.mkdir(exist_ok=True)
        with (package / place).open("a") as file:
            file.write("# more\n")
        seen.add(version())
    (package / "machine" / "hooks.ll").rename(package / "machine" / "flash.ll")
    seen.add(version())
    assert len(seen) == 6


def test_imports_are_found_wherever_they_stand(package: Path) -> None:
    for name in ("one", "two", "three", "four", "five", "six"):
        (package / "report" / f"{name}.py").write_text("")
    (package / "report" / "root.py").write_text(
        "import os, simtiny.report.one as first\n"
        "def later():\n"
        "    from simtiny.report import (\n        two,  # the second\n        three as third,\n    )\n"
        "if True:\n\tfrom simtiny.report.four import *\n"
        "from simtiny.report import five\n"
        "# from simtiny.report import six\n"
    )
    found = copied(package.parent).import_closure("simtiny.report.root")
    names = ["__init__", "__init__", "five", "four", "one", "root", "three", "two"]
    assert sorted(path.stem for path in found) == names


def test_libraries_are_told_by_their_versions() -> None:
    for library in LIBRARIES:
        assert library_version(library) == importlib.metadata.version(library)
    assert library_version("no_such_library") == "not installed"


def test_modules_are_no_data() -> None:
    assert [path for path in data_files(import_closure(MEASURES)) if path.suffix in (".py", ".pyc")] == []


def test_it_takes_a_small_part_of_the_start_up() -> None:
    module = copied(PACKAGE.parent)  # whose caches are empty
    before = time.process_time()
    module.counting_version()
    assert time.process_time() - before < 0.3  # 15 ms on a quiet machine
