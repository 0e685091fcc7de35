"""The facade a relying party imports: ask, then verify what comes, offline but for fresh status lists."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from hmac import compare_digest

from didkit_fr.boundary import boundary
from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.flow import Fetcher, offline, run
from didkit_fr.formats import FORMATS, Formats
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.jose import jwe, jws
from didkit_fr.proofs.jose.jwe import DecryptionKey
from didkit_fr.protocols.openid4vp.client_id import REDIRECT_URI, client_id_of
from didkit_fr.protocols.openid4vp.dcql import parse_query
from didkit_fr.protocols.openid4vp.error import Refusal, build_refusal
from didkit_fr.protocols.openid4vp.link import build_link, build_unsigned_link
from didkit_fr.protocols.openid4vp.request import ENCRYPTED, LIFETIME, PLAIN, build_claims, sign_request
from didkit_fr.protocols.openid4vp.request_uri import check_wallet, parse_wallet_post
from didkit_fr.protocols.openid4vp.response import build_answer, check_form, read_form, state_of
from didkit_fr.protocols.openid4vp.transaction_data import build_transaction_data
from didkit_fr.protocols.openid4vp.transactions import MemoryTransactions, TransactionStore
from didkit_fr.protocols.openid4vp.verifier import SameDevice, Transaction, read_response, verify_response
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import Verified

__all__ = [
    "Answer",
    "MemoryTransactions",
    "Query",
    "Refusal",
    "SameDevice",
    "TransactionStore",
    "Verifier",
    "build_refusal",
]


# 128 bits, in the densest text there is.
MIN_SESSION_CHARS = 16
# What `Verifier.request` calls a transaction: no other text that comes from outside reaches the store.
_ID = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Query:
    """One title and the claims wanted of it, by claims path; `values` restricts a claim (a courtesy, not a check).

    `Query("urn:eudi:pid:fr:1", [["age_over_18"], ["nationalities"]])`; of an ISO mdoc, `type` is the document type and
    a path its namespace and element. `binding` says whether the answerer must prove that the title is theirs: without,
    whoever has it can answer, which `bbs-2023` needs (specs/profiles/bbs-presentation.md); all else should have it.
    """

    type: str
    paths: Sequence[Sequence[str | int | None]]
    values: Mapping[tuple[str | int | None, ...], Sequence[JsonValue]] = field(default_factory=dict)
    format: str = "dc+sd-jwt"
    binding: bool = True

    def dcql(self, formats: Formats = FORMATS) -> JsonObject:
        """The DCQL query (OpenID4VP 1.0 section 6).

        Raises:
            VerificationError: `format_unsupported`.
        """
        claims: list[JsonObject] = []
        for path in self.paths:
            accepted = self.values.get(tuple(path))
            claims.append({"path": list(path)} | ({} if accepted is None else {"values": list(accepted)}))
        if self.format not in formats:
            raise VerificationError("format_unsupported")
        meta = formats[self.format].query.build(self.type)
        credential: JsonObject = {"id": "title", "format": self.format, "meta": meta}
        unbound = {} if self.binding else {"require_cryptographic_holder_binding": False}
        return {"credentials": [credential | unbound | ({"claims": claims} if claims else {})]}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: `answer["title"]` are the verified credentials of the query "title", none if optional.

    With `redirect_uri` the wallet answered and the browser has not come back yet: nothing can be read until
    `Verifier.complete`, because the one who waits may be an attacker who lured somebody into answering.
    """

    transaction: str
    redirect_uri: str | None = field(default=None, repr=False)
    presentations: Mapping[str, tuple[Verified, ...]] = field(default_factory=dict, repr=False)

    def __getitem__(self, query_id: str) -> tuple[Verified, ...]:
        if self.redirect_uri is not None:
            raise VerificationError("answer_pending")
        return self.presentations.get(query_id, ())

    @property
    def body(self) -> bytes:
        """What to answer the wallet: JSON, with status 200."""
        return build_answer(self.redirect_uri)


