"""Ours against the PyPI package `openvc-core`, in both directions: SD-JWT VC by key and by certificate, and status.

It reads the clock, so that what is issued here is issued now.
"""

import time
from datetime import UTC, datetime

import pytest
from openvc.errors import OpenvcError
from openvc.keys import P256SigningKey
from openvc.proof.sd_jwt import SdJwtVcProofSuite
from openvc.status import CredentialRevoked
from openvc.verify import VerificationPolicy, verify_credential

from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.formats.occasion import Occasion
from didkit_fr.keys import jwk, x509
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import DANGEROUSLY_IGNORE_REVOCATION, Policy
from didkit_fr.verification.verify import verify
from tests.nation import CREDENTIAL_PURPOSE, DAY, PERSON, STATUS_URI, VCT, disclosable_of, found

NOW, OTHER = int(time.time()), "urn:example:other"
STATE = found(NOW)
ISSUER, NONCE, AUDIENCE = "https://issuer.example.fr", "n-0S6_WzA2Mj", "x509_hash:abc"
LEAF = x509.issue_leaf(
    STATE.root_signer,
    STATE.root,
    STATE.signer.public_key,
    name="signer",
    country="FR",
    now=NOW - DAY,
    days=30,
    purposes=[CREDENTIAL_PURPOSE],
    dns_names=["issuer.example.fr"],
)
CREDENTIAL = STATE.credential(chain=[LEAF], iss=ISSUER, iat=NOW, exp=NOW + DAY)
PATHS = [("family_name",), ("place_of_birth", "country"), ("nationalities", 1)]
SHOWN = {"family_name": "Lefèvre", "place_of_birth": {"country": "FR"}, "nationalities": ["BE"]}


def check():
    """The time is the test's own: this file may have been collected long before."""
    return Occasion(NONCE, AUDIENCE)


def theirs(signer):
    return P256SigningKey(signer.private, "#key")


def listed(revoked=()):
    """A resolver of theirs gives the claims of a list that was verified."""
    raw = STATE.status_list(revoked, now=NOW)
    key = STATE.signer.public_key
    return lambda _uri: jws.verify(jws.parse(raw), key, typ="statuslist+jwt", algorithms=["ES256"]).claims


def their_verdict(raw, *, revoked=(), anchors=None, **changes):
    options = {"audience": AUDIENCE, "nonce": NONCE, "require_key_binding": True, "expected_vct": VCT}
    return verify_credential(
        raw,
        policy=VerificationPolicy(**(options | changes)),
        resolve_status_list_token=listed(revoked),
        x5c_trust_anchors=[STATE.root] if anchors is None else anchors,
    )


def test_theirs_verifies_what_ours_issued_and_presented():
    result = their_verdict(dc_sd_jwt.present(CREDENTIAL, PATHS, STATE.holder, check(), now=int(time.time())))
    assert {name: value for name, value in result.claims.items() if name in PERSON} == SHOWN
    assert (result.issuer, result.key_bound) == (ISSUER, True)
    assert result.status.ref.uri == STATUS_URI
    assert result.status.revoked is False


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "other"},
        {"audience": "x509_hash:other"},
        {"expected_vct": "urn:other"},
        {"now": datetime.fromtimestamp(NOW + DAY, UTC)},
        {"anchors": [found(NOW).root]},
    ],
)
def test_theirs_refuses_what_is_not_for_it(changes):
    with pytest.raises(OpenvcError):
        their_verdict(dc_sd_jwt.present(CREDENTIAL, PATHS, STATE.holder, check(), now=int(time.time())), **changes)


def test_theirs_reads_our_status_list():
    with pytest.raises(CredentialRevoked):
        their_verdict(dc_sd_jwt.present(CREDENTIAL, PATHS, STATE.holder, check(), now=int(time.time())), revoked=[7])


def test_theirs_refuses_the_same_forgeries():
    presented = dc_sd_jwt.present(CREDENTIAL, PATHS, STATE.holder, check(), now=int(time.time()))
    other = dc_sd_jwt.disclose(CREDENTIAL, [("given_name",)]).split("~")[1]
    head, *rest = presented.split("~")
    for raw in ("~".join((head, other, *rest)), "~".join((head, *rest[1:])), "~".join((head[:-8] + "AAAAAAAA", *rest))):
        with pytest.raises(OpenvcError):
            their_verdict(raw)
        with pytest.raises(DidkitError):
            our_verdict(raw)


def our_verdict(raw, **changes):
    options = {"nonce": NONCE, "audience": AUDIENCE} | changes
    anchor = Anchor("France", STATE.root, frozenset({"credential"}), frozenset({VCT, OTHER}))
    policy = Policy(Anchors((anchor,)), status=DANGEROUSLY_IGNORE_REVOCATION, max_presentation_age=3600)
    now = int(time.time())  # theirs presents by the clock, perhaps long after this file was collected
    return run(verify(raw, VerificationContext(policy, Memory(), now), format="dc+sd-jwt", **options), offline)


def their_credential(vct=OTHER):
    return SdJwtVcProofSuite().issue(
        {"iss": ISSUER, **PERSON},
        signing_key=theirs(STATE.signer),
        disclosable=[path[0] for path in disclosable_of(PERSON) if len(path) == 1],
        holder_jwk=jwk.build(STATE.holder.public_key),
        vct=vct,
        expires_in_s=DAY,
        decoys=3,
        x5c=x509.build_x5c([LEAF]),
    )


def test_ours_verifies_what_theirs_issued_by_its_key():
    issued = sd_jwt.parse(their_credential())
    claims = sd_jwt.verify(issued, STATE.signer.public_key, typ="dc+sd-jwt", algorithms=["ES256"]).claims
    assert {name: value for name, value in claims.items() if name in PERSON} == PERSON
    with pytest.raises(DidkitError) as error:
        sd_jwt.verify(issued, STATE.holder.public_key, typ="dc+sd-jwt", algorithms=["ES256"])
    assert error.value.code == "signature_invalid"


def test_ours_verifies_what_theirs_presented():
    """They show every disclosure; the whole pipeline here, by certificate."""
    presented = SdJwtVcProofSuite().create_presentation(
        their_credential(), holder_key=theirs(STATE.holder), audience=AUDIENCE, nonce=NONCE
    )
    verified = our_verdict(presented)
    assert {name: value for name, value in verified.claims.items() if name in PERSON} == PERSON
    assert verified.checks["holder"] == "possession proven"
    assert verified.issuer == "CN=signer,C=FR"
    for changes, code in (({"nonce": "other"}, "key_binding_nonce"), ({"audience": "other"}, "key_binding_audience")):
        with pytest.raises(DidkitError) as error:
            our_verdict(presented, **changes)
        assert error.value.code == code


def test_ours_holds_theirs_to_the_rules_of_the_type():
    """They hide whole claims only; of a place of birth, the French identity wants each part withholdable."""
    suite, options = SdJwtVcProofSuite(), {"holder_key": theirs(STATE.holder), "audience": AUDIENCE, "nonce": NONCE}
    with pytest.raises(DidkitError) as error:
        our_verdict(suite.create_presentation(their_credential(VCT), **options))
    assert error.value.code == "type_rule_broken"


def test_ours_presents_what_theirs_issued_and_theirs_verifies_it():
    presented = dc_sd_jwt.present(their_credential(), [("family_name",)], STATE.holder, check(), now=int(time.time()))
    claims = their_verdict(presented, expected_vct=OTHER).claims
    assert {name: value for name, value in claims.items() if name in PERSON} == {"family_name": "Lefèvre"}
