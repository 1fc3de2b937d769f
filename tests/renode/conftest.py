"""The Renode of whoever runs the tests, and programs that are none."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simtiny.errors import BadInput
from simtiny.renode.find import Found, find

RENODE_VARIABLE = "SIMTINY_RENODE"
"""Of the environment: the program, where it is not on PATH."""


@pytest.fixture(scope="session")
def renode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """The one that is named, else found as a user's is. A named one that can't be used is an error."""
    named = os.environ.get(RENODE_VARIABLE)
    try:
        found = find(Path(named) if named else None)
    except BadInput as error:
        if named:
            raise
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        # When it starts it removes the folders of any other Renode that runs.
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("renode")))
        yield found


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
