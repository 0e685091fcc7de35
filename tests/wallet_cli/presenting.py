"""A wallet that holds titles, relying parties that ask, and who agrees."""

import pytest

from didkit_fr.errors import DidkitError
from didkit_fr.primitives.passphrase import open_sealed
from didkit_fr.protocols.openid4vp.link import parse_link
from tests.wallet_cli.world import PASSPHRASE, TINY, session
from wallet_cli import contents as inside
from wallet_cli import vault as vaults
from wallet_cli.commands.present import answer
from wallet_cli.session import Session
from wallet_cli.vault import create, open_vault

CAFE, BAR = "Café de la Gare", "Bar du Port"


def fill(world, folder, *titles):
    create(folder, world.contents(*(titles or (world.title(),))), lambda: PASSPHRASE, cost=TINY)


def asker(link):
    """Who a link says that asks, as whoever agrees beforehand names them."""
    try:
        return parse_link(link).client_id
    except DidkitError:
        return None


def present(folder, link, fetcher, *, yes=True, reuse=False, verifier=None, portrait=False, **how):
    verifier = asker(link) if yes and verifier is None else verifier
    agreed = {"yes": yes, "reuse": reuse, "portrait": portrait}
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        answer(session(folder, **how), vault, link, fetcher, verifier=verifier, **agreed)


def refused(folder, link, fetcher, **how):
    with pytest.raises(DidkitError) as error:
        present(folder, link, fetcher, **how)
    return error.value.code


def on_disk(folder):
    """What another process would find, without taking the lock."""
    return inside.parse(open_sealed(PASSPHRASE, (folder / "vault.sealed").read_bytes(), context=vaults.CONTEXT))


def audiences(folder):
    return [copy.audience for title in on_disk(folder).titles for copy in title.credentials[0].copies]


class Agreeing(Session):
    """A citizen who reads and says yes."""

    def agrees(self, question, *, beforehand):
        return bool(question) or beforehand
