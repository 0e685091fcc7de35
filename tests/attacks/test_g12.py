"""G12: nothing is believed by default: no title by whom was never meant to certify, none by a list of another."""

import zlib

import pytest
from cryptography import x509 as pyca

from didkit_fr.encoding import base64url, cbor
from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.formats import FORMATS
from didkit_fr.keys import x509
from didkit_fr.keys.public import from_cryptography
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.jose import jws
from didkit_fr.status import identifier, token, token_cwt
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status.check import check_status, load_status_list
from didkit_fr.verification.verify import verify_issued
from tests.nation import CREDENTIAL_PURPOSE, DAY, NOW, STATUS_URI, VCT, Web, found, nation
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
        VerificationContext(Policy(Anchors((anchor,))), Memory(), NOW),
        format="dc+sd-jwt",
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


FREEDONIA = found(name="Freedonia")
ROLES = frozenset({"credential", "status"})
FRANCE = Anchor("France", nation().root, ROLES, frozenset({VCT}))
OTHER = Anchor("Freedonia", FREEDONIA.root, ROLES, frozenset({"urn:freedonia:card:1"}))


def policy(**options):
    return Policy(Anchors((FRANCE, OTHER)), **options)


def listed(state, *, form="jwt", **options):
    """A list that says nobody was revoked, at the address that French titles name."""
    if form == "jwt":
        return state.status_list(signer=state.signer, x5c=[state.leaf], **options).encode()
    told = {"uri": STATUS_URI, "now": NOW, "ttl": 60, "expires": NOW + DAY, "signer": state.signer}
    if form == "cwt":
        return token_cwt.build_list(token.pack(4096, ()), chain=[state.leaf], **told)
    return identifier.build_list([], chain=[state.leaf], **told)


def outcome(flow, web):
    try:
        return run(flow, web)
    except DidkitError as error:
        return error.code


def in_force(web, rules, memory=None):
    holder = nation().holder.public_key
    told = {"context": VerificationContext(rules, memory or Memory(), NOW), "holder": holder}
    found_ = outcome(verify_issued(nation().credential(), format="dc+sd-jwt", **told), web)
    return found_ if isinstance(found_, str) else "believed"


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("form", ["jwt", "cwt"])
def test_a_status_list_of_another_trusted_authority_puts_no_title_in_force(form):
    mine, theirs = Web({STATUS_URI: listed(nation(), form=form)}), Web({STATUS_URI: listed(FREEDONIA, form=form)})
    assert in_force(mine, policy()) == "believed"
    assert in_force(theirs, policy()) == "status_list_signer"


@pytest.mark.guarantee("G12")
def test_nor_does_an_identifier_list():
    status = {"identifier_list": {"id": "AAAA", "uri": STATUS_URI}}
    for state, expected in ((nation(), "valid"), (FREEDONIA, "status_list_signer")):
        rules = policy()
        flow = check_status(status, VerificationContext(rules, Memory(), NOW), issuers=[FRANCE])
        assert outcome(flow, Web({STATUS_URI: listed(state, form="identifiers")})) == expected


@pytest.mark.guarantee("G12")
def test_a_list_that_was_remembered_for_another_issuer_is_held_against_it_too():
    rules, memory = policy(), Memory()
    run(load_status_list(STATUS_URI, VerificationContext(rules, memory, NOW)), Web({STATUS_URI: listed(FREEDONIA)}))
    assert in_force(Web({}), rules, memory) == "status_list_signer"


@pytest.mark.guarantee("G12")
def test_a_list_that_was_refused_for_its_signer_is_not_remembered():
    rules, memory = policy(), Memory()
    assert in_force(Web({STATUS_URI: listed(FREEDONIA)}), rules, memory) == "status_list_signer"
    assert in_force(Web({STATUS_URI: listed(nation())}), rules, memory) == "believed"


@pytest.mark.guarantee("G12")
def test_only_a_policy_that_names_the_signer_of_lists_believes_it_for_titles_of_others():
    web = Web({STATUS_URI: listed(FREEDONIA)})
    assert policy().status_signers == frozenset()
    assert in_force(web, policy(status_signers=frozenset({"Freedonia"}))) == "believed"
    assert in_force(web, policy(status_signers=frozenset({"France", "freedonia"}))) == "status_list_signer"
    # The name alone is no role.
    without = Anchor("Freedonia", FREEDONIA.root, frozenset({"credential"}), frozenset({"urn:freedonia:card:1"}))
    rules = Policy(Anchors((FRANCE, without)), status_signers=frozenset({"Freedonia"}))
    assert in_force(web, rules) == "issuer_unknown"


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("form", ["jwt", "cwt"])
@pytest.mark.parametrize(("age", "expected"), [(86_399, "believed"), (86_400, "status_list_expired")])
def test_a_list_that_never_expires_is_believed_for_a_day_and_not_a_second_longer(form, age, expected):
    rules, now = policy(), NOW - age
    body = without_end(form, now)
    assert in_force(Web({STATUS_URI: body}), rules) == expected
    longer = policy(max_list_age=age + 1)
    assert in_force(Web({STATUS_URI: body}), longer) == "believed"


@pytest.mark.guarantee("G12")
def test_a_list_that_never_expires_is_not_remembered_beyond_its_day():
    rules, memory = policy(max_status_age=10 * DAY), Memory()
    body = without_end("jwt", NOW - DAY + 10, ttl=5 * DAY)
    run(load_status_list(STATUS_URI, VerificationContext(rules, memory, NOW)), Web({STATUS_URI: body}))
    for later, expected in ((9, "valid"), (10, "fetch_failed")):
        status = {"status_list": {"idx": 7, "uri": STATUS_URI}}
        flow = check_status(status, VerificationContext(rules, memory, NOW + later), issuers=[FRANCE])
        assert outcome(flow, Web({})) == expected


def without_end(form, issued, ttl=60):
    """A list of ours without `exp`."""
    state, packed = nation(), token.pack(4096, ())
    if form == "jwt":
        claims = {"sub": STATUS_URI, "iat": issued, "ttl": ttl}
        claims["status_list"] = {"bits": 1, "lst": base64url.encode(zlib.compress(packed))}
        header = {"x5c": x509.build_x5c([state.leaf])}
        return jws.sign(claims, state.signer, typ=token.TYP, header=header).encode()
    stated = {2: STATUS_URI, 6: issued, 65534: ttl, 65533: {"bits": 1, "lst": zlib.compress(packed)}}
    header = {cose.X5CHAIN: cose.build_x5chain([state.leaf])}
    return cose.sign1(cbor.encode(stated), state.signer, typ=token_cwt.MEDIA_TYPE, header=header)
