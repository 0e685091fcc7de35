"""G25: whatever comes in, the public functions end in a value or a coded refusal, and no known input is unforeseen."""

import json as standard
import zlib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import pytest

from didkit_fr.boundary import boundary
from didkit_fr.did.resolve import METHODS, find_method, resolution, resolve
from didkit_fr.encoding import base64url, cbor, json, multibase
from didkit_fr.errors import DidkitError, VerificationError
from didkit_fr.flow import offline, run
from didkit_fr.formats import FORMATS
from didkit_fr.keys import jwk, multikey, software
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.jose import jwe, jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.protocols.openid4vp.verifier import Transaction
from didkit_fr.relying_party import MemoryTransactions, Query
from didkit_fr.status import token_cwt
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.issuer_keys import fetch_keys, well_known
from didkit_fr.verification.status.check import check_status, load_status_list
from didkit_fr.verification.type_metadata import load_rules
from didkit_fr.verification.verify import verify, verify_issued
from tests.nation import NOW, STATUS_URI, VCT, Web, nation

NONCE, AUDIENCE = "n" * 22, "x509_hash:shop"
DIGITS = int("9" * 400)
DEEP: Any = []
for _ in range(21):
    DEEP = [DEEP]
HOSTILE: list[Any] = [
    *(None, True, False, 0, -1, 1, DIGITS, -DIGITS, 1e308, -1e308, 2.5, 2**63, 2**64, "", "x", "\ud800", "\0", "#"),
    *("9" * 400, [], [[]], [None], {}, {"a": 1}, {"": None}, [1] * 50, DEEP, {"jwk": {}}, {"jwk": None}),
    *({"status_list": {}}, {"status_list": {"idx": DIGITS, "uri": STATUS_URI}}, {"_sd": ["x"]}, {"_sd": [{}]}),
    *({"...": "x"}, [{"...": "x"}], [{"...": {}}], {"_sd": None}, {"_sd_alg": 1}, "did:key:z6Mk", "https://x.example/"),
]


def text(value):
    """JSON as an attacker writes it: lone surrogates and numbers of any length."""
    return standard.dumps(value, separators=(",", ":")).encode()


def signed(header, claims, signer):
    signing_input = base64url.encode_ascii(text(header)) + b"." + base64url.encode_ascii(text(claims))
    return jws.attach(signing_input, signer.sign(signing_input))


def places(value, at=()):
    yield at
    if isinstance(value, dict | list):
        for step in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[step], (*at, step))


def changed(tree, at, value):
    if not at:
        return value
    copy = deepcopy(tree)
    holder = copy
    for step in at[:-1]:
        holder = holder[step]
    holder[at[-1]] = value
    return copy


def everywhere(tree, *names):
    """The tree with each hostile value in each place, and as each further member."""
    for value in HOSTILE:
        for at in places(tree):
            yield changed(tree, at, value)
        for name in names:
            yield {**tree, name: value}


def foreseen(call: Callable[..., object], *arguments: object, **named: object) -> None:
    """Ends in a value or in a code that says what is wrong: the net is not for what is known."""
    try:
        call(*arguments, **named)
    except DidkitError as error:
        assert error.code != "unforeseen", error  # noqa: PT017 - both ends are allowed


def parts(compact):
    header, payload, _ = compact.split(".")
    return json.parse_object(base64url.decode(header)), json.parse_object(base64url.decode(payload))


def shown(raw, **options):
    told = {"context": VerificationContext(nation().policy, Memory(), NOW), "nonce": NONCE, "audience": AUDIENCE}
    return run(verify(raw, format="dc+sd-jwt", **{**told, **options}), nation().web())


def bound(issued, **changes):
    stated = {"iat": NOW, "aud": AUDIENCE, "nonce": NONCE, "sd_hash": sd_jwt.digest_of(issued)}
    return issued + signed({"alg": "ES256", "typ": "kb+jwt"}, {**stated, **changes}, nation().holder)


@pytest.mark.guarantee("G25")
def test_hostile_claims_of_a_trusted_issuer_are_refused_by_a_code_of_their_own():
    issuer, *disclosures, _ = nation().credential().split("~")
    header, claims = parts(issuer)
    assert shown(bound("~".join([signed(header, claims, nation().signer), *disclosures, ""]))).type == VCT
    for hostile in everywhere(claims, "iss", "nbf", "vct#integrity", "aka_vcts", "birthdate", "address", "age_over_18"):
        for kept in (disclosures, []):
            foreseen(shown, bound("~".join([signed(header, hostile, nation().signer), *kept, ""])))


