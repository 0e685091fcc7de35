"""Folder "bbs": signatures and proofs of the draft's fixtures, with the fixtures' own random numbers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from didkit_fr.errors import DidkitError
from didkit_fr.primitives import bbs, bbs_blind, bbs_nym, bbs_utilities
from didkit_fr.primitives.bls12_381 import SCALAR_BYTES, WIDE_BYTES, Scalar, octets_to_scalar
from didkit_fr.primitives.random import Random
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

SUITES = {"bls12-381-sha-256": bbs.BLS12_381_SHA_256, "bls12-381-shake-256": bbs.BLS12_381_SHAKE_256}


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("bbs")
    checks = (*_core(home / "core"), *_blind(home / "blind"), *_pseudonyms(home / "pseudonyms"))
    return [(name, _passes(check), None) for name, check in checks]


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except DidkitError:
        return False


def _load(path: Path) -> Any:
    return json.loads(path.read_text())


def _bytes(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def _scalar(text: str) -> Scalar:
    return octets_to_scalar(bytes.fromhex(text))


def seeded(suite: bbs.Ciphersuite, count: int, seed: str, dst: str) -> Random:
    """The fixtures' random bytes (`seeded_random_scalars`, section 8.1), for `count` scalars."""
    stream = suite.expand_message(bytes.fromhex(seed), bytes.fromhex(dst), WIDE_BYTES * count)
    slices = iter([stream[at : at + WIDE_BYTES] for at in range(0, len(stream), WIDE_BYTES)])

    def random(length: int) -> bytes:
        drawn = next(slices)
        assert len(drawn) == length
        return drawn

    return random


# --- the core draft


def _core(home: Path) -> Iterator[tuple[str, Callable[[], bool]]]:
    messages = _bytes(_load(home / "messages.json"))
    for folder, suite in SUITES.items():
        singles = {
            "generators": _generators,
            "h2s": _hash_to_scalar,
            "keypair": _key_pair,
            "MapMessageToScalarAsHash": _map_messages,
            "mockedRng": _mocked,
        }
        for name, check in singles.items():
            vector = _load(home / folder / f"{name}.json")
            yield f"core/{folder}/{name}", lambda check=check, suite=suite, vector=vector: check(suite, vector)
        rng = _load(home / folder / "mockedRng.json")
        for path in sorted((home / folder / "signature").glob("*.json")):
            vector = _load(path)
            yield f"core/{folder}/signature/{path.stem}", lambda s=suite, v=vector: _signature(s, v)
        for path in sorted((home / folder / "proof").glob("*.json")):
            vector = _load(path)
            yield f"core/{folder}/proof/{path.stem}", lambda s=suite, v=vector, r=rng: _proof(s, v, r)
    shown = _load(home / "bls12-381-sha-256/MapMessageToScalarAsHash.json")["cases"]
    yield "core/messages", lambda: messages == _bytes([case["message"] for case in shown])


