"""Rows of `ldp_vc`: a national title presented to the whole verifier, and `openvc-core` in the same run."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from didkit_fr.credentials.contexts import contexts
from didkit_fr.encoding import json
from didkit_fr.flow import run
from didkit_fr.formats import ldp_vc
from didkit_fr.formats.occasion import Occasion
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import multikey, software
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.protocols.openid4vp import response
from didkit_fr.protocols.openid4vp.request import PLAIN
from didkit_fr.relying_party import MemoryTransactions, Query, Verifier
from didkit_fr.status import bitstring
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status.bitstring import load_bitstring_list
from tests.bench.measure import Case, Work
from tests.bench.proofs import V
from tests.nation import DAY, NOW, Web, nation

__all__ = ["ROWS"]

CONTEXT = "urn:didkit-fr:context:national_identity:1"
TYPES = ["https://www.w3.org/2018/credentials#VerifiableCredential", "urn:didkit-fr:vocabulary#NationalIdentity"]
SUBJECT = {
    "family_name": "Lefèvre",
    "given_name": "Éloïse Marie",
    "birthdate": "1990-05-17",
    "age_over_18": True,
    "document_number": "12AB34567",
}
STATUS = "https://issuer.example/status/1"


@cache
def _signer() -> SoftwareSigner:
    return software.generate()


@cache
def _did() -> str:
    return f"did:key:{multikey.build(_signer().public_key)}"


@cache
def _credential() -> dict[str, Any]:
    document = {
        "@context": [fields.V2, CONTEXT],
        "type": ["VerifiableCredential", "NationalIdentity"],
        "issuer": _did(),
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2036-01-01T00:00:00Z",
        "credentialSubject": {"id": fields.did_of(nation().holder.public_key), **SUBJECT},
        "credentialStatus": bitstring.build_entries(STATUS, ["revocation"], 7),
    }
    return ldp_vc.sign(document, _signer(), verification_method=_method(), cryptosuite="ecdsa-rdfc-2019", now=NOW)


def _method() -> str:
    return f"{_did()}#{_did().removeprefix('did:key:')}"


def _status_list() -> dict[str, Any]:
    url = _list_url()
    document = bitstring.build_list(url, "revocation", _did(), [1], 131_072, (NOW - DAY, NOW + DAY))
    how: dict[str, Any] = {"cryptosuite": "ecdsa-rdfc-2019", "verification_method": _method(), "created": NOW}
    return proof.sign(document, _signer(), **how)


def _list_url() -> str:
    """Where the list of the credential's only entry is."""
    (entry,) = bitstring.read_entries(_credential()["credentialStatus"])
    return entry.url


@contextmanager
def pipeline() -> Iterator[Case]:
    """`Verifier.verify` of two P-256 proofs, the issuer's and the holder's; the status list is in memory."""
    state, memory, transactions = nation(), Memory(), MemoryTransactions()
    anchor = Anchor("issuer", None, frozenset({"credential", "status"}), frozenset({TYPES[1]}), did=_did())
    policy = Policy(Anchors((anchor,)))
    verifier = Verifier(state.reader, [state.reader_leaf], policy, transactions, memory=memory)
    web = Web({_list_url(): json.encode(_status_list())})
    run(load_bitstring_list(_list_url(), "revocation", VerificationContext(policy, memory, NOW)), web)
    opened = verifier.request(
        Query(TYPES[1], [["credentialSubject", name] for name in SUBJECT], format="ldp_vc"),
        request_uri="https://r.example/{id}",
        response_uri="https://r.example/",
        now=NOW,
        response_mode=PLAIN,
    )
    check = Occasion(opened.nonce, opened.client_id)
    presented = json.parse(ldp_vc.present(json.encode_text(_credential()), [], state.holder, check, now=NOW))
    body = response.build_response({"title": [presented]}, opened.id)

    def subject() -> Any:
        transactions.put(opened)
        return verifier.verify(body, now=NOW)

    (verified,) = subject()["title"]
    assert verified.claims["credentialSubject"]["family_name"] == SUBJECT["family_name"]
    assert verified.checks["status"] == "valid"
    yield Case("V", Work(subject), V)


@contextmanager
def peer_openvc() -> Iterator[Case]:
    """`verify_credential` of the same credential without a presentation: one proof, its key by DID, and its status."""
    from openvc.verify import VerificationPolicy, verify_credential

    listed, extra = _status_list(), {CONTEXT: contexts().document(CONTEXT)}
    policy = VerificationPolicy(now=datetime.fromtimestamp(NOW, UTC))

    def subject() -> Any:
        return verify_credential(
            _credential(), policy=policy, resolve_status_list=lambda _url: listed, extra_contexts=extra
        )

    assert subject().issuer == _did()
    yield Case("V", Work(subject), V)


ROWS = {"pipeline_offline_ldp_vc": pipeline, "peer_openvc_verify_ldp_vc": peer_openvc}
