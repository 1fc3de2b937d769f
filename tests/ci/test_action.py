"""The GitHub Action and the pre-commit hook: their scripts run as they are written."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from simtiny.report.verify_bundle import verify
from tests.ci.runner import ROOT, Runner

yaml = pytest.importorskip("yaml")
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
INSTALL, CHECK, COMMENT = range(3)
PULL_REQUEST = {"pull_request": {"number": 7, "head": {"sha": "0123abc"}}}
needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq, which gh has built in, is not installed")


def test_no_input_stands_in_a_script() -> None:
    """An expression in a script is replaced before it runs: whoever names a branch would write in it."""
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_every_input_and_output_is_described_and_used() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    for name, each in ACTION["inputs"].items():
        assert each["description"]
        assert f"inputs.{name}" in text
    for each in ACTION["outputs"].values():
        step, output = re.fullmatch(r"\$\{\{ steps\.(\w+)\.outputs\.([\w-]+) \}\}", each["value"]).groups()  # type: ignore[union-attr]
        script = next(each["run"] for each in ACTION["runs"]["steps"] if each.get("id") == step)
        assert f'echo "{output}=' in script


@needs_jq
class TestComment:
    """The step that comments, with a text that is there already."""

    @pytest.fixture
    def runner(self, tmp_path: Path) -> Runner:
        runner = Runner(tmp_path, PULL_REQUEST)
        self.say(runner, "first")
        return runner

    @staticmethod
    def say(runner: Runner, text: str) -> None:
        path = runner.folder / "temp" / "check.md"
        path.write_text(f"<!-- simtiny check: firmware -->\n{text} $(id) `id` @x\n", encoding="utf-8")
        runner.steps["check"] = {"markdown": str(path)}

    def test_the_first_run_comments_and_the_next_ones_edit_it(self, runner: Runner) -> None:
        others = [
            {"id": 1, "user": {"type": "User"}, "body": "<!-- simtiny check: firmware -->\nforged"},
            {"id": 2, "user": {"type": "Bot"}, "body": "<!-- simtiny check: other -->\r\nanother job's"},
            {"id": 3, "user": {"type": "Bot"}, "body": "said: <!-- simtiny check: firmware -->"},
        ]
        runner.set_comments(others)
        assert runner.step(ACTION, COMMENT, {}) == 0
        assert runner.comments()[:3] == others
        body = "<!-- simtiny check: firmware -->\n{} $(id) `id` @x\n\nOf 0123abc.\n"
        assert [each["body"] for each in runner.comments()[3:]] == [body.format("first")]
        self.say(runner, "second")
        assert runner.step(ACTION, COMMENT, {}) == 0
        assert [each["body"] for each in runner.comments()[3:]] == [body.format("second")]
        calls = [json.loads(line) for line in (runner.folder / "gh" / "calls.txt").read_text().splitlines()]
        assert [call[call.index("--method") + 1] for call in calls if "--method" in call] == ["POST", "PATCH"]
        assert calls[0][2] == "repos/octo/firmware/issues/7/comments?per_page=100"

    def test_a_token_that_may_only_read_fails_nothing(self, runner: Runner) -> None:
        runner.token_may_only_read()
        assert runner.step(ACTION, COMMENT, {}) == 0
        assert "::notice title=simtiny check::no comment was written" in runner.log
        assert runner.comments() == []

    def test_nobody_is_told_without_a_pull_request_or_against_the_user_s_will(self, runner: Runner) -> None:
        assert runner.step(ACTION, COMMENT, {"comment": "false"}) == 0
        runner.steps["check"]["markdown"] += ".none"
        assert runner.step(ACTION, COMMENT, {}) == 0
        runner.event = {}
        self.say(runner, "pushed")
        assert runner.step(ACTION, COMMENT, {}) == 0
        assert runner.comments() == []


@needs_jq
@pytest.mark.slow
def test_a_pull_request_is_checked_and_told(tmp_path: Path) -> None:
    runner = Runner(tmp_path, PULL_REQUEST)
    configuration, baseline = runner.workspace / "simtiny.toml", runner.workspace / "simtiny-baseline.json"
    assert runner.step(ACTION, INSTALL, {}) == 0, runner.log
    # The baseline, as a maintainer writes it.
    assert runner.step(ACTION, CHECK, {"requests": "ad01", "args": "--update"}) == 0, runner.log
    assert baseline.is_file()

    assert runner.step(ACTION, CHECK, {"requests": "ad01"}) == 0, runner.log
    assert runner.steps["check"]["exit-code"] == "0"
    assert "## ✅ simtiny check <code>firmware</code> passed" in runner.summary
    assert "none has changed" in runner.summary
    assert "::error" not in runner.log
    assert runner.step(ACTION, COMMENT, {}) == 0

    configuration.write_text('[limits]\nlatency = { max = "1 us" }\n', encoding="utf-8")
    inputs = {"requests": " 'ad01'\n", "args": "--junit 'a report.xml'", "name": "other $(touch x); `touch y`"}
    assert runner.step(ACTION, CHECK, inputs) == 1, runner.log
    assert runner.steps["check"]["exit-code"] == "1"
    assert "failed" in runner.summary
    assert "::error title=simtiny check%3A ad01::latency" in runner.log
    assert (runner.workspace / "a report.xml").is_file()
    assert sorted(each.name for each in runner.workspace.iterdir()) == [
        *("a report.xml", "simtiny-baseline.json", "simtiny.toml")
    ]
    assert runner.step(ACTION, COMMENT, {}) == 0
    assert runner.step(ACTION, CHECK, {"requests": "ad01"}) == 1
    assert runner.step(ACTION, COMMENT, {}) == 0
    passed, other = (each["body"] for each in runner.comments())
    assert "❌ simtiny check <code>firmware</code> failed" in passed  # the comment that said "passed" was edited
    assert "❌ simtiny check <code>other" in other
    assert verify(Path(runner.steps["check"]["bundle"])).whole

    for inputs, line in (
        ({"requests": "'ad01"}, "error: input requests: No closing quotation"),
        ({"requests": "--help"}, "error: "),
        ({"requests": "nothing.elf"}, "error: "),
    ):
        assert runner.step(ACTION, CHECK, inputs) == 2, runner.log
        assert line in runner.log
        assert runner.summary == ""


def test_the_hook_of_pre_commit_is_valid() -> None:
    clientlib = pytest.importorskip("pre_commit.clientlib")
    (hook,) = clientlib.load_manifest(ROOT / ".pre-commit-hooks.yaml")
    assert (hook["entry"], hook["pass_filenames"]) == ("simtiny check", False)
    for file in ("src/main.c", "simtiny-baseline.json", "pyproject.toml", "a/model.tflite"):
        assert re.search(hook["files"], file)
    assert not re.search(hook["files"], "README.md")
