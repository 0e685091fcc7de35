"""Mutated CBOR and DER: every public function that reads them ends in a value or a coded refusal.

The documents are trees of CBOR values, embedded ones decoded. One place is changed, then the parts that are signed are
signed again by the key that is trusted: the change gets past the signature.
"""

from functools import cache, partial

import cbor2
import pytest
from cbor2 import CBORTag as Tag
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import cbor
from didkit_fr.formats import mso_mdoc
from didkit_fr.formats.occasion import Issuance, occasion_of_answer
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.keys import cose_key, x509
from didkit_fr.keys.leaf_types import certified_types
from didkit_fr.proofs import claimed_signer
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.mdoc import device, mdoc
from didkit_fr.status import identifier, token_cwt
from didkit_fr.trust.anchors import Anchor
from didkit_fr.trust.path import KEY_USAGES, verify_path
from didkit_fr.trust.revocation import build_list, check_revocation, parse_list
from tests.documents import MDL, MDL_NS, licence
from tests.fuzz.ended import ended
from tests.nation import CREDENTIAL_PURPOSE, DAY, NOW, STATUS_URI, nation

ES256 = frozenset({"ES256"})
CHECK = occasion_of_answer("nonce", "x509_hash:a", response_uri="https://a.example/")
EXAMPLES = settings(max_examples=150)

NUMBERS = st.sampled_from([0, 1, -1, 23, 24, 255, 2**32, 2**63, 2**64 - 1, -(2**64), 2**64, 1.5, float("nan"), 1e300])
TEXTS = st.sampled_from(
    ["", "a", "\0", "ES256", MDL, MDL_NS, "1.0", "SHA-1", "9999-99-99T99:99:99Z", "\u202e", "x" * 300]
)
BYTES = st.sampled_from([b"", b"\0", b"\xff" * 33, bytes(64), b"\xa0", b"\x80", b"\xd8\x18\x41\xa0", bytes(2000)])
LEAVES = st.one_of(NUMBERS, TEXTS, BYTES, st.none(), st.booleans(), st.just(cbor2.undefined))
TAGS = st.sampled_from([0, 2, 17, 18, 24, 25, 28, 30, 258, 1004])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(NUMBERS, TEXTS, BYTES), inner, max_size=4),
        st.tuples(TAGS, inner).map(lambda pair: Tag(*pair)),
    ),
    max_leaves=6,
)


def plain(value):
    """A tree that can be edited: tags as they are, what is embedded decoded."""
    if isinstance(value, Tag):
        return Tag(value.tag, plain(cbor.decode(value.value)) if value.tag == 24 else value.value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def wrapped(value):
    """The opposite of `plain`, as far as what was put there allows."""
    if isinstance(value, Tag):
        inner = wrapped(value.value)
        embeds = value.tag == 24 and not isinstance(inner, bytes)
        return Tag(value.tag, cbor2.dumps(inner) if embeds else inner)
    if isinstance(value, dict):
        return {key: wrapped(item) for key, item in value.items()}
    return [wrapped(item) for item in value] if isinstance(value, list) else value


def copied(value):
    if isinstance(value, Tag):
        return Tag(value.tag, copied(value.value))
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return list(map(copied, value)) if isinstance(value, list) else value


def places(value, at=()):
    """Every place in a tree but the outermost."""
    inside = value.value if isinstance(value, Tag) else value
    steps = inside.items() if isinstance(inside, dict) else enumerate(inside) if isinstance(inside, list) else ()
    for step, item in steps:
        yield (*at, step)
        yield from places(item, (*at, step))


def parent(tree, path):
    for step in path[:-1]:
        tree = tree[step].value if isinstance(tree[step], Tag) else tree[step]
    return tree.value if isinstance(tree, Tag) else tree


@st.composite
def edits(draw, tree):
    """The tree with one or two places replaced, removed, renamed or repeated."""
    tree = copied(tree)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(list(places(tree))))
        holder, step = parent(tree, path), path[-1]
        match draw(st.sampled_from(["put", "put", "put", "remove", "rename", "repeat"])):
            case "put":
                holder[step] = draw(VALUES)
            case "remove":
                del holder[step]
            case "rename" if isinstance(holder, dict):
                holder[draw(st.one_of(NUMBERS, TEXTS, BYTES))] = holder.pop(step)
            case _ if isinstance(holder, list):
                holder += [holder[step]] * draw(st.sampled_from([1, 3, 1100 if len(holder) < 20 else 1]))
        if not list(places(tree)):
            break
    return tree


