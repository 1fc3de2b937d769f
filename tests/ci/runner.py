"""What GitHub's runner does with a composite action, as far as action.yml needs it; and what stands for its `gh`."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
GH = f"""#!{sys.executable}
import json, os, subprocess, sys
from pathlib import Path

folder = Path(os.environ["GH_FOLDER"])
calls, comments = folder / "calls.txt", folder / "comments.json"
arguments = sys.argv[1:]
with calls.open("a") as file:
    file.write(json.dumps(arguments) + "\\n")
assert arguments.pop(0) == "api" and os.environ["GH_TOKEN"]
values, flags = {{}}, set()
while arguments:
    word = arguments.pop(0)
    if word in ("--jq", "--method", "--field"):
        values[word] = arguments.pop(0)
    elif word in ("--paginate", "--silent"):
        flags.add(word)
    else:
        values["address"] = word
method = values.get("--method", "GET")
if (folder / "read-only").exists() and method != "GET":
    sys.exit("gh: Resource not accessible by integration (HTTP 403)")
known = json.loads(comments.read_text())
if method == "GET":
    subprocess.run(["jq", "-r", values["--jq"]], input=json.dumps(known), text=True, check=True)
    sys.exit()
name, _, file = values["--field"].partition("=@")
assert name == "body"
body = Path(file).read_text()
assert len(body) <= 65536
if method == "POST":
    known.append({{"id": len(known) + 1, "user": {{"type": "Bot"}}, "body": body}})
else:
    known[int(values["address"].rpartition("/")[2]) - 1]["body"] = body
comments.write_text(json.dumps(known))
"""


@dataclass
class Runner:
    """A job. folder: of what it writes. event: why it runs. steps: outputs by step. summary, log: of the last step."""

    folder: Path
    event: Mapping[str, Any]
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: str = ""
    log: str = ""

    def __post_init__(self) -> None:
        for name in ("temp", "bin", "workspace", "gh"):
            (self.folder / name).mkdir()
        (self.folder / "bin" / "gh").write_text(GH)
        (self.folder / "bin" / "gh").chmod(0o755)
        self.set_comments([])

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    def comments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.folder / "gh" / "comments.json").read_text())
        return found

    def set_comments(self, comments: list[dict[str, Any]]) -> None:
        (self.folder / "gh" / "comments.json").write_text(json.dumps(comments))

    def token_may_only_read(self) -> None:
        (self.folder / "gh" / "read-only").touch()

    def step(self, action: Mapping[str, Any], index: int, inputs: Mapping[str, str]) -> int:
        """Run a step as it is written, if its condition holds. Its exit code."""
        step = action["runs"]["steps"][index]
        defaults = {name: self.filled(each.get("default", ""), {}) for name, each in action["inputs"].items()}
        assert inputs.keys() <= defaults.keys()
        given = {**defaults, **inputs}
        if "if" in step and not self.holds(step["if"], given):
            return 0
        output, summary, script = (self.folder / "temp" / name for name in ("output", "summary", "script.sh"))
        for file in (output, summary):
            file.write_text("")
        script.write_text(step["run"], encoding="utf-8")
        assert step["shell"] == "bash"
        kept = {name: os.environ[name] for name in os.environ if not name.startswith(("GITHUB_", "PYTEST_", "CI"))}
        own = {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "GH_FOLDER": str(self.folder / "gh"),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_REPOSITORY": "octo/firmware",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
        }
        variables = {name: self.filled(str(value), given) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace / self.filled(step.get("working-directory", "."), given),
            env=kept | own | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=600,
        )
        self.log = done.stdout
        self.steps[step.get("id", "")] = dict(line.split("=", 1) for line in output.read_text().splitlines())
        self.summary = summary.read_text(encoding="utf-8")
        return done.returncode

    def filled(self, text: str, inputs: Mapping[str, str]) -> str:
        """With each expression replaced, as GitHub does before anything runs."""
        return _EXPRESSION.sub(lambda found: self.value(found[1], inputs), text)

    def holds(self, condition: str, inputs: Mapping[str, str]) -> bool:
        inner = _EXPRESSION.sub(r"\1", condition)
        return all(self._term(term.strip(), inputs) for term in inner.split("&&"))

    def _term(self, term: str, inputs: Mapping[str, str]) -> bool:
        if term == "!cancelled()":
            return True
        left, equal, right = (part.strip() for part in term.partition("=="))
        value = self.value(left, inputs)
        return value == right.strip("'") if equal else bool(value)

    def value(self, name: str, inputs: Mapping[str, str]) -> str:
        """Of a context; empty for what is not there."""
        assert re.fullmatch(r"[\w.-]+", name), f"no expression that this knows: {name}"
        found: Any = {
            "inputs": inputs,
            "github": {"job": "firmware", "token": "secret", "event": self.event},
            "steps": {step: {"outputs": outputs} for step, outputs in self.steps.items()},
        }
        for part in name.split("."):
            found = found.get(part, {}) if isinstance(found, Mapping) else {}
        return "" if found == {} else str(found)