@pytest.mark.guarantee("G25")
def test_hostile_headers_of_a_trusted_issuer_are_refused_by_a_code_of_their_own():
    issuer, *disclosures, _ = nation().credential().split("~")
    header, claims = parts(issuer)
    for hostile in everywhere(header, "kid", "crit", "jwk", "b64"):
        foreseen(shown, bound("~".join([signed(hostile, claims, nation().signer), *disclosures, ""])))


@pytest.mark.guarantee("G25")
def test_hostile_disclosures_of_a_trusted_issuer_are_refused_by_a_code_of_their_own():
    issuer, *_ = nation().credential().split("~")
    header, claims = parts(issuer)
    fitting = base64url.encode(text(["s", "nickname", "x"]))
    named = claims | {"_sd": [*claims["_sd"], sd_jwt.digest_of(fitting)]}
    assert shown(bound(f"{signed(header, named, nation().signer)}~{fitting}~")).claims["nickname"] == "x"
    for value in HOSTILE:
        for content in (
            ["s", "birthdate", value],
            ["s", "x", value],
            ["s", value],
            [value, "x", 1],
            ["s", value, 1],
            value,
        ):
            disclosure = base64url.encode(text(content))
            digest = sd_jwt.digest_of(disclosure)
            for hidden in ({"_sd": [*claims["_sd"], digest]}, {"nationalities": [{"...": digest}]}):
                issued = "~".join([signed(header, claims | hidden, nation().signer), disclosure, ""])
                foreseen(shown, bound(issued))


@pytest.mark.guarantee("G25")
def test_hostile_key_bindings_are_refused_by_a_code_of_their_own():
    raw = nation().credential()
    assert shown(bound(raw)).checks["holder"] == "possession proven"
    names = ("iat", "aud", "nonce", "sd_hash", "exp", "nbf", "transaction_data_hashes", "transaction_data_hashes_alg")
    for value in HOSTILE:
        for name in names:
            foreseen(shown, bound(raw, **{name: value}))


@pytest.mark.guarantee("G25")
def test_hostile_status_lists_of_a_trusted_signer_are_refused_by_a_code_of_their_own():
    state = nation()
    header, claims = parts(state.status_list())

    def load(body):
        run(load_status_list(STATUS_URI, VerificationContext(state.policy, Memory(), NOW)), Web({STATUS_URI: body}))

    load(signed(header, claims, state.signer).encode())
    for hostile in everywhere(claims, "nbf", "iss", "aggregation_uri"):
        foreseen(load, signed(header, hostile, state.signer).encode())
    for hostile in everywhere(header, "crit", "kid"):
        foreseen(load, signed(hostile, claims, state.signer).encode())
    for body in (b"", b"\xff", b"\xd2", b"\xd2\x84", "é".encode(), b"a.b.c"):
        foreseen(load, body)


@pytest.mark.guarantee("G25")
@pytest.mark.parametrize("odd", [1e300, 253_402_300_800, -1, True, None, b"x", "1", [], {}])
@pytest.mark.parametrize("claim", [4, 5, 6, 65534])
def test_a_time_of_a_list_in_cbor_that_is_no_number_of_seconds_is_malformed(claim, odd):
    state = nation()
    stated = {2: STATUS_URI, 6: NOW, 4: NOW + 9, 65533: {"bits": 1, "lst": zlib.compress(bytes(512))}, claim: odd}
    header = {cose.X5CHAIN: cose.build_x5chain([state.leaf])}
    body = cose.sign1(cbor.encode(stated), state.signer, typ=token_cwt.MEDIA_TYPE, header=header)
    with pytest.raises(DidkitError) as refused:
        run(load_status_list(STATUS_URI, VerificationContext(state.policy, Memory(), NOW)), Web({STATUS_URI: body}))
    assert refused.value.code == "status_list_malformed"


@pytest.mark.guarantee("G25")
def test_hostile_references_to_a_status_are_refused_by_a_code_of_their_own():
    for value in HOSTILE:
        for mechanism in ("status_list", "identifier_list", "credentialStatus"):
            for status in (
                {mechanism: value},
                *(
                    {mechanism: {"idx": 1, "uri": STATUS_URI, "id": "AAAA", name: value}}
                    for name in ("idx", "uri", "id")
                ),
            ):
                told = {"context": VerificationContext(nation().policy, Memory(), NOW), "issuers": ()}
                foreseen(run, check_status(status, **told), nation().web())


