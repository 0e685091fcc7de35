"""G27: a title that breaks the rules of its type is refused; what was withheld is not taken for missing."""

import json as standard
from contextlib import nullcontext
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.credentials.claims import check_claims
from didkit_fr.encoding import base64url, cbor
from didkit_fr.encoding.cbor import FULL_DATE, Tag
from didkit_fr.errors import DidkitError, VerificationError
from didkit_fr.flow import offline, run
from didkit_fr.formats import dc_sd_jwt, jwt_vc_json, ldp_vc, mso_mdoc
from didkit_fr.formats.occasion import occasion_of_answer
from didkit_fr.formats.w3c import fields
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.mdoc.issue import Validity
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.type_metadata import load_rules
from didkit_fr.verification.verify import verify
from tests.nation import DAY, NOW, VCT, Web, disclosable_of, nation
from tests.vectors import vectors

NONCE, AUDIENCE, RESPONSE_URI = "n" * 22, "x509_hash:shop", "https://shop.example/answer"
IDENTITY = "urn:didkit-fr:vocabulary#NationalIdentity"
MDL, ISO = "org.iso.18013.5.1.mDL", "org.iso.18013.5.1"
CHECK = occasion_of_answer(NONCE, AUDIENCE, response_uri=RESPONSE_URI)

NO_TRUTH = ["false", "", 0, 1, [], {}, 2.5, ["true"]]
NO_DAY = [19900517, "19900517", "1990-02-30", "1990-5-17", "", [], {}, True, 2.5, "17/05/1990", "1990-05-17 "]


def judged(raw, form, policy):
    return run(
        verify(
            raw,
            VerificationContext(policy, Memory(), NOW),
            format=form,
            nonce=NONCE,
            audience=AUDIENCE,
            response_uri=RESPONSE_URI,
        ),
        offline,
    )


def by_sd_jwt(**claims):
    raw = nation().credential(status=None, **claims)
    shown = [(name,) for name in claims]
    return judged(dc_sd_jwt.present(raw, shown, nation().holder, CHECK, now=NOW), "dc+sd-jwt", nation().policy)


def by_mdoc(**elements):
    raw = mso_mdoc.sign(
        {ISO: elements},
        nation().signer,
        doctype=MDL,
        validity=Validity(NOW - DAY, NOW - DAY, NOW + DAY),
        device_key=nation().holder.public_key,
        chain=[nation().leaf],
    )
    anchor = Anchor("France", nation().root, frozenset({"credential"}), frozenset({MDL}))
    shown = mso_mdoc.present(raw, [(ISO, name) for name in elements], nation().holder, CHECK, now=NOW)
    return judged(shown, "mso_mdoc", Policy(Anchors((anchor,))))


def subject(claims):
    return {"id": fields.did_of(nation().holder.public_key), **claims}


def w3c_policy():
    did = fields.did_of(nation().signer.public_key)
    return Policy(Anchors((Anchor("France", None, frozenset({"credential"}), frozenset({IDENTITY}), did=did),)))


def by_ldp(**claims):
    did, method = fields.did_of(nation().signer.public_key), fields.method_of(nation().signer.public_key)
    document = {
        "@context": [fields.V2, "urn:didkit-fr:context:national_identity:1"],
        "type": ["VerifiableCredential", "NationalIdentity"],
        "issuer": did,
        "credentialSubject": subject(claims),
    }
    suite = "ecdsa-jcs-2019"
    signed = ldp_vc.sign(document, nation().signer, verification_method=method, cryptosuite=suite, now=NOW)
    return judged(ldp_vc.present(standard.dumps(signed), [], nation().holder, CHECK, now=NOW), "ldp_vc", w3c_policy())


def by_jwt(**claims):
    did, method = fields.did_of(nation().signer.public_key), fields.method_of(nation().signer.public_key)
    document = {
        "@context": [fields.V1, "urn:didkit-fr:context:national_identity:1"],
        "type": ["VerifiableCredential", "NationalIdentity"],
        "issuer": did,
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": subject(claims),
    }
    token = jws.sign({"iss": did, "vc": document}, nation().signer, typ="JWT", header={"kid": method})
    return judged(jwt_vc_json.present(token, [], nation().holder, CHECK, now=NOW), "jwt_vc_json", w3c_policy())


def broken(believe, **claims):
    with pytest.raises(DidkitError) as refused:
        believe(**claims)
    # What statements cannot say in one spelling is no W3C title at all, and is not signed either.
    assert refused.value.code in {"type_rule_broken", "jsonld_unsecured"}
    assert not [text for text in map(str, claims.values()) if len(text) > 4 and text in str(refused.value)]


