"""What real boards of one kind are on record with, beside what simtiny says of the images that they ran."""

from simtiny.errors import SimtinyError
from simtiny.published import published_images
from simtiny.records import all_records
from simtiny.validation.compare import assemble
from simtiny.validation.outcomes import outcome_key, stored
from simtiny.validation.result import CrossCheck


def known_rows(board: str) -> CrossCheck:
    """The cross-check of this board (its platform id) as far as it can be told without running anything.

    `rows`: results whose image was measured before, here, by the same code. `left_out`: all others.
    """
    images = {image.key: image for image in published_images() if image.build == "performance" and image.board == board}
    records = [record for record in all_records() if record.board == board]
    measured = []
    for record in records:
        image = images.get(record.key)
        try:
            outcome = stored(outcome_key(image)) if image and not record.accelerator else None
        except (SimtinyError, OSError):
            outcome = None
        if image is not None and outcome is not None:
            measured.append((record, image, outcome))
    known = {record for record, _, _ in measured}
    return assemble(measured, {record: "not measured here" for record in records if record not in known})