@pytest.mark.guarantee("G25")
def test_hostile_did_documents_keys_and_dids_are_refused_by_a_code_of_their_own():
    did, page = "did:web:a.example", "https://a.example/.well-known/did.json"
    key, issuer = jwk.build(nation().signer.public_key), "https://issuer.example"
    method = {"id": f"{did}#k", "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": key}
    other = {
        "id": "#m",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multikey.build(nation().signer.public_key),
    }
    document = {
        "id": did,
        "controller": did,
        "alsoKnownAs": [],
        "verificationMethod": [method, {**other, "expires": "2030-01-01T00:00:00Z"}],
        "assertionMethod": [f"{did}#k", "#m", {**other, "id": "#e"}],
        "service": [{"type": "x", "serviceEndpoint": "y"}],
    }
    for name in "kme":
        run(find_method(f"{did}#{name}", "assertionMethod", now=NOW), Web({page: text(document)}))
    for hostile in everywhere(document):
        for name in "kme":
            web = Web({page: text(hostile)})
            foreseen(run, find_method(f"{did}#{name}", "assertionMethod", now=NOW), web)
    published = {"issuer": issuer, "jwks": {"keys": [{"kid": "k", **key}]}}
    assert run(fetch_keys(issuer), Web({well_known(issuer): text(published)}))
    for hostile in everywhere(published, "jwks_uri"):
        web = Web({well_known(issuer): text(hostile)})
        foreseen(run, fetch_keys(issuer), web)
    odd = [
        "",
        "did:",
        "did:web:\ud800",
        "did:web:a..b",
        "did:key:z",
        "did:key:z" + "z" * 1_000,
        "did:jwk:e30",
        "did:web:\0",
    ]
    odd += ["did:jwk:" + base64url.encode(text({**key, name: value})) for name in key for value in HOSTILE]
    for one in odd:
        foreseen(run, resolve(one, now=0), offline)
        foreseen(run, resolution(one, now=0), offline)
        foreseen(run, find_method(f"{one}#0", "assertionMethod", now=NOW), offline)


@pytest.mark.guarantee("G25")
def test_hostile_type_metadata_are_refused_by_a_code_of_their_own():
    vct = "https://types.example/card"
    claim = {
        "path": ["a", None, 0],
        "mandatory": True,
        "sd": "always",
        "svg_id": "a",
        "display": [{"locale": "fr", "label": "x"}],
    }
    document = {
        "vct": vct,
        "name": "x",
        "extends": "urn:eudi:pid:1",
        "display": [{"locale": "fr", "name": "x"}],
        "claims": [claim],
    }
    rules = Policy(nation().anchors, types="fetched")
    assert run(load_rules(vct, None, VerificationContext(rules, Memory(), NOW)), Web({vct: text(document)}))
    for hostile in everywhere(document, "extends#integrity"):
        web = Web({vct: text(hostile)})
        foreseen(run, load_rules(vct, None, VerificationContext(rules, Memory(), NOW)), web)


# --- the facade


URIS = {"request_uri": "https://shop.example/{id}", "response_uri": "https://shop.example/answer", "now": NOW}


def asked(mode="direct_post"):
    verifier = nation().verifier()
    return verifier, verifier.request(Query(VCT, [["age_over_18"]]), response_mode=mode, **URIS)


def form(**parameters):
    return urlencode(parameters, errors="surrogatepass").encode()


def posted(mode="direct_post", **parameters):
    """A form with the right state."""
    verifier, opened = asked(mode)
    foreseen(verifier.verify, form(**{"state": opened.id, **parameters}), now=NOW)


def sealed(header=None, epk=None, content=None):
    """An answer that is encrypted, with other members of its header, of the sender's key, or of its content."""
    verifier, opened = asked("direct_post.jwt")
    inner = {"vp_token": {}, "state": opened.id}
    plain = content if isinstance(content, bytes) else text(inner | (content or {}))
    first, *rest = jwe.encrypt(plain, opened.key.public_key, enc="A128GCM", kid=opened.id).split(".")
    stated = json.parse_object(base64url.decode(first))
    stated["epk"] |= epk or {}
    compact = ".".join([base64url.encode(text(stated | (header or {}))), *rest])
    foreseen(verifier.verify, form(response=compact), now=NOW)


