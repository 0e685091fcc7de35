"""A presentation of a credential, and the relying party that judges it."""

from didkit_fr.flow import run
from didkit_fr.formats import FORMATS
from didkit_fr.formats.occasion import Occasion
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.verify import verify
from tests.nation import NOW, nation

AUDIENCE = "x509_hash:someone"
NONCE = "a-nonce-of-this-request"
ASKED = [("age_over_18",), ("nationalities", 0)]


def present(state, credential=None, *, paths=ASKED, nonce=NONCE, audience=AUDIENCE, now=NOW):
    check = Occasion(nonce, audience)
    return FORMATS["dc+sd-jwt"].present(credential or state.credential(), paths, state.holder, check, now=now)


def judge(raw, *, web=None, policy=None, memory=None, now=NOW, nonce=NONCE, audience=AUDIENCE):
    memory = Memory() if memory is None else memory
    flow = verify(
        raw,
        VerificationContext(policy or nation().policy, memory, now),
        format="dc+sd-jwt",
        nonce=nonce,
        audience=audience,
    )
    return run(flow, web or nation().web())
