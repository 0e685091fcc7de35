"""Every time that is judged: accepted to the last second that the clocks may differ, and refused one second beyond."""

import pytest

from didkit_fr.encoding import date_time
from didkit_fr.flow import offline, run
from didkit_fr.formats import FORMATS
from didkit_fr.formats.occasion import Occasion
from didkit_fr.keys import software
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.mdoc.issue import Validity
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.protocols.openid4vci.proof import build_proof, verify_proof
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.verify import verify, verify_issued
from tests import documents, w3c_tokens
from tests.bitstring_lists import as_integrity, as_jwt, asked, entry, listed
from tests.nation import DAY, NOW, STATUS_URI, Web, nation
from tests.refused import refused
from tests.w3c_documents import credential, presentation, presented, read, secured, verified
from tests.w3c_enveloped import ANSWER, FORMS, enveloped, shown

AUDIENCE, NONCE = "x509_hash:shop", "nonce"


def stamp(seconds):
    return date_time.build(seconds)


def issued(**claims):
    """A wallet's look at a credential."""
    raw = nation().credential(**claims)
    how = {"context": VerificationContext(nation().policy, Memory(), NOW), "holder": nation().holder.public_key}
    return run(verify_issued(raw, format="dc+sd-jwt", **how), nation().web())


def bound(now=NOW, **more):
    """A relying party's look at a proof of possession."""
    raw = FORMATS["dc+sd-jwt"].present(nation().credential(), [], nation().holder, Occasion(NONCE, AUDIENCE), now=now)
    head = raw[: raw.rindex("~") + 1]
    kept = sd_jwt.bind(head, nation().holder, nonce=NONCE, audience=AUDIENCE, now=now, more=more)
    how = {"context": VerificationContext(nation().policy, Memory(), NOW), "nonce": NONCE, "audience": AUDIENCE}
    return run(verify(kept, format="dc+sd-jwt", **how), nation().web())


def driving(signed, begins, ends):
    raw = documents.licence(validity=Validity(signed, begins, ends), status=None)
    how = {"context": VerificationContext(documents.policy(), Memory(), NOW), "holder": nation().holder.public_key}
    return run(verify_issued(raw, format="mso_mdoc", **how), offline)


def status_token(**claims):
    """A status list of these claims; None removes one."""
    stated = jws.parse(nation().status_list()).unverified_claims() | claims
    header = jws.parse(nation().status_list()).unverified_header
    kept = {name: value for name, value in stated.items() if value is not None}
    raw = jws.sign(kept, nation().signer, typ="statuslist+jwt", header={"x5c": header["x5c"]})
    credential_ = nation().credential()
    how = {"context": VerificationContext(nation().policy, Memory(), NOW), "holder": nation().holder.public_key}
    return run(verify_issued(credential_, format="dc+sd-jwt", **how), Web({STATUS_URI: raw.encode()}))


def bitstring(secure, **members):
    document = {name: value for name, value in {**listed(), **members}.items() if value is not None}
    return asked(secure(document), entry())


def without_end(**members):
    return {name: value for name, value in {**listed(), **members}.items() if name not in ("validUntil", "validFrom")}


def envelope(form, **claims):
    return verified(enveloped({**credential(), **claims}, form))


def answer(form, **claims):
    return read(shown({**presentation(secured(credential())), **ANSWER, **claims}, form))


def key_proof(made):
    signer = software.generate()
    raw = build_proof(signer, audience="https://issuer.example", nonce="n", now=made)
    return verify_proof(raw, audience="https://issuer.example", now=NOW, algorithms=["ES256"])


# The last second that is accepted, and the first one that is refused.
LATER, OVER, AGED = (NOW + 60, NOW + 61), (NOW - 59, NOW - 60), (NOW - 360, NOW - 361)
OLD, ENDED = (NOW - 86_399, NOW - 86_400), (NOW + 1, NOW)