@pytest.mark.guarantee("G25")
def test_hostile_answers_are_refused_by_a_code_of_their_own():
    for value in [*HOSTILE, *({"title": one} for one in HOSTILE), *({"title": [one]} for one in HOSTILE)]:
        posted(vp_token=text(value).decode())
    for raw in ("", "x", "é", "\ud800", "A" * 9_000, "....", "a.b.c.d.e"):
        posted("direct_post.jwt", response=raw)
        posted(error=raw)
        posted(vp_token="{}", state=raw)
    for body in (
        b"",
        b"\xff",
        b"%",
        b"state=%ff",
        b"state=%ed%a0%80",
        b"&" * 9_999,
        b"state=%00&error=x",
        b"x" * 2**21,
    ):
        foreseen(nation().verifier().verify, body, now=NOW)


@pytest.mark.guarantee("G25")
def test_hostile_encryption_is_refused_by_a_code_of_its_own():
    for value in HOSTILE:
        for name in ("alg", "enc", "kid", "epk", "apu", "apv", "zip", "crit", "cty"):
            sealed(header={name: value})
        for name in ("crv", "kty", "x", "y", "d"):
            sealed(epk={name: value})
        for name in ("vp_token", "state", "error"):
            sealed(content={name: value})
    for content in (b"", b"\xff", b"[", b"null", b'{"a":1,"a":2}'):
        sealed(content=content)


@pytest.mark.guarantee("G25")
def test_whatever_a_browser_or_a_wallet_asks_the_facade_for_is_foreseen():
    verifier, opened = asked()
    for odd in ("", "x", "\ud800", "é" * 99, "a" * 99_999, "\0", opened.id):
        foreseen(verifier.complete, odd, session=odd, now=NOW)
        foreseen(verifier.request_object, odd, now=NOW)
        for posted_ in (odd.encode("utf-8", "surrogatepass"), form(wallet_nonce=odd), form(wallet_metadata=odd)):
            foreseen(verifier.request_object, opened.id, now=NOW, form=posted_)
    for value in HOSTILE:
        foreseen(verifier.request_object, opened.id, now=NOW, form=form(wallet_metadata=text(value).decode()))
        foreseen(verifier.request, value, **URIS)
        foreseen(verifier.request, Query(VCT, [["a"]]), **URIS, transaction_data=[value])
        foreseen(verifier.request, Query(VCT, [["a"]]), **URIS, verifier_info=[value])
    for hostile in everywhere(json.parse_object(opened.encode())):
        foreseen(Transaction.decode, text(hostile))


# --- the net


def failing(*_args, **_kwargs):
    raise KeyError("1990-05-17")


@pytest.mark.guarantee("G25")
@pytest.mark.parametrize("verb", ["parse", "verify"])
def test_a_format_that_raises_anything_is_a_refusal_that_says_it_is_a_bug(verb):
    formats = MappingProxyType({**FORMATS, "dc+sd-jwt": FORMATS["dc+sd-jwt"]._replace(**{verb: failing})})
    with pytest.raises(VerificationError) as refused:
        shown(bound(nation().credential()), formats=formats)
    assert refused.value.code == "unforeseen"
    assert refused.value.detail.startswith("KeyError at didkit_fr.verification.")
    assert "1990" not in str(refused.value)
    assert refused.value.__context__ is None


@pytest.mark.guarantee("G25")
def test_so_is_one_for_a_wallet_and_a_method_of_dids():
    formats = MappingProxyType({"dc+sd-jwt": FORMATS["dc+sd-jwt"]._replace(verify=failing)})
    told = {"context": VerificationContext(nation().policy, Memory(), NOW), "holder": nation().holder.public_key}
    for flow in (
        verify_issued(nation().credential(), format="dc+sd-jwt", formats=formats, **told),
        resolve("did:odd:x", now=0, methods={**METHODS, "odd": failing}),
    ):
        with pytest.raises(VerificationError) as refused:
            run(flow, nation().web())
        assert refused.value.code == "unforeseen"


@pytest.mark.guarantee("G25")
@pytest.mark.parametrize("form_", FORMATS.values(), ids=FORMATS)
def test_the_verbs_of_every_format_are_behind_the_boundary(form_):
    for verb, arguments in ((form_.parse, 1), (form_.verify, 4)):
        with pytest.raises(DidkitError) as refused:
            verb(*[object()] * arguments)
        assert refused.value.code == "unforeseen"


class Broken(MemoryTransactions):
    def take(self, *_, **__):
        raise OSError("the store is down")


@pytest.mark.guarantee("G25")
def test_what_the_applications_own_pieces_raise_is_no_refusal_of_an_answer():
    verifier = replace(nation().verifier(), transactions=Broken())
    opened = verifier.request(Query(VCT, [["age_over_18"]]), **URIS)
    with pytest.raises(OSError, match="the store is down"):
        verifier.verify(form(vp_token="{}", state=opened.id), now=NOW)