def _generators(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    expected = _bytes([vector["Q1"], *vector["MsgGenerators"]])
    made = bbs_utilities.create_generators(len(expected), bbs.interface(suite))
    points = [point.to_compressed_bytes() for point in made.points]
    return points == expected and suite.p1.to_compressed_bytes().hex() == vector["P1"]


def _hash_to_scalar(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    made = bbs_utilities.hash_to_scalar(bytes.fromhex(vector["message"]), bytes.fromhex(vector["dst"]), suite)
    return made == _scalar(vector["scalar"])


def _key_pair(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    material, info = bytes.fromhex(vector["keyMaterial"]), bytes.fromhex(vector["keyInfo"])
    sk = bbs.key_gen(material, info, suite=suite)
    tagged = bbs.key_gen(material, info, bytes.fromhex(vector["keyDst"]), suite=suite)
    pair = vector["keyPair"]
    return sk == tagged == _scalar(pair["secretKey"]) and bbs.sk_to_pk(sk).octets.hex() == pair["publicKey"]


def _map_messages(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    scalars = bbs_utilities.messages_to_scalars(
        _bytes([case["message"] for case in vector["cases"]]), bbs.interface(suite)
    )
    return scalars == [_scalar(case["scalar"]) for case in vector["cases"]]


def _mocked(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    random = seeded(suite, vector["count"], vector["seed"], vector["dst"])
    made = bbs_utilities.calculate_random_scalars(vector["count"], random)
    return made == [_scalar(text) for text in vector["mockedScalars"]]


def _signature(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    """A valid one is made again and verified; a wrong one is not what the inputs give, and is refused."""
    pair = vector["signerKeyPair"]
    pk = bbs.octets_to_pubkey(bytes.fromhex(pair["publicKey"]))
    header, messages = bytes.fromhex(vector["header"]), _bytes(vector["messages"])
    expected, valid = bytes.fromhex(vector["signature"]), vector["result"]["valid"]
    made = bbs.sign(_scalar(pair["secretKey"]), pk, header, messages, suite=suite)
    return (made == expected) == valid == _holds(lambda: bbs.verify(pk, expected, header, messages, suite=suite))


def _proof(suite: bbs.Ciphersuite, vector: dict[str, Any], rng: dict[str, Any]) -> bool:
    pk = bbs.octets_to_pubkey(bytes.fromhex(vector["signerPublicKey"]))
    header, ph = bytes.fromhex(vector["header"]), bytes.fromhex(vector["presentationHeader"])
    messages, indexes, proof = _bytes(vector["messages"]), vector["disclosedIndexes"], bytes.fromhex(vector["proof"])
    shown = [messages[i] for i in indexes]
    holds = _holds(lambda: bbs.proof_verify(pk, proof, header, ph, shown, indexes, suite=suite))
    if not vector["result"]["valid"]:
        return not holds
    random = seeded(suite, 5 + len(messages) - len(indexes), rng["seed"], rng["dst"])
    signature = bytes.fromhex(vector["signature"])
    made = bbs.proof_gen(pk.octets, signature, header, ph, messages, indexes, suite=suite, random=random)
    return holds and made == proof and made[-SCALAR_BYTES:].hex() == vector["trace"]["challenge"]


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except DidkitError:
        return False
    return True


# --- blind signatures


def _blind(home: Path) -> Iterator[tuple[str, Callable[[], bool]]]:
    stated = _load(home / "messages.json")
    messages, committed = _bytes(stated["messages"]), _bytes(stated["committedMessages"])
    for folder, suite in SUITES.items():
        vector = _load(home / folder / "generators.json")
        yield f"blind/{folder}/generators", lambda s=suite, v=vector: _blind_generators(s, v)
        for path in sorted((home / folder).glob("*/*.json")):
            vector = _load(path)
            checks = {
                "commit": lambda s=suite, v=vector: _commit(s, v),
                "signature": lambda s=suite, v=vector: _blind_signature(s, v),
                "proof": lambda s=suite, v=vector: _blind_proof(s, v, messages, committed),
            }
            yield f"blind/{folder}/{path.parent.name}/{path.stem}", checks[path.parent.name]


def _mocked_by(suite: bbs.Ciphersuite, vector: dict[str, Any], what: str) -> Random:
    parameters = vector["mockRngParameters"]
    seed, dst = parameters["SEED"].encode().hex(), parameters[what]["DST"].encode().hex()
    return seeded(suite, parameters[what]["count"], seed, dst)


def _blind_generators(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    return _blind_generators_of(suite, vector, bbs_blind.interface(suite).api_id)


def _blind_generators_of(suite: bbs.Ciphersuite, vector: dict[str, Any], api_id: bytes) -> bool:
    for part in vector.values():
        api = bbs_utilities.Interface(suite, part["api_id"].encode())
        expected = _bytes([part["Q1"], *part["MsgGenerators"]])
        made = bbs_utilities.create_generators(len(expected), api)
        if [point.to_compressed_bytes() for point in made.points] != expected:
            return False
    return vector["generators"]["api_id"].encode() == api_id


def _commit(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    messages = _bytes(vector["committedMessages"] or [])
    made = bbs_blind.commit(messages, suite=suite, random=_mocked_by(suite, vector, "commit"))
    return (made.with_proof.hex(), made.secret_prover_blind.to_be_bytes().hex()) == (
        vector["commitmentWithProof"],
        vector["proverBlind"],
    )


def _blind_signature(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    pair = vector["signerKeyPair"]
    pk = bbs.octets_to_pubkey(bytes.fromhex(pair["publicKey"]))
    header, messages = bytes.fromhex(vector["header"]), _bytes(vector["messages"] or [])
    commitment = bytes.fromhex(vector["commitmentWithProof"] or "")
    made = bbs_blind.blind_sign(_scalar(pair["secretKey"]), pk, commitment, header, messages, suite=suite)
    blind = _scalar(vector["proverBlind"]) if vector["proverBlind"] else None
    committed = _bytes(vector["committedMessages"] or [])
    bbs_blind.verify_blind_sign(pk, made, header, messages, committed, blind, suite=suite)
    return made.hex() == vector["signature"]


def _blind_proof(suite: bbs.Ciphersuite, vector: dict[str, Any], messages: list[bytes], committed: list[bytes]) -> bool:
    pk, signature = bbs.octets_to_pubkey(bytes.fromhex(vector["signerPublicKey"])), bytes.fromhex(vector["signature"])
    header, ph = bytes.fromhex(vector["header"]), bytes.fromhex(vector["presentationHeader"])
    own, theirs = (
        bbs_blind.Disclosed(_bytes(list(shown.values())), [int(at) for at in shown])
        for shown in (vector["revealedMessages"] or {}, vector["revealedCommittedMessages"] or {})
    )
    blind = _scalar(vector["proverBlind"]) if vector["proverBlind"] else None
    secrets = committed if vector["commitmentWithProof"] else []
    made = bbs_blind.blind_proof_gen(
        pk.octets,
        signature,
        header,
        ph,
        messages[: vector["L"]],
        secrets,
        own.indexes,
        theirs.indexes,
        blind,
        suite=suite,
        random=_mocked_by(suite, vector, "proof"),
    )
    bbs_blind.blind_proof_verify(pk, made, header, ph, vector["L"], own, theirs, suite=suite)
    return made.hex() == vector["proof"]


# --- pseudonyms


def _pseudonyms(home: Path) -> Iterator[tuple[str, Callable[[], bool]]]:
    for folder, suite in SUITES.items():
        vector = _load(home / folder / "generators.json")
        yield f"pseudonyms/{folder}/generators", lambda s=suite, v=vector: _nym_generators(s, v)
        for path in sorted((home / folder).glob("*/*.json")):
            vector = _load(path)
            checks = {
                "nymCommit": lambda s=suite, v=vector: _nym_commit(s, v),
                "nymSignature": lambda s=suite, v=vector: _nym_signature(s, v),
                "nymProof": lambda s=suite, v=vector: _nym_proof(s, v),
            }
            yield f"pseudonyms/{folder}/{path.parent.name}/{path.stem}", checks[path.parent.name]


def _drawn(suite: bbs.Ciphersuite, vector: dict[str, Any], what: str, count: int) -> Random:
    parameters = vector["mockRngParameters"]
    return seeded(suite, count, parameters["SEED"].encode().hex(), parameters[what]["DST"].encode().hex())


def _numbers(texts: list[str]) -> list[Scalar]:
    """Printed without their leading zeros."""
    return [Scalar(int(text, 16)) for text in texts]


def _nym_generators(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    return _blind_generators_of(suite, vector, bbs_nym.interface(suite).api_id)


def _nym_commit(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    messages, nyms = _bytes(vector["committedMessages"] or []), _numbers(vector["proverNyms"])
    random = _drawn(suite, vector, "commit", len(messages) + len(nyms) + 2)
    made = bbs_nym.commit_with_nym(messages, nyms, suite=suite, random=random)
    return (made.with_proof.hex(), [made.secret_prover_blind]) == (
        vector["commitmentWithProof"],
        _numbers([vector["proverBlind"]]),
    )


def _nym_signature(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    pair = vector["signerKeyPair"]
    pk = bbs.octets_to_pubkey(bytes.fromhex(pair["publicKey"]))
    header, messages = bytes.fromhex(vector["header"]), _bytes(vector["messages"] or [])
    (entropy, blind), nyms = _numbers([vector["signer_nym_entropy"], vector["proverBlind"]]), vector["proverNyms"]
    commitment = bytes.fromhex(vector["commitmentWithProof"])
    made = bbs_nym.blind_sign_with_nym(
        _scalar(pair["secretKey"]), pk, commitment, len(nyms), entropy, header, messages, suite=suite
    )
    committed = _bytes(vector["committedMessages"] or [])
    secrets = bbs_nym.verify_finalize_with_nym(
        pk, made, header, messages, committed, _numbers(nyms), entropy, blind, suite=suite
    )
    return made.hex() == vector["signature"] and secrets == _numbers(vector["nym_secrets"])


def _nym_proof(suite: bbs.Ciphersuite, vector: dict[str, Any]) -> bool:
    pk, signature = bbs.octets_to_pubkey(bytes.fromhex(vector["signerPublicKey"])), bytes.fromhex(vector["signature"])
    header, ph = bytes.fromhex(vector["header"]), bytes.fromhex(vector["presentationHeader"])
    own, theirs = (
        bbs_blind.Disclosed(_bytes(list(shown.values())), [int(at) for at in shown])
        for shown in (vector["revealedMessages"] or {}, vector["revealedCommittedMessages"] or {})
    )
    messages, committed = _bytes(vector["messages"] or []), _bytes(vector["committedMessages"] or [])
    nyms, context = _numbers(vector["nym_secrets"]), bytes.fromhex(vector["context_id"])
    hidden = len(messages) + 1 + len(committed) + len(nyms) - len(own.indexes) - len(theirs.indexes)
    made = bbs_nym.proof_gen_with_nym(
        pk.octets,
        signature,
        header,
        ph,
        nyms,
        context,
        messages,
        committed,
        own.indexes,
        theirs.indexes,
        _numbers([vector["proverBlind"]])[0],
        suite=suite,
        random=_drawn(suite, vector, "proof", 5 + hidden),
    )
    bbs_nym.proof_verify_with_nym(pk, made, header, ph, context, len(nyms), len(messages), own, theirs, suite=suite)
    return (made.proof.hex(), made.pseudonym.hex()) == (vector["proof"], vector["pseudonym"])
