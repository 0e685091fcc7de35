"""A state for the tests of a relying party: titles of every kind, and a wallet that shows them. TEST ONLY.

```
nation = TestNation(now=1_790_000_000)
verifier = nation.verifier()
transaction = verifier.request(Query(PID, [["age_over_18"]]), request_uri=..., response_uri=..., now=nation.now)
answers = verifier.verify(nation.present(transaction, "adult"), now=nation.now)
```

Each nation has keys of its own, made when it is founded and never written down by it, and everything it certifies says
"TEST ONLY" in its name. No relying party may have its anchors outside of its tests: anybody can found one.
`PEOPLE` are those who come, each with the code of the refusal that is due to them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal, TypeAlias
from zlib import compress

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from didkit_fr.credentials import titles
from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import FetchError
from didkit_fr.flow import Batch, Fetcher, Outcome, Request, Response, run
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.keys import jwk, software, x509
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.random import system
from didkit_fr.proofs.jose import jws
from didkit_fr.protocols.openid4vp import wallet
from didkit_fr.protocols.openid4vp.request import AuthenticRequest
from didkit_fr.protocols.openid4vp.verifier import Transaction
from didkit_fr.protocols.openid4vp.wallet import Choice
from didkit_fr.relying_party import MemoryTransactions, Verifier
from didkit_fr.status.token import INVALID, SUSPENDED, TYP, VALID
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy

__all__ = ["OTHER_TYPE", "PEOPLE", "PID", "RECORD", "Person", "TestNation", "Trick", "through"]

PID = "urn:eudi:pid:fr:1"
OTHER_TYPE = "urn:example:test-only:1"
STATUS_URI = "https://status.test-only.example/1"
UNREACHABLE_URI = "https://unreachable.test-only.example/1"

_DAY = 86_400
_ADULT = 18
_READER_PURPOSE = "1.0.18013.5.1.6"  # ISO/IEC 18013-5 Annex B.1.7: whoever asks
# Two bits an entry: the statuses 0, 1 and 2 at the indexes 0, 1 and 2.
_STATUSES = bytes([VALID | INVALID << 2 | SUSPENDED << 4])

RECORD: Mapping[str, JsonValue] = MappingProxyType(
    {
        "family_name": "Exemple",
        "given_name": "Camille",
        "place_of_birth": {"country": "FR", "locality": "Brest"},
        "nationalities": ["FR"],
        "issuing_authority": "TEST ONLY",
        "issuing_country": "FR",
    }
)
"""What every card says; `Person.age` adds `birthdate` and `age_over_18`."""

Trick: TypeAlias = Literal["", "other_type", "stranger", "theft", "replay", "withhold", "unreachable", "decline"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who comes with a title and a wallet; `claims` are added to everyone's, and None removes one.

    Args:
        refusal: the code of the error that `Verifier.verify` raises; None where the title is to be believed.
        age: in years; `birthdate` and `age_over_18` follow from it.
        claims: what else their title says.
        starts: days from now until the title is valid.
        ends: days from now until it is not valid any more.
        status: 0 valid, 1 revoked, 2 suspended.
        trick: what is wrong with the title or with the wallet.
    """

    refusal: str | None = None
    age: int = 34
    claims: Mapping[str, JsonValue] = field(default_factory=dict)
    starts: int = -1
    ends: int = 14
    status: int = VALID
    trick: Trick = ""


PEOPLE: Mapping[str, Person] = MappingProxyType(
    {
        "adult": Person(),
        "minor": Person(age=15),
        "stateless": Person(claims={"nationalities": ["QS"]}),
        "expired": Person("credential_expired", starts=-20, ends=-2),
        "not_yet_valid": Person("credential_not_yet_valid", starts=2),
        "mistyped": Person("type_rule_broken", claims={"age_over_18": "false"}),
        "revoked": Person("status_revoked", status=INVALID),
        "suspended": Person("status_suspended", status=SUSPENDED),
        "unreachable": Person("fetch_failed", trick="unreachable"),
        "wrong_issuer": Person("issuer_unknown", trick="stranger"),
        "other_type": Person("query_unsatisfied", trick="other_type"),
        "withholding": Person("query_unsatisfied", trick="withhold"),
        "thief": Person("signature_invalid", trick="theft"),
        "replayed": Person("key_binding_nonce", trick="replay"),
        "declining": Person("access_denied", trick="decline"),
    }
)
"""Who comes to a relying party: the first three are to be believed, what to do with them is its own decision."""