@pytest.mark.guarantee("G25")
@pytest.mark.parametrize("state", ["\0" * 22, "a" * 21, "a" * 23, "é" * 22, "' OR 1=1 --", "../../../../etc/passwd"])
def test_a_name_that_is_none_of_ours_never_reaches_the_store(state):
    verifier = replace(nation().verifier(), transactions=Broken())
    with pytest.raises(VerificationError) as refused:
        verifier.verify(form(vp_token="{}", state=state), now=NOW)
    assert refused.value.code == "transaction_unknown"


def test_the_boundary_of_a_boundary_is_one():
    with pytest.raises(VerificationError) as refused:
        boundary(boundary(failing))()
    assert refused.value.code == "unforeseen"


V2 = "https://www.w3.org/ns/credentials/v2"
SIGNER = software.generate()
PROOF = {
    "type": "DataIntegrityProof",
    "verificationMethod": "did:example:issuer#key",
    "proofPurpose": "assertionMethod",
    "proofValue": multibase.encode(bytes(64)),
}


def deep(levels=100_000):
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


VALUES_OF_PYTHON: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "context deep, and the proof's": lambda stated: {"@context": deep(), "proof": {**stated, "@context": deep()}},
    "context in a list deep": lambda stated: {"@context": [deep()], "proof": {**stated, "@context": [deep()]}},
    "context deep in a chain": lambda stated: {
        "@context": deep(),
        "proof": [
            {**stated, "id": "urn:a", "@context": deep()},
            {**stated, "id": "urn:b", "previousProof": "urn:a"},
        ],
    },
    "option deep": lambda stated: {"@context": [V2], "proof": {**stated, "x": deep()}},
    "member deep": lambda stated: {"@context": [V2], "name": deep(), "proof": stated},
    "number long": lambda stated: {"@context": [V2], "name": 10**5_000, "proof": stated},
    "number long in an option": lambda stated: {"@context": [V2], "proof": {**stated, "x": -(10**5_000)}},
    "surrogate": lambda stated: {"@context": [V2], "name": "\ud800", "proof": stated},
    "surrogate in an option": lambda stated: {"@context": [V2], "proof": {**stated, "x": "\ud800"}},
    "no context": lambda stated: {"@context": None, "proof": stated},
    "context an object": lambda stated: {"@context": [{}], "proof": stated},
}


@pytest.mark.guarantee("G25")
@pytest.mark.parametrize("suite", ["ecdsa-rdfc-2019", "ecdsa-jcs-2019", "ecdsa-sd-2023", "bbs-2023"])
@pytest.mark.parametrize("name", VALUES_OF_PYTHON)
def test_values_that_no_parser_bounded_are_refused_by_a_code_of_their_own(name, suite):
    """A RecursionError where contexts were compared, and a ValueError where a number was written."""
    document = VALUES_OF_PYTHON[name]({**PROOF, "cryptosuite": suite})
    keys = {PROOF["verificationMethod"]: SIGNER.public_key}
    checks = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
    with pytest.raises(DidkitError) as error:
        proof.verify(proof.parse(document), keys, cryptosuites=[suite], **checks)
    assert error.value.code != "unforeseen"
    how = {"cryptosuite": suite, "verification_method": PROOF["verificationMethod"], "created": NOW}
    for one in (document, {member: value for member, value in document.items() if member != "proof"}):
        foreseen(proof.sign, one, SIGNER, **how, previous=["urn:a"] if isinstance(document["proof"], list) else ())


@pytest.mark.guarantee("G25")
def test_what_is_no_document_at_all_is_refused_with_a_code():
    def code(call, *arguments):
        with pytest.raises(DidkitError) as error:
            call(*arguments)
        return error.value.code

    for value in ({"proof": deep()}, {"proof": {"type": deep()}}, {"proof": [{**PROOF, "id": deep()}]}):
        assert code(proof.parse, value) == "integrity_proof_malformed"
    document, key = {"@context": [V2]}, SIGNER.public_key
    assert code(proof.prepare, document, key, {"cryptosuite": "ecdsa-jcs-2019", "x": deep()}) == "json_depth"
    # What the types of the functions exclude is a mistake of whoever calls them, and still no answer.
    for value in (None, 1, [], "x"):
        assert code(proof.parse, value) == "unforeseen"
    assert code(proof.prepare, document, key, {}) == "unforeseen"
