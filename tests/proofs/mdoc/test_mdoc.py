from contextlib import suppress
from hashlib import sha256

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import cbor
from didkit_fr.encoding.cbor import Tag
from didkit_fr.errors import DidkitError
from didkit_fr.keys import software, x509
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.mdoc import device, mdoc, session
from didkit_fr.proofs.mdoc.batch import Template
from didkit_fr.proofs.mdoc.issue import Validity, draw, issue
from didkit_fr.proofs.mdoc.mdoc import Authorizations
from tests.refused import refusal

SIGNER, DEVICE, READER, UNKNOWN = (software.generate() for _ in range(4))
NOW = 1_800_000_000
NOON = Validity(NOW, NOW, NOW + 86_400)
ROOT = x509.issue_root(SIGNER, name="Root", country="FR", now=NOW, days=10)
NS, FRENCH = "org.iso.18013.5.1", "fr.gouv.1"
DOCTYPE = "org.iso.18013.5.1.mDL"
ELEMENTS = {
    NS: {"family_name": "Durand", "birth_date": Tag(1004, "1990-01-02"), "portrait": b"\xff\xd8\xff"},
    FRENCH: {"points": 12, "codes": [{"code": "01"}]},
}
TRANSCRIPT = session.redirect(
    client_id="x509_hash:abc", nonce="nonce", encryption_thumbprint=None, response_uri="https://rp.example/answer"
)


def signed(elements=ELEMENTS, *, signer=SIGNER, **more):
    arguments = {"doctype": DOCTYPE, "validity": NOON, "device_key": DEVICE.public_key, "chain": [ROOT]}
    return issue(elements, signer, **(arguments | more))


ISSUED = signed()


def verify(raw, key=SIGNER.public_key, algorithms=("ES256",)):
    return mdoc.verify(mdoc.parse(raw), key, algorithms=algorithms)


def resigned(edit, *, raw=ISSUED, edit_items=None):
    """The document with its Mobile Security Object edited and signed again, by cbor2 and by hand."""
    value = cbor2.loads(raw)
    protected, unprotected, payload, _ = value["issuerAuth"]
    signed_object = cbor.decode(cbor.decode(payload).value)
    edit(signed_object)
    payload = cbor.encode(Tag(24, cbor2.dumps(signed_object)))
    signature = SIGNER.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    spaces = {name: list(items) for name, items in value["nameSpaces"].items()}
    if edit_items is not None:
        edit_items(spaces)
    return cbor2.dumps({"nameSpaces": spaces, "issuerAuth": [protected, dict(unprotected), payload, signature]})


def test_what_is_issued_verifies_with_all_that_was_signed():
    verified = verify(signed(status={"status_list": {"idx": 3, "uri": "https://x.example"}}))
    assert verified.elements == ELEMENTS
    assert verified.object.doctype == DOCTYPE
    assert verified.object.device_key == DEVICE.public_key
    assert (verified.object.signed, verified.object.valid_from, verified.object.valid_until) == (NOW, NOW, NOW + 86_400)
    assert verified.object.status == {"status_list": {"idx": 3, "uri": "https://x.example"}}
    assert not verified.object.authorizations.allow(NS, "family_name")


def test_the_form_is_that_of_the_standard():
    value = cbor2.loads(ISSUED)
    item = cbor2.loads(value["nameSpaces"][NS][0].value)
    assert set(item) == {"digestID", "random", "elementIdentifier", "elementValue"}
    assert len(item["random"]) == 16
    assert list(item) == ["digestID", "random", "elementIdentifier", "elementValue"]
    protected, unprotected, payload, signature = value["issuerAuth"]
    assert (cbor2.loads(protected), unprotected, len(signature)) == ({1: -7}, {33: x509.der(ROOT)}, 64)
    signed_object = cbor.decode(cbor.decode(payload).value)
    digest = signed_object["valueDigests"][NS][item["digestID"]]
    assert digest == sha256(cbor.encode(value["nameSpaces"][NS][0])).digest()
    assert signed_object["validityInfo"]["signed"] == Tag(0, "2027-01-15T08:00:00Z")


