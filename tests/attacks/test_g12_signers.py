"""Attacks on G12: a key of one trusted issuer, and the name of another.

Both issuers are anchors for the same types, so that nothing but the comparison of who signed with who is named stands
between the attack and its end. Each control is the same document with one name in it.
"""

import zlib

import cbor2
import pytest

from didkit_fr.credentials.presentation import Envelope
from didkit_fr.encoding import base64url, json
from didkit_fr.errors import DidkitError
from didkit_fr.flow import run
from didkit_fr.formats import mso_mdoc
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import bbs, jwk, multikey, software, x509
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.data_integrity import bbs_2023, options, proof
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.protocols.openid4vci.proof import verify_proof
from didkit_fr.protocols.openid4vci.signed_metadata import verify_metadata
from didkit_fr.protocols.openid4vp.client_id import HAIP, split
from didkit_fr.protocols.openid4vp.request import authenticate_request, build_request_object, client_id_of
from didkit_fr.status import bitstring, token
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import BBS, CRYPTOSUITES, Policy
from didkit_fr.verification.signers.issuer_keys import build_metadata, well_known
from didkit_fr.verification.status.check import check_status
from didkit_fr.verification.verify import verify_issued
from didkit_fr.verification.w3c.verify import ExpectedPresentation, verify_credential, verify_presentation
from tests.documents import licence
from tests.documents import policy as policy_of_documents
from tests.nation import DAY, NOW, VCT, Web, disclosable_of, found, nation

ATTACKER, HOLDER = software.generate(), nation().holder
VICTIM_DID, ATTACKER_DID = "did:web:victim.example", "did:web:attacker.example"
VICTIM_URL, ATTACKER_URL = "https://victim.example", "https://attacker.example"
LIST = f"{VICTIM_URL}/list"
TYPES = frozenset({VCT, fields.CREDENTIAL_IRI})
ROLES = frozenset({"credential", "status"})
FREEDONIA = found(name="Freedonia")
FRANCE = Anchor("France", nation().root, ROLES, TYPES)
ANCHORS = Anchors(
    (
        FRANCE,
        Anchor("Freedonia", FREEDONIA.root, ROLES, TYPES),
        *(Anchor(did, None, ROLES, TYPES, did=did) for did in (VICTIM_DID, ATTACKER_DID)),
        *(Anchor(url, None, ROLES, TYPES, issuer=url) for url in (VICTIM_URL, ATTACKER_URL)),
    )
)
POLICY = Policy(ANCHORS, cryptosuites=CRYPTOSUITES | {BBS})
BLIND = bbs.generate()


def web(**more):
    """What the attacker publishes; the victim's keys are nowhere, so that only the attacker's can verify anything."""
    method = {"id": f"{ATTACKER_DID}#1", "type": "Multikey", "controller": ATTACKER_DID}
    second = {**method, "id": f"{ATTACKER_DID}#2", "publicKeyMultibase": multikey.build_bbs(BLIND.public_key)}
    method["publicKeyMultibase"] = multikey.build(ATTACKER.public_key)
    document = {
        "id": ATTACKER_DID,
        "verificationMethod": [method, second],
        "assertionMethod": [method["id"], second["id"]],
    }
    keys = build_metadata(ATTACKER_URL, jwk.build_set({"1": ATTACKER.public_key}))
    return Web(
        {
            f"{ATTACKER_URL}/.well-known/did.json": json.encode(document),
            well_known(ATTACKER_URL): json.encode(keys),
            **more,
        }
    )


def outcome(flow, pages=None):
    """The issuer that comes out as verified, or the code of the refusal."""
    try:
        return getattr(run(flow, pages or web()), "issuer", "believed")
    except DidkitError as error:
        return error.code


def context(policy=POLICY):
    return VerificationContext(policy, Memory(), NOW)


def received(raw, form, policy=POLICY):
    return outcome(verify_issued(raw, context(policy), format=form, holder=HOLDER.public_key))


