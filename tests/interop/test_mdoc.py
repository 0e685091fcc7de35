"""ISO mdoc against three libraries that are not ours.

`openvc-core` verifies a whole answer with its root and session, and makes none; `isomdoc` verifies digests, signatures
and times by the clock, without a root, and issues; `pymdoccbor` verifies the issuer's signature, the signer's
certificate under a root and by the clock, and the digests, and issues. None looks at the status.
"""

import time
from datetime import UTC, datetime

import cbor2
import pytest

from didkit_fr.credentials import titles
from didkit_fr.credentials.elements import build_elements
from didkit_fr.encoding import base64url
from didkit_fr.encoding.cbor import Tag
from didkit_fr.flow import offline, run
from didkit_fr.formats import mso_mdoc
from didkit_fr.formats.occasion import occasion_of_answer
from didkit_fr.keys import cose_key, software, x509
from didkit_fr.proofs.mdoc import session as mdoc_session
from didkit_fr.proofs.mdoc.issue import Validity
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify, verify_issued
from issuer_service.register import citizens
from tests.documents import ELEMENTS, MDL, MDL_NS
from tests.issuer_service.titles.mdoc_titles import TITLES
from tests.issuer_service.titles.mdoc_titles import received as receive_title
from tests.issuer_service.titles.records import RECORDS
from tests.issuer_service.world import Clock, scenario, visited

openvc = pytest.importorskip("openvc.mdoc")
openvc_vp = pytest.importorskip("openvc.openid4vp")
isomdoc = pytest.importorskip("isomdoc")
pymdoccbor_issuer = pytest.importorskip("pymdoccbor.mdoc.issuer")
pymdoccbor_verifier = pytest.importorskip("pymdoccbor.mdoc.verifier")

# `isomdoc` reads the clock, so these documents are of today, and good past the midnight that a run may cross.
TODAY = int(time.time()) // 86_400 * 86_400
ROOT_KEY, SIGNER, DEVICE = (software.generate() for _ in range(3))
ROOT = x509.issue_root(
    ROOT_KEY,
    name="IACA",
    country="FR",
    now=TODAY - 86_400,
    days=3650,
    issuer_uri="https://iaca.example",
    revocation_uri="https://iaca.example/crl",
)
LEAF = x509.issue_leaf(
    ROOT_KEY,
    ROOT,
    SIGNER.public_key,
    name="DS",
    country="FR",
    now=TODAY - 86_400,
    days=400,
    purposes=["1.0.18013.5.1.2"],
    issuer_uri="https://iaca.example",
    revocation_uri="https://iaca.example/crl",
)
NONCE, AUDIENCE = "n-0S6_WzA2Mj", "x509_hash:verifier"
SESSION = {"response_uri": "https://rp.example/answer", "encryption_thumbprint": bytes(range(32))}
CHECK = occasion_of_answer(NONCE, AUDIENCE, **SESSION)
TRANSCRIPT = CHECK.transcript
PATHS = [(MDL_NS, "family_name"), (MDL_NS, "birth_date"), (MDL_NS, "driving_privileges")]


def policy_for(doctype):
    return Policy(Anchors((Anchor("root", ROOT, frozenset({"credential"}), frozenset({doctype})),)))


POLICY = policy_for(MDL)


def issued(signer=SIGNER):
    return (
        mso_mdoc.prepare(
            ELEMENTS, signer, doctype=MDL, validity=Validity(TODAY, TODAY, TODAY + 3 * 86_400), chain=[LEAF]
        )
        .prepare(DEVICE.public_key)
        .by(signer)
    )


def presented(raw, paths=PATHS, device=DEVICE):
    return base64url.decode(mso_mdoc.present(raw, paths, device, CHECK, now=TODAY + 60))


@pytest.mark.parametrize("thumbprint", [None, bytes(range(32))])
def test_openvc_makes_the_same_transcript(thumbprint):
    theirs = openvc_vp.dcapi_session_transcript("https://rp.example", "n-0S6", jwk_thumbprint=thumbprint)
    ours = mdoc_session.digital_credentials(
        origin="https://rp.example", nonce="n-0S6", encryption_thumbprint=thumbprint
    )
    assert ours == theirs


