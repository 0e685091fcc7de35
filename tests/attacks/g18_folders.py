"""Data folders for the attacks on G18, and how a start is refused."""

from pathlib import Path

import pytest

from didkit_fr.errors import DidkitError
from didkit_fr.keys import software, x509
from issuer_service.keys import root_key
from issuer_service.titles.config import Config
from issuer_service.titles.root_guard import check_root_absent
from tests.issuer_service.world import found_in


async def _founded(folder: Path):
    place = await found_in(folder)
    signer = root_key.load(folder / "root.key", b"of the root")
    root = x509.public_key(x509.parse_pem((folder / "root.key.pem").read_bytes()))
    await _in_use(place)
    return place, signer, root


async def _in_use(place: Config) -> None:
    """With a mark, a revocation log and an epoch key."""
    from issuer_service.grants.epochs import EpochKeys
    from issuer_service.revocations.revocation_log import RevocationLog
    from issuer_service.storage.port import Replayed
    from issuer_service.titles import app, generation

    storage = await app.open_storage(place)
    await generation.tick(storage, place.place("mark"))
    await storage.close()
    RevocationLog(place.place("revocations")).append({"2026": Replayed("revoke", bytes(32))})
    EpochKeys(place.place("epochs")).current(1_795_341_600)


def _refusal(place: Config, root) -> DidkitError:
    with pytest.raises(DidkitError) as error:
        check_root_absent(place, root, software.generate().public_key)
    assert error.value.code in ("root_key_exposed", "folder_unexpected")
    return error.value
