"""An issuer that a wallet asks, as a web of answers."""

from didkit_fr import flow
from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError, FetchError
from didkit_fr.flow import Response
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.keys import jwk, x509
from didkit_fr.keys.software import generate
from didkit_fr.protocols.oauth.metadata import AuthorizationServerMetadata
from didkit_fr.protocols.oauth.token import TokenResponse, parse_bearer, parse_token_request
from didkit_fr.protocols.openid4vci.credential import build_credential_response, parse_credential_request
from didkit_fr.protocols.openid4vci.issuer import ProofRules, check_proofs, check_request
from didkit_fr.protocols.openid4vci.metadata import BatchIssuance, IssuerMetadata, build_configuration
from didkit_fr.protocols.openid4vci.nonce import C_NONCE, NonceResponse, issue_nonce
from didkit_fr.protocols.openid4vci.offer import TxCode, build_offer
from didkit_fr.protocols.openid4vci.wallet import receive
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy

ISSUER, NOW, KEY, DAY = "https://i.example/fr", 1_800_000_000, b"k" * 32, 86_400
VCT, CODE, PIN = "urn:example:pid:1", "the-code", "123456"
ROOT_SIGNER, DOCUMENT_SIGNER = generate(), generate()
ROOT = x509.issue_root(ROOT_SIGNER, name="Root", country="FR", now=NOW - DAY, days=3650)
LEAF = x509.issue_leaf(
    ROOT_SIGNER, ROOT, DOCUMENT_SIGNER.public_key, name="Signer", country="FR", now=NOW - DAY, days=90, purposes=()
)
ANCHOR = Anchor("root", ROOT, frozenset({"credential"}), frozenset({VCT, "urn:other"}))
POLICY = Policy(Anchors((ANCHOR,)))
OFFER = build_offer(issuer=ISSUER, configuration_ids=("unknown", "pid"), code=CODE, tx_code=TxCode())
PID = build_configuration(vct=VCT, scope="pid", credential_metadata={"claims": [{"path": ["family_name"]}]})
METADATA = IssuerMetadata(
    credential_issuer=ISSUER,
    credential_endpoint=f"{ISSUER}/credential",
    nonce_endpoint=f"{ISSUER}/nonce",
    batch_credential_issuance=BatchIssuance(batch_size=4),
    credential_configurations_supported={"pid": PID},
)
SERVER = AuthorizationServerMetadata(issuer=ISSUER, token_endpoint=f"{ISSUER}/token", anonymous_access=True)
ISSUER_URL = "https://i.example/.well-known/openid-credential-issuer/fr"
SERVER_URL = "https://i.example/.well-known/oauth-authorization-server/fr"


class Issuer:
    """Answers requests; every part can be replaced."""

    def __init__(self, *, metadata=METADATA, server=SERVER, issued=None, **routes):
        self.metadata, self.rules = metadata, ProofRules(ISSUER, metadata.batch_size, KEY, 300)
        self.nonces_wrong, self.seen = 0, []
        self.token = issued or TokenResponse(access_token="tok", token_type="Bearer", expires_in=300)
        self.routes = {
            ISSUER_URL: lambda _: Response(200, metadata.encode()),
            SERVER_URL: lambda _: Response(200, server.encode()),
            f"{ISSUER}/token": self.redeem,
            f"{ISSUER}/nonce": self.nonce,
            f"{ISSUER}/credential": self.credential,
            **{f"{ISSUER}/{name}": route for name, route in routes.items()},
        }
        self.change_claims = lambda _, claims: claims
        self.arrange = list

    def fetch(self, batch):
        self.seen += [request.url for request in batch]
        missing = FetchError("fetch_failed")
        return [self.routes[one.url](one) if one.url in self.routes else missing for one in batch]

    def redeem(self, request):
        asked = parse_token_request(request.body)
        assert (asked.code, asked.tx_code) == (CODE, PIN)
        return Response(200, self.token.encode())

    def nonce(self, request):
        # No assertion: hostile metadata may send a wallet here with its token, which is no fault of the wallet.
        if "authorization" in request.headers:
            return Response(400, json.encode({"error": "invalid_request"}))
        key = b"x" * 32 if self.nonces_wrong > 0 else KEY
        self.nonces_wrong -= 1
        return Response(200, NonceResponse(c_nonce=issue_nonce(key, purpose=C_NONCE, now=NOW)).encode())

    def credential(self, request):
        try:
            assert parse_bearer(request.headers.get("authorization")) == "tok"
            asked = parse_credential_request(request.body)
            found = check_request(asked, self.metadata)
            keys = check_proofs(asked, found.configuration, self.rules, now=NOW).keys
        except DidkitError as error:
            return Response(400, json.encode({"error": error.code}))
        return Response(200, build_credential_response(self.arrange(map(self.sign, range(len(keys)), keys))).encode())

    def sign(self, number, key):
        claims = {"vct": VCT, "iat": NOW - 60, "exp": NOW + DAY, "cnf": {"jwk": jwk.build(key)}, "family_name": "Curie"}
        claims = self.change_claims(number, claims)
        return dc_sd_jwt.sign(claims, DOCUMENT_SIGNER, chain=[LEAF], disclosable=[("family_name",)])


def attempt(issuer, *, offer=OFFER, tx_code=PIN, make_signer=generate, policy=POLICY, **kwargs):
    received = receive(
        offer, VerificationContext(policy, Memory(), NOW), tx_code=tx_code, make_signer=make_signer, **kwargs
    )
    (title,) = flow.run(received, issuer.fetch)
    return title