def test_numbers_are_shuffled_and_salts_never_repeat():
    numbers = [one.digest_id for one in draw(40, software.system)]
    assert sorted(numbers) == list(range(40))
    assert numbers != list(range(40))
    salts = [
        item.salt for raw in (ISSUED, signed()) for items in mdoc.parse(raw).unverified_items.values() for item in items
    ]
    assert len(set(salts)) == 10


def test_another_key_or_algorithm_is_refused():
    assert refusal(verify, ISSUED, UNKNOWN.public_key) == "signature_invalid"
    assert refusal(verify, ISSUED, algorithms=("ES384",)) == "algorithm_refused"


def test_a_document_has_elements():
    assert refusal(signed, {}) == "mdoc_malformed"
    assert refusal(signed, {NS: {}}) == "mdoc_malformed"


VALUES = st.recursive(
    st.integers(0, 2**40) | st.text(max_size=9) | st.binary(max_size=40) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.text(min_size=1, max_size=30)


@settings(max_examples=60)
@given(
    st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, min_size=1, max_size=30), min_size=1, max_size=3),
    st.sampled_from([None, {"status_list": {"idx": 700, "uri": "https://x.example"}}, {}]),
    st.sampled_from([None, Authorizations(), Authorizations(frozenset({"b", "a"}), {"c": frozenset({"e", "d"})})]),
    st.sampled_from([None, NOW + 5]),
)
def test_the_fast_path_makes_the_same_bytes(elements, status, authorizations, update):
    class Fixed:
        public_key = SIGNER.public_key

        def sign(self, message):
            return sha256(message).digest() * 2

    def stream(length):
        return b"".join(sha256(bytes([at & 255, at >> 8])).digest() for at in range(length // 32 + 1))[:length]

    shared = {
        "doctype": DOCTYPE,
        "validity": Validity(NOW, NOW, NOW + 9, update),
        "chain": [ROOT],
        "authorizations": authorizations,
    }
    plain = issue(elements, Fixed(), device_key=DEVICE.public_key, status=status, random=stream, **shared)
    fast = Template.of(elements, Fixed(), **shared).prepare(DEVICE.public_key, status=status, random=stream).by(Fixed())
    assert fast == plain
    assert mdoc.parse(fast).unverified_elements() == elements


def test_a_selection_has_what_was_asked_and_no_more():
    chosen = cbor.encode(mdoc.select(mdoc.parse(ISSUED), {(NS, "family_name"), (FRENCH, "points")}))
    assert verify(chosen).elements == {NS: {"family_name": "Durand"}, FRENCH: {"points": 12}}
    assert b"\xff\xd8\xff" not in chosen
    assert verify(cbor.encode(mdoc.select(mdoc.parse(ISSUED), ()))).elements == {}
    assert refusal(mdoc.select, mdoc.parse(ISSUED), {(FRENCH, "family_name")}) == "mdoc_element_unknown"


def change_item(spaces, **members):
    item = {**cbor.decode(spaces[NS][0].value), **members}
    spaces[NS][0] = Tag(24, cbor2.dumps(item))


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"elementValue": "Dupont"}, "mdoc_digest_mismatch"),
        ({"elementIdentifier": "given_name"}, "mdoc_digest_mismatch"),
        ({"random": bytes(32)}, "mdoc_digest_mismatch"),
        ({"digestID": 99}, "mdoc_digest_missing"),
        ({"digestID": -1}, "mdoc_malformed"),
        ({"digestID": True}, "mdoc_malformed"),
        ({"random": bytes(15)}, "mdoc_malformed"),
        ({"random": "text"}, "mdoc_malformed"),
        ({"elementIdentifier": ""}, "mdoc_malformed"),
        ({"elementIdentifier": b"family_name"}, "mdoc_malformed"),
        ({"elementIdentifier": "birth_date"}, "mdoc_malformed"),
        ({"more": 1}, "mdoc_malformed"),
        ({"elementValue": Tag(18, [])}, "cbor_type"),
        ({"elementValue": Tag(1, 7)}, "cbor_type"),
    ],
)
def test_an_item_that_was_changed_is_refused(members, code):
    edited = resigned(lambda _: None, edit_items=lambda spaces: change_item(spaces, **members))
    assert refusal(verify, edited) == code