@dataclass(frozen=True, slots=True)
class _Authority:
    """A root and one key that it certifies."""

    root: Certificate
    signer: SoftwareSigner
    leaf: Certificate


class TestNation:
    """The authorities, the relying party's certified key, and the people of a state that exists for one test.

    Args:
        now: seconds since 1970 (UTC); certificates are valid from a month before to a year after.
        titles: the claims of each type that its people hold, without those of time and status.
    """

    __test__ = False  # pytest collects classes whose names begin like this one

    def __init__(self, now: int, titles: Mapping[str, Mapping[str, JsonValue]] | None = None) -> None:
        self.now = now
        self._titles = {PID: RECORD} if titles is None else dict(titles)
        self._issuer = self._found("issuer")
        self._stranger = self._found("stranger")
        self._access = self._found("relying party", [_READER_PURPOSE])
        self._holder, self._thief = software.generate(), software.generate()

    @property
    def anchors(self) -> Anchors:
        """Whom its relying parties trust: its issuer, for the types that are held here."""
        types = frozenset({*self._titles, OTHER_TYPE})
        return Anchors((Anchor("TEST ONLY", self._issuer.root, frozenset({"credential", "status"}), types),))

    @property
    def policy(self) -> Policy:
        """The default policy on these anchors."""
        return Policy(self.anchors)

    @property
    def signer(self) -> SoftwareSigner:
        """The relying party's key."""
        return self._access.signer

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """The relying party's access certificate."""
        return (self._access.leaf,)

    def verifier(self) -> Verifier:
        """A relying party of this nation; make your own of the same pieces where yours has other settings."""
        return Verifier(self.signer, self.chain, self.policy, MemoryTransactions(), self.fetcher)

    def files(self) -> dict[str, bytes]:
        """The pieces as files, for a site that reads them from a folder."""
        key = self.signer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = b"".join(map(x509.pem, self.chain))
        return {"key.pem": key, "chain.pem": chain, "anchors.json": self.anchors.encode()}

    def pages(self) -> dict[str, bytes]:
        """The web of this nation: the status list, by address."""
        listed: JsonObject = {"bits": 2, "lst": base64url.encode(compress(_STATUSES))}
        claims: JsonObject = {
            "sub": STATUS_URI,
            "iat": self.now,
            "exp": self.now + _DAY,
            "ttl": 60,
            "status_list": listed,
        }
        header = {"x5c": x509.build_x5c([self._issuer.leaf])}
        return {STATUS_URI: jws.sign(claims, self._issuer.signer, typ=TYP, header=header).encode()}

    @property
    def fetcher(self) -> Fetcher:
        """Answers from `pages`, and nothing else."""
        return _web(self.pages())

    def credential(self, person: str | Person, type_: str = PID) -> str:
        """The title of a person, as their issuer signed it."""
        who = _person(person)
        type_ = OTHER_TYPE if who.trick == "other_type" else type_
        said: dict[str, Any] = {**self._titles.get(type_, RECORD), **self._of_age(who.age), **who.claims}
        said = {name: value for name, value in said.items() if value is not None}
        title = titles.find(type_)
        disclosable = [(name,) for name in said] if title is None else titles.disclosable_paths(title, said)
        uri = UNREACHABLE_URI if who.trick == "unreachable" else STATUS_URI
        claims: JsonObject = {
            **said,
            "vct": type_,
            "iat": self.now + min(who.starts, 0) * _DAY,
            "nbf": self.now + who.starts * _DAY,
            "exp": self.now + who.ends * _DAY,
            "cnf": {"jwk": jwk.build(self._holder.public_key)},
            "status": {"status_list": {"idx": who.status, "uri": uri}},
        }
        authority = self._stranger if who.trick == "stranger" else self._issuer
        return dc_sd_jwt.sign(claims, authority.signer, chain=[authority.leaf], disclosable=disclosable)

    def present(self, transaction: Transaction, person: str | Person, *, now: int | None = None) -> bytes:
        """The form that this person's wallet posts to `response_uri`, made by the library's own wallet side.

        Raises:
            DidkitError: what a wallet refuses: a request that it cannot read or answer.
        """
        bodies: list[bytes] = []

        def web(batch: Batch) -> Sequence[Outcome]:
            bodies.extend(request.body for request in batch if request.method == "POST")
            return [_party(request, transaction.request_object) for request in batch]

        self.answer(transaction.link, person, web, now=now)
        return bodies[-1]

    def answer(self, link: str, person: str | Person, fetcher: Fetcher, *, now: int | None = None) -> str | None:
        """As `present`, through the site's own routes: gets the request, posts the answer.

        Returns the address that the site sends the person to, if any.

        Args:
            link: what the site shows, as a link or in its QR code.
            person: who answers; the name of one of `PEOPLE`, or somebody else.
            fetcher: reaches the site: `through` its framework's test client, or `didkit_fr.fetch.Fetcher`.
            now: seconds since 1970 (UTC); the nation's own where it is not given.

        Raises:
            DidkitError: what a wallet refuses, and `ProtocolError` where the site refused the answer.
        """
        who, now = _person(person), self.now if now is None else now
        access = Anchors((Anchor("TEST ONLY", self._access.root, frozenset({"request"}), frozenset()),))
        flow = wallet.fetch_request(link, VerificationContext(Policy(access), Memory(), now))
        request = run(flow, fetcher)
        if who.trick == "decline":
            return run(wallet.refuse(request), fetcher)
        return run(wallet.submit(request, self._presentations(request, who, now)), fetcher)

    def _presentations(self, request: AuthenticRequest, who: Person, now: int) -> dict[str, list[str]]:
        held = {type_: self.credential(who, type_) for type_ in self._titles}
        copies = [wallet.hold(type_, dc_sd_jwt.FORMAT, raw) for type_, raw in held.items()]
        if who.trick == "other_type":
            # A wallet that answers with what was not asked for: no honest one can be made to.
            choices: Sequence[Choice] = [Choice(one.id, next(iter(held)), ()) for one in request.query.credentials]
        else:
            choices = wallet.select(request.query, copies)
        if who.trick == "withhold":
            choices = [Choice(one.query_id, one.held_id, one.paths[1:]) for one in choices]
        if who.trick == "replay":
            request = replace(request, nonce=base64url.encode(system(16)))
        key = self._thief if who.trick == "theft" else self._holder
        chosen = [(one, dc_sd_jwt.FORMAT, held[one.held_id], key) for one in choices]
        return wallet.build_presentations(request, chosen, now=now)

    def _of_age(self, age: int) -> JsonObject:
        today = datetime.fromtimestamp(self.now, UTC).date()
        return {"birthdate": f"{today.year - age:04}-01-01", "age_over_18": age >= _ADULT}

    def _found(self, name: str, purposes: Sequence[str] = ()) -> _Authority:
        root_signer, signer = software.generate(), software.generate()
        since = self.now - 30 * _DAY
        root = x509.issue_root(root_signer, name=f"TEST ONLY {name} root", country="FR", now=since, days=395)
        leaf = x509.issue_leaf(
            root_signer,
            root,
            signer.public_key,
            name=f"TEST ONLY {name}",
            country="FR",
            now=since,
            days=395,
            purposes=purposes,
        )
        return _Authority(root, signer, leaf)


def through(call: Callable[[str, str, Mapping[str, str], bytes], tuple[int, bytes]]) -> Fetcher:
    """A fetcher on a framework's test client: `call(method, url, headers, body)` returns a status and a body."""

    def fetcher(batch: Batch) -> Sequence[Outcome]:
        return [Response(*call(asked.method, asked.url, asked.headers, asked.body)) for asked in batch]

    return fetcher


def _person(person: str | Person) -> Person:
    return PEOPLE[person] if isinstance(person, str) else person


def _web(pages: Mapping[str, bytes]) -> Fetcher:
    def fetcher(batch: Batch) -> Sequence[Outcome]:
        return [
            Response(200, pages[asked.url]) if asked.url in pages else FetchError("fetch_failed", "not of this nation")
            for asked in batch
        ]

    return fetcher


def _party(asked: Request, request_object: str) -> Response:
    return Response(200, b"{}" if asked.method == "POST" else request_object.encode())