FORMATS = {"dc+sd-jwt": by_sd_jwt, "mso_mdoc": by_mdoc, "ldp_vc": by_ldp, "jwt_vc_json": by_jwt}
DAY_OF = {"dc+sd-jwt": "birthdate", "mso_mdoc": "birth_date", "ldp_vc": "birthdate", "jwt_vc_json": "birthdate"}


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize("believe", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("value", NO_TRUTH, ids=repr)
def test_majority_that_is_neither_true_nor_false_is_refused_under_a_trusted_signature_in_every_format(believe, value):
    assert believe(age_over_18=True).checks["proof"] == "passed"
    assert believe(age_over_18=False).checks["proof"] == "passed"
    broken(believe, age_over_18=value)


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("value", NO_DAY, ids=repr)
def test_a_day_of_birth_that_is_no_day_is_refused_under_a_trusted_signature_in_every_format(form, value):
    name = DAY_OF[form]
    assert FORMATS[form](**{name: "1990-05-17"}).checks["proof"] == "passed"
    broken(FORMATS[form], **{name: value})


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("picture", "data:text/html;base64,PHNjcmlwdD4="),
        ("picture", "data:image/jpeg;base64,PHNjcmlwdD4="),
        ("picture", "data:image/jpeg;base64,/9j/\u00e9"),
        ("picture", "https://tracker.example/1.jpg"),
        ("picture", None),
        ("sex", True),
        ("sex", 1.0),
        ("sex", -1),
        ("sex", 10**400),
        ("nationalities", "FR"),
        ("nationalities", [["FR"]]),
        ("nationalities", ["France"]),
        ("nationalities", ["FR"] * 33),
        ("address", "12 rue de Siam"),
        ("address", []),
        ("address", {"formatted": 12}),
        ("place_of_birth", {"country": "FRA"}),
        ("family_name", 1),
        ("family_name", "Lef\u202eèvre"),
        ("family_name", "x" * 16_385),
        ("birth_date_presumed", "false"),
        ("age_over_65", 1),
        ("age_equal_or_over", {"18": "false"}),
    ],
    ids=repr,
)
@pytest.mark.parametrize("type_", [VCT, "urn:eudi:pid:1"])
def test_every_claim_of_identification_data_is_of_its_type(name, value, type_):
    with pytest.raises(VerificationError) as refused:
        check_claims(type_, {name: value}, "dc+sd-jwt")
    assert refused.value.code == "type_rule_broken"


@pytest.mark.guarantee("G27")
@given(st.dates(min_value=date(1, 1, 1)))
def test_every_day_of_the_calendar_is_a_day_of_birth_and_no_other_text_is(day):
    check_claims(VCT, {"birthdate": day.isoformat()}, "dc+sd-jwt")
    for text in (day.isoformat()[:-1], day.isoformat() + "Z", f"{day.isoformat()[:-2]}32", f" {day.isoformat()}"):
        with pytest.raises(VerificationError):
            check_claims(VCT, {"birthdate": text}, "dc+sd-jwt")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize("form", FORMATS)
@given(JSON)
def test_whatever_is_signed_as_majority_is_believed_only_if_it_is_true_or_false(form, value):
    type_, claims = {
        "dc+sd-jwt": (VCT, {"age_over_18": value}),
        "mso_mdoc": (MDL, {ISO: {"age_over_18": value}}),
    }.get(form, (IDENTITY, {"credentialSubject": {"age_over_18": value}}))
    with nullcontext() if type(value) is bool else pytest.raises(VerificationError, match="type_rule_broken"):
        check_claims(type_, claims, form)


@pytest.mark.guarantee("G27")
def test_what_was_withheld_is_not_missing_and_an_array_of_withheld_elements_is_one():
    raw = nation().credential(status=None)
    for paths in ([], [("age_over_18",)], [("place_of_birth",)], [("nationalities",)]):
        shown = dc_sd_jwt.disclose(raw, paths)
        bound = sd_jwt.bind(shown, nation().holder, nonce=NONCE, audience=AUDIENCE, now=NOW)
        assert judged(bound, "dc+sd-jwt", nation().policy).checks["type"] == "passed"


@pytest.mark.guarantee("G27")
def test_a_type_of_another_publisher_that_extends_ours_keeps_the_types_of_its_values():
    foreign = "https://types.example/card"
    published = {"vct": foreign, "extends": "urn:eudi:pid:1"}
    web = Web({foreign: standard.dumps(published).encode()})
    policy = Policy(
        Anchors((Anchor("France", nation().root, frozenset({"credential"}), frozenset({foreign})),)), types="fetched"
    )

    def believed(**changes):
        claims = nation().claims(vct=foreign, status=None, **changes)
        raw = nation().credential(disclosable_of(claims), vct=foreign, status=None, **changes)
        shown = dc_sd_jwt.present(raw, [("age_over_18",)], nation().holder, CHECK, now=NOW)
        told = {"context": VerificationContext(policy, Memory(), NOW), "nonce": NONCE, "audience": AUDIENCE}
        return run(verify(shown, format="dc+sd-jwt", **told), web)

    assert believed().checks["type"] == "passed"
    broken(believed, age_over_18="false")
    rules = run(load_rules(foreign, None, VerificationContext(policy, Memory(), NOW)), web)
    assert rules.extends == ("urn:eudi:pid:1",)


