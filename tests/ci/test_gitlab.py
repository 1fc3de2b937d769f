"""The GitLab template: its script runs as it is written, and what stands for GitLab's API is told."""

import json
import os
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from xml.etree import ElementTree

import pytest

from simtiny.report.verify_bundle import verify
from tests.ci.runner import ROOT

yaml = pytest.importorskip("yaml")
JOB: dict[str, Any] = yaml.safe_load((ROOT / "ci/gitlab.yml").read_text(encoding="utf-8"))[".simtiny-check"]
NOTES = "/api/v4/projects/12/merge_requests/3/notes"


class GitLab(BaseHTTPRequestHandler):
    """Notes of a merge request; `notes` is what is there."""

    notes: list[dict[str, Any]]

    def do_GET(self) -> None:
        assert self.headers["PRIVATE-TOKEN"] == "secret"
        if self.path == "/api/v4/user":
            self._answer({"id": 5})
        else:
            assert self.path.startswith(f"{NOTES}?per_page=100&page=")
            page = int(self.path.rpartition("=")[2])
            self._answer(self.notes[2 * (page - 1) : 2 * page])

    def do_POST(self) -> None:
        assert self.path == NOTES
        self.notes.append({"id": len(self.notes) + 1, "author": {"id": 5}, "body": self._body()})
        self._answer({})

    def do_PUT(self) -> None:
        self.notes[int(self.path.removeprefix(f"{NOTES}/")) - 1]["body"] = self._body()
        self._answer({})

    def log_message(self, *arguments: object) -> None:
        """Nothing: a test's output is its own."""

    def _body(self) -> str:
        found: str = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
        return found

    def _answer(self, value: object) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())


@pytest.fixture
def gitlab() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of the API, and the notes."""
    notes: list[dict[str, Any]] = [
        {"id": 1, "author": {"id": 9}, "body": "<!-- simtiny check: check $(touch x) -->\nforged"},
        {"id": 2, "author": {"id": 5}, "body": "other"},
        {"id": 3, "author": {"id": 5}, "body": "other"},
    ]
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Told", (GitLab,), {"notes": notes}))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v4", notes
    server.shutdown()
    server.server_close()
    thread.join()


def run(folder: Path, api: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The script in a job of a merge request, by the shell that GitLab takes."""
    (script,) = JOB["script"]
    own = {
        **{name: value for name, value in JOB["variables"].items() if "$" not in value},
        "SIMTINY_NAME": "check $(touch x)",
        "SIMTINY_PACKAGE": str(ROOT),
        "CI_API_V4_URL": api,
        "CI_PROJECT_ID": "12",
        "CI_MERGE_REQUEST_IID": "3",
        "SIMTINY_TOKEN": "secret",
        "no_proxy": "127.0.0.1",
    }
    environment = {**os.environ, **own, **variables}
    return subprocess.run(
        ["sh", "-ec", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
    )


def test_the_job_keeps_what_it_writes() -> None:
    (script,) = JOB["script"]
    for file in (JOB["artifacts"]["reports"]["junit"], JOB["artifacts"]["reports"]["metrics"]):
        assert f"={file}" in script
    assert all(f"${name}" in script for name in ("SIMTINY_PACKAGE", "SIMTINY_REQUESTS", "SIMTINY_ARGS", "SIMTINY_NAME"))


@pytest.mark.slow
def test_a_merge_request_is_checked_and_told(tmp_path: Path, gitlab: tuple[str, list[dict[str, Any]]]) -> None:
    api, notes = gitlab
    done = run(tmp_path, api, SIMTINY_REQUESTS="ad01", SIMTINY_ARGS="--update")
    assert done.returncode == 0, done.stderr
    done = run(tmp_path, api, SIMTINY_REQUESTS="ad01")
    assert done.returncode == 0, done.stderr
    assert len(notes) == 4
    assert "✅" in notes[3]["body"]
    (tmp_path / "simtiny.toml").write_text('[limits]\nlatency = { max = "1 us" }\n', encoding="utf-8")
    done = run(tmp_path, api)
    assert done.returncode == 1
    assert len(notes) == 4
    assert "❌" in notes[3]["body"]
    assert notes[0]["body"].endswith("forged")
    written = tmp_path / "simtiny-check"
    assert verify(written / "check.zip").whole
    assert ElementTree.parse(written / "check.xml").getroot().attrib["failures"] == "1"
    assert (written / "metrics.txt").read_text().endswith("# EOF\n")
    assert not (tmp_path / "x").exists()
    done = run(tmp_path, "http://127.0.0.1:1/api", SIMTINY_REQUESTS="ad01")
    assert done.returncode == 1
    assert "no note was written; simtiny-check/check.md has the text" in done.stdout