def test_an_item_cannot_move_to_another_namespace():
    def move(spaces):
        spaces[FRENCH].append(spaces[NS].pop())

    assert refusal(verify, resigned(lambda _: None, edit_items=move)) in ("mdoc_digest_missing", "mdoc_malformed")

    def rename(spaces):
        spaces["other"] = spaces.pop(NS)

    assert refusal(verify, resigned(lambda _: None, edit_items=rename)) == "mdoc_digest_missing"


def edited(**members):
    return resigned(lambda signed_object: signed_object.update(members))


@pytest.mark.parametrize(
    "members",
    [
        {"version": "2.0"},
        {"digestAlgorithm": "MD5"},
        {"digestAlgorithm": 1},
        {"docType": None},
        {"docType": "x" * 300},
        {"valueDigests": []},
        {"valueDigests": {NS: []}},
        {"valueDigests": {NS: {"0": bytes(32)}}},
        {"valueDigests": {NS: {0: bytes(31)}}},
        {"valueDigests": {NS: {0: "text"}}},
        {"digestAlgorithm": "SHA-384"},
        {"validityInfo": None},
        {"validityInfo": {}},
        {"deviceKeyInfo": []},
        {"deviceKeyInfo": {"deviceKey": {1: 2}, "keyAuthorizations": []}},
    ],
)
def test_an_object_of_another_form_is_refused(members):
    assert refusal(verify, edited(**members)) in ("mdoc_malformed", "key_unsupported")


@pytest.mark.parametrize(
    "time",
    [
        "2027-01-15T08:00:00Z",
        Tag(0, "2027-01-15T08:00:00.5Z"),
        Tag(0, "2027-01-15T08:00:00+00:00"),
        Tag(0, "2027-02-30T08:00:00Z"),
        Tag(0, "2027-01-15"),
        Tag(1004, "2027-01-15"),
        1_800_000_000,
    ],
)
@pytest.mark.parametrize("name", ["signed", "validFrom", "validUntil", "expectedUpdate"])
def test_a_time_has_one_spelling(time, name):
    good = {one: mdoc.tdate(NOW) for one in ("signed", "validFrom", "validUntil")}
    assert refusal(verify, edited(validityInfo={**good, name: time})) == "mdoc_malformed"


def test_counts_may_be_spelt_long_by_wallets_and_nothing_else_may():
    assert mdoc.parse(ISSUED[:1].replace(b"\xa2", b"\xb9\x00\x02") + ISSUED[1:]) == mdoc.parse(ISSUED)
    assert refusal(mdoc.parse, ISSUED + b"\x00") == "cbor_not_shortest"
    assert refusal(mdoc.parse, b"\xbf" + ISSUED[1:] + b"\xff") == "cbor_invalid"
    assert refusal(mdoc.parse, ISSUED.replace(b"\x6aissuerAuth", b"\x78\x0aissuerAuth")) == "cbor_not_shortest"


# --- the device


def answer(auth=None, *, transcript=TRANSCRIPT, doctype=DOCTYPE, raw=ISSUED, device_elements=None):
    chosen = mdoc.select(mdoc.parse(raw), {(NS, "family_name")})
    auth = device.sign(DEVICE) if auth is None else auth
    return device.build_response(
        device.build_document(chosen, auth, doctype=doctype, transcript=transcript, device_elements=device_elements)
    )


def check(raw, *, transcript=TRANSCRIPT, reader=None, algorithms=("ES256",)):
    (document,) = device.parse_response(raw)
    return check_document(document, transcript=transcript, reader=reader, algorithms=algorithms)


