"""Founds a VCALM service: its data folder with the keys of all named issuers, the token, and the settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.primitives.passphrase import INTERACTIVE, Cost
from didkit_fr.primitives.random import Random, system
from issuer_service.shell import private_files
from issuer_service.shell.settings import render
from issuer_service.vcalm import config, keys
from issuer_service.vcalm.config import Config
from issuer_service.vcalm.folders import make_marked
from issuer_service.vcalm.keys import Keys

__all__ = ["Founded", "found", "load_token"]

TOKEN_BYTES = 32
MIN_TOKEN_CHARS = 22


@dataclass(frozen=True, slots=True)
class Founded:
    """What was made."""

    config: Config
    keys: Keys


def found(
    folder: Path,
    *,
    address: str,
    status: Sequence[str],
    trusted: Sequence[str],
    dangerously_any_issuer: bool,
    data_model_1_1: bool,
    passphrase: bytes,
    random: Random = system,
    cost: Cost = INTERACTIVE,
) -> Founded:
    """Makes the data folder, which may exist if it is empty, and the state folder beside it.

    The settings come last, without which nothing serves.

    Args:
        folder: where.
        address: where the service is found from outside.
        status: the named issuers that give status entries.
        trusted: DIDs of issuers that the verifier `trusted` accepts, beside the service's own.
        dangerously_any_issuer: whether there is a verifier that accepts every issuer: for outside test suites.
        data_model_1_1: whether credentials of the older data model are issued too.
        passphrase: what seals the keys.
        random: where keys and the token come from.
        cost: what one guess of the passphrase costs.

    Raises:
        FetchError: `file_unavailable`, `storage_unavailable`.
        ParseError: `settings_invalid`, `plain_http_refused`.
        VerificationError: `file_exists`, `passphrase_too_short`.
    """
    table: JsonObject = {
        "address": address,
        "status": list(status),
        "dangerously_any_issuer": dangerously_any_issuer,
        "data_model_1_1": data_model_1_1,
    }
    names = config.check({**table, "trusted": list(trusted)})
    _make_folder(folder)
    _make_folder(Config(folder.resolve(), names).state)
    made = keys.create(folder / names.keyring, passphrase, random=random, cost=cost)
    own = [issuer.did for issuer in made.issuers.values()]
    settings = config.check({**table, "trusted": [*own, *trusted]})
    there = Config(folder.resolve(), settings)
    private_files.create(there.place("token"), base64url.encode(random(TOKEN_BYTES)).encode() + b"\n", random=random)
    make_marked(there)
    private_files.create(folder / config.SETTINGS, render(settings), random=random)
    return Founded(there, made)


def load_token(there: Config) -> bytes:
    """Reads the token that clients must bring.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `settings_invalid` where it could be guessed, or is not one line of text.
    """
    token = private_files.read(there.place("token")).strip()
    if len(token) < MIN_TOKEN_CHARS or not token.isascii() or any(byte <= 0x20 for byte in token):  # noqa: PLR2004 - space
        raise ParseError("settings_invalid", "the token is not one line of text, or is too short")
    return token


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise VerificationError("file_exists", folder.name)
    except OSError as error:
        raise FetchError("file_unavailable", f"{folder.name}: {error.strerror}") from None
