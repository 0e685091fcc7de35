"""`didkit-issuer revoke`, `suspend` and `resume`: acts on the copies of a document's title."""

import time
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from issuer_service.shell.commands import (
    NO,
    Data,
    Json,
    PassphraseFd,
    answering,
    note,
    passphrase_from,
    run,
    say,
    standard_input,
)
from issuer_service.titles.commands.options import tell_replayed

__all__ = ["commands", "resume", "revoke", "suspend"]

commands = typer.Typer()


@commands.command(
    epilog="\b\nExample:\n  didkit-issuer revoke --data ./issuer --title pid --passphrase-fd 3 3< passphrase < number"
)
def revoke(
    *,
    data: Data,
    title: Annotated[str, typer.Option(help="Which title of the document.")] = "pid",
    passphrase_fd: PassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Revokes every copy of a document's title, for ever; the document number is read from standard input.

    Offers and tokens made before are closed, also where they cannot be counted.

    Exit status 1 where there was no copy to revoke.
    """
    _act_on_document("revoke", data, title, passphrase_fd, as_json=as_json)


@commands.command()
def suspend(
    *,
    data: Data,
    title: Annotated[str, typer.Option(help="Which title of the document; not every title can be suspended.")],
    passphrase_fd: PassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Suspends every copy of a document's title until `resume`; the document number is read from standard input."""
    _act_on_document("suspend", data, title, passphrase_fd, as_json=as_json)


@commands.command()
def resume(
    *,
    data: Data,
    title: Annotated[str, typer.Option(help="Which title of the document.")],
    passphrase_fd: PassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Ends a suspension; what was revoked stays revoked. The document number is read from standard input."""
    _act_on_document("resume", data, title, passphrase_fd, as_json=as_json)


def _act_on_document(action: str, data: Path, title: str, passphrase_fd: int | None, *, as_json: bool) -> None:
    from issuer_service.keys.port import Keys  # noqa: PLC0415 - slow import
    from issuer_service.titles import app as root  # noqa: PLC0415 - slow import
    from issuer_service.titles import config, revoking  # noqa: PLC0415 - slow import

    act = {"revoke": revoking.revoke, "suspend": revoking.suspend, "resume": revoking.resume}[action]

    async def work(settings: config.Config, keys: Keys) -> Any:  # noqa: ANN401 - as the act returns
        registry, close = await root.open_registry(settings, say=partial(tell_replayed, as_json=as_json))
        try:
            return await act(registry, keys, title=title, document_number=number, now=int(time.time()))
        finally:
            await close()

    with answering(as_json):
        settings = config.load(data)
        (revoking.check_title if action == "revoke" else revoking.check_suspendable)(settings.settings, title)
        keys = root.key_store(settings, passphrase_from(passphrase_fd, "passphrase of the keyring")).open()
        number = standard_input("a document number")
        done = run(work(settings, keys))
        counts = {"copies": done} if action == "resume" else {"copies": done.copies, "tokens": done.grants}
        say(counts, as_json=as_json)
        if action != "resume":
            note("closed_before", as_json=as_json)
        if counts["copies"] == 0:
            note("no_copy", as_json=as_json)
            raise typer.Exit(NO)
