"""A format from one file outside the packages: issued, received, asked for, presented and verified as the others."""

from dataclasses import replace

from didkit_fr.credentials import titles
from didkit_fr.encoding import json
from didkit_fr.flow import Response, offline, run
from didkit_fr.formats import FORMATS
from didkit_fr.keys import jwk, software
from didkit_fr.proofs.jose import jws
from didkit_fr.protocols.oauth.metadata import AuthorizationServerMetadata
from didkit_fr.protocols.oauth.token import TokenResponse
from didkit_fr.protocols.openid4vci.credential import build_credential_response, parse_credential_request
from didkit_fr.protocols.openid4vci.metadata import IssuerMetadata, build_configuration
from didkit_fr.protocols.openid4vci.offer import build_offer
from didkit_fr.protocols.openid4vci.wallet import receive
from didkit_fr.protocols.openid4vp import wallet
from didkit_fr.relying_party import Query
from didkit_fr.status.token import StatusReference
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify, verify_issued
from issuer_service.keys.port import DOCUMENT
from issuer_service.titles import catalogue
from issuer_service.titles.config import Settings
from issuer_service.titles.formats import ISSUED_FORMATS
from issuer_service.titles.formats.port import Batch, CopyBinding, Identity, IssuedFormat
from tests.formats import toy_format
from tests.formats.samples import SAMPLES
from tests.nation import DAY, NOW, nation
from tests.refused import refusal

KNOWN = {**FORMATS, toy_format.FORMAT: toy_format.TOY}
CARD, CITY = SAMPLES[toy_format.FORMAT], "https://city.example"
NATIONAL = Anchor("France", nation().root, frozenset({"credential"}), frozenset({CARD.type}))
ACCESS = nation().anchors.anchors[1]
POLICY = Policy(Anchors((NATIONAL, ACCESS)))
URIS = {"request_uri": "https://bar.example/r", "response_uri": "https://bar.example/answer"}
CONTEXT = {"context": VerificationContext(POLICY, Memory(), NOW)}


def card(holder=None):
    return CARD.issue((holder or nation().holder).public_key)


def test_it_is_verified_as_it_comes_from_its_issuer_and_as_it_is_presented():
    told = {"format": "toy", **CONTEXT}
    found = run(verify_issued(card(), holder=nation().holder.public_key, formats=KNOWN, **told), offline)
    assert (found.format, found.type, found.claims["colour"]) == ("toy", CARD.type, "blue")
    shown = toy_format.present(card(), [], nation().holder, toy_format.Occasion("nonce", "shop"), now=NOW)
    answer = {"nonce": "nonce", "audience": "shop", **told}
    assert run(verify(shown, formats=KNOWN, **answer), offline).checks["holder"] == "possession proven"
    assert refusal(lambda: run(verify(card(), formats=KNOWN, **answer), offline)) == "key_binding_missing"
    assert refusal(lambda: run(verify(shown, **answer), offline)) == "format_unsupported"


def asked(formats=KNOWN):
    party = replace(nation().verifier(), policy=POLICY, formats=KNOWN)
    opened = party.request(Query(CARD.type, [["colour"]], format="toy"), now=NOW, **URIS)
    page = Response(200, opened.request_object.encode())
    told = {"context": VerificationContext(POLICY, Memory(), NOW)}
    request = run(wallet.fetch_request(opened.link, formats=formats, **told), lambda batch: [page for _ in batch])
    return party, opened, request


def test_a_relying_party_asks_for_it_and_a_wallet_answers():
    party, opened, request = asked()
    held = wallet.hold("mine", "toy", card(), formats=KNOWN)
    (choice,) = wallet.select(request.query, [held], formats=KNOWN)
    chosen = [(choice, "toy", card(), nation().holder)]
    presentations = wallet.build_presentations(request, chosen, now=NOW, formats=KNOWN)
    posted = []

    def post(batch):
        posted.extend(batch)
        return [Response(200, b"{}")]

    run(wallet.submit(request, presentations, formats=KNOWN), post)
    (found,) = party.verify(posted[0].body, now=NOW)["title"]
    assert (found.format, found.claims["colour"]) == ("toy", "blue")
    assert opened.id not in str(presentations)


