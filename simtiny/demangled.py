"""Mangled names of C++ and Rust as people write them: whole, and in the shorter forms that they use."""

import re
from dataclasses import dataclass
from functools import lru_cache

LANGUAGES = ("itanium", "rust")
MOST_CHARACTERS = 2048
"""Of a mangled name that is read, and of what it is read as. A longer one stays as it is."""
MOST_SCOPES = 16
"""That can be left out, from the last one on."""
_MANGLED = ("_Z", "__Z", "_R")
_ANONYMOUS = re.compile(r"\((?:anonymous namespace|anonymous [a-z]+)\)|\{anonymous\}")
_IMPLEMENTATION = re.compile(r"<(.+?)(?: as .+)?>")
_OPENING, _CLOSING = "<([{", ">)]}"


@dataclass(frozen=True)
class Readable:
    """`whole`: as c++filt shows it. `components`: of its name, outermost scope first, with template arguments.

    `parameters`: types of them, as "(int, float)"; empty where the name does not say, as in Rust. `qualifiers`: of a
    method, such as " const".
    """

    whole: str
    components: tuple[str, ...]
    parameters: str
    qualifiers: str

    @property
    def name(self) -> str:
        """With its scopes and without parameters."""
        return "::".join(self.components)


def is_mangled(name: str) -> bool:
    """Whether a symbol's name looks as if a C++ or Rust compiler had made it."""
    return name.startswith(_MANGLED)


@lru_cache(maxsize=1 << 14)
def readable(name: str) -> Readable | None:
    """What a mangled name stands for; None for one that is not mangled, damaged, or longer than any real one."""
    if not is_mangled(name) or len(name) > MOST_CHARACTERS or not name.isascii():
        return None
    import demangle  # takes 50 ms, and most firmware is in C

    limits = demangle.Limits(max_depth=64, max_output=MOST_CHARACTERS, max_substitutions=1024)
    try:
        found = demangle.signature(name, language=LANGUAGES, limits=limits)
    except (demangle.DemanglingError, RecursionError):
        return None
    if found.special is not None or found.decoration:
        return None
    qualifiers = "".join(f" {word}" for word in found.qualifiers)
    parameters = "" if found.parameters is None else f"({', '.join(found.parameters)})"
    return Readable(found.demangled, components(found.qualified_name.replace("::<", "<")), parameters, qualifiers)


def shown_name(name: str) -> str:
    """What reports call a function: without parameters; `name` itself where that is not mangled."""
    found = readable(name)
    return name if found is None else found.name


def normalised(text: str) -> str:
    """Without spaces that mean nothing, `const` behind its type, and `::` before Rust's type arguments left out."""
    text = text.replace("::<", "<").strip()
    text = re.sub(r"(?<=[(,<])\s*const\s+([^*&,()<>]+?)\s*(?=[*&,)>])", r"\1 const", text)
    text = re.sub(r"\s+", " ", text).replace("(void)", "()")
    return re.sub(r" ?([^\w\s]) ?", r"\1", text)


def short_forms(found: Readable) -> set[str]:
    """All that a user may write for it, `normalised`: from its last component on, with or without arguments."""
    count = len(found.components)
    shorter = range(max(1, count - MOST_SCOPES), count)
    return full_forms(found).union(normalised(form) for left_out in shorter for form in _forms(found, left_out))


def full_forms(found: Readable) -> set[str]:
    """Those that leave out no scope."""
    return {normalised(form) for form in (found.whole, *_forms(found, 0))}


def _forms(found: Readable, left_out: int) -> list[str]:
    """Without so many of the outermost scopes."""
    forms = []
    for components in {found.components, tuple(map(_without_arguments, found.components))}:
        kept = components[left_out:]
        if left_out and _ANONYMOUS.fullmatch(components[left_out - 1]):
            continue  # the same as with that scope, which need not be written
        named = tuple(part for part in kept if not _ANONYMOUS.fullmatch(part))
        implemented = _IMPLEMENTATION.fullmatch(kept[0])
        unwrapped = (implemented[1], *kept[1:]) if implemented and len(kept) > 1 else kept
        for name in {"::".join(parts) for parts in (kept, named, unwrapped)}:
            forms += [name, name + found.parameters, name + found.parameters + found.qualifiers]
    return forms


def components(name: str) -> tuple[str, ...]:
    """The parts of a name between "::" that stand in no brackets."""
    parts, depth, start, at = [], 0, 0, 0
    while at < len(name):
        if name.startswith("operator", at) and not name[at + 8 : at + 9].isalnum():
            break  # the last component, and with brackets that are none
        depth += (name[at] in _OPENING) - (name[at] in _CLOSING and name[at - 1 : at] != "-")
        if depth == 0 and name.startswith("::", at):
            parts.append(name[start:at])
            start = at = at + 2
            continue
        at += 1
    return (*parts, name[start:])


def _without_arguments(component: str) -> str:
    """Without those of templates. What begins with "<" is a Rust implementation, not a template."""
    if component.startswith(("operator", "<")) or "<" not in component:
        return component
    return component[: component.index("<")]
