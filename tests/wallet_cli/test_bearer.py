"""A title that is bound to nobody: kept, shown again and again, only to who asks for one, and never without a word."""

import pytest

from didkit_fr.encoding import json
from didkit_fr.errors import VerificationError
from didkit_fr.relying_party import Query
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.policy import BBS, CRYPTOSUITES, Policy
from tests.refusals.w3c_bbs import DIDS, TYPE, _received, _tree
from tests.wallet_cli.presenting import fill, on_disk, present, refused
from tests.wallet_cli.world import DAY, NOW, Refusing
from wallet_cli.contents import HeldCopy, HeldCredential, HeldTitle, choose, encode, parse, spend
from wallet_cli.messages import TEXTS
from wallet_cli.warning import warnings_of

END = NOW - NOW % DAY + DAY
UNBOUND = Query(TYPE, [["credentialSubject", "age_over_18"]], format="ldp_vc", binding=False)
NATIONAL = Anchor("issuer", None, frozenset({"credential"}), frozenset({TYPE}), did=DIDS["a"])
NAMING = Policy(Anchors((NATIONAL,)), cryptosuites=CRYPTOSUITES | {BBS})


def bearer():
    return HeldCredential(
        "national_identity_ldp_vc_bbs_2023", "ldp_vc", TYPE, END, (HeldCopy(_received(_tree()).decode(), b""),)
    )


def title(*more):
    return HeldTitle("00000002", "https://issuer.example", "2026-09-21", (*more, bearer()))


@pytest.mark.parametrize(("language", "word"), [("en", "lend"), ("fr", "prêter")])
def test_before_consent_the_citizen_reads_that_it_can_be_lent(world, folder, capsys, language, word):
    fill(world, folder, title())
    transaction, fetcher, _ = world.ask_all(UNBOUND, policy=NAMING, response_mode="direct_post")
    assert refused(folder, transaction.link, fetcher, yes=False, kind=Refusing, language=language) == "access_denied"
    said = capsys.readouterr().err
    assert word in said
    assert getattr(TEXTS["lendable"], language) in said
    assert getattr(TEXTS["technical_bearer"], language) in said
    assert getattr(TEXTS["technical"], language) not in said


def test_two_parties_are_shown_the_same_credential_each_with_a_proof_of_its_own(world, folder):
    fill(world, folder, title())
    for name in ("Café de la Gare", "Bar du Port"):
        transaction, fetcher, party = world.ask_all(UNBOUND, name, policy=NAMING, response_mode="direct_post")
        present(folder, transaction.link, fetcher)
        told = party.verify(world.posted[-1], now=NOW)["title"][0]
        assert told.claims["credentialSubject"] == {"age_over_18": True}
        assert told.holder is None
    one, other = (json.parse_object(json.encode(world.presented(place)["title"][0])) for place in (0, 1))
    assert one["proof"].pop("proofValue") != other["proof"].pop("proofValue")
    assert one == other
    # Nothing was spent.
    assert on_disk(folder).titles[0].credentials[0].copies[0].audience is None


def test_who_does_not_name_the_suite_is_not_shown_it(world, folder):
    fill(world, folder, title())
    transaction, fetcher, _ = world.ask_all(UNBOUND, response_mode="direct_post")
    assert refused(folder, transaction.link, fetcher) == "nothing_matches"


def test_who_wants_to_know_the_holder_is_not_shown_it(world, folder):
    fill(world, folder, title())
    bound = Query(TYPE, [["credentialSubject", "age_over_18"]], format="ldp_vc")
    transaction, fetcher, _ = world.ask_all(bound, policy=NAMING, response_mode="direct_post")
    assert refused(folder, transaction.link, fetcher) == "nothing_matches"


def test_tomorrow_it_answers_nothing_and_the_title_beside_it_is_as_good_as_before(world):
    lasting = world.title().credentials[0]
    both = title(lasting)
    assert (both.expires, both.fresh) == (lasting.expires, lasting.fresh)
    assert warnings_of(both, NOW + 2 * DAY) == []
    assert not both.credentials[1].is_valid(NOW + DAY)
    alone = title()
    assert alone.expires == END
    assert warnings_of(alone, NOW) == ["warn_expires"]
    assert warnings_of(alone, NOW + DAY) == ["warn_expired"]


def test_it_is_chosen_again_and_never_spent(world):
    contents = world.contents(title())
    assert choose(contents.titles[0].credentials[0].copies, "x509_hash:a") == (0, False)
    assert spend(contents, [("00000002", 0, 0)], client_id="x509_hash:a") == contents
    assert parse(encode(contents)) == contents


def test_a_copy_that_lost_its_key_is_not_shown_as_if_it_had_none(world, folder):
    raw = world.title().credentials[0].copies[0].raw
    broken = HeldCredential("pid_dc_sd_jwt", "dc+sd-jwt", "urn:eudi:pid:fr:1", None, (HeldCopy(raw, b""),))
    fill(world, folder, HeldTitle("00000003", "https://issuer.example", "2026-09-21", (broken,)))
    link, _, fetcher = world.ask(["age_over_18"])
    with pytest.raises(VerificationError) as error:
        present(folder, link, fetcher)
    assert error.value.code == "holder_missing"
