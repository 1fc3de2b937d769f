"""`simtiny verify`: whether a result bundle is whole."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtiny.cli import options
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, json_text, outputs

if TYPE_CHECKING:
    from simtiny.report.verify_bundle import Verified


def verify(
    bundle: Annotated[
        Path, typer.Argument(metavar="BUNDLE", help="What --bundle wrote, or the folder it was unpacked to.")
    ],
    json: options.Json = None,
) -> None:
    """Check every SHA-256 of a result bundle, and that nothing is missing or was added: exit 1 if not."""
    from simtiny.errors import GateFailed
    from simtiny.report.verify_bundle import verify as verify_bundle

    write = outputs(Output("--json", json, _document), inputs=(bundle,))
    found = verify_bundle(bundle)
    write(found)
    if not found.whole:
        more = f" (and {len(found.problems) - 1} more)" if len(found.problems) > 1 else ""
        raise GateFailed(f"{found.bundle}: {found.problems[0]}{more}")
    if json != STANDARD_OUTPUT:
        typer.echo(_line(found))


def _line(found: "Verified") -> str:
    from simtiny.report.check_words import one_line

    manifest = found.manifest
    outcome = "passed" if manifest.validity.passed else "failed"
    return one_line(
        f"{found.bundle}: whole: {len(manifest.files)} files of a check that {outcome}, by simtiny {manifest.version}; "
        f"SHA-256 of the manifest {found.manifest_sha256}",
        1000,
    )


def _document(found: "Verified") -> bytes:
    from simtiny.report.document import verify_document

    return json_text(verify_document(found))
