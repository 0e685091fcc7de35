"""The help of every command of the three programs, as it is printed."""

import pytest
import typer
from click import Context
from typer.testing import CliRunner

from issuer_service.register import cli as register
from issuer_service.shell import commands as issuer
from wallet_cli import main as wallet

PROGRAMS = {"didkit-issuer": issuer.program(), "didkit-register": register.app, "didkit-wallet": wallet.app}


def commands():
    for program, app in PROGRAMS.items():
        group = typer.main.get_command(app)
        yield from ((program, name) for name in ["", *group.list_commands(Context(group))])


@pytest.mark.parametrize(("program", "name"), list(commands()))
@pytest.mark.parametrize("columns", [40, 80])
def test_help_is_laid_out_and_shows_no_markup(program, name, columns):
    shown = CliRunner().invoke(PROGRAMS[program], [*name.split(), "--help"], env={"COLUMNS": str(columns)})
    assert shown.exit_code == 0, shown.output
    # A command that goes on in the next line ends so; nothing else has one.
    assert "\\" not in "\n".join(line.removesuffix("\\") for line in shown.output.splitlines())
    assert "\b" not in shown.output
    example = [line for line in shown.output.splitlines() if line.strip().startswith(f"{program} ")]
    assert all(line.startswith("  ") for line in example)
