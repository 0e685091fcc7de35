"""Rows of ISO mdoc: a licence of fifteen elements, with device key and status; and `isomdoc` in the same run."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

import cbor2
from isomdoc import create_mdoc, verify_device_response

from didkit_fr.encoding import base64url
from didkit_fr.encoding.cbor import Tag
from didkit_fr.flow import offline, run
from didkit_fr.formats import mso_mdoc
from didkit_fr.formats.occasion import Issuance, occasion_of_answer
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.keys import x509
from didkit_fr.keys.x509 import Certificate
from didkit_fr.protocols.openid4vp import response
from didkit_fr.protocols.openid4vp.request import PLAIN
from didkit_fr.relying_party import MemoryTransactions, Query, Verifier
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.status.check import load_status_list
from didkit_fr.verification.verify import Verified, verify
from tests.bench.measure import Case, Work
from tests.bench.proofs import ES256, S, V
from tests.documents import MDL, MDL_NS, STATUS, VALIDITY, policy
from tests.nation import DAY, NOW, STATUS_URI, nation

__all__ = ["ROWS"]

FIFTEEN: dict[str, Any] = {
    "family_name": "Lefèvre",
    "given_name": "Éloïse Marie",
    "birth_date": Tag(1004, "1990-05-17"),
    "issue_date": Tag(1004, "2026-01-05"),
    "expiry_date": Tag(1004, "2041-01-05"),
    "issuing_country": "FR",
    "issuing_authority": "Ministère de l'Intérieur",
    "document_number": "12AB34567",
    "un_distinguishing_sign": "F",
    "sex": 2,
    "birth_place": "Brest",
    "resident_address": "12 rue de la Paix",
    "resident_city": "Brest",
    "resident_postal_code": "29200",
    "age_over_18": True,
}
THREE = [(MDL_NS, "family_name"), (MDL_NS, "given_name"), (MDL_NS, "age_over_18")]
ELEMENTS = {MDL_NS: FIFTEEN}
WHERE = "https://shop.example/answer"
CHECK = occasion_of_answer("n-0S6_WzA2Mj", "x509_hash:verifier", response_uri=WHERE)


def _batch() -> mso_mdoc.Batch:
    state = nation()
    return mso_mdoc.prepare(ELEMENTS, state.signer, doctype=MDL, validity=VALIDITY, chain=[state.leaf])


@cache
def _presented() -> str:
    holder = nation().holder
    return mso_mdoc.present(
        _batch().prepare(holder.public_key, status=STATUS).by(nation().signer), THREE, holder, CHECK, now=NOW
    )


def _verified(raw: str) -> Any:
    """One verification from text: the issuer's signature, the digests, the device's signature."""
    parsed = mso_mdoc.parse(raw)
    credential = mso_mdoc.verify(parsed, IssuerKey(nation().signer.public_key), ProofRules(ES256, (), NOW, 0), CHECK)
    assert credential.possession is not None
    return credential


@contextmanager
def issue() -> Iterator[Case]:
    """A copy from what the batch encoded once, with salts, numbers, key and status of its own."""
    batch, holder, signer = _batch(), nation().holder.public_key, nation().signer
    verified = mso_mdoc.verify(
        mso_mdoc.parse(batch.prepare(holder, status=STATUS).by(nation().signer)),
        IssuerKey(nation().signer.public_key),
        ProofRules(ES256, (), NOW, 0),
        Issuance(holder),
    )
    assert set(verified.claims[MDL_NS]) == set(FIFTEEN)
    yield Case("S", Work(lambda: batch.prepare(holder, status=STATUS).by(signer)), S)


@contextmanager
def peer_issue() -> Iterator[Case]:
    """`isomdoc` with the same elements; it has no status, salts of 16 bytes, and its numbers in order."""
    state = nation()
    document = create_mdoc(MDL, [state.leaf], state.signer.private)
    for identifier, value in FIFTEEN.items():
        document.add_data_item(MDL_NS, identifier, value)
    times = [datetime.fromtimestamp(one, UTC) for one in (VALIDITY.signed, VALIDITY.valid_from, VALIDITY.valid_until)]
    yield Case("S", Work(lambda: document.generate_credential(state.holder.public_key.handle, *times)), S)


@contextmanager
def verify_3() -> Iterator[Case]:
    """Three of fifteen elements: two signatures."""
    raw = _presented()
    assert set(_verified(raw).claims[MDL_NS]) == {name for _, name in THREE}
    yield Case("V", Work(lambda: _verified(raw)), V)


@contextmanager
def peer_verify_3() -> Iterator[Case]:
    """`isomdoc` with the same answer, in its validity: it reads the clock, and has no root."""
    state, now = nation(), int(datetime.now(UTC).timestamp())
    leaf = _leaf_of(now)
    validity = VALIDITY.__class__(now - DAY, now - DAY, now + DAY)
    raw = mso_mdoc.sign(
        ELEMENTS,
        state.signer,
        doctype=MDL,
        validity=validity,
        device_key=state.holder.public_key,
        chain=[leaf],
    )
    answer = base64url.decode(mso_mdoc.present(raw, THREE, state.holder, CHECK, now=NOW))
    transcript = cbor2.loads(CHECK.transcript)
    yield Case("V", Work(lambda: verify_device_response(answer, transcript)), V)


def _leaf_of(now: int) -> Certificate:
    state = nation()
    return x509.issue_leaf(
        state.root_signer,
        state.root,
        state.signer.public_key,
        name="DS",
        country="FR",
        now=now - DAY,
        days=30,
        purposes=["1.0.18013.5.1.2"],
    )


@contextmanager
def verify_offline() -> Iterator[Case]:
    """`verification.verify` of one answer, offline: certificate path and status list are in memory."""
    state, memory, rules = nation(), Memory(), policy()
    run(load_status_list(STATUS_URI, VerificationContext(rules, memory, NOW)), state.web())
    raw = _presented()
    bound: dict[str, Any] = {"nonce": CHECK.nonce, "audience": CHECK.audience, "response_uri": WHERE}

    def subject() -> Verified:
        return run(verify(raw, VerificationContext(rules, memory, NOW), format=mso_mdoc.FORMAT, **bound), offline)

    assert set(subject().claims[MDL_NS]) == {name for _, name in THREE}
    assert subject().checks["holder"] == "possession proven"
    yield Case("V", Work(subject), V)


@contextmanager
def pipeline() -> Iterator[Case]:
    """The whole `Verifier.verify` with everything in Memory: nothing is fetched."""
    state, memory, transactions = nation(), Memory(), MemoryTransactions()
    verifier = Verifier(state.reader, [state.reader_leaf], policy(), transactions, memory=memory)
    run(load_status_list(STATUS_URI, VerificationContext(verifier.policy, memory, NOW)), state.web())
    transaction = verifier.request(
        Query(MDL, THREE, format="mso_mdoc"),
        request_uri="https://shop.example/request",
        response_uri="https://shop.example/answer",
        now=NOW,
        response_mode=PLAIN,
    )
    check = occasion_of_answer(transaction.nonce, transaction.client_id, response_uri=transaction.response_uri)
    issued = _batch().prepare(state.holder.public_key, status=STATUS).by(state.signer)
    raw = mso_mdoc.present(issued, THREE, state.holder, check, now=NOW)
    body = response.build_response({"title": [raw]}, transaction.id)

    def subject() -> Any:
        transactions.put(transaction)
        return verifier.verify(body, now=NOW)

    assert set(subject()["title"][0].claims[MDL_NS]) == {name for _, name in THREE}
    yield Case("V", Work(subject), V)


ROWS = {
    "mdoc_issue_15": issue,
    "peer_isomdoc_issue_15": peer_issue,
    "mdoc_verify_3": verify_3,
    "peer_isomdoc_verify_3": peer_verify_3,
    "verify_offline_mdoc": verify_offline,
    "pipeline_offline_mdoc": pipeline,
}