BY_DID = {"kid": f"{ATTACKER_DID}#1"}
BY_KEY_ID = {"kid": "1"}
BY_CERTIFICATE = {"x5c": x509.build_x5c([FREEDONIA.leaf])}
JOSE = [
    pytest.param(BY_DID, VICTIM_DID, "issuer_mismatch", id="kid of a DID"),
    pytest.param(BY_DID, VICTIM_URL, "issuer_mismatch", id="kid of a DID, name of an address"),
    pytest.param(BY_KEY_ID, VICTIM_URL, "fetch_failed", id="kid at an address, whose owner alone is asked"),
    pytest.param({"kid": f"{ATTACKER_URL}#1"}, VICTIM_URL, "fetch_failed", id="kid that is an address"),
    pytest.param({**BY_KEY_ID, "iss": ATTACKER_URL}, VICTIM_URL, "fetch_failed", id="iss in the header"),
    pytest.param({**BY_KEY_ID, "jku": f"{ATTACKER_URL}/keys"}, VICTIM_URL, "fetch_failed", id="jku"),
    pytest.param(BY_CERTIFICATE, VICTIM_URL, "issuer_mismatch", id="certificate"),
    pytest.param({**BY_CERTIFICATE, "kid": f"{VICTIM_DID}#1"}, VICTIM_DID, "issuer_mismatch", id="certificate and kid"),
]


def signer_of(header):
    return FREEDONIA.signer if "x5c" in header else ATTACKER


def sd_jwt_vc(header, issuer):
    claims = nation().claims(status=None, **({} if issuer is None else {"iss": issuer}))
    return sd_jwt.issue(claims, signer_of(header), typ="dc+sd-jwt", disclosable=disclosable_of(claims), header=header)


def jwt_vc(header, issuer, *, inside=None):
    named = inside or issuer
    vc = {
        "@context": [fields.V1],
        "type": ["VerifiableCredential"],
        "issuanceDate": "2020-01-01T00:00:00Z",
        "credentialSubject": {"id": fields.did_of(HOLDER.public_key)},
        **({} if named is None else {"issuer": named}),
    }
    claims = {"nbf": NOW - DAY, "exp": NOW + DAY, "vc": vc, **({} if issuer is None else {"iss": issuer})}
    return jws.sign(claims, signer_of(header), typ="JWT", header=header)


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize(("header", "victim", "code"), JOSE)
@pytest.mark.parametrize(("form", "make"), [("dc+sd-jwt", sd_jwt_vc), ("jwt_vc_json", jwt_vc)])
def test_a_token_of_one_issuer_in_the_name_of_another(form, make, header, victim, code):
    assert received(make(header, victim), form) == code


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize(("form", "make"), [("dc+sd-jwt", sd_jwt_vc), ("jwt_vc_json", jwt_vc)])
def test_with_one_name_in_it_the_token_is_believed_to_be_whose_it_is(form, make):
    assert received(make(BY_DID, ATTACKER_DID), form) == ATTACKER_DID
    assert received(make(BY_KEY_ID, ATTACKER_URL), form) == ATTACKER_URL
    if form == "dc+sd-jwt":
        assert received(make(BY_CERTIFICATE, None), form) == x509.subject_name(FREEDONIA.leaf)


@pytest.mark.guarantee("G12")
def test_an_issuer_in_the_credential_that_its_token_does_not_have():
    """Data model 1.1 section 6.3.1: `iss` is the issuer; a reader of the other member would be told another name."""
    raw = jwt_vc(BY_DID, ATTACKER_DID, inside=VICTIM_DID)
    assert received(raw, "jwt_vc_json") == "w3c_malformed"
    raw = jwt_vc(BY_DID, None, inside=VICTIM_DID)
    assert received(raw, "jwt_vc_json") in {"issuer_mismatch", "w3c_malformed"}