@cache
def issued():
    """What an issuer signs of a licence, its object in the place of the signed payload."""
    value = mdoc.decode(mso_mdoc.base64url.decode(licence()))
    auth = value["issuerAuth"]
    tree = plain(value)
    tree["issuerAuth"][0] = cbor.decode(auth[0])
    tree["issuerAuth"][2] = plain(cbor.decode(auth[2]))
    return tree


@cache
def _first_signature():
    return issued()["issuerAuth"][3]


def signed(auth):
    """A COSE_Sign1 of a tree, signed again by the document signer, unless its signature was edited."""
    if not isinstance(auth, list) or len(auth) != 4:
        return wrapped(auth)
    protected, unprotected, payload, signature = (wrapped(part) for part in auth)
    protected = protected if isinstance(protected, bytes) else cbor2.dumps(protected)
    payload = payload if payload is None or isinstance(payload, bytes) else cbor2.dumps(payload)
    if signature == _first_signature():
        message = cbor.head(4, 4) + b"".join(
            [cbor.encode_text("Signature1"), *map(cbor.encode_bytes, (protected, b"", payload or b""))]
        )
        signature = nation().signer.sign(message)
    return [protected, unprotected, payload, signature]


def encoded_document(tree):
    tree = dict(tree)
    auth = tree.pop("issuerAuth", None)
    return {**wrapped(tree), **({} if auth is None else {"issuerAuth": signed(auth)})}


def judged(raw):
    """Every step of a relying party's or a wallet's with a document."""
    text = mso_mdoc.base64url.encode(raw)
    parsed = ended(mso_mdoc.parse, text)
    if parsed is None:
        return
    issuer = IssuerKey(nation().signer.public_key, nation().leaf)
    ended(parsed.claimed_signer)
    ended(parsed.unverified_claims)
    ended(parsed.issuer_signed.auth.unverified_chain)
    for occasion in (None, CHECK, Issuance(nation().holder.public_key)):
        ended(mso_mdoc.verify, parsed, issuer, ProofRules(ES256, (), NOW, 60, 300), occasion)
    ended(mso_mdoc.present, text, [(MDL_NS, "family_name")], nation().holder, CHECK, now=NOW)


@pytest.mark.guarantee("G21")
@EXAMPLES
@given(st.deferred(lambda: edits(issued())))
def test_a_document_changed_and_signed_again(tree):
    try:
        raw = cbor2.dumps(encoded_document(tree))
    except (cbor2.CBOREncodeError, ValueError, TypeError, UnicodeEncodeError):
        return  # what cannot be written at all comes from nobody
    judged(raw)
    ended(mdoc.parse, raw)
    ended(device.parse_response, raw)


@cache
def answered():
    """A device's answer."""
    raw = mso_mdoc.present(licence(), [(MDL_NS, "family_name"), (MDL_NS, "portrait")], nation().holder, CHECK, now=NOW)
    return plain(mdoc.decode(mso_mdoc.base64url.decode(raw)))


@pytest.mark.guarantee("G21")
@EXAMPLES
@given(st.deferred(lambda: edits(answered())))
def test_an_answer_changed(tree):
    try:
        raw = cbor2.dumps(wrapped(tree))
    except (cbor2.CBOREncodeError, ValueError, TypeError, UnicodeEncodeError):
        return
    judged(raw)


