"""Who asks (OpenID4VP 1.0 section 5.9): client identifiers with their prefix, and what a wallet accepts of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from didkit_fr.encoding import base64url
from didkit_fr.errors import VerificationError
from didkit_fr.flow import Flow
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.x509 import Certificate, dns_names, sha256_of
from didkit_fr.protocols.openid4vp.transaction_data import Types
from didkit_fr.trust.anchors import Anchor
from didkit_fr.verification.policy import Policy

__all__ = [
    "DID",
    "HAIP",
    "REDIRECT_URI",
    "X509_HASH",
    "X509_SAN_DNS",
    "ClientId",
    "FindKey",
    "RequestRules",
    "check_certificate",
    "check_response_uri",
    "client_id_of",
    "find_anchor",
    "split",
]

X509_HASH = "x509_hash"
X509_SAN_DNS = "x509_san_dns"
DID = "decentralized_identifier"
REDIRECT_URI = "redirect_uri"
PREFIXES = frozenset({X509_HASH, X509_SAN_DNS, DID, REDIRECT_URI})
RESPONSE_MODES = frozenset({"direct_post", "direct_post.jwt"})

FindKey: TypeAlias = Callable[[str, str], Flow[PublicKey]]
"""Finds the key of a DID URL (which verification method) that is meant for a purpose (`authentication`), as a flow."""


@dataclass(frozen=True, slots=True)
class RequestRules:
    """What a wallet accepts of requests; the default is what OpenID4VC HAIP 1.0 section 5 allows.

    Args:
        prefixes: the client identifier prefixes. An address (`redirect_uri`) is not proven to be anybody's.
        response_modes: how answers may be sent: `direct_post.jwt` is encrypted, `direct_post` protected by TLS alone.
        transaction_data: the types of transaction data that may be signed, with their members; none by default.
        find_key: looks up the key of a DID; without it, no request of a DID is accepted. It is asked only about a DID
            that is an anchor of role "request".
        tell: whether an asker that is known is told, at once and without a question to the citizen, that its request
            cannot be processed (section 8.5). It learns that a wallet was here, and nothing of what is in it.
        experimental: the experimental Data Integrity cryptosuites that answer those who name them; none by default.
    """

    prefixes: frozenset[str] = frozenset({X509_HASH})
    response_modes: frozenset[str] = RESPONSE_MODES
    transaction_data: Types = field(default_factory=dict)
    find_key: FindKey | None = None
    experimental: frozenset[str] = frozenset()
    tell: bool = False


HAIP = RequestRules()


class ClientId(NamedTuple):
    """A client identifier in its two parts; only `full` names anybody (section 14.8)."""

    full: str
    prefix: str
    name: str


def client_id_of(certificate: Certificate) -> str:
    """The full client identifier `x509_hash:...` of a relying party's certificate (section 5.9.3)."""
    return f"{X509_HASH}:{base64url.encode(sha256_of(certificate))}"


def split(client_id: str, rules: RequestRules) -> ClientId:
    """Tells prefix and name, of a prefix that the rules accept.

    Without a colon it would be registered beforehand, which no verifier is here; `origin:` is never for requests.

    Raises:
        VerificationError: `client_id_unsupported`.
    """
    prefix, colon, name = client_id.partition(":")
    if not colon or not name or prefix not in PREFIXES & rules.prefixes:
        raise VerificationError("client_id_unsupported")
    return ClientId(client_id, prefix, name)


def find_anchor(client: ClientId, policy: Policy) -> Anchor | None:
    """Finds, before anybody is asked anything, the anchor for requests whose DID asks; None where no DID asks.

    Raises:
        VerificationError: `issuer_unknown`, where it is a DID and no anchor's.
    """
    if client.prefix != DID:
        return None
    for anchor in policy.anchors.admitting("request"):
        if anchor.did == client.name:
            return anchor
    # An unknown party's request must not make the wallet call at an address of the unknown party's choice.
    raise VerificationError("issuer_unknown")


def check_certificate(client: ClientId, leaf: Certificate) -> None:
    """Checks that an identifier of X.509 is that of the certificate that signed.

    Raises:
        VerificationError: `client_id_mismatch`.
    """
    if client.full not in _NAMES[client.prefix](leaf):
        raise VerificationError("client_id_mismatch")


def check_response_uri(client: ClientId, response_uri: str) -> None:
    """Checks that the answer goes to the asker, where its identifier says who that is.

    Raises:
        VerificationError: `response_uri_mismatch`.
    """
    expected = {X509_SAN_DNS: _host(response_uri), REDIRECT_URI: response_uri}
    if expected.get(client.prefix, client.name) != client.name:
        raise VerificationError("response_uri_mismatch")


def _names_of(certificate: Certificate) -> frozenset[str]:
    return frozenset(f"{X509_SAN_DNS}:{name}" for name in dns_names(certificate) if "*" not in name)


_NAMES: Mapping[str, Callable[[Certificate], frozenset[str]]] = {
    X509_HASH: lambda leaf: frozenset({client_id_of(leaf)}),
    X509_SAN_DNS: _names_of,
}


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
