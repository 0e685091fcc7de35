"""Every kind of document that a case can be a twin of."""

from tests.refusals.answers import ANSWERS
from tests.refusals.documents import DOCUMENTS
from tests.refusals.issuing import ISSUING
from tests.refusals.messages import MESSAGES
from tests.refusals.services import SERVICES
from tests.refusals.signed import SIGNED

TWINS = {**SIGNED, **ANSWERS, **MESSAGES, **SERVICES, **ISSUING, **DOCUMENTS}
