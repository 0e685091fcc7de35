"""Documents of ISO in a wallet: beside the other format of one title, read with their labels, shown to who asks."""

import json
from base64 import b64decode

import pytest

from didkit_fr.credentials import titles
from didkit_fr.credentials.elements import build_elements
from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline
from didkit_fr.formats import mso_mdoc
from didkit_fr.formats.occasion import occasion_of_answer
from didkit_fr.keys import software, x509
from didkit_fr.proofs.mdoc.issue import Validity
from didkit_fr.relying_party import Query
from didkit_fr.trust.anchors import Anchor, Anchors
from issuer_service.register import portrait as drawn
from tests.documents import MDL, MDL_NS
from tests.nation import CREDENTIAL_PURPOSE
from tests.wallet_cli.world import DAY, DIPLOMA, ISSUER, NOW, PASSPHRASE, TINY, VCT, Refusing, World, session
from wallet_cli.commands import show, verify
from wallet_cli.commands.present import answer
from wallet_cli.commands.verify import NO, YES
from wallet_cli.contents import HeldCopy, HeldCredential, HeldTitle
from wallet_cli.output import Output
from wallet_cli.portrait import draw, leaves_with, portrait_of
from wallet_cli.reading import claims_of, describe, labels, path_name, paths_in
from wallet_cli.vault import create, open_vault

PID, PID_FR = "eu.europa.ec.eudi.pid.1", "eu.europa.ec.eudi.pid.fr.1"
TODAY = NOW - NOW % DAY
FACE = drawn.draw(7)
PERSON = {
    "family_name": "Desforges",
    "given_name": "Anne",
    "birth_date": "1980-02-29",
    "birth_country": "FR",
    "nationality": ["FR", "BE"],
    "document_number": "X4RTBPFW4",
    "issuing_authority": "Préfecture",
    "issuing_country": "FR",
    "age_over_18": True,
    "portrait": FACE,
}
LICENCE = {
    "family_name": "Desforges",
    "given_name": "Anne",
    "birth_date": "1980-02-29",
    "issuance_date": "2010-06-01",
    "expiry_date": "2030-06-01",
    "issuing_country": "FR",
    "issuing_authority": "Préfecture",
    "document_number": "12AB34567",
    "portrait": FACE,
    "driving_privileges": [
        {"vehicle_category_code": "B", "issue_date": "2010-06-01"},
        {"vehicle_category_code": "A", "codes": [{"code": "01"}]},
    ],
    "un_distinguishing_sign": "F",
}


class State(World):
    """A state whose root certified a signer of documents too."""

    def __post_init__(self):
        super().__post_init__()
        self.mdoc_signer = software.generate()
        about = {"name": "Documents", "country": "FR", "now": self.now - DAY, "days": 300}
        key = self.mdoc_signer.public_key
        self.mdoc_leaf = x509.issue_leaf(self.root_key, self.root, key, purposes=[CREDENTIAL_PURPOSE], **about)

    def anchors(self):
        issuer, access = super().anchors().anchors
        types = frozenset({VCT, DIPLOMA, PID, MDL})
        return Anchors((Anchor(issuer.name, issuer.certificate, issuer.roles, types), access))

    def document(self, title, attributes, holder):
        table = titles.load(title)
        return mso_mdoc.sign(
            build_elements(table, attributes),
            self.mdoc_signer,
            doctype=table.doctype,
            validity=Validity(TODAY, TODAY, TODAY + 14 * DAY),
            device_key=holder,
            chain=[self.mdoc_leaf],
        )

    def documents(self, title, attributes, copies=2):
        signers = [software.generate() for _ in range(copies)]
        made = tuple(HeldCopy(self.document(title, attributes, one.public_key), one.secret()) for one in signers)
        return HeldCredential(f"{title}_mso_mdoc", "mso_mdoc", titles.load(title).doctype, TODAY + 14 * DAY, made)