def document(issuer, **more):
    return {
        "@context": [fields.V2],
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "credentialSubject": {"id": fields.did_of(HOLDER.public_key)},
        **more,
    }


def proven(stated, **how):
    stated_as = {"cryptosuite": "ecdsa-jcs-2019", "verification_method": f"{ATTACKER_DID}#1", "created": NOW, **how}
    return proof.sign(stated, ATTACKER, **stated_as)


def proven_with_bbs(stated):
    stated_as = options.build_options(
        cryptosuite=bbs_2023.NAME, verification_method=f"{ATTACKER_DID}#2", purpose="assertionMethod", created=NOW
    )
    base = bbs_2023.sign_base(stated, BLIND, stated_as, mandatory=["/issuer"])
    return bbs_2023.derive(base, ["/credentialSubject"], presentation_header=b"")


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("issuer", [VICTIM_DID, VICTIM_URL, {"id": VICTIM_DID, "name": ATTACKER_DID}])
def test_a_proof_of_one_issuer_in_the_name_of_another(issuer):
    one = proven(document(issuer))
    assert received(json.encode_text(one), "ldp_vc") == "issuer_mismatch"
    assert outcome(verify_credential(one, context())) == "issuer_mismatch"
    beside = {**one, "iss": ATTACKER_DID}
    assert received(json.encode_text(beside), "ldp_vc") in {"issuer_mismatch", "signature_invalid"}


@pytest.mark.guarantee("G12")
def test_with_one_name_in_it_the_proof_is_believed_to_be_whose_it_is():
    one = proven(document(ATTACKER_DID))
    assert received(json.encode_text(one), "ldp_vc") == ATTACKER_DID
    assert outcome(verify_credential(one, context())) == ATTACKER_DID


@pytest.mark.guarantee("G12")
def test_a_bbs_proof_of_one_issuer_in_the_name_of_another():
    assert outcome(verify_credential(proven_with_bbs(document(VICTIM_DID)), context())) == "issuer_mismatch"


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("iss", [ATTACKER_URL, f"{ATTACKER_URL}#1", "", None])
def test_a_member_beside_a_proof_names_no_key(iss):
    """The key of a Data Integrity proof is its verification method's, whatever else the document says."""
    for method in (f"{ATTACKER_URL}#1", "1", "#1", VICTIM_URL):
        one = proven(document(ATTACKER_URL, iss=iss), verification_method=method)
        assert received(json.encode_text(one), "ldp_vc") == "issuer_unknown"


def in_jwt(stated, header):
    return Envelope("application/vc+jwt", jws.sign(stated, signer_of(header), typ="vc+jwt", header=header).encode())


def in_sd_jwt(stated, header):
    raw = sd_jwt.issue(stated, signer_of(header), typ="vc+sd-jwt", disclosable=[], header=header)
    return Envelope("application/vc+sd-jwt", raw.encode())


