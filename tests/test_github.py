"""The workflows, the action and the forms: they cannot run here, but what they name exists."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cleaner
from cleaner.cli import COMMANDS, group
from cleaner.marks import CONFIDENCES

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parent.parent
GITHUB = ROOT / ".github"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
FILES = sorted([*GITHUB.rglob("*.yml"), GITHUB / "CITATION.cff"])
NAMES = [path.relative_to(GITHUB).as_posix() for path in FILES]


def load(name: str) -> dict[str, Any]:
    """Read a file of YAML. The key `on` comes as True, since YAML 1.1 takes it for `yes`."""
    data: dict[str, Any] = yaml.safe_load((GITHUB / name).read_text("utf-8"))
    return data


def steps_of(name: str) -> list[dict[str, Any]]:
    """Return the steps of all jobs of a workflow, or of an action."""
    data = load(name)
    jobs = data["jobs"].values() if "jobs" in data else [data["runs"]]
    return [step for job in jobs for step in job.get("steps", [])]


WORKFLOWS = [name for name in NAMES if name.startswith(("workflows/", "actions/"))]
SCRIPTS = [step["run"] for name in WORKFLOWS for step in steps_of(name) if "run" in step]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_yaml_that_names_no_package_index(name: str) -> None:
    assert load(name)
    assert not re.search(r"index-url|pypi\.org|pythonhosted", (GITHUB / name).read_text("utf-8"))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_to_a_commit(name: str) -> None:
    text = (GITHUB / name).read_text("utf-8")
    for step in steps_of(name):
        if "uses" in step:
            assert re.search(rf"uses: {re.escape(step['uses'])}  # v\d+\.\d+\.\d+\n", text)
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])


@pytest.mark.parametrize("name", [name for name in WORKFLOWS if name.startswith("workflows/")])
def test_jobs_ask_for_few_rights_and_end_in_time(name: str) -> None:
    data = load(name)
    assert data["permissions"] == {"contents": "read"}
    for job in data["jobs"].values():
        if "uses" in job:
            assert (ROOT / job["uses"]).is_file()
            continue
        assert job["timeout-minutes"] <= 60
        needed = job.get("needs", [])
        assert {needed} if isinstance(needed, str) else set(needed) <= set(data["jobs"])
        matrix = set(job.get("strategy", {}).get("matrix", {}))
        assert set(re.findall(r"\bmatrix\.(\w+)", str(job))) <= matrix


def test_what_the_scripts_name_exists() -> None:
    text = "\n".join(SCRIPTS)
    for path in re.findall(r"(?<![\w/$])(?:\./)?(\.ci/\w+(?:\.txt)?)", text):
        assert (ROOT / path).exists(), path
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    for extras in re.findall(r"\"\.\[([a-z,]+)\]\"", text):
        assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])
    used = re.findall(r"^(cleaner|boilerstrip) ([a-z]+)([^\n]*)$", text, re.MULTILINE)
    assert {(command, verb) for command, verb, _ in used} == {("cleaner", "check"), ("boilerstrip", "strip")}
    for command, verb, rest in used:
        assert command in PROJECT["scripts"]
        told = CliRunner().invoke(group, [verb, "--help"]).output
        assert all(option in told for option in re.findall(r"(?<=\s)--[a-z-]+", rest))


def test_the_options_that_the_security_policy_names_exist() -> None:
    text = (GITHUB / "SECURITY.md").read_text("utf-8")
    told = CliRunner().invoke(group, ["strip", "--help"]).output
    options = set(re.findall(r"`(--[a-z-]+)`", text))
    assert options >= {"--timeout", "--tracked", "--raw", "--force"}
    assert all(option in told for option in options)
    assert set(re.findall(r"`cleaner ([a-z]+)`", text)) <= set(COMMANDS)
    assert "not mended" not in text


def test_the_versions_of_python_are_those_of_the_project() -> None:
    matrix = load("workflows/ci.yml")["jobs"]["tests"]["strategy"]["matrix"]
    assert f">={matrix['python'][0]}" == PROJECT["requires-python"]


def test_the_release_checks_the_version_where_it_stands() -> None:
    (script,) = (script for script in SCRIPTS if "__version__" in script)
    (pattern,) = re.findall(r"s/\^(.+)\$/\\1/p", script)
    found = re.search(pattern.replace(r"\(", "(").replace(r"\)", ")"), (ROOT / "cleaner/version.py").read_text())
    assert found is not None
    assert found[1] == cleaner.__version__ == load("CITATION.cff")["version"]


def test_the_inputs_of_the_action_are_used() -> None:
    data = load("actions/check/action.yml")
    text = str(data["runs"])
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(data["inputs"])
    assert all(step["shell"] == "bash" for step in data["runs"]["steps"] if "run" in step)


@pytest.mark.parametrize("name", ["ISSUE_TEMPLATE/content-lost.yml", "ISSUE_TEMPLATE/chrome-left.yml"])
def test_the_forms_ask_for_what_a_case_needs(name: str) -> None:
    form = load(name)
    assert {"name", "description", "title", "labels", "body"} == set(form)
    fields = {field["id"]: field for field in form["body"] if field["type"] != "markdown"}
    assert list(fields) == [
        "document",
        "source",
        "language",
        "version",
        "level",
        "command",
        "explain",
        "expected",
        "licence",
    ]
    assert all(field["validations"]["required"] for field in fields.values())
    assert set(fields["level"]["attributes"]["options"]) == set(CONFIDENCES)


def test_links_and_citation_name_the_repository() -> None:
    repository = PROJECT["urls"]["Repository"]
    assert load("CITATION.cff")["repository-code"] == repository
    for link in load("ISSUE_TEMPLATE/config.yml")["contact_links"]:
        assert link["url"].startswith(f"{repository}/")