@dataclass(frozen=True, slots=True)
class Verifier:
    """A relying party: its certified key, whom it trusts, where its transactions wait.

    Whatever comes from outside, its methods end in a value or a `DidkitError`; what was not foreseen is `unforeseen`, a
    bug to log. What the pieces below raise of their own (a store that is down) passes as it is.

    Args:
        signer: signs requests.
        chain: its access certificate, leaf first, without the anchor.
        policy: what is accepted.
        transactions: where open transactions wait.
        fetcher: gets status lists; `didkit_fr.flow.offline` refuses, so that all must be in `memory`.
        memory: results that were checked before.
        random: nonces, transaction ids, decryption keys, response codes.
        identity: the full client identifier where it is not the hash of the certificate: `x509_san_dns:...`,
            `decentralized_identifier:...`, `redirect_uri:...` (nothing is signed then; few wallets accept it).
        key_id: the DID URL of the signer's key, for a `decentralized_identifier:`.
        formats: the formats of credentials that are asked for and verified.
    """

    signer: Signer = field(repr=False)
    chain: Sequence[Certificate] = field(repr=False)
    policy: Policy
    transactions: TransactionStore
    fetcher: Fetcher = offline
    memory: Memory = field(default_factory=Memory)
    random: Random = field(default=system, repr=False)
    identity: str | None = None
    key_id: str | None = None
    formats: Formats = field(default_factory=lambda: FORMATS, repr=False)

    @property
    def client_id(self) -> str:
        """The full client identifier, as wallets show it and bind their presentations to it."""
        return self.identity or client_id_of(self.chain[0])

    def request(
        self,
        query: Query | JsonObject,
        *,
        request_uri: str,
        response_uri: str,
        now: int,
        response_mode: str = ENCRYPTED,
        request_uri_method: str = "get",
        same_device: SameDevice | None = None,
        issuers: Anchors | None = None,
        transaction_data: Sequence[JsonObject] = (),
        verifier_info: Sequence[JsonObject] = (),
    ) -> Transaction:
        """Opens a transaction: show its `link`, answer `request_uri` with its `request_object`.

        Args:
            query: what is asked.
            request_uri: where the wallet will fetch the request object; `{id}` stands for the transaction's id.
            response_uri: where the wallet will post its answer.
            now: seconds since 1970 (UTC).
            response_mode: `direct_post.jwt`, encrypted to a key of this request alone; or `direct_post`.
            request_uri_method: with "post", answer `request_uri` with what `request_object` returns.
            same_device: the browser that the user is to come back to; never where the wallet is on another device.
            issuers: some of the policy's anchors: for this request no other issues credentials.
            transaction_data: what the holder's key shall sign (OpenID4VP 1.0 section 5.1).
            verifier_info: attestations about this relying party, for wallets that read them.

        Raises:
            ParseError: `settings_invalid` where the arguments contradict each other; a malformed query.
            ProtocolError: `invalid_transaction_data`.
            VerificationError: `dcql_unsupported`, `transaction_data_forbidden`.
        """
        _check_settings(response_mode, same_device, issuers, self.policy)
        id_, nonce = base64url.encode(self.random(16)), base64url.encode(self.random(16))
        key = jwe.generate(random=self.random) if response_mode == ENCRYPTED else None
        asked = query.dcql(self.formats) if isinstance(query, Query) else query
        claims = _build_claims(
            asked,
            client_id=self.client_id,
            response_uri=response_uri,
            nonce=nonce,
            state=id_,
            algorithms=[self.signer.public_key.algorithm],
            cryptosuites=_suites(asked, self.policy),
            encryption_key=None if key is None else key.public_key,
            transaction_data=build_transaction_data(transaction_data),
            verifier_info=verifier_info,
            formats=self.formats,
        )
        link, signed = self._issue(claims, request_uri.replace("{id}", id_), request_uri_method, now)
        transaction = _opened(
            claims, link=link, signed=signed, expires=now + LIFETIME, key=key, same_device=same_device, issuers=issuers
        )
        self.transactions.put(transaction)
        return transaction

    def request_object(self, id: str, *, now: int, form: bytes = b"") -> str:  # noqa: A002 - the transaction's own word
        """What to answer `request_uri` with, as `application/oauth-authz-req+jwt`; `form` is what a wallet posted.

        Raises:
            ParseError: a malformed form.
            ProtocolError: `vp_formats_not_supported` where the wallet says that it could not answer.
            VerificationError: `transaction_unknown`, `client_id_unsupported`.
        """
        transaction = self.transactions.find(id, now=now) if _ID.fullmatch(id) else None
        if transaction is None or not transaction.request_object:
            raise VerificationError("transaction_unknown")
        wallet_nonce = _read_post(form, transaction, self.client_id)
        if wallet_nonce is None:
            return transaction.request_object
        claims = jws.parse(transaction.request_object).unverified_claims()  # our own, from our own store
        return sign_request(
            claims, self.signer, now=now, chain=self.chain, key_id=self.key_id, wallet_nonce=wallet_nonce
        )

    def verify(self, body: bytes, *, now: int) -> Answer:
        """Verifies the form that a wallet posted to `response_uri`.

        Answer the wallet with `Answer.body`, or with `build_refusal` of the error.

        The transaction is taken first, so that an answer is judged once, whatever comes of it. What is no answer, or
        an error that no wallet may send, ends nothing: an attacker who photographs the link knows the `state`.

        Raises:
            ParseError: malformed; `work_exceeded`.
            FetchError: cannot tell.
            VerificationError: refused; `transaction_unknown` where the answer is late, repeated, or unasked;
                `unforeseen`.
            ProtocolError: the wallet answered with an error, `access_denied` for instance.
        """
        form, state = _read_answer(body)
        transaction = self.transactions.take(state, now=now)
        if transaction is None or transaction.answer is not None:
            raise VerificationError("transaction_unknown")
        presentations = self._judge(transaction, form, now)
        if transaction.redirect_uri is None:
            return Answer(transaction.id, presentations=presentations)
        # What waits for the browser is what the wallet sent, not what it says: under the key of this request, as far
        # as it was encrypted. It waits under a hash of the code, so that the store does not know the code either.
        code = base64url.encode(self.random(32))
        self.transactions.put(
            replace(
                transaction,
                id=_digest(code),
                answers=transaction.id,
                expires=now + LIFETIME,
                answer=body.decode("ascii"),
                answered=now,
            )
        )
        return Answer(transaction.id, f"{transaction.redirect_uri}#response_code={code}")

    def complete(self, response_code: str, *, session: str, now: int) -> Answer:
        """Gives the answer to the browser that asked, once, as it was when the wallet sent it.

        Args:
            response_code: from the fragment of the address that the wallet opened.
            session: of the browser that brings it; the same as in `SameDevice` when the request was made.
            now: seconds since 1970 (UTC).

        Raises:
            VerificationError: `response_code_unknown`, also where another browser brings it; those of `verify`.
        """
        name = _digest(response_code)
        waiting = self.transactions.find(name, now=now)
        if waiting is None or not compare_digest(waiting.session or "", _digest(session)):
            raise VerificationError("response_code_unknown")
        taken = self.transactions.take(name, now=now)
        if taken is None or taken.answers is None or taken.answer is None or taken.answered is None:
            raise VerificationError("response_code_unknown")
        opened = replace(taken, id=taken.answers)
        return Answer(opened.id, presentations=self._judge(opened, taken.answer.encode("ascii"), taken.answered))

    def _issue(self, claims: JsonObject, request_uri: str, method: str, now: int) -> tuple[str, str]:
        """The link and the request object; where nothing is signed, the link is the request."""
        if self.client_id.startswith(f"{REDIRECT_URI}:"):
            return build_unsigned_link(claims), ""
        signed = sign_request(claims, self.signer, now=now, chain=self.chain, key_id=self.key_id)
        return build_link(self.client_id, request_uri, method=method), signed

    def _judge(
        self, transaction: Transaction, body: bytes | Mapping[str, str], now: int
    ) -> dict[str, tuple[Verified, ...]]:
        response = read_response(transaction, body)
        context = VerificationContext(self.policy, self.memory, now)
        return run(verify_response(transaction, response, context, formats=self.formats), self.fetcher)


