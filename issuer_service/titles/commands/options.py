"""What the commands of the issuer of titles share beside what all services share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from issuer_service.shell.commands import note, tell_program

if TYPE_CHECKING:
    from issuer_service.titles.config import Config

__all__ = ["Root", "RootPassphraseFd", "tell_lacking", "tell_replayed"]

Root = Annotated[Path, typer.Option(help="Where the root key is, outside the data folder; its certificate beside it.")]

RootPassphraseFd = Annotated[
    int | None, typer.Option(min=0, help="Read the root key's passphrase from this file descriptor.")
]


def tell_lacking(config: "Config", *, as_json: bool) -> None:
    """Says which document types have no signer of their own, if there are any; also to programs."""
    from issuer_service.titles import app, catalogue, identities  # noqa: PLC0415 - slow import

    known = identities.by_purpose(app.read_chains(config))
    doctypes = list(identities.lacking(catalogue.build(config.settings), known).values())
    if doctypes and as_json:
        tell_program("signers_lacking", doctypes=doctypes)
    elif doctypes:
        note("signers_lacking", as_json=False, doctypes=", ".join(doctypes))


def tell_replayed(count: int, *, as_json: bool) -> None:
    """Says how many lines of the revocation log the database did not have; also to programs, since it is said once."""
    if as_json:
        tell_program("revocations_replayed", count=count)
    else:
        note("replayed", as_json=False, count=count)
