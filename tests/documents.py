"""ISO mdoc in the small state of `tests.nation`: a driving licence, and who believes it."""

from dataclasses import replace
from functools import cache
from typing import Any

from didkit_fr.encoding.cbor import Tag
from didkit_fr.formats import mso_mdoc
from didkit_fr.proofs.mdoc.issue import Validity
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.policy import Policy
from tests.nation import DAY, NOW, STATUS_URI, nation

MDL, MDL_NS = "org.iso.18013.5.1.mDL", "org.iso.18013.5.1"
ELEMENTS: dict[str, dict[str, Any]] = {
    MDL_NS: {
        "family_name": "Lefèvre",
        "given_name": "Éloïse",
        "birth_date": Tag(1004, "1990-05-17"),
        "issuing_country": "FR",
        "document_number": "12AB34567",
        "portrait": b"\xff\xd8\xff\xe0 portrait \xff\xd9",
        "driving_privileges": [{"vehicle_category_code": "B", "issue_date": Tag(1004, "2010-06-01")}],
        "age_over_18": True,
    }
}
TODAY = NOW - NOW % DAY
VALIDITY = Validity(TODAY, TODAY, TODAY + 14 * DAY)
STATUS = {"status_list": {"idx": 7, "uri": STATUS_URI}}


@cache
def anchors() -> Anchors:
    """The anchors of the state, of which the national one also issues driving licences."""
    national, access = nation().anchors.anchors
    return Anchors((replace(national, types=national.types | {MDL}), access))


def policy(**changes: Any) -> Policy:
    """The default policy on these anchors."""
    return Policy(anchors(), **changes)


def licence(elements: Any = None, **changes: Any) -> str:
    """An issued driving licence."""
    arguments: dict[str, Any] = {
        "doctype": MDL,
        "validity": VALIDITY,
        "device_key": nation().holder.public_key,
        "chain": [nation().leaf],
        "status": STATUS,
    }
    signer = changes.pop("signer", nation().signer)
    return mso_mdoc.sign(ELEMENTS if elements is None else elements, signer, **(arguments | changes))
