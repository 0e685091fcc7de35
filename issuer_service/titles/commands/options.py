"""What the commands of the issuer of titles share beside what all services share."""

from typing import Annotated

import typer

from issuer_service.shell.commands import note, tell_program

__all__ = ["RootPassphraseFd", "tell_replayed"]

RootPassphraseFd = Annotated[
    int | None, typer.Option(min=0, help="Read the root key's passphrase from this file descriptor.")
]


def tell_replayed(count: int, *, as_json: bool) -> None:
    """Says how many lines of the revocation log the database did not have; also to programs, since it is said once."""
    if as_json:
        tell_program("revocations_replayed", count=count)
    else:
        note("replayed", as_json=False, count=count)