_build_claims = boundary(build_claims)


@boundary
def _read_answer(body: bytes) -> tuple[dict[str, str], str]:
    """The form, and the transaction that it ends."""
    form = read_form(body)
    state = state_of(form)
    if state is None:
        raise ParseError("message_invalid", "state is due")
    if _ID.fullmatch(state) is None:
        raise VerificationError("transaction_unknown")
    check_form(form)
    return form, state


@boundary
def _read_post(form: bytes, transaction: Transaction, client_id: str) -> str | None:
    """The nonce of a wallet that posts to `request_uri`, if it has one."""
    posted = parse_wallet_post(form)
    check_wallet(posted, parse_query(transaction.query), prefix=client_id.partition(":")[0])
    return posted.nonce


def _opened(
    claims: JsonObject,
    *,
    link: str,
    signed: str,
    expires: int,
    key: DecryptionKey | None,
    same_device: SameDevice | None,
    issuers: Anchors | None,
) -> Transaction:
    return Transaction(
        id=claims["state"],
        client_id=claims["client_id"],
        nonce=claims["nonce"],
        query=claims["dcql_query"],
        link=link,
        request_object=signed,
        expires=expires,
        decryption_key=None if key is None else base64url.encode(key.secret),
        transaction_data=claims.get("transaction_data", []),
        issuers=None if issuers is None else [anchor.name for anchor in issuers.anchors],
        redirect_uri=None if same_device is None else same_device.redirect_uri,
        session=None if same_device is None else _digest(same_device.session),
        response_uri=claims["response_uri"],
    )


def _suites(query: JsonObject, policy: Policy) -> Collection[str]:
    """The cryptosuites to name in a request: those of the policy, where something is asked that has such proofs."""
    asked = query.get("credentials") if isinstance(query, dict) else None
    listed = asked if isinstance(asked, list) else []
    wanted = any(isinstance(one, dict) and one.get("format") == "ldp_vc" for one in listed)
    return policy.cryptosuites if wanted else ()


def _check_settings(mode: str, same_device: SameDevice | None, issuers: Anchors | None, policy: Policy) -> None:
    if mode not in {PLAIN, ENCRYPTED}:
        raise ParseError("settings_invalid", "response_mode")
    if same_device is not None and (
        len(same_device.session) < MIN_SESSION_CHARS
        or "#" in same_device.redirect_uri
        or not same_device.redirect_uri.startswith(("https://", "http://"))
    ):
        raise ParseError("settings_invalid", "same_device")
    # A subset, which can only narrow; and an empty one would refuse every answer.
    trusted = set(policy.anchors.anchors)
    if issuers is not None and not (issuers.admitting("credential") and trusted.issuperset(issuers.anchors)):
        raise ParseError("settings_invalid", "issuers")


def _digest(secret: str) -> str:
    """What is kept of a secret that has its strength from randomness: of a short one this would hide nothing."""
    return base64url.encode(sha256(secret.encode("utf-8", "surrogatepass")).digest())
