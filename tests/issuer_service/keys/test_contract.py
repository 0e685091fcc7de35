"""The contract of the port of keys, run against every adapter."""

import asyncio

import pytest

from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.keys import software
from didkit_fr.keys.public import verify_signature
from didkit_fr.keys.signer import ToBeSigned
from didkit_fr.primitives import bbs
from didkit_fr.primitives.passphrase import Cost
from issuer_service.keys.port import (
    ATTESTATION,
    BBS_SIGNER,
    DOCUMENT,
    MDOC,
    NONCE,
    PERMUTATION,
    PSEUDONYM,
    BbsMessages,
    PreparedBbs,
    document_purpose,
    kind_of,
    sign_all,
)
from issuer_service.keys.software import KeyringFile
from tests.issuer_service.keys.toy import ToyStore

CHEAP = Cost(operations=1, memory=8_192)
WORD = b"correct horse"
STORES = {
    "software": lambda path: KeyringFile(path, WORD, cost=CHEAP),
    "toy": lambda path: ToyStore(path, WORD),
}
SIGNERS = (DOCUMENT, MDOC, ATTESTATION)
AGE, LICENCE = document_purpose(MDOC, "eu.europa.ec.av.1"), document_purpose(MDOC, "org.iso.18013.5.1.mDL")
SECRETS = (NONCE, PSEUDONYM, PERMUTATION)
MESSAGES = [b"", b"one", b"two" * 1_000]


@pytest.fixture(params=sorted(STORES))
def store(request, tmp_path):
    return STORES[request.param](tmp_path / "keys")


def pair(*values):
    return values


def keys_of(store, purpose):
    return [signer.public_key for signer in store.open().signers(purpose)]