def in_cose(stated, header):
    parameters = {}
    if "kid" in header:
        parameters[cose.KID] = header["kid"].encode()
    if "iss" in header:
        parameters[15] = {1: header["iss"]}
    if "x5c" in header:
        parameters[cose.X5CHAIN] = cose.build_x5chain([FREEDONIA.leaf])
    raw = cose.sign1(json.encode(stated), signer_of(header), typ="application/vc+cose", header=parameters)
    return Envelope("application/vc+cose", raw)


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("seal", [in_jwt, in_sd_jwt, in_cose])
def test_an_envelope_of_one_issuer_in_the_name_of_another(seal):
    for header in (BY_DID, {**BY_DID, "iss": ATTACKER_DID}, {**BY_DID, "iss": VICTIM_DID}, BY_CERTIFICATE):
        assert outcome(verify_credential(seal(document(VICTIM_DID), header), context())) == "issuer_mismatch"
    for header in (BY_KEY_ID, {**BY_KEY_ID, "iss": ATTACKER_URL}):
        told = outcome(verify_credential(seal(document(VICTIM_URL), header), context()))
        assert told in {"issuer_mismatch", "fetch_failed"}
    stated = document(VICTIM_DID, iss=ATTACKER_DID)
    assert outcome(verify_credential(seal(stated, BY_DID), context())) == "issuer_mismatch"
    for header in (BY_DID, {**BY_DID, "iss": ATTACKER_DID}, {"kid": "#1"}, {"kid": "1"}):
        assert outcome(verify_credential(seal(document(ATTACKER_DID), header), context())) == ATTACKER_DID


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("named", ["holder", "iss", "iss in the header"])
def test_a_presentation_of_one_holder_in_the_name_of_another(named):
    """Who presents is whose key signed; a presentation that names another is not believed to be either's."""
    own, other = fields.did_of(HOLDER.public_key), fields.did_of(ATTACKER.public_key)
    shown = {"@context": [fields.V2], "type": ["VerifiablePresentation"], "aud": "shop", "nonce": "c", "iat": NOW}
    expected = ExpectedPresentation("shop", "c", holder_is_subject=True)

    def told(name):
        member = {} if named == "iss in the header" else {named: name}
        header = {"kid": fields.method_of(HOLDER.public_key), **({"iss": name} if not member else {})}
        raw = jws.sign({**shown, **member}, HOLDER, typ="vp+jwt", header=header)
        flow = verify_presentation(Envelope("application/vp+jwt", raw.encode()), expected, context())
        try:
            return run(flow, web()).holder
        except DidkitError as error:
            return error.code

    assert told(own) == own
    assert told(other) == "holder_mismatch"


@pytest.mark.guarantee("G12")
def test_an_iso_document_is_of_whom_its_certificate_names_whatever_stands_beside():
    raw = licence(status=None)
    issued = cbor2.loads(base64url.decode(raw))
    protected, outside, *rest = issued["issuerAuth"]
    for kid in (f"{VICTIM_DID}#1", VICTIM_URL):
        beside = base64url.encode(
            cbor2.dumps({**issued, "issuerAuth": [protected, {**outside, 4: kid.encode()}, *rest]})
        )
        flow = verify_issued(beside, context(policy_of_documents()), format="mso_mdoc", holder=HOLDER.public_key)
        assert outcome(flow) == x509.subject_name(nation().leaf)
        bare = {name: value for name, value in outside.items() if name != 33}
        without = base64url.encode(cbor2.dumps({**issued, "issuerAuth": [protected, {**bare, 4: kid.encode()}, *rest]}))
        with pytest.raises(DidkitError) as refused:
            mso_mdoc.parse(without).claimed_signer()
        assert refused.value.code == "issuer_unknown"


def status(listed, reference, issuer):
    flow = check_status(reference, context(), issuers=[anchor for anchor in ANCHORS.anchors if anchor.name == issuer])
    return outcome(flow, web(**{LIST: listed}))


def token_list(header, issuer):
    packed = {"bits": 1, "lst": base64url.encode(zlib.compress(token.pack(16, ())))}
    claims = {"sub": LIST, "iat": NOW, "exp": NOW + DAY, "status_list": packed}
    claims |= {} if issuer is None else {"iss": issuer}
    return jws.sign(claims, signer_of(header), typ="statuslist+jwt", header=header).encode()