@pytest.fixture
def state():
    return State()


def filled(state, folder):
    """The identity in both formats under one title, and a licence."""
    pid = state.title()
    both = HeldTitle(pid.id, ISSUER, pid.received, (*pid.credentials, state.documents("pid", PERSON)))
    licence = HeldTitle("00000002", ISSUER, pid.received, (state.documents("driving_licence", LICENCE),))
    create(folder, state.contents(both, licence), lambda: PASSPHRASE, cost=TINY)


def present(state, folder, query, *, portrait=False, **how):
    transaction, fetcher, party = state.ask_all(query)
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        agreed = {"verifier": transaction.client_id, "yes": True, "reuse": False, "portrait": portrait}
        answer(session(folder, **how), vault, transaction.link, fetcher, **agreed)
    return party.verify(state.posted[-1], now=NOW)["title"]


def audiences(folder, title, credential):
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        return [copy.audience is None for copy in vault.contents.titles[title].credentials[credential].copies]


def test_one_question_is_answered_from_either_format_of_one_title(state, folder):
    filled(state, folder)
    (text,) = present(state, folder, Query(VCT, [["age_over_18"]]))
    (document,) = present(state, folder, Query(PID, [[PID_FR, "age_over_18"]], format="mso_mdoc"))
    assert text.claims["age_over_18"] is True
    assert document.claims == {PID_FR: {"age_over_18": True}}
    # Each credential has its own copies, of which each was used once.
    assert audiences(folder, 0, 0) == audiences(folder, 0, 1) == [False, True]


def test_a_citizen_reads_by_label_what_leaves_and_what_stays(state, folder, capsys):
    filled(state, folder)
    (shown,) = present(state, folder, Query(MDL, [[MDL_NS, "driving_privileges"]], format="mso_mdoc"))
    assert shown.claims[MDL_NS]["driving_privileges"][0]["vehicle_category_code"] == "B"
    said = capsys.readouterr().err
    assert 'Driving privileges 1, category: "B"' in said
    assert 'Driving privileges 1, date of issuance: "2010-06-01"' in said
    assert 'Driving privileges 2, code: "01"' in said
    kept = said.partition("stays")[2]
    assert "Family name" in kept
    assert "Driving privileges" not in kept
    assert MDL_NS not in said


def test_a_portrait_of_a_document_leaves_on_a_consent_of_its_own(state, folder, capsys):
    filled(state, folder)
    query = Query(MDL, [[MDL_NS, "portrait"]], format="mso_mdoc")
    with pytest.raises(DidkitError) as error:
        present(state, folder, query, kind=Refusing)
    assert error.value.code == "access_denied"
    assert not state.posted
    (shown,) = present(state, folder, query, portrait=True)
    assert portrait_of(shown.claims, shown.type) == b64decode(FACE)
    assert "image" in capsys.readouterr().err


def test_show_gives_a_licence_its_labels_and_its_portrait(state, folder, tmp_path, capsys, monkeypatch):
    filled(state, folder)
    monkeypatch.setattr("wallet_cli.session.Session.passphrase", lambda _: PASSPHRASE)
    show.run(session(folder), "driving_licence")
    said = capsys.readouterr().out
    assert "Driving licence" in said
    for line in ('Family name: "Desforges"', 'Date of birth: "1980-02-29"', 'UN distinguishing sign: "F"'):
        assert line in said
    assert said.index("Family name") < said.index("Driving privileges") < said.index("UN distinguishing sign")
    assert "_9j_" not in said
    show.run(session(folder), "driving_licence", portrait=tmp_path / "face.jpg")
    assert (tmp_path / "face.jpg").read_bytes() == b64decode(FACE)