def test_who_does_not_know_it_says_so():
    assert refusal(asked, FORMATS) == "vp_formats_not_supported"
    assert refusal(Query(CARD.type, [], format="toy").dcql) == "format_unsupported"
    _, _, request = asked()
    held = wallet.hold("mine", "toy", card(), formats=KNOWN)
    assert refusal(wallet.select, request.query, [held]) == "nothing_matches"


def issuer(batch):
    """An issuer of cards at which a wallet has a code."""
    configuration = build_configuration(format="toy", vct=CARD.type, scope="card", credential_metadata={})
    metadata = IssuerMetadata(
        credential_issuer=CITY,
        credential_endpoint=f"{CITY}/credential",
        credential_configurations_supported={"card": configuration},
    )
    server = AuthorizationServerMetadata(issuer=CITY, token_endpoint=f"{CITY}/token", anonymous_access=True)
    token = TokenResponse(access_token="token", token_type="Bearer", expires_in=300)

    def credential(request):
        (proof,) = parse_credential_request(request.body).proofs["jwt"]
        key = jwk.parse(jws.parse(proof).unverified_header["jwk"])
        return build_credential_response([CARD.issue(key)]).encode()

    pages = {
        f"{CITY}/.well-known/openid-credential-issuer": lambda _: metadata.encode(),
        f"{CITY}/.well-known/oauth-authorization-server": lambda _: server.encode(),
        f"{CITY}/token": lambda _: token.encode(),
        f"{CITY}/credential": credential,
    }
    return [Response(200, pages[request.url](request)) for request in batch]


def test_a_wallet_receives_it():
    told = {"tx_code": None, "make_signer": software.generate, **CONTEXT}
    offer = build_offer(issuer=CITY, configuration_ids=("card",), code="code", tx_code=None)
    (received,) = run(receive(offer, formats=KNOWN, **told), issuer)
    (copy,) = received.copies
    assert received.format == "toy"
    assert received.verified.holder == copy.signer.public_key
    assert refusal(lambda: run(receive(offer, **told), issuer)) == "configuration_unsupported"


def prepare(batch, copies):
    """The copies of a title in this format, each bound to its holder."""
    claims = {"type": CARD.type, "colour": "blue", "iat": batch.issued, "exp": batch.expires}
    signer, chain = batch.identity.signer, batch.identity.chain
    return [toy_format.prepare({**claims, "holder": jwk.build(copy.holder)}, signer, chain=chain) for copy in copies]


TOY = IssuedFormat(
    name="toy",
    identity=DOCUMENT,
    type_of=lambda _title: CARD.type,
    configure=lambda title: build_configuration(format="toy", vct=CARD.type, scope=title.id, credential_metadata={}),
    prepare=prepare,
)


def test_the_service_issues_it():
    settings = Settings(
        issuer=CITY, register_url="https://register.example", register_secret_file="secret", formats=("toy",)
    )
    assert refusal(catalogue.build, settings) == "settings_invalid"
    offered = catalogue.build(settings, formats={**ISSUED_FORMATS, "toy": TOY})
    (entry,) = offered.configurations.values()
    assert json.parse_object(offered.metadata.encode())["credential_configurations_supported"][entry.id]["vct"] == (
        CARD.type
    )
    identity = Identity(nation().signer, chain=(nation().leaf,))
    batch = Batch(titles.load("pid"), {}, CITY, identity, NOW - NOW % DAY, NOW + DAY, software.system)
    holders = [software.generate() for _ in range(2)]
    copies = [CopyBinding(one.public_key, StatusReference(f"{CITY}/status/1", at)) for at, one in enumerate(holders)]
    for prepared, holder in zip(entry.format.prepare(batch, copies), holders, strict=True):
        raw = prepared.by(nation().signer)
        told = {"format": "toy", "holder": holder.public_key, "formats": KNOWN, **CONTEXT}
        assert run(verify_issued(raw, **told), offline).type == CARD.type