def check_document(document, *, transcript=TRANSCRIPT, reader=None, algorithms=("ES256",)):
    verified = mdoc.verify(document.issuer_signed, SIGNER.public_key, algorithms={"ES256"})
    device.verify_device(
        document,
        verified.object.device_key,
        verified.object.authorizations,
        transcript=transcript,
        algorithms=algorithms,
        reader=reader,
    )
    return verified


MAC = device.authenticate(DEVICE, READER.public_key, transcript=TRANSCRIPT)


def test_a_device_answers_in_one_session():
    assert check(answer()).elements == {NS: {"family_name": "Durand"}}
    other = session.redirect(
        client_id="x509_hash:abc", nonce="other", encryption_thumbprint=None, response_uri="https://rp.example/answer"
    )
    assert refusal(check, answer(), transcript=other) == "mdoc_session_mismatch"
    assert refusal(check, answer(device.sign(UNKNOWN))) == "mdoc_session_mismatch"
    assert refusal(check, answer(), algorithms=("ES384",)) == "algorithm_refused"


def test_a_mac_needs_a_reader_and_is_for_that_reader():
    assert check(answer(MAC), reader=READER).elements
    assert check(answer(), reader=READER).elements
    assert refusal(check, answer(MAC)) == "mdoc_mac_refused"
    assert refusal(check, answer(MAC), reader=UNKNOWN) == "mdoc_session_mismatch"
    assert refusal(check, answer(MAC, transcript=TRANSCRIPT[:-1] + b"\0"), reader=READER) == "mdoc_session_mismatch"


def test_keys_that_cannot_agree_are_refused():
    for one, other in (("P-256", "P-384"), ("Ed25519", "P-256"), ("P-256", "Ed25519")):
        assert refusal(software.generate(one).agree, software.generate(other).public_key) == "key_unsupported"


@pytest.mark.parametrize(
    ("authorizations", "allowed"),
    [
        (None, False),
        (Authorizations(frozenset({NS})), True),
        (Authorizations(elements={NS: frozenset({"nickname"})}), True),
        (Authorizations(elements={NS: frozenset({"other"})}), False),
        (Authorizations(frozenset({FRENCH}), {FRENCH: frozenset({"nickname"})}), False),
    ],
)
def test_a_device_signs_what_its_key_may_and_no_more(authorizations, allowed):
    raw = answer(raw=signed(authorizations=authorizations), device_elements={NS: {"nickname": "Dudu"}})
    if allowed:
        assert check(raw).object.authorizations == authorizations
    else:
        assert refusal(check, raw) == "mdoc_key_authorization"


def respelt(**edits):
    value = cbor.decode(answer())
    document = value["documents"][0]
    for name, edit in edits.items():
        {
            "response": lambda e: e(value),
            "document": lambda e: e(document),
            "device": lambda e: e(document["deviceSigned"]),
        }[name](edit)
    return cbor.encode(value)


@pytest.mark.parametrize(
    "edits",
    [
        {"response": lambda value: value.update(version="1.1")},
        {"response": lambda value: value.update(status=10)},
        {"response": lambda value: value.update(status=False)},
        {"response": lambda value: value.pop("status")},
        {"response": lambda value: value.update(documents={})},
        {"response": lambda value: value.update(documents=value["documents"] * 17)},
        {"document": lambda value: value.pop("deviceSigned")},
        {"document": lambda value: value.pop("issuerSigned")},
        {"document": lambda value: value.update(docType=7)},
        {"device": lambda value: value.pop("nameSpaces")},
        {"device": lambda value: value.update(nameSpaces={})},
        {"device": lambda value: value.update(nameSpaces=Tag(24, b"\x80"))},
        {"device": lambda value: value.update(nameSpaces=Tag(24, b"\xa1\x61x\xa0"))},
        {"device": lambda value: value.update(deviceAuth={})},
        {"device": lambda value: value.update(deviceAuth={"other": 1})},
        {"device": lambda value: value["deviceAuth"].update(deviceMac=[b"", {}, None, b""])},
    ],
)
def test_an_answer_of_another_form_is_refused(edits):
    assert refusal(device.parse_response, respelt(**edits)) == "mdoc_malformed"


