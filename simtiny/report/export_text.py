"""What `simtiny export` says of the folder that it has written."""

from simtiny.renode.export import Export


def export_report(result: Export) -> str:
    """The files, and what of the board is not in them."""
    lines = [f"{result.board} for Renode in {result.folder}: {', '.join(result.files)}"]
    lines.append(f"serial port: {result.serial}; clocks: from {result.clocks_from}")
    lines += [f"not as on the board: {what}: {how}" for what, how in result.not_modelled]
    return "\n".join(lines)
