"""Attacks on G35: to tell two wallets from each other by their clocks."""

import pytest

from didkit_fr.encoding import json
from didkit_fr.flow import run
from didkit_fr.keys import software
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from didkit_fr.protocols.openid4vci.wallet import authorize, collect
from didkit_fr.protocols.openid4vp.wallet import build_presentations, fetch_request, hold, select
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from tests.wallet_cli.world import NOW


@pytest.mark.guarantee("G35")
@pytest.mark.parametrize("minutes", [0, 1, 4])
def test_wallets_whose_clocks_differ_by_seconds_date_their_presentations_alike(world, minutes):
    policy = Policy(world.anchors())
    link, _, fetcher = world.ask(["age_over_18"])
    holder = software.generate()
    raw = world.credential(holder.public_key)
    dated = set()
    for seconds in (0, 1, 17, 59):
        now = NOW + 60 * minutes + seconds
        request = run(fetch_request(link, VerificationContext(policy, Memory(), NOW)), fetcher)
        (choice,) = select(request.query, [hold("1", "dc+sd-jwt", raw)])
        shown = build_presentations(request, [(choice, "dc+sd-jwt", raw, holder)], now=now)
        dated.add(sd_jwt.parse(shown["q0"][0]).key_binding.unverified_claims()["iat"])
    assert dated == {NOW + 60 * minutes}


@pytest.mark.guarantee("G35")
def test_wallets_whose_clocks_differ_by_seconds_date_their_proofs_to_the_issuer_alike(world):
    policy, minute = Policy(world.anchors()), NOW - NOW % 60
    link, fetcher = world.offer(tx_code=False)
    dated = set()

    def watched(batch):
        if batch[0].url.endswith("/credential"):
            proofs = json.parse_object(batch[0].body)["proofs"]["jwt"]
            dated.update(jws.parse(one).unverified_claims()["iat"] for one in proofs)
        return fetcher(batch)

    for seconds in (0, 1, 17, 59):
        trust = VerificationContext(policy, Memory(), minute + seconds)
        authorized = run(authorize(parse_offer_uri(link), tx_code=None, trust=trust), watched)
        how = {"context": VerificationContext(policy, Memory(), minute + seconds), "make_signer": software.generate}
        run(collect(authorized, "pid", **how), watched)
    assert dated == {minute}
