"""The limits of verification: what is remembered, for how long, and how much is read."""

import pytest

from didkit_fr.encoding import json
from didkit_fr.flow import run
from didkit_fr.keys import jwk, software
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.issuer_keys import fetch_keys
from tests.limits import Limit
from tests.nation import Web, nation

ADDRESS = "https://issuer.example"
WELL_KNOWN = f"{ADDRESS}/.well-known/jwt-vc-issuer"
KEYS = {"keys": [jwk.build(software.generate().public_key)]}


def padded(document, size):
    raw = json.encode(document)
    return raw + b" " * (size - len(raw))


def metadata(size):
    return run(fetch_keys(ADDRESS), Web({WELL_KNOWN: padded({"issuer": ADDRESS, "jwks": KEYS}, size)}))


def keys(size):
    uri = f"{ADDRESS}/keys"
    stated = json.encode({"issuer": ADDRESS, "jwks_uri": uri})
    return run(fetch_keys(ADDRESS), Web({WELL_KNOWN: stated, uri: padded(KEYS, size)}))


def keys_at(chars):
    uri = f"{ADDRESS}/" + "a" * (chars - len(ADDRESS) - 1)
    stated = json.encode({"issuer": ADDRESS, "jwks_uri": uri})
    return run(fetch_keys(ADDRESS), Web({WELL_KNOWN: stated, uri: json.encode(KEYS)}))


LIMITS = {
    "issuer metadata: bytes": Limit(metadata, 65_536, "input_too_large"),
    "issuer keys: bytes": Limit(keys, 65_536, "input_too_large"),
    "issuer keys: characters of their address": Limit(keys_at, 2_048, "issuer_keys_malformed"),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_size_is_accepted_to_its_bound_and_refused_one_beyond(limit):
    limit.check()


def test_1024_results_of_a_kind_are_remembered_and_of_one_more_the_oldest_is_forgotten():
    memory, policy = Memory(), nation().policy
    for at in range(1_024):
        memory.put(policy, "x", at, at, now=0, expires=9)
    memory.put(policy, "another kind", 0, 0, now=0, expires=9)
    assert memory.get(policy, "x", 0, now=0) == 0
    memory.put(policy, "x", 1_024, 1_024, now=0, expires=9)
    assert memory.get(policy, "x", 0, now=0) is None
    assert [memory.get(policy, "x", at, now=0) for at in (1, 1_024)] == [1, 1_024]
    assert memory.get(policy, "another kind", 0, now=0) == 0


def test_what_a_policy_allows_where_nothing_else_is_said():
    policy = Policy(nation().anchors)
    ages = (policy.leeway, policy.max_presentation_age, policy.max_status_age, policy.max_list_age, policy.max_key_age)
    assert ages == (60, 300, 86_400, 86_400, 3_600)
    assert policy.algorithms == {"ES256"}
