"""`didkit-issuer renew`, once a year, and `didkit-issuer migrate-signers`: with the root."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from issuer_service.shell.commands import Data, Json, PassphraseFd, answering, note, passphrase_from, say
from issuer_service.titles.commands.options import Root, RootPassphraseFd, tell_lacking

if TYPE_CHECKING:
    from issuer_service.titles.formats.port import Identity
    from issuer_service.titles.founding import Passphrases

__all__ = ["commands", "migrate_signers", "renew"]

commands = typer.Typer()


@commands.command(epilog="\b\nExample:\n  didkit-issuer renew --data ./issuer --root ./root/root.key")
def renew(
    *,
    data: Data,
    root: Root,
    passphrase_fd: PassphraseFd = None,
    root_passphrase_fd: RootPassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Certifies the document signers that follow those of today, and makes the next revocation list.

    The root, the anchors and every title that was issued stay as they are. Where a signer waits for its day already,
    only the list is made.
    """
    from issuer_service.titles import config, renewing  # noqa: PLC0415 - slow import

    with answering(as_json):
        settings = config.load(data)
        secrets = _passphrases(passphrase_fd, root_passphrase_fd)
        renewed = renewing.renew(settings, root=root, passphrases=secrets, now=int(time.time()))
        _tell_signers(renewed.signers, {"revocations_end": renewed.list_ends}, as_json=as_json)
        tell_lacking(settings, as_json=as_json)


@commands.command(
    "migrate-signers", epilog="\b\nExample:\n  didkit-issuer migrate-signers --data ./issuer --root ./root/root.key"
)
def migrate_signers(
    *,
    data: Data,
    root: Root,
    passphrase_fd: PassphraseFd = None,
    root_passphrase_fd: RootPassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Gives each document type of ISO that has none a signer of its own, certified for it alone.

    For an issuer that was founded when one signer signed all types, and after a document type was added to the
    settings. The root, the anchors and every title that was issued stay as they are.
    """
    from issuer_service.titles import config, migrating  # noqa: PLC0415 - slow import

    with answering(as_json):
        settings = config.load(data)
        secrets = _passphrases(passphrase_fd, root_passphrase_fd)
        made = migrating.migrate_signers(settings, root=root, passphrases=secrets, now=int(time.time()))
        if made:
            _tell_signers(made, {}, as_json=as_json)
        else:
            say({}, as_json=True) if as_json else note("signers_apart", as_json=False)


def _passphrases(keyring: int | None, root: int | None) -> "Passphrases":
    from issuer_service.titles.founding import Passphrases  # noqa: PLC0415 - slow import

    return Passphrases(
        passphrase_from(keyring, "passphrase of the keyring"), passphrase_from(root, "passphrase of the root key")
    )


def _tell_signers(signers: "Mapping[str, Identity]", more: Mapping[str, int], *, as_json: bool) -> None:
    times = {f"{name}_{what}": getattr(signer, what) for name, signer in signers.items() for what in ("begins", "ends")}
    times |= more
    say(times if as_json else {name: _date(at) for name, at in times.items()}, as_json=as_json)
    note("renewed_bring", as_json=as_json)
    note("renewed_restart", as_json=as_json)
    note("root_away", as_json=as_json)


def _date(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
