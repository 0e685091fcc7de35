"""`didkit-issuer` has the commands of every application that is installed, and no file of its own names one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = "import sys; sys.argv[0] = 'didkit-issuer'; from issuer_service.shell.commands import main; main()"
APPLICATION = '''
import typer
from didkit_fr.errors import FetchError, ParseError, VerificationError
from issuer_service.shell.commands import answering, say

commands = typer.Typer()
ERRORS = {"none": None, "no": VerificationError("file_exists"), "usage": ParseError("settings_invalid", "what"),
          "later": FetchError("storage_unavailable")}

@commands.command()
def toy(how: str, as_json: bool = False) -> None:
    """Is added from outside."""
    with answering(as_json):
        if ERRORS[how]:
            raise ERRORS[how]
        say({"how": how}, as_json=as_json)
'''


@pytest.fixture
def installed(tmp_path):
    """An application as an installer would put it where Python looks for modules."""
    (tmp_path / "toy_application.py").write_text(APPLICATION)
    info = tmp_path / "toy_application-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-application\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[didkit_issuer.commands]\ntoy = toy_application:commands\n")
    return tmp_path


def run(folder: Path, *arguments: str):
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "TERM": "dumb", "LC_ALL": "C"}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE, env=environment)


def test_an_application_from_outside_adds_its_commands(installed):
    shown = run(installed, "--help").stdout
    assert "Is added from outside." in shown
    assert "vcalm-serve" in shown
    done = run(installed, "toy", "none", "--as-json")
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"how":"none"}\n', "")


@pytest.mark.parametrize(("how", "status"), [("no", 1), ("usage", 2), ("later", 3)])
def test_its_errors_are_told_as_those_of_any_other(installed, how, status):
    done = run(installed, "toy", how)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("error: ")
    assert "\nhint: " in done.stderr
    told = run(installed, "toy", how, "--as-json")
    assert told.returncode == status
    assert told.stderr.startswith('{"error":"')


def test_the_commands_stand_in_the_order_of_their_applications():
    shown = run(ROOT, "--help").stdout.partition("Commands:\n")[2]
    names = [line.split()[0] for line in shown.splitlines() if line.strip()]
    assert names == [
        *("serve", "offer", "revoke", "suspend", "resume", "init", "renew", "migrate-signers"),
        *("backup", "restore", "anew", "clock"),
        *("vcalm-init", "vcalm-serve"),
    ]
