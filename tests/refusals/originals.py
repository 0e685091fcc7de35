"""Every kind of document that a case can be an original of."""

from tests.refusals.answers import ANSWERS
from tests.refusals.bbs import BBS_ORIGINALS
from tests.refusals.cwt import CWT
from tests.refusals.dids import DIDS
from tests.refusals.documents import DOCUMENTS
from tests.refusals.encodings import ENCODINGS
from tests.refusals.integrity import INTEGRITY
from tests.refusals.integrity_bbs import INTEGRITY_BBS
from tests.refusals.issuing import ISSUING
from tests.refusals.messages import MESSAGES
from tests.refusals.receiving import RECEIVING
from tests.refusals.services import SERVICES
from tests.refusals.signed import SIGNED
from tests.refusals.w3c import W3C
from tests.refusals.w3c_bbs import W3C_BBS
from tests.refusals.w3c_flows import W3C_FLOWS
from tests.refusals.w3c_secured import W3C_SECURED
from tests.refusals.w3c_tokens import W3C_TOKENS

ORIGINALS = {
    **SIGNED,
    **ANSWERS,
    **MESSAGES,
    **SERVICES,
    **ISSUING,
    **BBS_ORIGINALS,
    **DOCUMENTS,
    **CWT,
    **ENCODINGS,
    **DIDS,
    **RECEIVING,
    **INTEGRITY,
    **INTEGRITY_BBS,
    **W3C,
    **W3C_BBS,
    **W3C_SECURED,
    **W3C_FLOWS,
    **W3C_TOKENS,
}
