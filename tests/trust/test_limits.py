"""The limits of anchors, certificate paths and revocation lists: at the bound and one beyond."""

import json

import pytest
from cryptography import x509 as pyca

from didkit_fr.keys import software, x509
from didkit_fr.trust import revocation
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.trust.path import MDOC, verify_path
from tests.limits import Limit
from tests.trust.authority import CERTIFYING, DAY, NOW, SIGNING, Authority, basic

SIGNER = software.generate()
ROLES, TYPES = frozenset({"credential"}), frozenset({"urn:pid"})
ISSUER = {"name": "a", "roles": ["credential"], "types": ["urn:a"], "issuer": "https://a.example"}


def rows(*stated):
    return Anchors.parse(json.dumps({"anchors": stated}).encode())


def anchors(count):
    return rows(*({**ISSUER, "name": f"a{at}", "issuer": f"https://a.example/{at}"} for at in range(count)))


def path(count):
    """As many certificates below an anchor."""
    above = root = Authority("root", basic(), CERTIFYING)
    chain = []
    for at in range(count - 1):
        above = Authority(f"middle {at}", basic(), CERTIFYING, issuer=above)
        chain.insert(0, above.certificate)
    chain.insert(0, Authority("leaf", SIGNING, issuer=above).certificate)
    return verify_path(chain, [Anchor("a", root.certificate, ROLES, TYPES)], now=NOW, purpose="credential")


def compared(names):
    """A root of 128 constraints, and a leaf of some names: its subject counts as one more."""
    subtrees = [pyca.DNSName(f"{at:03}.example") for at in range(128)]
    root = Authority("root", basic(), CERTIFYING, (pyca.NameConstraints(None, subtrees), False))
    stated = pyca.SubjectAlternativeName([pyca.DNSName(f"a{at}.example") for at in range(names)])
    leaf = Authority("leaf", SIGNING, (stated, False), issuer=root)
    return verify_path([leaf.certificate], [Anchor("a", root.certificate, ROLES, TYPES)], now=NOW, purpose="credential")


def document_signer(*, days=90, root_days=3650):
    root = x509.issue_root(SIGNER, name="IACA", country="FR", now=NOW - DAY, days=root_days)
    how = {"name": "DS", "country": "FR", "now": NOW, "purposes": ["1.0.18013.5.1.2"], "days": days}
    leaf = x509.issue_leaf(SIGNER, root, software.generate().public_key, **how)
    return verify_path([leaf], [Anchor("a", root, ROLES, TYPES)], now=NOW + 60, purpose=MDOC)


LIMITS = {
    "anchors: bytes": Limit(lambda n: Anchors.parse(b" " * n), 1_048_576, "input_too_large", "json_invalid"),
    "anchors": Limit(anchors, 256, "anchors_malformed"),
    "an anchor: types": Limit(
        lambda n: rows({**ISSUER, "types": [f"urn:{at}" for at in range(n)]}), 64, "anchors_malformed"
    ),
    "an anchor: least types": Limit(
        lambda n: rows({**ISSUER, "types": [f"urn:{at}" for at in range(n)]}), 1, "anchors_malformed", step=-1
    ),
    "an anchor: characters of its name": Limit(lambda n: rows({**ISSUER, "name": "a" * n}), 256, "anchors_malformed"),
    "an anchor: least characters of its name": Limit(
        lambda n: rows({**ISSUER, "name": "a" * n}), 1, "anchors_malformed", step=-1
    ),
    "an anchor: characters of a type": Limit(lambda n: rows({**ISSUER, "types": ["a" * n]}), 256, "anchors_malformed"),
    "an anchor: characters of its address": Limit(
        lambda n: rows({**ISSUER, "issuer": "https://a.example/" + "a" * (n - 18)}), 256, "anchors_malformed"
    ),
    "an anchor: characters of its DID": Limit(
        lambda n: rows({**{k: v for k, v in ISSUER.items() if k != "issuer"}, "did": "did:key:" + "a" * (n - 8)}),
        4_096,
        "anchors_malformed",
    ),
    "a path: certificates": Limit(path, 3, "certificate_path"),
    "a path: least certificates": Limit(
        lambda n: path(n) if n else verify_path([], [], now=NOW, purpose="credential"), 1, "certificate_path", step=-1
    ),
    "a path: names held against constraints": Limit(compared, 127, "certificate_profile"),
    "a document signer: days": Limit(lambda n: document_signer(days=n), 457, "certificate_profile"),
    "a root of documents: days": Limit(lambda n: document_signer(root_days=n), 7_320, "certificate_profile"),
    "a revocation list: bytes": Limit(
        lambda n: revocation.parse_list(bytes(n)), 4_194_304, "input_too_large", "crl_malformed"
    ),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_size_is_accepted_to_its_bound_and_refused_one_beyond(limit):
    limit.check()