@cache
def lists():
    """A status list and an identifier list, as trees."""
    options = {"uri": STATUS_URI, "now": NOW, "expires": NOW + DAY, "ttl": 60, "signer": nation().signer}
    made = (
        token_cwt.build_list(bytes(64), chain=[nation().leaf], **options),
        identifier.build_list([b"a" * 16, b"b" * 16], chain=[nation().leaf], **options),
    )
    trees = [cbor.decode(raw).value for raw in made]
    return [[cbor.decode(tree[0]), tree[1], cbor.decode(tree[2]), tree[3]] for tree in trees]


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("which", [0, 1])
@EXAMPLES
@given(data=st.data())
def test_a_list_changed_and_signed_again(which, data):
    tree = data.draw(edits(lists()[which]))
    try:
        raw = cbor2.dumps(Tag(data.draw(st.sampled_from([18, 18, 18, 17, 24])), signed(tree)))
    except (cbor2.CBOREncodeError, ValueError, TypeError, UnicodeEncodeError):
        return
    form = (token_cwt, identifier)[which]
    for parse in (cose.parse_sign1, cose.parse_mac0, form.parse_list):
        parsed = ended(parse, raw)
        if parsed is None:
            continue
        ended(parsed.unverified_chain)
        ended(claimed_signer.read_cose, parsed, lambda: None)
        ended(form.unverified_claims, parsed)
        for typ in (None, token_cwt.TYP, identifier.TYP):
            verified = ended(cose.verify_sign1, parsed, nation().signer.public_key, typ=typ, algorithms=ES256)
            if verified is not None:
                ended(form.read_list, verified, uri=STATUS_URI, now=NOW)


@pytest.mark.guarantee("G21")
@EXAMPLES
@given(st.deferred(lambda: edits({"key": cose_key.build(nation().holder.public_key)})))
def test_a_key_changed(tree):
    ended(cose_key.parse, tree.get("key"))


@pytest.mark.guarantee("G21")
@EXAMPLES
@given(VALUES, st.integers(0, 60), st.binary(max_size=4))
def test_any_cbor_cut_and_joined(value, at, piece):
    raw = cbor2.dumps(value, canonical=False)
    for data in (raw, raw[:at] + piece + raw[at:], raw[:at]):
        for read in (
            cbor.decode,
            partial(cbor.decode, long_counts=True),
            mdoc.decode,
            mdoc.parse,
            device.parse_response,
            cose.parse_sign1,
            token_cwt.parse_list,
        ):
            ended(read, data)
        decoded = ended(cbor.decode, data)
        if decoded is not None:
            ended(cbor.to_json, decoded)


@cache
def ders():
    """A certificate of each kind, and a revocation list."""
    state = nation()
    named = {"name": "DS", "country": "FR", "now": NOW, "days": 30, "purposes": [CREDENTIAL_PURPOSE]}
    typed = x509.issue_leaf(state.root_signer, state.root, state.signer.public_key, doctypes=["a", "b"], **named)
    listed = build_list(state.root_signer, state.root, now=NOW, days=30, withdrawn=[5, 6, 7])
    return [x509.der(state.leaf), x509.der(state.root), x509.der(state.reader_leaf), listed, x509.der(typed)]


@st.composite
def spoilt(draw):
    """DER with bytes replaced, removed and repeated."""
    data = bytearray(draw(st.sampled_from(ders())))
    for _ in range(draw(st.integers(1, 4))):
        at, end = draw(st.integers(0, len(data))), draw(st.integers(0, 40))
        data[at : at + end] = draw(
            st.one_of(st.binary(max_size=6), st.just(bytes(data[at : at + end]) * 2), st.just(b"\xff\xff"))
        )
    return bytes(data)


@pytest.mark.guarantee("G21")
@settings(max_examples=400)
@given(spoilt(), st.sampled_from(sorted(KEY_USAGES)))
def test_certificates_and_revocation_lists_spoilt(data, purpose):
    state = nation()
    ended(parse_list, data)
    ended(check_revocation, [state.leaf], state.root, data, now=NOW)
    parsed = ended(x509.parse_der, data)
    if parsed is None:
        return
    for read in (
        x509.public_key,
        x509.is_on_another_curve,
        x509.subject_name,
        x509.display_name,
        x509.alternative_names,
        x509.dns_names,
        x509.authority_key_identifier,
        certified_types,
        x509.pem,
    ):
        ended(read, parsed)
    roles = (frozenset({"credential"}), frozenset({"urn:pid"}))
    for chain, root in (([parsed], state.root), ([state.leaf, parsed], state.root), ([state.leaf], parsed)):
        ended(verify_path, chain, [Anchor("a", root, *roles)], now=NOW, purpose=purpose)
        ended(verify_path, chain, [Anchor("a", root, *roles, revocation=ders()[3])], now=NOW, purpose=purpose)
