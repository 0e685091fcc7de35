"""An issuer, a relying party and a vault in memory: real signatures, a fetcher that is a function, no network."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote

from didkit_fr.credentials import titles
from didkit_fr.encoding import json as library_json
from didkit_fr.flow import Batch, Outcome, Request, Response
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.keys import jwk, software, x509
from didkit_fr.primitives.passphrase import Cost
from didkit_fr.proofs.jose import jws
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
from didkit_fr.protocols.openid4vp import request as vp_request
from didkit_fr.relying_party import MemoryTransactions, Verifier
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.policy import Policy
from wallet_cli.contents import Contents, HeldCopy, HeldCredential, HeldTitle
from wallet_cli.output import Output
from wallet_cli.session import Session

TINY = Cost(operations=1, memory=8192)
PASSPHRASE = b"correct horse battery"
NOW = 1_790_000_000
DAY = 86_400
VCT = "urn:eudi:pid:fr:1"
DIPLOMA = "urn:fr:diploma:1"
ISSUER = "https://issuer.example"
PORTRAIT = "data:image/jpeg;base64," + "/9j/" + "A" * 400
CLAIMS = {
    "family_name": "Desforges-\u00c9lie",
    "given_name": "Anne\u202f\u2014 Ma\u00ebl",
    "birthdate": "1980-02-29",
    "place_of_birth": {"country": "FR"},
    "nationalities": ["FR", "BE"],
    "picture": PORTRAIT,
    "issuing_authority": "Pr\u00e9fecture",
    "issuing_country": "FR",
    "age_over_18": True,
}


JSON = {"content-type": "application/json", "cache-control": "no-store"}


def _metadata(issuer):
    """Of the credential issuer and of its authorization server, which are one."""
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/token",
        "pre-authorized_grant_anonymous_access_supported": True,
        "response_types_supported": ["none"],
        "credential_issuer": issuer,
        "credential_endpoint": f"{issuer}/credential",
        "nonce_endpoint": f"{issuer}/nonce",
        "notification_endpoint": f"{issuer}/notification",
        "batch_credential_issuance": {"batch_size": 4},
        "credential_configurations_supported": {
            "pid": {
                "format": "dc+sd-jwt",
                "vct": VCT,
                "cryptographic_binding_methods_supported": ["jwk"],
                "credential_signing_alg_values_supported": ["ES256"],
                "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}},
            }
        },
    }


@dataclass
class World:
    """One issuing state, one access authority, one relying party."""

    now: int = NOW
    base: str = "https://rp.example"
    posted: list[bytes] = field(default_factory=list)
    on_post: Callable[[], None] = lambda: None
    answer: Response = field(default_factory=lambda: Response(200, b'{"redirect_uri":"https://rp.example/done"}'))

    def __post_init__(self):
        self.root_key, self.signer = software.generate(), software.generate()
        self.root = x509.issue_root(self.root_key, name="Racine", country="FR", now=self.now - DAY, days=900)
        self.leaf = x509.issue_leaf(
            self.root_key, self.root, self.signer.public_key,
            name="Titres", country="FR", now=self.now - DAY, days=300, purposes=(),
        )  # fmt: skip
        self.access_key = software.generate()
        self.access = x509.issue_root(self.access_key, name="Acc\u00e8s", country="FR", now=self.now - DAY, days=900)
        self.parties = {}
        self.claims = CLAIMS
        self.void, self.told = 0, []

    def party(self, name):
        """A relying party's signer and certificate."""
        if name not in self.parties:
            signer = software.generate()
            leaf = x509.issue_leaf(
                self.access_key, self.access, signer.public_key,
                name=name, country="FR", now=self.now - DAY, days=300, purposes=(),
            )  # fmt: skip
            self.parties[name] = (signer, leaf)
        return self.parties[name]

    def anchors(self) -> Anchors:
        return Anchors(
            (
                Anchor("issuer", self.root, frozenset({"credential"}), frozenset({VCT, DIPLOMA})),
                Anchor("access", self.access, frozenset({"request"}), frozenset()),
            )
        )

    def credential(self, holder, claims=CLAIMS, type_=VCT):
        payload = dict(claims) | {
            "vct": type_,
            "iat": self.now - self.now % DAY,
            "exp": self.now - self.now % DAY + 14 * DAY,
            "cnf": {"jwk": jwk.build(holder)},
        }
        paths = titles.disclosable_paths(titles.load("pid"), dict(claims))
        return dc_sd_jwt.sign(payload, self.signer, chain=[self.leaf], disclosable=paths)

    def title(self, copies=2, id_="00000001", claims=CLAIMS, expires=NOW + 10 * DAY, type_=VCT):
        signers = [software.generate() for _ in range(copies)]
        made = tuple(HeldCopy(self.credential(one.public_key, claims, type_), one.secret()) for one in signers)
        credential = HeldCredential("pid_dc_sd_jwt", "dc+sd-jwt", type_, expires, made)
        return HeldTitle(id_, ISSUER, "2026-09-21", (credential,))

    def contents(self, *held):
        return Contents(json.loads(self.anchors().encode()), insecure_loopback=True, titles=held)

    def ask_all(self, query, party="Caf\u00e9 de la Gare", policy=None, **more):
        """A request of the facade: its transaction, a fetcher for its endpoints, and the party that verifies."""
        signer, leaf = self.party(party)
        party = Verifier(signer, [leaf], policy or Policy(self.anchors()), MemoryTransactions())
        uris = {"request_uri": f"{self.base}/request/{{id}}", "response_uri": f"{self.base}/response"}
        transaction = party.request(query, **uris, now=self.now, **more)

        def fetcher(batch: Batch) -> list[Outcome]:
            return [self._serve_all(request, party) for request in batch]

        return transaction, fetcher, party

    def _serve_all(self, request: Request, party: Verifier) -> Response:
        if request.url.startswith(f"{self.base}/request/"):
            signed = party.request_object(request.url.rpartition("/")[2], now=self.now, form=request.body)
            return Response(200, signed.encode())
        return self._serve(request, "")

    def ask(self, *paths, party="Caf\u00e9 de la Gare", queries=1, values=None):
        """A request's link and full client_id, and a fetcher that answers for the relying party."""
        signer, leaf = self.party(party)
        claims = [{"path": list(path)} | ({"values": values} if values else {}) for path in paths]
        wanted = {"format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}} | ({"claims": claims} if claims else {})
        query = {"credentials": [{"id": f"q{place}"} | wanted for place in range(queries)]}
        raw = vp_request.build_request_object(
            query, signer, chain=[leaf], response_uri=f"{self.base}/response",
            nonce="n" * 32, state="some-state", now=self.now,
        )  # fmt: skip
        client_id = vp_request.client_id_of(leaf)
        link = vp_request.build_link(client_id, f"{self.base}/request")

        def fetcher(batch: Batch) -> list[Outcome]:
            return [self._serve(request, raw) for request in batch]

        return link, client_id, fetcher

    def _serve(self, request: Request, raw: str) -> Response:
        if request.method == "GET":
            return Response(200, raw.encode())
        assert request.url == f"{self.base}/response"
        self.on_post()
        self.posted.append(request.body)
        return self.answer

    def offer(self, issuer=ISSUER, *, tx_code=True):
        """An offer's link, and a fetcher that answers for the issuer; `self.issued` holds what it issued.

        `self.told` holds what it was told of that, `self.void` how often it calls void what is accepted.
        """
        grant = {"pre-authorized_code": "the-code"} | ({"tx_code": {"length": 6}} if tx_code else {})
        offer = {
            "credential_issuer": issuer,
            "credential_configuration_ids": ["pid"],
            "grants": {PRE_AUTHORIZED: grant},
        }
        self.issued = []

        def fetcher(batch: Batch) -> list[Outcome]:
            return [self._issue(request, issuer) for request in batch]

        return f"openid-credential-offer://?credential_offer={quote(json.dumps(offer))}", fetcher

    def _issue(self, request: Request, issuer: str) -> Response:
        if "/.well-known/" in request.url:
            return Response(200, json.dumps(_metadata(issuer)).encode(), JSON)
        what = request.url.removeprefix(issuer)
        if what == "/nonce":
            return Response(200, b'{"c_nonce":"a-nonce-of-the-issuer"}', JSON)
        if what == "/token":
            form = parse_qs(request.body.decode())
            if form.get("tx_code", ["123456"]) != ["123456"] or form["pre-authorized_code"] != ["the-code"]:
                return Response(400, b'{"error":"invalid_grant"}', JSON)
            return Response(200, b'{"access_token":"token","token_type":"Bearer","expires_in":300}', JSON)
        if what == "/notification":
            self.told.append(json.loads(request.body))
            self.void -= 1
            return Response(204, b"") if self.void < 0 else Response(400, b'{"error":"invalid_notification_id"}', JSON)
        proofs = json.loads(request.body)["proofs"]["jwt"]
        keys = [jwk.parse(jws.parse(proof).unverified_header["jwk"]) for proof in proofs]
        self.issued += [self.credential(key, self.claims) for key in keys]
        body = {"credentials": [{"credential": raw} for raw in self.issued[-len(keys) :]]}
        body["notification_id"] = f"of {len(self.issued)}"
        return Response(200, json.dumps(body).encode(), JSON)

    def presented(self, place=-1):
        """The presentations in an answer that was posted."""
        form = parse_qs(self.posted[place].decode())
        return library_json.parse_object(form["vp_token"][0])


class Refusing(Session):
    """A citizen who has the request or offer fetched, and says no to what it asks."""

    def agrees(self, question, *, beforehand):
        return beforehand or question in ("ask_contact", "ask_contact_request")


def session(folder, *, kind=Session, language="en", as_json=False):
    return kind(Output(language, as_json), folder, None, clock=lambda: NOW, cost=TINY)