@pytest.mark.guarantee("G27")
def test_a_portrait_is_a_picture_and_an_age_in_no_table_is_true_or_false_in_a_document():
    jpeg, jpeg_2000 = b"\xff\xd8\xff\xe0" + bytes(9), b"\x00\x00\x00\x0cjP  " + bytes(9)
    for picture in (jpeg, jpeg_2000):
        by_mdoc(portrait=picture)
    for picture in (b"<svg onload=x>", b"", "data:image/jpeg;base64,/9j/", 1):
        broken(by_mdoc, portrait=picture)
    by_mdoc(age_over_42=True)
    broken(by_mdoc, age_over_42="false")


@pytest.mark.guarantee("G27")
def test_dates_of_a_document_are_days_or_moments_where_iso_has_either():
    by_mdoc(issue_date=Tag(FULL_DATE, "2020-01-01"), birth_date=Tag(FULL_DATE, "1990-05-17"))
    by_mdoc(issue_date=Tag(0, "2020-01-01T00:00:00Z"))
    broken(by_mdoc, birth_date=Tag(0, "1990-05-17T00:00:00Z"))
    broken(by_mdoc, issue_date="2020-13-01")
    privilege = {"vehicle_category_code": "B", "issue_date": Tag(FULL_DATE, "2010-07-01")}
    by_mdoc(driving_privileges=[privilege])
    for wrong in (privilege, [privilege | {"issue_date": 2010}], [[]], "B", [{}]):
        broken(by_mdoc, driving_privileges=wrong)


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize(
    ("iat", "nbf", "exp", "refused"),
    [
        (NOW + 30, NOW - DAY, NOW + 29, "vc_period"),
        (NOW - DAY, NOW + 30, NOW + 29, "vc_period"),
        (NOW - DAY, NOW - DAY, NOW + 1, None),
        (NOW + 30, NOW + 30, NOW + 30, None),
        (NOW - DAY, NOW - DAY, NOW - DAY - 1, "credential_expired"),
    ],
)
def test_a_title_that_ended_before_it_began_was_never_in_force(iat, nbf, exp, refused):
    if refused is None:
        assert by_sd_jwt(iat=iat, nbf=nbf, exp=exp).checks["time"] == "passed"
        return
    with pytest.raises(DidkitError) as error:
        by_sd_jwt(iat=iat, nbf=nbf, exp=exp)
    assert error.value.code == refused


@pytest.mark.vectors
@pytest.mark.guarantee("G27")
def test_the_published_examples_of_identification_data_are_not_wrongly_refused():
    (example,) = standard.loads(vectors("eudi/pid-rulebook-examples.json").read_bytes())["examples"]
    for type_ in (VCT, "urn:eudi:pid:1"):
        check_claims(type_, example["json"], "dc+sd-jwt")
    rfc = standard.loads(vectors("sdjwt/rfc9901-examples.json").read_bytes())["examples"][29]["json"]
    check_claims("urn:eudi:pid:1", rfc, "dc+sd-jwt")


@pytest.mark.vectors
@pytest.mark.guarantee("G27")
def test_documents_of_other_wallets_are_not_wrongly_refused():
    raw = vectors("oid4vp/eudi-openid4vp-kt/example/mso_mdoc_pid-issuersigned.txt").read_text("ascii").strip()
    check_claims("eu.europa.ec.eudi.pid.1", mso_mdoc.parse(raw).unverified_claims(), "mso_mdoc")
    told = standard.loads(vectors("mdoc/eudi-ios-samples/EUDI_sample_data.json").read_bytes())
    documents = [one for one in _texts(told) if len(one) > 1_000]
    seen = 0
    for text in documents:
        for document in _documents(cbor.decode(base64url.decode(text.replace("+", "-").replace("/", "_").rstrip("=")))):
            claims = mso_mdoc._claims(document)
            # One nationality as a text is of an earlier edition; the rulebook has an array.
            claims.get("eu.europa.ec.eudi.pid.1", {}).pop("nationality", None)
            check_claims(MDL, claims, "mso_mdoc")
            check_claims("eu.europa.ec.eudi.pid.1", claims, "mso_mdoc")
            seen += 1
    assert seen == 2


def _texts(value):
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(one)


def _documents(value):
    """The elements by namespace of every document in a response."""
    if isinstance(value, dict) and {"nameSpaces", "issuerAuth"} <= value.keys():
        yield {
            namespace: {
                item["elementIdentifier"]: item["elementValue"] for item in (cbor.decode(one.value) for one in items)
            }
            for namespace, items in value["nameSpaces"].items()
        }
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _documents(one)
