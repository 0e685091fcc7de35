import json
from base64 import b64encode

import pytest

from didkit_fr import specs
from didkit_fr.credentials import titles
from didkit_fr.credentials.elements import build_elements
from didkit_fr.encoding import cbor
from didkit_fr.encoding.cbor import Tag
from didkit_fr.errors import DidkitError
from didkit_fr.formats import mso_mdoc
from didkit_fr.formats.occasion import Issuance
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.keys import software, x509
from didkit_fr.proofs.mdoc.issue import Validity

DOCUMENTS = ("pid", "driving_licence", "proof_of_age", "passport", "residence_permit")
JPEG = b"\xff\xd8\xff\xe0 portrait \xff\xd9"
PRIVILEGES = [
    {
        "vehicle_category_code": "B",
        "issue_date": "2010-06-01",
        "expiry_date": "2030-06-01",
        "codes": [{"code": "01"}, {"code": "S06", "sign": "<=", "value": "70"}],
    },
    {"vehicle_category_code": "A1"},
]
SAMPLE = {
    "boolean": True,
    "choice": None,
    "country": "FR",
    "driving_privileges": PRIVILEGES,
    "full-date": "2001-02-03",
    "jpeg": b64encode(JPEG).decode(),
    "latin1": "Lef",
    "text": "Éloïse",
    "uint": 1,
}


def answer(title):
    """A register's answer with every row of the table."""
    attributes = {}
    for row in title.attributes:
        one = SAMPLE[row.value.type]
        if row.value.type == "choice":
            one = min(row.value.codes)
        if row.value.type in ("text", "latin1"):
            one = one[: row.value.max]
        attributes[row.id] = [one] if row.value.many else one
    return attributes


def kind_of(value):
    if isinstance(value, Tag):
        return {1004: "full-date"}[value.tag]
    return {bool: "bool", str: "tstr", int: "uint", bytes: "bstr", dict: "map"}[type(value)]


def agrees(value, cddl):
    if cddl == "driving_privileges":
        return isinstance(value, list)
    if cddl.startswith("[+ "):
        return all(kind_of(one) == cddl[3:-1] for one in value)
    return kind_of(value) == cddl


@pytest.mark.parametrize("title_id", DOCUMENTS)
def test_every_element_is_of_the_type_that_was_published(title_id):
    title = titles.load(title_id)
    elements = build_elements(title, answer(title))
    published = json.loads(specs.read(f"credentials/{title_id}/mdoc-elements.json"))["namespaces"]
    assert {name: set(values) for name, values in elements.items()} == {
        name: set(rows) for name, rows in published.items()
    }
    for name, rows in published.items():
        for identifier, row in rows.items():
            value = elements[name][identifier]
            assert agrees(value, row["cddl"]), identifier
            for member, described in row.get("members", {}).items():
                assert agrees(value[member], described["cddl"]), member


@pytest.mark.parametrize("title_id", DOCUMENTS)
def test_a_document_of_each_title_is_issued_and_read(title_id):
    title, signer, holder = titles.load(title_id), software.generate(), software.generate()
    root = x509.issue_root(signer, name="r", country="FR", now=0, days=9)
    elements = build_elements(title, answer(title))
    raw = mso_mdoc.sign(
        elements,
        signer,
        doctype=title.doctype,
        validity=Validity(0, 0, 9),
        device_key=holder.public_key,
        chain=[root],
    )
    verified = mso_mdoc.verify(
        mso_mdoc.parse(raw), IssuerKey(signer.public_key), ProofRules({"ES256"}, (), 0, 0), Issuance(holder.public_key)
    )
    assert verified.type == title.doctype
    assert verified.claims == cbor.to_json(elements)


@pytest.mark.parametrize("title_id", DOCUMENTS)
def test_no_element_stands_in_two_namespaces(title_id):
    """Zero-knowledge proofs over mdoc do not bind the namespace: one element could be proved where another was meant.

    So a name has one meaning in a whole document type, also in what is issued, not only in the table.
    """
    title = titles.load(title_id)
    names = [name for values in build_elements(title, answer(title)).values() for name in values]
    assert len(set(names)) == len(names)


def test_the_identity_has_a_european_and_a_french_namespace():
    assert set(build_elements(titles.load("pid"), answer(titles.load("pid")))) == {
        "eu.europa.ec.eudi.pid.1",
        "eu.europa.ec.eudi.pid.fr.1",
    }


def test_driving_privileges_have_dates_of_cbor():
    title = titles.load("driving_licence")
    elements = build_elements(title, answer(title))["org.iso.18013.5.1"]
    assert elements["driving_privileges"] == [
        {**PRIVILEGES[0], "issue_date": Tag(1004, "2010-06-01"), "expiry_date": Tag(1004, "2030-06-01")},
        {"vehicle_category_code": "A1"},
    ]
    assert elements["portrait"] == JPEG
    assert elements["issue_date"] == Tag(1004, "2001-02-03")


def test_a_person_may_opt_out_of_a_portrait():
    title = titles.load("pid")
    rows = [row for row in title.attributes if row.value.type == "jpeg" and row.value.may_be_empty]
    assert rows
    elements = build_elements(title, answer(title) | {rows[0].id: ""})
    assert elements["eu.europa.ec.eudi.pid.1"][rows[0].mdoc[0]] == b""


def test_the_proof_of_age_says_nothing_but_ages_and_is_spent_in_three_months():
    title = titles.load("proof_of_age")
    assert (title.reuse.batch_size, title.reuse.policy) == (30, "once_only")
    assert 0 < title.max_days <= 92
    elements = build_elements(title, {"age_over_18": True})
    assert elements == {"eu.europa.ec.av.1": {"age_over_18": True}}


@pytest.mark.parametrize(
    ("title_id", "change", "code"),
    [
        ("national_identity", {}, "title_not_mdoc"),
        ("driving_licence", {"driving_privileges": [{"vehicle_category_code": "Z"}]}, "value_invalid"),
        ("driving_licence", {"more": 1}, "attribute_unknown"),
        ("driving_licence", {"family_name": None}, "value_invalid"),
    ],
)
def test_a_wrong_answer_is_refused(title_id, change, code):
    title = titles.load(title_id)
    with pytest.raises(DidkitError) as error:
        build_elements(title, answer(title) | change)
    assert error.value.code == code