class TestContract:
    def test_each_purpose_has_one_key_and_it_stays(self, store):
        made = store.create(())
        found = [keys_of(store, purpose) for purpose in SIGNERS]
        assert [[one.public_key for one in made.signers(purpose)] for purpose in SIGNERS] == found
        assert [len(one) for one in found] == [1, 1, 1]
        assert len({key for one in found for key in one}) == 3
        assert store.open().bbs().public_key.octets == made.bbs().public_key.octets

    def test_signatures_come_in_the_order_of_the_messages_and_hold(self, store):
        store.create(())
        for purpose in SIGNERS:
            (signer,) = store.open().signers(purpose)
            signatures = asyncio.run(signer.sign(MESSAGES))
            for message, signature in zip(MESSAGES, signatures, strict=True):
                verify_signature(signer.public_key, signature, message)
            with pytest.raises(VerificationError):
                verify_signature(signer.public_key, signatures[0], MESSAGES[1])
            assert list(asyncio.run(signer.sign([]))) == []

    def test_a_bbs_signature_holds(self, store):
        store.create(())
        signer = store.open().bbs()
        asked = [BbsMessages(b"header", (b"one", b"two")), BbsMessages(b"", (b"three",))]
        signatures = asyncio.run(signer.sign(asked))
        for one, signature in zip(asked, signatures, strict=True):
            bbs.verify(signer.public_key, signature, one.header, one.messages)
        with pytest.raises(VerificationError):
            bbs.verify(signer.public_key, signatures[0], b"another", asked[0].messages)

    def test_secrets_are_one_for_each_purpose_and_stay(self, store):
        made = store.create(())
        found = [store.open().secret(purpose) for purpose in SECRETS]
        assert [made.secret(purpose) for purpose in SECRETS] == found
        assert {len(secret) for secret in found} == {32}
        assert len(set(found)) == 3

    @pytest.mark.parametrize("purpose", ["", "document_signer", "next_document", BBS_SIGNER, NONCE, "keyring"])
    def test_there_is_no_signer_for_another_purpose(self, store, purpose):
        store.create(())
        with pytest.raises(ParseError) as error:
            store.open().signers(purpose)
        assert error.value.code == "key_unsupported"

    @pytest.mark.parametrize("purpose", ["", "document_signer", DOCUMENT, ATTESTATION, BBS_SIGNER])
    def test_there_is_no_secret_for_another_purpose(self, store, purpose):
        store.create(())
        with pytest.raises(ParseError) as error:
            store.open().secret(purpose)
        assert error.value.code == "key_unsupported"

    def test_nothing_is_made_twice(self, store):
        store.create(())
        before = [keys_of(store, purpose) for purpose in SIGNERS]
        with pytest.raises(VerificationError) as error:
            store.create(())
        assert error.value.code == "file_exists"
        assert [keys_of(store, purpose) for purpose in SIGNERS] == before

    def test_a_successor_is_there_once_it_is_kept_and_whoever_came_before_is_gone(self, store):
        store.create(())
        (first,), (other,) = keys_of(store, MDOC), keys_of(store, DOCUMENT)
        drafted = store.succeed({MDOC: first})
        assert keys_of(store, MDOC) == [first]
        drafted.keep()
        second = drafted.signers[MDOC].public_key
        assert (keys_of(store, MDOC), keys_of(store, DOCUMENT)) == ([first, second], [other])
        again = store.succeed({MDOC: second, DOCUMENT: other})
        again.keep()
        assert keys_of(store, MDOC) == [second, again.signers[MDOC].public_key]
        assert keys_of(store, DOCUMENT) == [other, again.signers[DOCUMENT].public_key]
        signer = store.open().signers(MDOC)[1]
        verify_signature(again.signers[MDOC].public_key, asyncio.run(signer.sign([b"x"]))[0], b"x")

    def test_a_key_of_another_store_has_no_successor_here(self, store):
        store.create(())
        before = keys_of(store, DOCUMENT)
        for key in (software.generate().public_key, *keys_of(store, MDOC)):
            with pytest.raises(DidkitError) as error:
                store.succeed({DOCUMENT: key})
            assert error.value.code == "key_unsupported"
        assert keys_of(store, DOCUMENT) == before

    def test_each_document_type_has_a_key_of_its_own_and_no_other_signs_for_it(self, store):
        made = store.create([AGE, LICENCE])
        assert set(made.purposes()) == set(store.open().purposes()) == {*SIGNERS, AGE, LICENCE}
        found = [keys_of(store, purpose) for purpose in (*SIGNERS, AGE, LICENCE)]
        assert [len(one) for one in found] == [1] * 5
        assert len({key for one in found for key in one}) == 5
        with pytest.raises(ParseError) as error:
            store.open().signers(document_purpose(MDOC, "org.example.1"))
        assert error.value.code == "key_unsupported"

    def test_the_first_key_of_a_purpose_is_there_once_it_is_kept_and_has_its_successors(self, store):
        store.create([AGE])
        before = {purpose: keys_of(store, purpose) for purpose in (*SIGNERS, AGE)}
        drafted = store.succeed({LICENCE: None})
        assert LICENCE not in store.open().purposes()
        drafted.keep()
        (first,) = keys_of(store, LICENCE)
        assert first == drafted.signers[LICENCE].public_key
        assert {purpose: keys_of(store, purpose) for purpose in before} == before
        again = store.succeed({LICENCE: first, AGE: before[AGE][0]})
        again.keep()
        for purpose, key in ((LICENCE, first), (AGE, before[AGE][0])):
            assert keys_of(store, purpose) == [key, again.signers[purpose].public_key]

    @pytest.mark.parametrize("purpose", [LICENCE, MDOC])
    def test_a_first_key_takes_the_place_of_those_there(self, store, purpose):
        store.create([LICENCE])
        drafted = store.succeed({purpose: None})
        drafted.keep()
        assert keys_of(store, purpose) == [drafted.signers[purpose].public_key]

    def test_a_key_that_was_never_there_has_no_successor(self, store):
        store.create([AGE])
        for purpose in (LICENCE, AGE):
            with pytest.raises(DidkitError) as error:
                store.succeed({purpose: software.generate().public_key})
            assert error.value.code == "key_unsupported"
        assert LICENCE not in store.open().purposes()

    def test_nothing_shows_a_secret(self, store):
        made = store.create(())
        shown = "".join(map(repr, (store, made, *made.signers(DOCUMENT), made.bbs(), store.succeed({}))))
        for secret in (WORD, *(made.secret(purpose) for purpose in SECRETS)):
            assert repr(secret)[2:-1] not in shown

    def test_what_is_prepared_is_completed_each_with_its_own_signature(self, store):
        keys = store.create(())
        (signer,) = keys.signers(DOCUMENT)
        unsigned = [
            ToBeSigned(message, lambda signature, at=at: (at, signature)) for at, message in enumerate(MESSAGES)
        ]
        done = asyncio.run(sign_all(signer, unsigned))
        assert [at for at, _ in done] == [0, 1, 2]
        for message, (_, signature) in zip(MESSAGES, done, strict=True):
            verify_signature(signer.public_key, signature, message)
        (whole,) = asyncio.run(sign_all(keys.bbs(), [PreparedBbs(BbsMessages(b"", (b"m",)), bytes)]))
        bbs.verify(keys.bbs().public_key, whole, b"", (b"m",))


def test_documents_of_a_type_have_a_purpose_and_all_else_has_its_own():
    assert document_purpose(MDOC, "a.b") == "mdoc:a.b"
    assert [document_purpose(purpose, "a.b") for purpose in (DOCUMENT, ATTESTATION, BBS_SIGNER)] == [
        DOCUMENT,
        ATTESTATION,
        BBS_SIGNER,
    ]
    assert [kind_of(purpose) for purpose in (AGE, MDOC, DOCUMENT)] == [MDOC, MDOC, DOCUMENT]
