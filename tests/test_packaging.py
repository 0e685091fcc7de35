"""What is built, locked and committed: one version, hashes for all, no machine's and no host's name."""

import hashlib
import importlib
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
import yaml

import didkit_fr

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
REQUIREMENT = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)( ;[^\\]*)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")

# Spelt in parts, so that this file does not hold them.
FORBIDDEN = ("pypi" + ".org/simple", "files.python" + "hosted", "/wo" + "rk/")


def normal(name: str) -> str:
    """The normalised name of a distribution (packaging specifications, name normalisation)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement: str) -> str:
    """The distribution that a requirement names."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return normal(found.group())


@cache
def locked() -> dict[str, int]:
    """Each locked distribution, and how many hashes it has; a line of another shape is refused.

    One stands twice where another Python needs another version: each time with the condition.
    """
    found: dict[str, int] = {}
    conditions: dict[str, list[str]] = {}
    name = ""
    for line in LOCK.splitlines():
        if line.lstrip().startswith("#") or not line:
            continue
        if requirement := REQUIREMENT.match(line):
            name = normal(requirement.group(1))
            conditions.setdefault(name, []).append(requirement.group(3) or "")
            assert len(conditions[name]) == 1 or all(conditions[name]), f"{name} is locked twice"
            found.setdefault(name, 0)
        else:
            assert HASH.match(line), line
            found[name] += 1
    return found


@cache
def committed() -> list[str]:
    """The files that git tracks or would; none outside a checkout."""
    command = ["/usr/bin/env", "git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_the_version_stands_in_one_place() -> None:
    assert "version" in PROJECT["project"]["dynamic"]
    assert "version" not in PROJECT["project"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "didkit_fr/__init__.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+", didkit_fr.__version__)
    assert f"[{didkit_fr.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_locked_requirement_has_hashes() -> None:
    assert len(locked()) > 20
    assert min(locked().values()) >= 1


def test_the_lock_names_no_index_no_host_and_no_address() -> None:
    lines = [line for line in LOCK.splitlines() if not line.lstrip().startswith("#")]
    assert not [line for line in lines if "://" in line or " @ " in line or "index" in line or "--find-links" in line]
    assert "://" not in LOCK


def test_the_lock_holds_every_dependency_and_the_build_backend() -> None:
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *PROJECT["build-system"]["requires"]]
    wanted += [one for extra in project["optional-dependencies"].values() for one in extra]
    missing = {name_of(one) for one in wanted} - {"didkit-fr"} - locked().keys()
    assert not missing
    assert {"hatchling", "editables"} <= locked().keys()


@pytest.mark.slow
def test_the_wheel_holds_the_specifications_and_the_marker_of_types(tmp_path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.startswith(f"didkit_fr-{didkit_fr.__version__}-")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = next(name for name in names if name.endswith("entry_points.txt"))
        scripts = archive.read(entry_points).decode()
        table = archive.read("didkit_fr/_specs/credentials/pid/title.toml")
    assert table == (ROOT / "specs/credentials/pid/title.toml").read_bytes()
    assert "didkit_fr/py.typed" in names
    sources = {
        path.relative_to(ROOT).as_posix()
        for package in ("didkit_fr", "issuer_service", "wallet_cli")
        for path in (ROOT / package).rglob("*.py")
    }
    assert sources <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests/") or name.endswith((".sqlite", ".sealed", ".pem"))]
    assert re.findall(r"^(didkit-\w+) =", scripts, re.MULTILINE) == sorted(PROJECT["project"]["scripts"])


@pytest.mark.slow
def test_a_release_is_built_twice_to_the_same_bytes(tmp_path) -> None:
    if not committed():
        pytest.skip("not a git checkout")
    command = [sys.executable, ".ci/release_check.py", str(tmp_path / "dist")]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    told = dict(reversed(line.split("  ")) for line in checked.stdout.splitlines())
    made = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "dist").iterdir()}
    assert told == made
    assert sorted(Path(name).suffix for name in made) == [".gz", ".whl"]


def test_the_hooks_of_git_are_local_and_call_what_make_check_calls() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [one["repo"] for one in hooks["repos"]] == ["local"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(BIN)", ".venv/bin")
    called = [one["entry"].removesuffix(" --force-exclude") for one in hooks["repos"][0]["hooks"]]
    assert len(called) == 3
    assert all(f"@{entry}" in makefile for entry in called)


def test_nothing_else_stands_at_the_top() -> None:
    names = {name.partition("/")[0] for name in committed()}
    documents = {"CHANGELOG.md", "CONTRIBUTING.md", "README.md", "RELEASE.md", "SECURITY.md"}
    others = {"LICENSE", "Makefile", "publiccode.yml", "pyproject.toml", "requirements.lock"}
    folders = {"didkit_fr", "issuer_service", "specs", "tests", "wallet_cli"}
    assert not {name for name in names if not name.startswith(".")} - documents - others - folders


def test_every_command_leads_to_a_function_and_every_table_of_codes_to_one() -> None:
    targets = {"scripts": PROJECT["project"]["scripts"], **PROJECT["project"]["entry-points"]}
    for group, named in targets.items():
        for target in named.values():
            module, _, name = target.partition(":")
            found = getattr(importlib.import_module(module), name)
            assert isinstance(found, Mapping) if group.endswith(".codes") else callable(found), target


def test_every_table_of_codes_of_the_issuer_is_named() -> None:
    folders = {path.parent.name for path in (ROOT / "issuer_service").glob("*/codes.py")} - {"shell"}
    tables = PROJECT["project"]["entry-points"]["didkit_issuer.codes"]
    assert tables == {folder: f"issuer_service.{folder}.codes:CODES" for folder in folders}


def test_nothing_committed_names_a_machine_or_a_registry() -> None:
    names = committed()
    if not names:
        pytest.skip("not a git checkout")
    found = []
    for name in names:
        text = (ROOT / name).read_bytes().decode("utf-8", "ignore")
        found += [f"{name}: {word}" for word in FORBIDDEN if word in text]
    assert not found


def test_the_vectors_folder_is_named_only_where_it_is_found() -> None:
    names = [name for name in committed() if "shared" + "/" in (ROOT / name).read_bytes().decode("utf-8", "ignore")]
    allowed = re.compile(r"README\.md|specs/.*\.md|tests/.*|Makefile|\.ci/run")
    assert not [name for name in names if not allowed.fullmatch(name)]


def test_nothing_committed_is_a_secret_or_a_database() -> None:
    odd = re.compile(r".*\.(sealed|sqlite|sqlite-wal|key|p12|pfx|whl)|(.*/)?\.env")
    assert not [name for name in committed() if odd.fullmatch(name)]


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_public_name_says_what_it_is() -> None:
    names = [name for name in didkit_fr.__all__ if name != "__version__"]
    assert not [name for name in names if len((getattr(didkit_fr, name).__doc__ or "").strip()) < 20]
    # A dataclass without a docstring gets its signature for one.
    assert not [name for name in names if getattr(didkit_fr, name).__doc__.startswith(f"{name}(")]
    assert didkit_fr.__doc__
