"""The Renode of whoever runs the tests, and programs that are none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from simtiny.errors import BadInput
from simtiny.renode.find import Found, find


@pytest.fixture(scope="session")
def renode() -> Found:
    """Found as a user's is: it is enough to have it on PATH."""
    try:
        return find()
    except BadInput as error:
        pytest.skip(str(error))


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Path]:
    """Makes an executable of the lines of a shell script."""

    def make(*lines: str, name: str = "renode", shell: str = "/bin/sh") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([f"#!{shell}", *lines, ""]), encoding="utf-8")
        path.chmod(0o755)
        return path

    return make