def test_a_signature_with_a_payload_of_its_own_is_refused():
    def carry(value):
        value["deviceAuth"]["deviceSignature"][2] = b"own"

    assert refusal(check, respelt(device=carry)) == "cose_malformed"


def test_what_the_device_signed_cannot_be_exchanged():
    def exchange(value):
        value["nameSpaces"] = Tag(24, cbor.encode({NS: {"family_name": "Dupont"}}))

    assert refusal(check, respelt(device=exchange)) == "mdoc_session_mismatch"


def test_values_are_in_no_repr():
    (document,) = device.parse_response(answer())
    shown = repr(document) + repr(mdoc.parse(ISSUED)) + repr(check(answer()))
    assert "Durand" not in shown
    assert "family_name" not in shown


# --- transcripts (OpenID4VP 1.0 appendix B.2.6; the hexadecimal examples are in the official vectors)


def test_a_transcript_depends_on_every_part_of_it():
    parts = {
        "client_id": "a",
        "nonce": "b",
        "encryption_thumbprint": bytes(32),
        "response_uri": "https://rp.example",
    }
    others = [{**parts, name: b"\1" * 32 if name == "encryption_thumbprint" else "x"} for name in parts]
    made = {session.redirect(**one) for one in (parts, *others, {**parts, "encryption_thumbprint": None})}
    made.add(session.digital_credentials(origin="a", nonce="b", encryption_thumbprint=None))
    assert len(made) == 7


# --- fuzz


@settings(max_examples=300)
@given(st.integers(0, len(ISSUED) * 8 - 1))
def test_no_bit_of_a_document_can_be_changed(at):
    data = bytearray(ISSUED)
    data[at // 8] ^= 1 << at % 8
    try:
        verified = verify(bytes(data))
    except DidkitError:
        return
    # The certificate is not covered (whose key it is, the path says); elements may be withheld, as any holder may.
    assert verified.object == verify(ISSUED).object
    assert all(ELEMENTS[name][one] == value for name, some in verified.elements.items() for one, value in some.items())


@settings(max_examples=300)
@given(st.integers(0, len(answer()) - 1), st.binary(max_size=3), st.integers(0, 3))
def test_any_edit_of_an_answer_is_read_or_refused_by_code(at, inserted, removed):
    raw = answer()
    with suppress(DidkitError):
        for document in device.parse_response(raw[:at] + inserted + raw[at + removed :]):
            check_document(document)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_refused_by_code(raw):
    for parse in (mdoc.parse, device.parse_response):
        with suppress(DidkitError):
            parse(raw)


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.binary(max_size=9)
    | st.text(max_size=4)
    | st.just(Tag(24, b"\xa0")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["version", "docType", "nameSpaces", "issuerAuth", "deviceKey"]) | st.integers(-4, 4), inner
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(["version", "docType", "valueDigests", "deviceKeyInfo", "validityInfo", "digestAlgorithm"]), ANY)
def test_any_member_of_an_object_is_read_or_refused_by_code(name, value):
    with suppress(DidkitError):
        verify(edited(**{name: value}))


@given(ANY)
def test_any_value_is_read_or_refused_by_code(value):
    for read in (mdoc.read, mdoc.read_object, lambda one: cose.read(one, "MAC0")):
        with suppress(DidkitError):
            read(value)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.binary() | st.none())
def test_a_transcript_is_the_encoding_of_its_definition(text, thumbprint):
    # OpenID4VP 1.0 appendix B.2.6.1
    info = cbor.encode([text, "n", thumbprint, text])
    expected = cbor.encode([None, None, ["OpenID4VPHandover", sha256(info).digest()]])
    stated = {"client_id": text, "nonce": "n", "encryption_thumbprint": thumbprint, "response_uri": text}
    assert session.redirect(**stated) == expected
