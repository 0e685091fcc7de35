"""What the register holds for several titles, and who holds it."""

from issuer_service.register import citizens
from tests.issuer_service.register_endpoint import ALICE, LICENCE, PASSPORT, PERMIT
from tests.issuer_service.world import NOW

RECORDS = {
    "pid": ALICE,
    "passport": PASSPORT,
    "residence_permit": PERMIT,
    "national_identity": ALICE,
    "residence_attestation": PERMIT,
    "driving_licence": LICENCE,
    "proof_of_age": ALICE,
}


def held(world, title):
    """The register's one citizen becomes the holder of this title."""
    citizen = citizens.parse_citizen(RECORDS[title])
    world.source.title, world.source.number = title, citizen.document_number
    world.source.attributes_held = citizens.answer(citizen, None, NOW, title=title)