def test_openvc_verifies_what_is_presented_here():
    (found,) = openvc.verify_device_response(
        presented(issued()),
        trust_anchors=[ROOT],
        session_transcript=TRANSCRIPT,
        now=datetime.fromtimestamp(TODAY + 60, UTC),
        expected_doc_type=MDL,
    )
    assert found.device_signed
    elements = found.elements(MDL_NS)
    assert elements["family_name"] == "Lefèvre"
    assert set(elements) == {"family_name", "birth_date", "driving_privileges"}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda: presented(issued(), device=software.generate()), "MdocDeviceAuthError"),
        (lambda: presented(issued(signer=DEVICE)), "MdocSignatureInvalid"),
    ],
)
def test_openvc_refuses_what_is_refused_here(answer, error):
    with pytest.raises(openvc.MdocError) as refused:
        openvc.verify_device_response(
            answer(),
            trust_anchors=[ROOT],
            session_transcript=TRANSCRIPT,
            now=datetime.fromtimestamp(TODAY + 60, UTC),
        )
    assert type(refused.value).__name__ == error


def test_isomdoc_verifies_what_is_presented_here():
    response = isomdoc.verify_device_response(presented(issued()), cbor2.loads(TRANSCRIPT))
    (document,) = response.documents
    assert document.doctype == MDL
    assert document.issuer_signed.get_element_value(MDL_NS, "family_name") == "Lefèvre"


def theirs():
    document = isomdoc.create_mdoc(MDL, [LEAF], SIGNER.private)
    for identifier, value in ELEMENTS[MDL_NS].items():
        document.add_data_item(MDL_NS, identifier, value)
    moment = datetime.fromtimestamp(TODAY, UTC)
    until = datetime.fromtimestamp(TODAY + 3 * 86_400, UTC)
    raw = document.generate_credential(DEVICE.public_key.handle, moment, moment, until)
    return base64url.encode(raw)


def test_what_isomdoc_issues_is_received_held_and_presented_here():
    raw = theirs()
    received = run(
        verify_issued(
            raw, VerificationContext(POLICY, Memory(), TODAY + 60), format="mso_mdoc", holder=DEVICE.public_key
        ),
        offline,
    )
    assert received.claims[MDL_NS]["birth_date"] == "1990-05-17"
    shown = run(
        verify(
            mso_mdoc.present(raw, PATHS, DEVICE, CHECK, now=TODAY + 60),
            VerificationContext(POLICY, Memory(), TODAY + 60),
            format="mso_mdoc",
            nonce=NONCE,
            audience=AUDIENCE,
            **SESSION,
        ),
        offline,
    )
    assert set(shown.claims[MDL_NS]) == {"family_name", "birth_date", "driving_privileges"}


def judged(response, root=ROOT):
    """What `pymdoccbor` makes of the one document of an answer: whether it holds, and how many elements it checked."""
    reader = pymdoccbor_verifier.MdocCbor()
    reader.loads(response)
    holds = reader.verify(trusted_root_certs=[root])
    (document,) = reader.documents or [None]
    return holds, document and document.hash_verification["verified"]


def altered(response):
    """The answer with another family name, under the same signature."""
    return response.replace("Lefèvre".encode(), "Lefèbre".encode())


def test_pymdoccbor_verifies_what_is_presented_here_and_refuses_what_is_not():
    assert judged(presented(issued())) == (True, 3)
    assert judged(altered(presented(issued()))) == (False, None)
    assert judged(presented(issued(signer=DEVICE))) == (False, None)
    unknown_party = x509.issue_root(DEVICE, name="IACA", country="FR", now=TODAY - 86_400, days=3650)
    assert judged(presented(issued()), unknown_party) == (False, None)