@pytest.mark.guarantee("G12")
def test_a_status_list_of_one_authority_in_the_name_of_another():
    reference = {"status_list": {"idx": 7, "uri": LIST}}
    for header, name, victim in (
        (BY_DID, VICTIM_DID, VICTIM_DID),
        (BY_DID, VICTIM_URL, VICTIM_URL),
        (BY_DID, ATTACKER_DID, VICTIM_DID),
        (BY_KEY_ID, ATTACKER_URL, VICTIM_URL),
        (BY_CERTIFICATE, VICTIM_URL, VICTIM_URL),
        (BY_CERTIFICATE, VICTIM_DID, VICTIM_DID),
        (BY_CERTIFICATE, "France", "France"),
    ):
        told = status(token_list(header, name), reference, victim)
        assert told in {"issuer_mismatch", "status_list_signer"}, (header, name)
    assert status(token_list(BY_KEY_ID, VICTIM_URL), reference, VICTIM_URL) == "fetch_failed"
    assert status(token_list(BY_DID, ATTACKER_DID), reference, ATTACKER_DID) == "believed"


@pytest.mark.guarantee("G12")
def test_a_bitstring_of_one_authority_in_the_name_of_another():
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7"}
    reference = {"credentialStatus": {**entry, "statusListCredential": LIST}}

    def listed(issuer):
        return bitstring.build_list(LIST, "revocation", issuer, [], 1, (NOW - DAY, NOW + DAY))

    for name, code in ((VICTIM_DID, "issuer_mismatch"), (ATTACKER_DID, "status_list_signer")):
        assert status(json.encode(proven(listed(name))), reference, VICTIM_DID) == code
        sealed = in_jwt(listed(name), BY_DID).unverified_content
        assert status(sealed, reference, VICTIM_DID) == code
    assert status(json.encode(proven(listed(ATTACKER_DID))), reference, ATTACKER_DID) == "believed"


@pytest.mark.guarantee("G12")
def test_a_request_of_one_relying_party_in_the_name_of_another():
    state = nation()
    how = {"response_uri": "https://shop.example/", "nonce": "n" * 22, "state": "s" * 22, "now": NOW}
    query = {"credentials": [{"id": "q", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}}]}
    raw = build_request_object(query, state.reader, chain=[state.reader_leaf], **how)
    policy = Policy(
        Anchors((*state.anchors.anchors, Anchor("other", FREEDONIA.access_root, frozenset({"request"}), frozenset())))
    )
    for leaf, code in ((FREEDONIA.reader_leaf, "client_id_mismatch"), (state.reader_leaf, "believed")):
        client = split(client_id_of(leaf), HAIP)
        assert outcome(authenticate_request(raw, client, context(policy))) == code


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("beside", [{"kid": f"{VICTIM_DID}#1"}, {"x5c": x509.build_x5c([nation().leaf])}])
def test_a_key_proof_names_one_key(beside):
    claims = {"aud": VICTIM_URL, "iat": NOW, "nonce": "n"}
    header = {"jwk": jwk.build(ATTACKER.public_key)}
    proofs = {
        "one": jws.sign(claims, ATTACKER, typ="openid4vci-proof+jwt", header=header),
        "two": jws.sign(claims, ATTACKER, typ="openid4vci-proof+jwt", header={**header, **beside}),
        "name": jws.sign({**claims, "iss": VICTIM_DID}, ATTACKER, typ="openid4vci-proof+jwt", header=header),
    }
    told = {}
    for name, raw in proofs.items():
        try:
            told[name] = verify_proof(raw, audience=VICTIM_URL, now=NOW, algorithms=["ES256"]).key
        except DidkitError as error:
            told[name] = error.code
    assert told == {"one": ATTACKER.public_key, "two": "proof_key_reference", "name": "proof_claims"}


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("header", [BY_CERTIFICATE, BY_DID, {**BY_CERTIFICATE, "kid": f"{VICTIM_DID}#1"}])
def test_metadata_of_one_issuer_in_the_name_of_another(header):
    claims = {"iss": ATTACKER_DID, "sub": VICTIM_URL, "credential_issuer": VICTIM_URL, "iat": NOW, "exp": NOW + DAY}
    raw = jws.sign(claims, signer_of(header), typ="openidvci-issuer-metadata+jwt", header=header)
    assert outcome(verify_metadata(raw.encode(), context(), issuer=VICTIM_URL)) == "metadata_signer"
