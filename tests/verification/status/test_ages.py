"""How long a status list is remembered: as long as it says, and never longer than the policy does."""

import zlib
from dataclasses import replace

import pytest

from didkit_fr.encoding import base64url, cbor
from didkit_fr.flow import offline, run
from didkit_fr.keys import software
from didkit_fr.keys.x509 import build_x5c
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.jose import jws
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status.check import load_status_list
from tests import bitstring_lists
from tests.bitstring_lists import as_cose, as_integrity, as_jwt, as_sd_jwt, asked, entry, listed, served
from tests.nation import NOW, STATUS_URI, Web, nation
from tests.refused import refused

SECURED = {
    "application/vc": as_integrity,
    "application/vc+jwt": as_jwt,
    "application/vc+sd-jwt": as_sd_jwt,
    "application/vc+cose": as_cose,
}


def claims(**changes):
    packed = base64url.encode(zlib.compress(bytes(512)))
    stated = {"sub": STATUS_URI, "iat": NOW, "status_list": {"bits": 1, "lst": packed}, **changes}
    return {name: value for name, value in stated.items() if value is not None}


def as_token(**changes):
    header = {"x5c": build_x5c([nation().leaf])}
    return jws.sign(claims(**changes), nation().signer, typ="statuslist+jwt", header=header).encode()


def remembered_until(raw, policy, last, beyond):
    """A list that was loaded is in memory at one moment, and has to be fetched anew at the next."""
    memory = Memory()
    run(load_status_list(STATUS_URI, VerificationContext(policy, memory, NOW)), Web({STATUS_URI: raw}))
    run(load_status_list(STATUS_URI, VerificationContext(policy, memory, NOW + last)), offline)
    with refused("offline"):
        run(load_status_list(STATUS_URI, VerificationContext(policy, memory, NOW + beyond)), offline)


@pytest.mark.parametrize(
    ("changes", "rules", "last"),
    [
        ({"ttl": 500}, {"max_status_age": 100}, 99),
        ({"ttl": 100}, {"max_status_age": 500}, 99),
        ({"ttl": 100_000}, {}, 86_399),
        ({}, {}, 299),
        ({}, {"max_status_age": 100}, 99),
        ({"ttl": 500, "exp": NOW + 100}, {}, 99),
        ({"ttl": 500}, {"max_list_age": 100}, 99),
        ({"ttl": 1}, {}, 0),
    ],
)
def test_a_status_token_is_remembered_no_longer_than_it_or_the_policy_says(changes, rules, last):
    remembered_until(
        as_token(**changes), replace(nation().policy, **({"max_list_age": 200_000} | rules)), last, last + 1
    )


@pytest.mark.parametrize("ttl", [0, -1, True, "60"])
def test_a_status_token_cannot_say_that_it_lives_no_time_at_all(ttl):
    with refused("status_list_malformed"):
        remembered_until(as_token(ttl=ttl), nation().policy, 0, 1)


@pytest.mark.parametrize("secure", SECURED.values(), ids=SECURED)
@pytest.mark.parametrize(
    ("ttl", "rules", "last"),
    [(500, {"max_status_age": 100}, 99), (100, {}, 99), (None, {}, 299), (100_000, {}, 86_399)],
)
def test_a_bitstring_list_is_remembered_no_longer_than_it_or_the_policy_says(secure, ttl, rules, last):
    memory, policy = Memory(), replace(bitstring_lists.POLICY, **rules)
    document = {**listed(ttl=ttl), "validUntil": "2036-01-01T00:00:00Z"}
    media_type = next(name for name, one in SECURED.items() if one is secure)
    answers = served(secure(document), media_type)
    assert asked(b"", entry(), memory=memory, policy=policy, web=answers) == "valid"
    assert asked(b"", entry(), memory=memory, policy=policy, web=offline, now=NOW + last) == "valid"
    with refused("offline"):
        asked(b"", entry(), memory=memory, policy=policy, web=offline, now=NOW + last + 1)


@pytest.mark.parametrize("ttl", [0, -1, True, "60000", 10**14 + 1])
def test_a_bitstring_list_cannot_say_that_it_lives_no_time_at_all_or_for_ever(ttl):
    document = listed()
    document["credentialSubject"]["ttl"] = ttl
    for secure in (as_integrity, as_jwt):
        with refused("status_list_malformed"):
            asked(secure(document), entry())


def test_a_bitstring_list_that_lives_for_less_than_a_second_is_not_remembered():
    document, memory = listed(), Memory()
    for ttl in (1, 999, 10**14):
        document["credentialSubject"]["ttl"] = ttl
        assert asked(as_jwt(document), entry(), memory=memory) == "valid"
        if ttl < 1000:
            with refused("offline"):
                asked(b"", entry(), memory=memory, web=offline)


ED25519 = software.generate("Ed25519")
OTHER = Policy(
    Anchors((Anchor("other", None, frozenset({"status"}), frozenset(), did=bitstring_lists.did(ED25519)),)),
)


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("secure", SECURED.values(), ids=SECURED)
def test_a_list_is_signed_with_an_algorithm_that_the_policy_allows(secure):
    document = listed(issuer=ED25519)
    media_type = next(name for name, one in SECURED.items() if one is secure)
    answers = served(secure(document, ED25519), media_type)
    allowed = replace(OTHER, algorithms=frozenset({"ES256", "EdDSA"}))
    assert asked(b"", entry(), policy=allowed, web=answers) == "valid"
    with refused("algorithm_refused"):
        asked(b"", entry(), policy=OTHER, web=answers)


@pytest.mark.guarantee("G12")
def test_a_status_token_is_signed_with_an_algorithm_that_the_policy_allows():
    other = replace(nation().policy, algorithms=frozenset({"ES384"}))
    chain = cose.build_x5chain([nation().leaf])
    header = {33: chain}
    body = cbor.encode({2: STATUS_URI, 6: NOW, 65533: {"bits": 1, "lst": zlib.compress(bytes(512))}})
    message = cose.sign1(body, nation().signer, typ="application/statuslist+cwt", header=header)
    for raw in (as_token(), message):
        run(load_status_list(STATUS_URI, VerificationContext(nation().policy, Memory(), NOW)), Web({STATUS_URI: raw}))
        with refused("algorithm_refused"):
            run(load_status_list(STATUS_URI, VerificationContext(other, Memory(), NOW)), Web({STATUS_URI: raw}))
