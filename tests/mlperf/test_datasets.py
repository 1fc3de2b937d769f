"""Data directories: the windows of ad01, and what is refused."""

from pathlib import Path

import pytest

from simtiny.errors import BadInput
from simtiny.mlperf import datasets

SHARED = Path(__file__).resolve().parents[2] / "../shared/datasets"


def _directory(folder: Path, labels: str, **files: bytes) -> Path:
    (folder / "y_labels.csv").write_text(labels)
    for name, content in files.items():
        (folder / f"{name}.bin").write_bytes(content)
    return folder


def test_sliding_windows_overlap_by_width_less_stride(tmp_path: Path) -> None:
    _directory(tmp_path, "a.bin,2,1,8,4\n", a=bytes(range(19)))
    (sample,) = datasets.load(tmp_path, classes=2)
    # 19 bytes hold windows at 0, 4 and 8; one at 12 would need 20.
    assert [window[0] for window in sample.inputs(8)] == [0, 4, 8]
    assert sample.label == 1


def test_files_come_in_the_order_of_the_labels_and_limit_cuts(tmp_path: Path) -> None:
    _directory(tmp_path, "b.bin,12,3\na.bin, 12, 0\n", a=b"1", b=b"2")
    assert [sample.path.name for sample in datasets.load(tmp_path, classes=12)] == ["b.bin", "a.bin"]
    assert len(datasets.load(tmp_path, classes=12, limit=1)) == 1


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    _directory(tmp_path, "\ufeffa.bin,12,3\n", a=b"1")
    assert [sample.path.name for sample in datasets.load(tmp_path, classes=12)] == ["a.bin"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("", "names no file"),
        ("a.bin,12\n", "line 1: expected"),
        ("a" * 200_000, "y_labels.csv: field larger than"),
        ("a.bin,12,x\n", "no whole number"),
        ("a.bin,12,12\n", "class 12 of 12"),
        ("a.bin,2,1\n", "the benchmark has 12 classes"),
        ("../a.bin,12,1\n", "not a plain file name"),
        ("a.bin,12,1,8,0\n", "must be positive"),
        ("a.bin,12,1\nmissing.bin,12,2\n", "1 of 2 files of y_labels.csv are missing, first missing.bin"),
    ],
)
def test_bad_labels_are_refused(tmp_path: Path, labels: str, message: str) -> None:
    _directory(tmp_path, labels, a=b"1")
    with pytest.raises(BadInput, match=message):
        datasets.load(tmp_path, classes=12)


def test_a_file_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    _directory(tmp_path, "a.bin,12,1\n", a=b"12345")
    (sample,) = datasets.load(tmp_path, classes=12)
    with pytest.raises(BadInput, match="an input of 5 bytes, where the benchmark takes 490"):
        list(sample.inputs(490))


def test_no_directory_and_no_labels(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no data directory"):
        datasets.load(tmp_path / "nowhere", classes=2)
    with pytest.raises(BadInput, match=r"has no y_labels\.csv"):
        datasets.load(tmp_path, classes=2)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/datasets")
def test_the_keyword_set_has_a_thousand_samples_of_490_bytes() -> None:
    samples = datasets.load(SHARED / "kws01", classes=12)
    assert len(samples) == 1000
    assert samples[0].path.name == "tst_000000_Stop_7.bin"
    assert samples[0].label == 7
    assert [len(data) for data in samples[0].inputs(490)] == [490]
