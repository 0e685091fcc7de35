import pytest

from didkit_fr.errors import DidkitError, FetchError
from didkit_fr.keys.software import from_secret
from didkit_fr.proofs import sd_jwt
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from tests.wallet_cli.world import CLAIMS, ISSUER, NOW, PASSPHRASE, TINY, VCT, Refusing, World, session
from wallet_cli.commands.receive import accept
from wallet_cli.vault import create, open_vault


@pytest.fixture
def world():
    return World()


@pytest.fixture
def folder(tmp_path, world):
    create(tmp_path / "wallet", world.contents(), lambda: PASSPHRASE, cost=TINY)
    return tmp_path / "wallet"


def receive(folder, link, fetcher, *, tx_code="123456", wanted=30, yes=True, **how):
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        offer = parse_offer_uri(link)
        accept(session(folder, **how), vault, offer, fetcher, tx_code=tx_code, wanted=wanted, yes=yes)


def refused(folder, link, fetcher, **how):
    before = (folder / "vault.sealed").read_bytes()
    with pytest.raises(DidkitError) as error:
        receive(folder, link, fetcher, **how)
    assert (folder / "vault.sealed").read_bytes() == before
    return error.value.code


def held(folder):
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        return vault.contents.titles


def test_copies_are_kept_each_with_its_own_key(world, folder, capsys):
    receive(folder, *world.offer(), language="fr")
    (title,) = held(folder)
    assert (title.type, title.issuer, title.format, title.configuration) == (VCT, ISSUER, "dc+sd-jwt", "pid")
    assert title.expires == NOW - NOW % 86_400 + 14 * 86_400
    assert [copy.raw for copy in title.copies] == world.issued
    keys = {sd_jwt.parse(copy.raw).jws.unverified_claims()["cnf"]["jwk"]["x"] for copy in title.copies}
    assert len(keys) == len(title.copies) == title.fresh == 4
    signers = [from_secret(copy.secret) for copy in title.copies]
    assert len({signer.public_key for signer in signers}) == 4
    said = capsys.readouterr()
    assert CLAIMS["family_name"] in said.err
    assert "Titres" in said.err
    assert title.id in said.out
    assert CLAIMS["family_name"] not in said.out


def test_no_more_copies_than_wanted(world, folder):
    receive(folder, *world.offer(), wanted=2)
    assert len(held(folder)[0].copies) == 2


def test_what_the_citizen_does_not_want_is_not_kept(world, folder):
    assert refused(folder, *world.offer(), yes=False, kind=Refusing) == "access_denied"


def test_a_title_of_a_stranger_is_not_kept(folder):
    assert refused(folder, *World().offer()) == "issuer_unknown"


def test_a_wrong_code_is_said_so(world, folder):
    assert refused(folder, *world.offer(), tx_code="000000") == "invalid_grant"


def test_without_a_network_nothing_changes(world, folder):
    link, _ = world.offer()
    assert refused(folder, link, lambda batch: [FetchError("fetch_failed") for _ in batch]) == "fetch_failed"


def test_two_titles_have_two_identifiers(world, folder):
    receive(folder, *world.offer())
    receive(folder, *world.offer())
    assert len({title.id for title in held(folder)}) == 2
