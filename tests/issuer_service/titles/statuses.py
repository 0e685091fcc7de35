"""What the published status list says of a copy."""

from issuer_service.keys.port import DOCUMENT
from issuer_service.titles.issuance import status_uri
from issuer_service.titles.status_lists import StatusLists
from tests.issuer_service.world import NOW


async def status_of(world, raw: str) -> int:
    from didkit_fr.formats import FORMATS
    from didkit_fr.proofs.jose import jws
    from didkit_fr.status.token import read_list

    reference = FORMATS["dc+sd-jwt"].parse(raw).unverified_claims()["status"]["status_list"]
    list_id = int(reference["uri"].rpartition("/")[2])
    assert reference["uri"] == status_uri(world.config.settings, list_id)
    raw_list = await StatusLists(world.issuer).token(list_id, now=NOW)
    verified = jws.verify(
        jws.parse(raw_list),
        world.issuer.identity(DOCUMENT, now=NOW).signer.public_key,
        typ="statuslist+jwt",
        algorithms={"ES256"},
    )
    return read_list(verified, uri=reference["uri"], now=NOW).lookup(reference["idx"])
