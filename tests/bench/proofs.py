"""Rows of the library: SD-JWT VC as real credentials are (x5c, holder key, status), status lists, the pipeline."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from didkit_fr.flow import offline, run
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.formats.occasion import Occasion
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.keys import jwk, x509
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.protocols.openid4vp import response
from didkit_fr.protocols.openid4vp.request import PLAIN
from didkit_fr.relying_party import MemoryTransactions, Query, Verifier
from didkit_fr.status import token
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.status.check import check_status, load_status_list
from didkit_fr.verification.verify import Verified, verify
from tests.bench.measure import Case, Work
from tests.nation import CREDENTIAL_PURPOSE, DAY, NOW, STATUS_URI, VCT, Web, nation

__all__ = ["ROWS", "S"]

ENTRIES = 1 << 20
RULES = ProofRules(frozenset({"ES256"}), (), NOW, 60, 300)
ES256 = frozenset({"ES256"})
THREE = [("family_name",), ("given_name",), ("age_over_18",)]
MESSAGE, ES = bytes(1_000), ec.ECDSA(hashes.SHA256())
NONCE, AUDIENCE = "n-0S6_WzA2Mj", "x509_hash:verifier"

FIFTEEN: dict[str, Any] = {
    "family_name": "Lefèvre",
    "given_name": "Éloïse Marie",
    "birthdate": "1990-05-17",
    "birth_family_name": "Lefèvre",
    "birth_given_name": "Éloïse Marie",
    "sex": 2,
    "street_address": "12 rue de la Paix",
    "postal_code": "29200",
    "locality": "Brest",
    "country": "FR",
    "document_number": "X4RTBPFW4",
    "date_of_issuance": "2026-01-05",
    "issuing_authority": "Ministère de l'Intérieur",
    "issuing_country": "FR",
    "age_over_18": True,
}
PATHS = [(name,) for name in FIFTEEN]
SHARED = {**FIFTEEN, "vct": VCT, "iat": NOW - NOW % DAY, "exp": NOW - NOW % DAY + 14 * DAY}


def own() -> dict[str, Any]:
    """What differs from copy to copy, written anew for each."""
    return {
        "cnf": {"jwk": jwk.build(nation().holder.public_key)},
        "status": token.build_reference(token.StatusReference(STATUS_URI, 7)),
    }


@cache
def _signature() -> bytes:
    return nation().signer.private.sign(MESSAGE, ES)


# One raw P-256 signature, one raw verification.
S = Work(lambda: nation().signer.private.sign(MESSAGE, ES))
V = Work(lambda: nation().signer.public_key.handle.verify(_signature(), MESSAGE, ES))


@cache
def issued() -> str:
    state = nation()
    return dc_sd_jwt.sign({**SHARED, **own()}, state.signer, chain=[state.leaf], disclosable=PATHS)


def check_issued(raw: str) -> None:
    verified = sd_jwt.verify(sd_jwt.parse(raw), nation().signer.public_key, typ=dc_sd_jwt.TYP, algorithms=ES256)
    assert verified.claims == {**SHARED, **own()}
    assert len(verified.disclosed) == len(FIFTEEN)


@contextmanager
def issue() -> Iterator[Case]:
    """A copy from what the batch encoded once, as the issuer makes them."""
    state = nation()
    template = dc_sd_jwt.prepare(SHARED, state.signer, chain=[state.leaf], disclosable=PATHS)
    first, second = (template.prepare(own()).by(state.signer) for _ in range(2))
    check_issued(first)
    assert not set(first.split("~")[1:-1]) & set(second.split("~")[1:-1])
    yield Case("S", Work(lambda: template.prepare(own()).by(state.signer)), S)


@contextmanager
def issue_alone() -> Iterator[Case]:
    """The plain counterpart: a single credential."""
    state = nation()

    def subject() -> str:
        return dc_sd_jwt.sign({**SHARED, **own()}, state.signer, chain=[state.leaf], disclosable=PATHS)

    check_issued(subject())
    yield Case("S", Work(subject), S)


def verified(raw: str) -> Any:
    """One verification from text, without memory of another."""
    return dc_sd_jwt.verify(dc_sd_jwt.parse(raw), IssuerKey(nation().signer.public_key), RULES, None)


@contextmanager
def verify_3() -> Iterator[Case]:
    raw = dc_sd_jwt.disclose(issued(), THREE)
    assert verified(raw).claims.keys() & FIFTEEN.keys() == {path[0] for path in THREE}
    yield Case("V", Work(lambda: verified(raw)), V)


@contextmanager
def verify_15() -> Iterator[Case]:
    raw = issued()
    assert verified(raw).claims.keys() > FIFTEEN.keys()
    yield Case("V", Work(lambda: verified(raw)), V)


@contextmanager
def verify_3_kb() -> Iterator[Case]:
    check = Occasion(NONCE, AUDIENCE)
    raw = dc_sd_jwt.present(issued(), THREE, nation().holder, check, now=NOW)

    def subject() -> None:
        unverified = dc_sd_jwt.parse(raw)
        credential = dc_sd_jwt.verify(unverified, IssuerKey(nation().signer.public_key), RULES, check)
        assert credential.possession is not None

    subject()
    yield Case("V", Work(subject), V)


@contextmanager
def verify_offline() -> Iterator[Case]:
    """`verification.verify` of one presentation, offline: certificate path, status list and type are in memory."""
    memory, policy = Memory(), nation().policy
    run(load_status_list(STATUS_URI, VerificationContext(policy, memory, NOW)), nation().web())
    raw = dc_sd_jwt.present(issued(), THREE, nation().holder, Occasion(NONCE, AUDIENCE), now=NOW)
    options: dict[str, Any] = {"context": VerificationContext(policy, memory, NOW), "format": dc_sd_jwt.FORMAT}

    def subject() -> Verified:
        return run(verify(raw, **options, nonce=NONCE, audience=AUDIENCE), offline)

    assert subject().claims["family_name"] == FIFTEEN["family_name"]
    assert subject().checks["holder"] == "possession proven"
    yield Case("V", Work(subject), V)


@contextmanager
def pipeline() -> Iterator[Case]:
    """`Verifier.verify` of the form a wallet posts in the clear; certificate path and status list are in memory."""
    state, memory, transactions = nation(), Memory(), MemoryTransactions()
    verifier = Verifier(state.reader, [state.reader_leaf], state.policy, transactions, memory=memory)
    run(load_status_list(STATUS_URI, VerificationContext(verifier.policy, memory, NOW)), state.web())
    query = Query(VCT, [list(path) for path in THREE])
    uris = {"request_uri": "https://r.example/{id}", "response_uri": "https://r.example/"}
    opened = verifier.request(query, **uris, now=NOW, response_mode=PLAIN)
    check = Occasion(opened.nonce, opened.client_id)
    presented = dc_sd_jwt.present(issued(), THREE, state.holder, check, now=NOW)
    body = response.build_response({"title": [presented]}, opened.id)

    def subject() -> Any:
        transactions.put(opened)
        return verifier.verify(body, now=NOW)

    assert subject()["title"][0].claims["family_name"] == FIFTEEN["family_name"]
    yield Case("V", Work(subject), V)


@contextmanager
def status_list() -> Iterator[Case]:
    """2^20 entries, one in a hundred revoked: packed, compressed, signed."""
    state = nation()
    revoked = [at * 7_919 % ENTRIES for at in range(ENTRIES // 100)]
    x5c = x509.build_x5c([state.leaf])

    def subject() -> str:
        statuses = token.pack(ENTRIES, revoked)
        return token.build_list(
            statuses, uri=STATUS_URI, now=NOW, ttl=60, expires=NOW + DAY, signer=state.signer, x5c=x5c
        )

    memory, policy = Memory(), state.policy
    listed = run(
        load_status_list(STATUS_URI, VerificationContext(policy, memory, NOW)), Web({STATUS_URI: subject().encode()})
    )
    assert [listed.lookup(at) for at in revoked] == [1] * len(revoked)
    yield Case("ms", Work(subject), 1e-3)


@contextmanager
def status_check() -> Iterator[Case]:
    """The status of one credential, its list verified before, as a verification awaits it: the driver is not timed."""
    context = VerificationContext(nation().policy, Memory(), NOW)
    issuers = context.policy.anchors.anchors
    run(load_status_list(STATUS_URI, context), nation().web())
    claim = own()["status"]

    async def subject() -> None:
        for _ in range(1_000):
            assert await check_status(claim, context, issuers=issuers) == "valid"

    yield Case("us", Work(lambda: run(subject(), offline), per=1_000), 1e-6)


def _theirs() -> tuple[Any, Any]:
    from jwcrypto.jwk import JWK

    from didkit_fr.encoding import base64url

    signer = nation().signer
    public = jwk.build(signer.public_key)
    private = {**public, "d": base64url.encode(signer.secret())}
    return JWK.from_json(json.dumps(private)), JWK.from_json(json.dumps(public))


@contextmanager
def peer_issue() -> Iterator[Case]:
    """The package `sd-jwt`, with the same claims, header and members."""
    from sd_jwt.common import SDObj
    from sd_jwt.issuer import SDJWTIssuer

    private, _ = _theirs()
    claims = {(SDObj(name) if name in FIFTEEN else name): value for name, value in {**SHARED, **own()}.items()}
    header = {"typ": dc_sd_jwt.TYP, "x5c": x509.build_x5c([nation().leaf])}

    def subject() -> Any:
        return SDJWTIssuer(claims, private, extra_header_parameters=header).sd_jwt_issuance

    check_issued(subject())
    yield Case("S", Work(subject), S)


def _peer_verify(raw: str) -> Case:
    from sd_jwt.verifier import SDJWTVerifier

    _, public = _theirs()

    def subject() -> Any:
        return SDJWTVerifier(raw, lambda _issuer, _header: public).get_verified_payload()

    assert subject() == verified(raw).claims
    return Case("V", Work(subject), V)


@contextmanager
def peer_verify_3() -> Iterator[Case]:
    yield _peer_verify(dc_sd_jwt.disclose(issued(), THREE))


@contextmanager
def peer_verify_15() -> Iterator[Case]:
    yield _peer_verify(issued())


@contextmanager
def peer_openvc() -> Iterator[Case]:
    """`verify_credential` of `openvc-core`, of what `pipeline` verifies, but no form, no query, no rules of the type.

    It reads the clock and remembers no certificate path; its status list was fetched and verified before, as here.
    """
    from openvc.verify import VerificationPolicy, verify_credential

    now, state, name = int(time.time()), nation(), "issuer.example.fr"
    options: dict[str, Any] = {"name": "signer", "country": "FR", "now": NOW - DAY, "days": 365, "dns_names": [name]}
    leaf = x509.issue_leaf(
        state.root_signer, state.root, state.signer.public_key, purposes=[CREDENTIAL_PURPOSE], **options
    )
    claims = {**SHARED, **own(), "iss": f"https://{name}", "iat": now, "exp": now + DAY}
    raw = dc_sd_jwt.sign(claims, state.signer, chain=[leaf], disclosable=PATHS)
    check = Occasion(NONCE, AUDIENCE)
    presented = dc_sd_jwt.present(raw, THREE, state.holder, check, now=now)
    listed = jws.verify(jws.parse(state.status_list()), state.signer.public_key, typ=token.TYP, algorithms=ES256)
    policy = VerificationPolicy(
        audience=AUDIENCE,
        nonce=NONCE,
        require_key_binding=True,
        expected_vct=VCT,
        kb_max_age_s=86_400,
        now=datetime.fromtimestamp(now, UTC),
    )

    def subject() -> Any:
        return verify_credential(
            presented,
            policy=policy,
            resolve_status_list_token=lambda _uri: listed.claims,
            x5c_trust_anchors=[state.root],
        )

    assert subject().claims.keys() & FIFTEEN.keys() == {path[0] for path in THREE}
    assert subject().key_bound
    yield Case("V", Work(subject), V)


ROWS = {
    "sd_jwt_issue_15": issue,
    "sd_jwt_issue_15_alone": issue_alone,
    "peer_sd_jwt_issue_15": peer_issue,
    "sd_jwt_verify_3": verify_3,
    "peer_sd_jwt_verify_3": peer_verify_3,
    "sd_jwt_verify_15": verify_15,
    "peer_sd_jwt_verify_15": peer_verify_15,
    "sd_jwt_verify_3_kb": verify_3_kb,
    "verify_offline_sd_jwt": verify_offline,
    "pipeline_offline_sd_jwt": pipeline,
    "peer_openvc_verify_credential": peer_openvc,
    "status_list_1m": status_list,
    "status_check_cached": status_check,
}