JUDGED = {
    "SD-JWT VC: issued": (lambda at: issued(iat=at, exp=NOW + DAY), *LATER, "credential_from_the_future"),
    "SD-JWT VC: begins": (lambda at: issued(nbf=at, exp=NOW + DAY), *LATER, "credential_not_yet_valid"),
    "SD-JWT VC: ends": (lambda at: issued(exp=at, iat=NOW - DAY), *OVER, "credential_expired"),
    "key binding: too old": (bound, *AGED, "key_binding_time"),
    "key binding: made later": (bound, *LATER, "key_binding_time"),
    "key binding: begins": (lambda at: bound(nbf=at), *LATER, "key_binding_time"),
    "key binding: ends": (lambda at: bound(exp=at), *OVER, "key_binding_time"),
    "mdoc: begins": (
        lambda at: driving(NOW - DAY, at, NOW + DAY),
        *LATER,
        "credential_not_yet_valid",
    ),
    "mdoc: ends": (lambda at: driving(NOW - DAY, NOW - DAY, at), *OVER, "credential_expired"),
    "mdoc: signed": (lambda at: driving(at, at, NOW + DAY), *LATER, "credential_from_the_future"),
    "W3C credential: begins": (
        lambda at: verified(secured(credential(validFrom=stamp(at)))),
        *LATER,
        "credential_not_yet_valid",
    ),
    "W3C credential: ends": (
        lambda at: verified(secured(credential(validUntil=stamp(at)))),
        *OVER,
        "credential_expired",
    ),
    "Data Integrity: made": (
        lambda at: verified(secured(credential(), created=at)),
        *LATER,
        "integrity_from_the_future",
    ),
    "Data Integrity: ends": (
        lambda at: verified(secured(credential(), expires=at)),
        *OVER,
        "integrity_expired",
    ),
    "W3C presentation: too old": (
        lambda at: read(presented(presentation(), created=at)),
        *AGED,
        "key_binding_time",
    ),
    "W3C presentation: made later": (
        lambda at: read(presented(presentation(), created=at)),
        *LATER,
        "integrity_from_the_future",
    ),
    "W3C 1.1 token: issued": (
        lambda at: w3c_tokens.judge(w3c_tokens.shown(w3c_tokens.token(iat=at))),
        *LATER,
        "credential_from_the_future",
    ),
    "W3C 1.1 token: begins": (
        lambda at: w3c_tokens.judge(w3c_tokens.shown(w3c_tokens.token(nbf=at))),
        *LATER,
        "credential_not_yet_valid",
    ),
    "W3C 1.1 token: ends": (
        lambda at: w3c_tokens.judge(w3c_tokens.shown(w3c_tokens.token(exp=at))),
        *OVER,
        "credential_expired",
    ),
    "W3C 1.1 presentation: too old": (
        lambda at: w3c_tokens.judge(w3c_tokens.shown(iat=at)),
        *AGED,
        "key_binding_time",
    ),
    "W3C 1.1 presentation: made later": (
        lambda at: w3c_tokens.judge(w3c_tokens.shown(iat=at)),
        *LATER,
        "key_binding_time",
    ),
    "W3C 1.1 presentation: begins": (
        lambda at: w3c_tokens.judge(w3c_tokens.shown(nbf=at)),
        *LATER,
        "key_binding_time",
    ),
    "W3C 1.1 presentation: ends": (
        lambda at: w3c_tokens.judge(w3c_tokens.shown(exp=at)),
        *OVER,
        "key_binding_time",
    ),
    "status token: issued": (lambda at: status_token(iat=at), *LATER, "status_list_not_yet_valid"),
    "status token: begins": (lambda at: status_token(nbf=at), *LATER, "status_list_not_yet_valid"),
    "status token: ends": (lambda at: status_token(exp=at, iat=NOW - DAY), *ENDED, "status_list_expired"),
    "status token without an end": (
        lambda at: status_token(iat=at, exp=None),
        *OLD,
        "status_list_expired",
    ),
    "bitstring list: begins": (
        lambda at: bitstring(as_integrity, validFrom=stamp(at)),
        *LATER,
        "status_list_not_yet_valid",
    ),
    "bitstring list: ends": (
        lambda at: bitstring(as_integrity, validUntil=stamp(at)),
        *ENDED,
        "status_list_expired",
    ),
    "bitstring list without an end": (
        lambda at: asked(as_integrity(without_end(), created=at), entry()),
        *OLD,
        "status_list_expired",
    ),
    "bitstring list in an envelope: ends": (
        lambda at: asked(as_jwt(listed(), exp=at), entry()),
        *ENDED,
        "status_list_expired",
    ),
    "bitstring list in an envelope without an end": (
        lambda at: asked(as_jwt(without_end(), iat=at), entry()),
        *OLD,
        "status_list_expired",
    ),
    "key proof: too old": (key_proof, *AGED, "proof_time"),
    "key proof: made later": (key_proof, *LATER, "proof_time"),
}
for form in FORMS:
    JUDGED |= {
        f"W3C credential in {form}: begins": (
            lambda at, form=form: envelope(form, nbf=at),
            *LATER,
            "credential_not_yet_valid",
        ),
        f"W3C credential in {form}: ends": (lambda at, form=form: envelope(form, exp=at), *OVER, "credential_expired"),
        f"W3C presentation in {form}: begins": (
            lambda at, form=form: answer(form, nbf=at),
            *LATER,
            "credential_not_yet_valid",
        ),
        f"W3C presentation in {form}: ends": (lambda at, form=form: answer(form, exp=at), *OVER, "credential_expired"),
        f"W3C presentation in {form}: too old": (lambda at, form=form: answer(form, iat=at), *AGED, "key_binding_time"),
        f"W3C presentation in {form}: made later": (
            lambda at, form=form: answer(form, iat=at),
            *LATER,
            "key_binding_time",
        ),
    }


@pytest.mark.parametrize("what", JUDGED)
def test_a_time_is_accepted_to_the_last_second_and_refused_one_beyond(what):
    judge, last, beyond, code = JUDGED[what]
    assert abs(beyond - last) == 1
    judge(last)
    with refused(code):
        judge(beyond)