def untagged(value):
    """Without the tags of dates, which `pymdoccbor` sets itself where it knows the name."""
    if isinstance(value, dict):
        return {name: untagged(one) for name, one in value.items()}
    if isinstance(value, list):
        return [untagged(one) for one in value]
    return value.value if isinstance(value, Tag) else value


def issued_by_pymdoccbor(doctype, elements):
    private = SIGNER.private.private_numbers()
    numbers = {"D": private.private_value, "X": private.public_numbers.x, "Y": private.public_numbers.y}
    secret = {name: number.to_bytes(32, "big") for name, number in numbers.items()}
    issuer = pymdoccbor_issuer.MdocCborIssuer(
        private_key={"KTY": "EC2", "CURVE": "P_256", "ALG": "ES256", **secret}, alg="ES256"
    )
    until = datetime.fromtimestamp(TODAY + 3 * 86_400, UTC)
    made = issuer.new(
        data=untagged(elements),
        doctype=doctype,
        validity={"issuance_date": f"{ROOT.not_valid_before_utc:%Y-%m-%d}", "expiry_date": f"{until:%Y-%m-%d}"},
        devicekeyinfo=cose_key.build(DEVICE.public_key),
        x509_chain=[LEAF],
    )
    return base64url.encode(cbor2.dumps(made["documents"][0]["issuerSigned"], canonical=True))


@pytest.mark.filterwarnings("ignore:.*utcnow:DeprecationWarning")
@pytest.mark.parametrize("title", TITLES)
def test_what_pymdoccbor_issues_is_received_and_presented_here_as_what_is_issued_here(title):
    table, citizen = titles.load(title), citizens.parse_citizen(RECORDS[title])
    elements = build_elements(table, citizens.answer(citizen, None, TODAY, title=title))
    validity = Validity(TODAY, TODAY, TODAY + 3 * 86_400)
    ours = mso_mdoc.sign(
        elements, SIGNER, doctype=table.doctype, validity=validity, device_key=DEVICE.public_key, chain=[LEAF]
    )
    theirs = issued_by_pymdoccbor(table.doctype, elements)
    told = {"context": VerificationContext(policy_for(table.doctype), Memory(), int(time.time())), "format": "mso_mdoc"}
    read = [run(verify_issued(raw, holder=DEVICE.public_key, **told), offline) for raw in (ours, theirs)]
    assert read[0].claims == read[1].claims
    paths = [(namespace, name) for namespace, names in elements.items() for name in names]
    assert judged(presented(theirs, paths)) == (True, len(paths))
    told |= {"nonce": NONCE, "audience": AUDIENCE, **SESSION}
    shown = run(verify(mso_mdoc.present(theirs, paths, DEVICE, CHECK, now=TODAY + 60), **told), offline)
    assert shown.claims == read[0].claims


@pytest.mark.parametrize("title", TITLES)
@scenario
async def test_all_verify_what_the_issuer_service_issued(tmp_path, title) -> None:
    clock = Clock(int(time.time()))
    async with visited(tmp_path, titles=(title,), formats=("mso_mdoc",), clock=clock) as visitor:
        (received,) = await receive_title(visitor, title)
        (anchor,) = visitor.world.anchors.anchors
    copy, claims = received.copies[0], received.verified.claims
    paths = [(namespace, name) for namespace, elements in claims.items() for name in elements]
    raw = presented(copy.raw, paths, copy.signer)
    (found,) = openvc.verify_device_response(
        raw,
        trust_anchors=[anchor.certificate],
        session_transcript=TRANSCRIPT,
        now=datetime.fromtimestamp(clock.now, UTC),
        expected_doc_type=received.verified.type,
    )
    assert found.device_signed
    (document,) = isomdoc.verify_device_response(raw, cbor2.loads(TRANSCRIPT)).documents
    assert document.doctype == received.verified.type
    assert judged(raw, anchor.certificate) == (True, len(paths))
    for namespace, name in paths:
        ours = claims[namespace][name]
        if isinstance(ours, bool | int):
            assert found.elements(namespace)[name] == ours
            assert document.issuer_signed.get_element_value(namespace, name) == ours
        else:
            assert name in found.elements(namespace)
