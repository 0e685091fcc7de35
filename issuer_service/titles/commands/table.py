"""The commands of the issuer of titles, in the order in which the help lists them."""

import typer

from issuer_service.titles.commands import init, offer, renew, revoke, serve, state

__all__ = ["commands"]

commands = typer.Typer()
for _one in (serve, offer, revoke, init, renew, state):
    commands.add_typer(_one.commands)
