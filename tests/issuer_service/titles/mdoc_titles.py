"""Titles as ISO mdoc: which there are, and how a wallet receives one."""

from didkit_fr import flow
from didkit_fr.keys import software
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from didkit_fr.protocols.openid4vci.wallet import receive
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from tests.issuer_service.titles.carried import carried
from tests.issuer_service.titles.records import held

TITLES = ("pid", "passport", "residence_permit", "driving_licence", "proof_of_age")


async def received(visitor, title="pid", *, wanted=3, ticket="", carry=None):
    world = visitor.world
    held(world, title)
    made = await world.offer(f"a ticket {ticket} for {title}")
    journey = receive(
        parse_offer_uri(made.link),
        VerificationContext(Policy(world.anchors), Memory(), world.clock.now),
        tx_code=made.tx_code,
        make_signer=software.generate,
        wanted=wanted,
    )
    return await flow.run_async(journey, carry or (lambda batch: carried(visitor, batch)))
