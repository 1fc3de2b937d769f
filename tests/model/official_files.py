"""The official networks, where they are at hand: in the user's cache, or in a folder beside the checkout."""

from pathlib import Path

import pytest

from simtiny.fetch import is_stored
from simtiny.model.official import MODELS, cached_path, official_model

BESIDE = Path(__file__).parents[2] / "../shared/models"


def official_file(name: str) -> Path:
    """The file of a network; the test is skipped without it."""
    if name in MODELS and is_stored(official_model(name), cached_path(name)):
        return cached_path(name)
    path = BESIDE / f"{name}.tflite"
    if not path.exists():
        pytest.skip("the official models are not here: `simtiny fetch models` brings them")
    return path
