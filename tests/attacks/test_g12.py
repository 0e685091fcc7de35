"""G12: nothing is believed by default; here: no title below an authority that was never meant to certify for it."""

import pytest
from cryptography import x509 as pyca

from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.formats import FORMATS
from didkit_fr.keys.public import from_cryptography
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify_issued
from tests.nation import CREDENTIAL_PURPOSE, NOW, VCT, nation
from tests.trust.authority import CERTIFYING, SIGNING, Authority, basic, usages

TLS_SERVER = "1.3.6.1.5.5.7.3.1"
COUNTRY = pyca.NameAttribute(pyca.NameOID.COUNTRY_NAME, "FR")
# The builder's certificates begin at a time of their own.
START = NOW - 1_800_000_000


def named(*names):
    return pyca.Name([COUNTRY, *(pyca.NameAttribute(pyca.NameOID.COMMON_NAME, name) for name in names)])


def believed(*, above=(), root=(), subject=None):
    """A title signed below an authority with these extensions, below an anchor with those, as a wallet takes it."""
    top = Authority(named("root"), basic(), CERTIFYING, *root, start=START)
    middle = Authority(named("middle"), basic(), CERTIFYING, *above, issuer=top, start=START)
    name = named("signer") if subject is None else subject
    leaf = Authority(name, SIGNING, usages(CREDENTIAL_PURPOSE), issuer=middle, start=START)
    chain = [leaf.certificate, middle.certificate]
    signer = SoftwareSigner(from_cryptography(leaf.key.public_key()), leaf.key)
    raw = nation().credential(signer=signer, chain=chain, status=None)
    anchor = Anchor("France", top.certificate, frozenset({"credential"}), frozenset({VCT}))
    flow = verify_issued(
        raw,
        format="dc+sd-jwt",
        policy=Policy(Anchors((anchor,))),
        memory=Memory(),
        now=NOW,
        holder=nation().holder.public_key,
        formats=FORMATS,
    )
    try:
        return run(flow, offline).claims["vct"]
    except DidkitError as error:
        return error.code


def excluding(name, *, critical):
    return pyca.NameConstraints(None, [pyca.DirectoryName(name)]), critical


def permitting(name, *, critical):
    return pyca.NameConstraints([pyca.DirectoryName(name)], None), critical


def test_the_title_is_believed_below_an_authority_that_may_certify_it():
    assert believed() == VCT
    assert believed(above=[usages(CREDENTIAL_PURPOSE)], root=[usages(CREDENTIAL_PURPOSE, TLS_SERVER)]) == VCT
    assert believed(above=[permitting(named(), critical=False)]) == VCT


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize(
    "circumstances",
    [
        {"above": [usages(TLS_SERVER)]},
        {"root": [usages(TLS_SERVER)]},
        {"subject": pyca.Name([])},
        {"above": [excluding(named("signer"), critical=False)]},
        {"root": [excluding(named("SIGNER "), critical=False)]},
        {"above": [permitting(named("other"), critical=False)]},
        {"above": [permitting(named("other"), critical=True)]},
        {"above": [(pyca.UnrecognizedExtension(pyca.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)]},
        {"root": [(pyca.UnrecognizedExtension(pyca.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)]},
    ],
    ids=[
        "an authority for TLS",
        "an anchor for TLS",
        "a signer without a name",
        "a name that is excluded, not critical",
        "a name that the anchor excludes, spelt otherwise",
        "a name that is not permitted, not critical",
        "a name that is not permitted",
        "a critical extension that nobody knows",
        "a critical extension of the anchor that nobody knows",
    ],
)
def test_no_title_below_an_authority_that_was_never_meant_to_certify_it(circumstances):
    assert believed(**circumstances) == "certificate_profile"
