"""Documents whose statements are attacked."""

import hashlib
import json
from functools import cache

from didkit_fr.credentials.contexts import contexts
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from tests.attacks import secured as over_statements
from tests.attacks.secured import ISSUER, V2

SUBJECT = "did:example:subject"
BOOLEAN = "http://www.w3.org/2001/XMLSchema#boolean"
EXTRA = {
    "rank": {"@id": "urn:example:rank", "@type": "http://www.w3.org/2001/XMLSchema#integer"},
    "share": {"@id": "urn:example:share", "@type": "http://www.w3.org/2001/XMLSchema#double"},
    "held": {"@id": "urn:example:held", "@type": BOOLEAN},
    "size": {"@id": "urn:example:size", "@type": "urn:example:centimetres"},
    "calledAlso": "https://schema.org/familyName",
    "representative": {"@id": "urn:example:representative", "@type": "@id"},
    "kind": {"@id": "urn:example:kind", "@type": "@vocab"},
    "Kind": "urn:example:Kind",
    "dates": {"@id": "urn:example:dates", "@type": "@json"},
    "example": {"@id": "urn:example:", "@prefix": True},
}
ADDED = "urn:example:context"


@cache
def known():
    raw = json.dumps({"@context": EXTRA}).encode()
    return contexts().adding(ADDED, raw, sha256=hashlib.sha256(raw).hexdigest())


def credential(subject=None, **members):
    return {
        "@context": [V2, "urn:didkit-fr:context:national_identity:1", ADDED],
        "type": ["VerifiableCredential", "NationalIdentity"],
        "issuer": ISSUER,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": SUBJECT, "family_name": "Lefèvre", **(subject or {})},
        **members,
    }


def base(document, suite):
    """What the issuer signs."""
    return over_statements.base(document, suite, known())


def shown(document, suite):
    """What the holder shows: everything."""
    return over_statements.shown(document, suite, known())


def believed(held, suite, table=CRYPTOSUITES):
    """What a verifier believes of it."""
    return over_statements.believed(held, suite, known(), table)
