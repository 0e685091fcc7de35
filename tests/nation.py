"""A small state in memory: a national root, a document signer, an access authority, one holder, one relying party.

Every key is real and every signature is made by the library; the web is a dict of address to answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from didkit_fr.encoding.json import ClaimsPath
from didkit_fr.errors import FetchError
from didkit_fr.flow import Batch, Outcome, Request, Response
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.keys import jwk, software, x509
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.relying_party import MemoryTransactions, Verifier
from didkit_fr.status import token
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.policy import Policy

NOW = 1_790_000_000
DAY = 86_400
VCT = "urn:eudi:pid:fr:1"
STATUS_URI = "https://issuer.example/status/1"
CREDENTIAL_PURPOSE = "1.0.18013.5.1.2"
READER_PURPOSE = "1.0.18013.5.1.6"

PERSON: dict[str, Any] = {
    "family_name": "Lefèvre",
    "given_name": "Éloïse",
    "birthdate": "1990-05-17",
    "place_of_birth": {"country": "FR", "locality": "Brest"},
    "nationalities": ["FR", "BE"],
    "issuing_authority": "Préfecture",
    "issuing_country": "FR",
    "age_over_18": True,
}


@dataclass
class Web:
    """The web: what answers at which address; `asked` records every request."""

    pages: dict[str, bytes | Response]
    asked: list[Request] = field(default_factory=list)

    def __call__(self, batch: Batch) -> Sequence[Outcome]:
        """Answers a batch."""
        self.asked.extend(batch)
        return [self._answer(request) for request in batch]

    def _answer(self, request: Request) -> Outcome:
        if request.url not in self.pages:
            return FetchError("fetch_failed", "not in this web")
        page = self.pages[request.url]
        return page if isinstance(page, Response) else Response(200, page)


@dataclass(frozen=True)
class Nation:
    """The keys and certificates of a state."""

    root_signer: SoftwareSigner
    root: x509.Certificate
    signer: SoftwareSigner
    leaf: x509.Certificate
    access_signer: SoftwareSigner
    access_root: x509.Certificate
    reader: SoftwareSigner
    reader_leaf: x509.Certificate
    holder: SoftwareSigner

    @property
    def anchors(self) -> Anchors:
        """Who may do what."""
        national = Anchor("France", self.root, frozenset({"credential", "status"}), frozenset({VCT}))
        access = Anchor("Accès", self.access_root, frozenset({"request"}), frozenset())
        return Anchors((national, access))

    @property
    def policy(self) -> Policy:
        """The default policy on these anchors."""
        return Policy(self.anchors)

    def claims(self, **changes: object) -> dict[str, Any]:
        """The claims of a credential; None removes one."""
        claims: dict[str, Any] = {
            "vct": VCT,
            "iat": NOW - NOW % DAY,
            "exp": NOW - NOW % DAY + 14 * DAY,
            "cnf": {"jwk": jwk.build(self.holder.public_key)},
            "status": {"status_list": {"idx": 7, "uri": STATUS_URI}},
            **PERSON,
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def credential(
        self,
        disclosable: Sequence[ClaimsPath] | None = None,
        signer: SoftwareSigner | None = None,
        chain: Sequence[x509.Certificate] | None = None,
        **changes: object,
    ) -> str:
        """A signed credential."""
        claims = self.claims(**changes)
        return dc_sd_jwt.sign(
            claims,
            signer or self.signer,
            chain=chain or [self.leaf],
            disclosable=disclosable_of(claims) if disclosable is None else disclosable,
        )

    def status_list(self, revoked: Sequence[int] = (), *, uri: str = STATUS_URI, now: int = NOW, **options: Any) -> str:
        """A signed status list of 4096 entries."""
        settings: dict[str, Any] = {
            "ttl": 60,
            "expires": now + DAY,
            "signer": self.signer,
            "x5c": [self.leaf],
        } | options
        settings["x5c"] = x509.build_x5c(settings["x5c"])
        return token.build_list(token.pack(4096, revoked), uri=uri, now=now, **settings)

    def web(self, revoked: Sequence[int] = (), more: Mapping[str, bytes] | None = None) -> Web:
        """A web with the status list."""
        return Web({STATUS_URI: self.status_list(revoked).encode(), **(more or {})})

    def verifier(self, web: Web | None = None) -> Verifier:
        """A relying party."""
        return Verifier(
            signer=self.reader,
            chain=[self.reader_leaf],
            policy=self.policy,
            transactions=MemoryTransactions(),
            fetcher=web or self.web(),
        )

    def with_holder(self, holder: SoftwareSigner) -> "Nation":
        """The same state, another holder."""
        return replace(self, holder=holder)


def disclosable_of(claims: Mapping[str, Any]) -> list[ClaimsPath]:
    """Every claim that may be, every nested property and array element."""
    paths: list[ClaimsPath] = []
    for name, value in claims.items():
        if name in dc_sd_jwt.ALWAYS_VISIBLE or name == "iat":
            continue
        paths.append((name,))
        if isinstance(value, dict):
            paths += [(name, inner) for inner in value]
        if isinstance(value, list):
            paths += [(name, at) for at in range(len(value))]
    return paths


def found(now: int = NOW, *, name: str = "France") -> Nation:
    """Founds a state."""
    root_signer, signer, access_signer, reader, holder = (software.generate() for _ in range(5))
    since = now - 30 * DAY
    root = x509.issue_root(root_signer, name=f"{name} root", country="FR", now=since, days=3650)
    leaf = x509.issue_leaf(
        root_signer,
        root,
        signer.public_key,
        name=f"{name} document signer",
        country="FR",
        now=since,
        days=365,
        purposes=[CREDENTIAL_PURPOSE],
    )
    access_root = x509.issue_root(access_signer, name=f"{name} access", country="FR", now=since, days=3650)
    reader_leaf = x509.issue_leaf(
        access_signer,
        access_root,
        reader.public_key,
        name="Café de la Gare",
        country="FR",
        now=since,
        days=365,
        purposes=[READER_PURPOSE],
    )
    return Nation(root_signer, root, signer, leaf, access_signer, access_root, reader, reader_leaf, holder)


@cache
def nation() -> Nation:
    """One state for all tests."""
    return found()
