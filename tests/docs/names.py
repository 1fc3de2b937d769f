"""Names that documents use: paths of files, and modules of simtiny with what is in them."""

import importlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def is_defined(name: str) -> bool:
    """Whether a dotted name is a module or package of simtiny, or something in one."""
    module, members = name, list[str]()
    while module and not _is_module(module):
        module, _, member = module.rpartition(".")
        members.insert(0, member)
    if not module:
        return False
    found: object = importlib.import_module(module)
    for member in members:
        fields = getattr(found, "__dataclass_fields__", {})
        if member not in fields and not hasattr(found, member) and member not in getattr(found, "__annotations__", {}):
            return False
        found = getattr(found, member, None)
    return True


def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
