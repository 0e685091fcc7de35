"""`didkit-issuer renew`: with the root, once a year."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from issuer_service.shell.commands import Data, Json, PassphraseFd, answering, note, passphrase_from, say
from issuer_service.titles.commands.options import RootPassphraseFd

__all__ = ["commands", "renew"]

commands = typer.Typer()


@commands.command(epilog="\b\nExample:\n  didkit-issuer renew --data ./issuer --root ./root/root.key")
def renew(
    *,
    data: Data,
    root: Annotated[Path, typer.Option(help="Where the root key is, outside the data folder; its certificate beside.")],
    passphrase_fd: PassphraseFd = None,
    root_passphrase_fd: RootPassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Certifies the document signers that follow those of today, and makes the next revocation list.

    The root, the anchors and every title that was issued stay as they are. Where a signer waits for its day already,
    only the list is made.
    """
    from issuer_service.titles import config, renewing  # noqa: PLC0415 - slow import
    from issuer_service.titles.founding import Passphrases  # noqa: PLC0415 - slow import

    with answering(as_json):
        settings = config.load(data)
        secrets = Passphrases(
            passphrase_from(passphrase_fd, "passphrase of the keyring"),
            passphrase_from(root_passphrase_fd, "passphrase of the root key"),
        )
        renewed = renewing.renew(settings, root=root, passphrases=secrets, now=int(time.time()))
        times = {
            f"{name}_{what}": getattr(signer, what)
            for name, signer in renewed.signers.items()
            for what in ("begins", "ends")
        } | {"revocations_end": renewed.list_ends}
        say(times if as_json else {name: _date(at) for name, at in times.items()}, as_json=as_json)
        note("renewed_bring", as_json=as_json)
        note("renewed_restart", as_json=as_json)
        note("root_away", as_json=as_json)


def _date(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