def test_what_a_document_says_is_read_as_the_other_format_is(state):
    raw = state.document("pid", PERSON, software.generate().public_key)
    claims = claims_of("mso_mdoc", raw)
    said = {name.text: value for name, value in describe(claims, PID, "fr")}
    assert said["Date de naissance"] == '"1980-02-29"'
    assert said["Pays de naissance"] == '"FR"'
    assert said["18 ans ou plus"] == "oui"
    assert said["Portrait"].startswith("(image, ")
    assert leaves_with(claims, PID)
    assert draw(portrait_of(claims, PID))
    gone = {PID_FR: {"age_over_18": True}}
    kept = [name.text for name in labels(claims, gone, PID, "fr")]
    assert "18 ans ou plus" not in kept
    assert "Date de naissance" in kept
    assert [path_name(path, PID, "en").text for path in paths_in(gone)] == ["18 or over"]


URI, KEY = "https://rp.example/response", bytes(range(32))


@pytest.mark.parametrize(
    ("changes", "status", "holder"),
    [
        ({}, YES, "holder_proven"),
        ({"nonce": "another"}, NO, "mdoc_session_mismatch"),
        ({"response_uri": "https://other.example/response"}, NO, "mdoc_session_mismatch"),
        ({"encrypted_to": None}, NO, "mdoc_session_mismatch"),
        ({"response_uri": None}, NO, "mdoc_session_mismatch"),
        (None, YES, "holder_unchecked"),
    ],
)
def test_a_document_that_was_shown_is_verified_from_a_file(state, capsys, changes, status, holder):
    key = software.generate()
    check = occasion_of_answer("nonce", "x509_hash:abc", response_uri=URI, encryption_thumbprint=KEY)
    licence = state.document("driving_licence", LICENCE, key.public_key)
    raw = mso_mdoc.present(licence, [(MDL_NS, "family_name")], key, check, now=NOW)
    answering = None
    if changes is not None:
        told = {
            "response_uri": URI,
            "encrypted_to": base64url.encode(KEY),
            "nonce": "nonce",
            "client_id": check.audience,
        }
        answering = verify.Answering(**(told | changes))
    output = Output("en", as_json=True)
    assert verify.check(output, state.contents(), raw, offline, now=NOW, answering=answering, wanted=None) == status
    said = json.loads(capsys.readouterr().out)
    assert said["checks"]["holder"] == holder
    assert said["claims"] == {MDL_NS: {"family_name": "Desforges"}}
    assert said["issuer"].startswith("CN=Documents")


def test_no_label_is_a_path_of_the_standard(state):
    for title, attributes in (("pid", PERSON), ("driving_licence", LICENCE)):
        claims = claims_of("mso_mdoc", state.document(title, attributes, software.generate().public_key))
        for language in titles.LANGUAGES:
            for label, _ in describe(claims, titles.load(title).doctype, language):
                assert label.ours
                assert "." not in label.text
                assert "_" not in label.text


@pytest.mark.parametrize("first", ["dc+sd-jwt", "mso_mdoc"])
def test_a_question_for_either_format_is_answered_from_the_one_it_likes_best(state, folder, first):
    filled(state, folder)
    asked = {
        "dc+sd-jwt": {"id": "text", **_wanted(Query(VCT, [["age_over_18"]]))},
        "mso_mdoc": {"id": "document", **_wanted(Query(PID, [[PID_FR, "age_over_18"]], format="mso_mdoc"))},
    }
    liked = [asked[first], next(one for name, one in asked.items() if name != first)]
    sets = [{"options": [[one["id"]] for one in liked]}]
    transaction, fetcher, party = state.ask_all({"credentials": liked, "credential_sets": sets})
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        answer(session(folder), vault, transaction.link, fetcher, verifier=transaction.client_id, yes=True, reuse=False)
    given = party.verify(state.posted[-1], now=NOW).presentations
    assert {name: [one.format for one in ones] for name, ones in given.items()} == {liked[0]["id"]: [first]}


def _wanted(query):
    (credential,) = query.dcql()["credentials"]
    return {name: value for name, value in credential.items() if name != "id"}
