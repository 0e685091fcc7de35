"""A relying party that is known by a DID, asked by the command: its key is looked up, and nobody else's is."""

import json

import pytest

from didkit_fr.did import key as did_key
from didkit_fr.errors import DidkitError
from didkit_fr.flow import Response
from didkit_fr.keys import jwk, software
from didkit_fr.relying_party import MemoryTransactions, Query, Verifier
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.policy import Policy
from tests.wallet_cli.world import NOW, PASSPHRASE, TINY, VCT, World, session
from wallet_cli.commands.present import answer
from wallet_cli.vault import create, open_vault

WEB = "did:web:bar.example"
PAGE = "https://bar.example/.well-known/did.json"


class Bar:
    """A bar with a key, its web site, and what was asked there, place by place."""

    def __init__(self, world, did=None, *, signs=None):
        self.world, self.signer, self.asked = world, software.generate(), []
        self.did = did or did_key.build(self.signer.public_key)
        key_id = f"{self.did}#{self.did.rpartition(':')[2] if did is None else 'key-1'}"
        method = {
            "id": key_id,
            "type": "JsonWebKey",
            "controller": self.did,
            "publicKeyJwk": jwk.build(self.signer.public_key),
        }
        self.document = {"id": self.did, "verificationMethod": [method], "authentication": [key_id]}
        policy, identity = Policy(world.anchors()), f"decentralized_identifier:{self.did}"
        self.verifier = Verifier(
            signs or self.signer, [], policy, MemoryTransactions(), identity=identity, key_id=key_id
        )
        uris = {"request_uri": f"{world.base}/request/{{id}}", "response_uri": f"{world.base}/response"}
        self.transaction = self.verifier.request(Query(VCT, [["age_over_18"]]), **uris, now=NOW)

    def __call__(self, batch):
        return [self._answer(request) for request in batch]

    def _answer(self, request):
        self.asked.append(request.url)
        if request.url == PAGE:
            return Response(200, json.dumps(self.document).encode())
        return self.world._serve_all(request, self.verifier)


def present(world, folder, bar, *, believed):
    held = world.contents(world.title())
    extra = tuple(Anchor("Bar du Port", None, frozenset({"request"}), frozenset(), did=did) for did in believed)
    held.anchors.update(json.loads(Anchors((*world.anchors().anchors, *extra)).encode()))
    create(folder, held, lambda: PASSPHRASE, cost=TINY)
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        answer(
            session(folder), vault, bar.transaction.link, bar, verifier=bar.transaction.client_id, yes=True, reuse=False
        )


@pytest.mark.parametrize("did", [WEB, None])
def test_a_party_of_the_anchors_is_answered_under_the_name_that_the_anchors_give_it(did, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    world = World()
    bar = Bar(world, did)
    present(world, tmp_path / "wallet", bar, believed=[bar.did])
    said = capsys.readouterr().err
    assert "Bar du Port" in said
    assert bar.transaction.client_id in said
    assert len(world.posted) == 1
    assert (PAGE in bar.asked) == (did == WEB)


@pytest.mark.parametrize("believed", [[], ["did:web:other.example"]])
def test_the_did_of_an_unknown_party_causes_no_request(believed, tmp_path):
    world = World()
    bar = Bar(world, WEB)
    with pytest.raises(DidkitError) as error:
        present(world, tmp_path / "wallet", bar, believed=believed)
    assert (error.value.code, bar.asked, world.posted) == ("issuer_unknown", [], [])


def test_a_request_that_another_key_signed_is_refused(tmp_path):
    world = World()
    bar = Bar(world, WEB, signs=software.generate())
    with pytest.raises(DidkitError) as error:
        present(world, tmp_path / "wallet", bar, believed=[WEB])
    assert (error.value.code, world.posted) == ("signature_invalid", [])
