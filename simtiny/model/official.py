"""The official int8 models of MLPerf Tiny: where they come from, and the copies in the user's cache.

They are not part of the package. `simtiny fetch models` puts them into the cache, and nothing but the exact bytes
published by mlcommons/tiny is accepted there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Literal

from simtiny.errors import BadInput
from simtiny.fetch import cache_dir, download, is_genuine, is_stored, load, raw_url, read, store
from simtiny.files import is_file, is_folder
from simtiny.progress import Progress, silent

# github.com/mlcommons/tiny, the commit of 2026-05-12.
COMMIT = "1afd2c9820f795965a6134facd0b4dfae41ef23f"
BASE_URL = raw_url("mlcommons/tiny", COMMIT)
_ADVICE = "try again, or put the file into a folder and use `simtiny fetch models --from FOLDER`"


@dataclass(frozen=True)
class OfficialModel:
    """One published file. `path` is its place in the repository, `encoding` the type of its samples on the wire."""

    name: str
    path: str
    size_bytes: int
    sha256: str
    encoding: Literal["int8", "uint8", "float32"]

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"the official {self.name}"

    @property
    def file_name(self) -> str:
        """What the file is called in the cache."""
        return f"{self.name}.tflite"

    @property
    def url(self) -> str:
        return BASE_URL + self.path


_TRAINING = "benchmark/training/"

# Sizes and SHA-256 of the files at COMMIT. Encodings: benchmark/evaluation/datasets/README.md there; ic02 takes the
# images of ic01, and sww01, which that table doesn't list, has the type of its input tensor.
MODELS: Mapping[str, OfficialModel] = MappingProxyType(
    {
        model.name: model
        for model in (
            OfficialModel(
                "kws01",
                _TRAINING + "keyword_spotting/trained_models/kws_ref_model.tflite",
                53_936,
                "aeea436800704fce17b17292e4412630ad856e9d777c044c64ef748a880bd0ae",
                "int8",
            ),
            OfficialModel(
                "vww01",
                _TRAINING + "visual_wake_words/trained_models/vww_96_int8.tflite",
                333_288,
                "597a384c8c2c8a1276f04702f25013b7838f2f814f1ca7c174d295b73e3d6b7b",
                "uint8",
            ),
            OfficialModel(
                "ic01",
                _TRAINING + "image_classification/trained_models/pretrainedResnet_quant.tflite",
                98_496,
                "3c002613d1b2475eb51dd78dfb85a546c8ae658dee71cf6ade43b022fe205415",
                "uint8",
            ),
            OfficialModel(
                "ad01",
                _TRAINING + "anomaly_detection/trained_models/ad01_int8.tflite",
                276_976,
                "87cf24194ef93d1d9b11a591d805526b98008e351655d29883c825c9c106ba24",
                "float32",
            ),
            OfficialModel(
                "ic02",
                _TRAINING + "image_classification/trained_models/pretrainedResnet_large_int8.tflite",
                512_024,
                "dc27dcd823f5665533352f7da516b0c9bc6f089914b8283782e55961b3423fcf",
                "uint8",
            ),
            OfficialModel(
                "sww01",
                _TRAINING + "streaming_wakeword/trained_models/str_ww_ref_model.tflite",
                74_520,
                "3af8550895ba7d5c584277102b5075c52dcfa63ba9d2b2240f37c4e6abd5dd2b",
                "int8",
            ),
        )
    }
)


def official_model(name: str) -> OfficialModel:
    """The entry of that name, or BadInput with the nearest one."""
    found = MODELS.get(name)
    if found is None:
        nearest = get_close_matches(name, MODELS, 1)
        hint = f" (did you mean {nearest[0]}?)" if nearest else ""
        raise BadInput(f"no official model is called {name}{hint}: there are {', '.join(MODELS)}")
    return found


def cached_path(name: str) -> Path:
    return cache_dir() / "models" / official_model(name).file_name


def load_official(name: str) -> bytes:
    """The bytes of an official model from the cache, checked."""
    return load(official_model(name), cached_path(name), "simtiny fetch models")


def fetch(
    names: Iterable[str] = tuple(MODELS),
    source: Path | None = None,
    progress: Progress = silent,
    base_url: str = BASE_URL,
) -> list[Path]:
    """Bring official models into the cache and return their paths there; one that is there already is left alone.

    They come from the folder `source` (files named kws01.tflite or as upstream, or a checkout of mlcommons/tiny), or
    are downloaded. `progress` counts the bytes of one at a time. The first failure is a `BadInput`; what came before it
    stays in the cache, and no partial file does.
    """
    models = [official_model(name) for name in names]
    if source is not None and not is_folder(source):
        raise BadInput(f"{source}: not a folder: `source` takes the folder that holds the .tflite files")
    paths = []
    for model in models:
        path = cached_path(model.name)
        if not is_stored(model, path):
            store(path, _download(model, base_url, progress) if source is None else _copy(model, source))
        progress(model.size_bytes, model.size_bytes)
        paths.append(path)
    return paths


def _copy(model: OfficialModel, source: Path) -> bytes:
    candidates = [source / model.file_name, source / PurePosixPath(model.path).name, source / model.path]
    found = [path for path in candidates if is_file(path)]
    for path in found:
        try:
            data = read(model, path)
        except OSError as error:
            raise BadInput(f"{path}: can't be read: {error.strerror or error}") from None
        if is_genuine(model, data):
            return data
    if found:
        raise BadInput(f"{found[0]}: not {model.title} (its SHA-256 should be {model.sha256})")
    raise BadInput(f"{source}: has neither {candidates[0].name} nor {candidates[1].name}, {model.title}")


def _download(model: OfficialModel, base_url: str, tell: Progress) -> bytes:
    return download(model, base_url + model.path, _ADVICE, tell)
