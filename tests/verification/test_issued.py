"""What a wallet refuses of a credential that was just issued: one that is bound to nobody, or to somebody else."""

import pytest

from didkit_fr.flow import offline, run
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import software
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.verify import verify_issued
from tests import w3c_tokens
from tests.nation import NOW, nation
from tests.refused import refused


def receive(raw, holder, format_="dc+sd-jwt"):
    policy = nation().policy if format_ == "dc+sd-jwt" else w3c_tokens.POLICY
    how = {"context": VerificationContext(policy, Memory(), NOW), "holder": holder}
    return run(verify_issued(raw, format=format_, **how), nation().web() if format_ == "dc+sd-jwt" else offline)


def bound_to_nobody(format_):
    if format_ == "dc+sd-jwt":
        return nation().credential(cnf=None)
    document = {
        "@context": [fields.V1],
        "type": ["VerifiableCredential"],
        "issuer": fields.did_of(w3c_tokens.ISSUER.public_key),
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"name": "anybody"},
    }
    return w3c_tokens.token(vc=document)


HOLDERS = {"dc+sd-jwt": (nation().holder, nation().credential), "jwt_vc_json": (w3c_tokens.HOLDER, w3c_tokens.token)}


@pytest.mark.parametrize("format_", HOLDERS)
def test_a_credential_that_is_bound_to_nobody_is_not_kept_though_nobody_was_asked_for(format_):
    raw = bound_to_nobody(format_)
    with refused("holder_missing"):
        receive(raw, None, format_)
    with refused("holder_mismatch"):
        receive(raw, HOLDERS[format_][0].public_key, format_)


@pytest.mark.parametrize("format_", HOLDERS)
def test_a_credential_is_bound_to_the_key_that_was_asked_for(format_):
    holder, issue = HOLDERS[format_]
    assert receive(issue(), holder.public_key, format_).holder == holder.public_key
    for other in (software.generate().public_key, None):
        with refused("holder_mismatch"):
            receive(issue(), other, format_)
