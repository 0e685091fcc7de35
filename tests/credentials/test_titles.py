import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr import specs
from didkit_fr.credentials import derive, titles
from didkit_fr.errors import ParseError
from tests.credentials.attributes import ANSWER
from tests.vectors import vectors

PID = titles.load("pid")
RAW = specs.read("credentials/pid/title.toml").decode()


SMALL = """
id = "small"
label = { fr = "Petit", en = "Small" }
description = { fr = "Un petit titre", en = "A small title" }
category = "pub-eaa"
vct = "urn:example:small"
doctype = "org.example.small"
formats = ["dc+sd-jwt", "mso_mdoc"]
reuse = { batch_size = 1, policy = "once_only" }
[namespaces]
a = "org.example.a"
b = "org.example.b"
[[attribute]]
id = "one"
value = { type = "boolean" }
label = { fr = "Un", en = "One" }
"""
ROW = '[[attribute]]\nid = "two"\nvalue = { type = "boolean" }\nlabel = { fr = "Deux", en = "Two" }\n'


def refused(raw):
    with pytest.raises(ParseError) as error:
        titles.parse(raw if isinstance(raw, bytes) else raw.encode())
    assert error.value.code == "title_malformed"


def test_claims_stand_at_their_paths_in_the_table_s_order():
    claims = titles.build_claims(PID, dict(reversed(ANSWER.items())))
    assert claims == {
        "family_name": "Œuvrard",
        "given_name": "Anne-Gaël",
        "birthdate": "1948-07-14",
        "place_of_birth": {"country": "FR", "locality": "Y"},
        "nationalities": ["FR", "DZ"],
        "picture": "data:image/jpeg;base64,/9j/4P/Z",
        "sex": 2,
        "address": {"locality": "Corte"},
        "issuing_authority": "Registre",
        "issuing_country": "FR",
        "age_over_18": True,
        "birth_date_presumed": False,
    }
    assert list(claims)[:4] == ["family_name", "given_name", "birthdate", "place_of_birth"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"family_name": None}, "value_invalid"),
        ({"birth_date": "1948-00-00"}, "value_invalid"),
        ({"nationality": "FR"}, "value_invalid"),
        ({"nickname": "x"}, "attribute_unknown"),
        ({"vct": "urn:eudi:pid:1"}, "attribute_unknown"),
        ({"place_of_birth": {"country": "FR"}}, "attribute_unknown"),
    ],
)
def test_a_wrong_answer_is_refused(change, code):
    with pytest.raises(ParseError) as error:
        titles.build_claims(PID, {**ANSWER, **change})
    assert error.value.code == code


@pytest.mark.parametrize(
    "absent", [["family_name"], ["birth_date"], ["nationality"], ["birth_country", "birth_locality"]]
)
def test_a_required_attribute_is_missing(absent):
    with pytest.raises(ParseError) as error:
        titles.build_claims(PID, {key: ANSWER[key] for key in ANSWER if key not in absent})
    assert error.value.code == "attribute_missing"


@given(
    st.dictionaries(st.sampled_from([row.id for row in PID.attributes]) | st.text(), st.text() | st.lists(st.none()))
)
def test_any_answer_is_built_or_refused(answer):
    with pytest.raises(ParseError):
        titles.build_claims(PID, answer)


def test_everything_a_register_said_is_disclosable_alone():
    claims = {**titles.build_claims(PID, ANSWER), "vct": PID.vct, "exp": 1, "cnf": {"jwk": {"x": 1}}}
    paths = titles.disclosable_paths(PID, claims)
    assert len(set(paths)) == len(paths)
    assert ("nationalities", 1) in paths
    assert ("place_of_birth", "country") in paths
    assert paths.index(("place_of_birth",)) < paths.index(("place_of_birth", "country"))
    assert not {path[0] for path in paths} & {"vct", "exp", "cnf"}
    leaves = 12 + 2 + 2 + 1
    assert len(paths) == leaves


def test_metadata_follows_openid4vci():
    metadata = derive.credential_metadata(PID)
    paths = [tuple(claim["path"]) for claim in metadata["claims"]]
    assert len(set(paths)) == len(paths)
    assert paths[0] == ("family_name",)
    assert ("nationalities", None) in paths
    assert ("place_of_birth",) in paths
    for display in [metadata["display"], *(claim["display"] for claim in metadata["claims"])]:
        assert [one["locale"] for one in display] == ["fr", "en"]
        assert all(one["name"] for one in display)
    mandatory = {tuple(claim["path"]) for claim in metadata["claims"] if claim["mandatory"]}
    assert {("family_name",), ("birthdate",), ("place_of_birth",), ("nationalities",)} <= mandatory
    assert ("place_of_birth", "locality") not in mandatory
    json.dumps(metadata)


def test_labels():
    assert titles.label(PID, ("birthdate",), "fr") == "Date de naissance"
    assert titles.label(PID, ("birthdate",), "en") == "Date of birth"
    assert titles.label(PID, ("birthdate",), "br") == "Date de naissance"
    assert titles.label(PID, ("place_of_birth", "country"), "en") == "Country of birth"
    assert titles.label(PID, ("address",), "fr") == "Adresse"
    assert titles.label(PID, ("nationalities", 0), "fr") == titles.label(PID, ("nationalities", None), "fr")
    assert titles.label(PID, ("a", None, 3), "fr") == "a.*.3"
    assert titles.label(PID, ("birthdate", "x"), "fr") == "birthdate.x"
    assert titles.label(PID, (0, "birthdate"), "fr") == "0.birthdate"
    assert titles.label(PID, ("\x1b[2J\u202e",), "fr") == "\ufffd[2J\ufffd"


def test_finding_a_title():
    assert titles.find("urn:eudi:pid:fr:1") is PID
    assert titles.find("urn:eudi:pid:1") is None
    for unknown in ("", "..", "PID", "pid/", "driving", "../pid"):
        with pytest.raises(ParseError) as error:
            titles.load(unknown)
        assert error.value.code == "title_unknown"


@pytest.mark.parametrize("title_id", specs.folders("credentials"))
def test_no_element_id_in_two_namespaces(title_id):
    title = titles.load(title_id)
    namespaces: dict[str, set[str]] = {}
    for row in title.attributes:
        namespaces.setdefault(row.mdoc[0], set()).add(row.namespace)
    assert all(len(of) == 1 for of in namespaces.values())


# What the rulebook has and the French title leaves out, with the reason.
LEFT_OUT = {
    "email_address": "a national register holds none",
    "mobile_phone_number": "a national register holds none",
    "issuing_jurisdiction": "one jurisdiction: the country",
    "trust_anchor": "relying parties have their anchors; an address in the title would invite a fetch",
    "attestation_legal_category": "the type says it",
    "resident_house_number": "in the street, as French addresses are kept",
}


def test_the_table_agrees_with_the_rulebook():
    tables = json.loads(vectors("eudi/pid-rulebook-tables.json").read_text(encoding="utf-8"))["tables"]
    mdoc, sd_jwt = {}, {}
    for table in tables:
        for row in table["rows"]:
            if table["section"].startswith("3.1.2"):
                mdoc[row["Data Identifier"]] = row["Attribute identifier"]
            elif table["section"].startswith("4.1.1"):
                sd_jwt[row["Data Identifier"]] = row["Attribute identifier"]
    rows = {row.id: row for row in PID.attributes if row.namespace == "eu"}
    places = [rows.pop("birth_country"), rows.pop("birth_locality")]
    assert {row.mdoc[0] for row in places} == {mdoc.pop("birth_place")}
    assert {row.json[0] for row in places} == {"place_of_birth"} == {sd_jwt.pop("birth_place")}
    assert mdoc == {row.id: row.mdoc[0] for row in rows.values()} | {
        name: mdoc[name] for name in LEFT_OUT if name in mdoc
    }
    flat = {row.id: ".".join(row.json) for row in rows.values()}
    rest = {"family_name": "family_name", "given_name": "given_name"}
    assert {**rest, **sd_jwt} == flat | {name: sd_jwt[name] for name in LEFT_OUT if name in sd_jwt}
    assert not set(LEFT_OUT) & flat.keys()


def test_every_claim_is_one_of_the_published_type_or_french():
    published = json.loads(vectors("eudi/vct-type-metadata/pid_v1.4.json").read_text(encoding="utf-8"))
    known = {tuple(claim["path"]) for claim in published["claims"]}
    for claim in derive.credential_metadata(PID)["claims"]:
        assert tuple(claim["path"]) in known | {("age_over_18",), ("birth_date_presumed",)}
    assert published["vct"] == PID.extends


def test_a_small_table():
    title = titles.parse(SMALL.encode())
    assert title.attributes[0].json == title.attributes[0].mdoc == ("one",)
    assert title.attributes[0].namespace == "a"
    assert title.extends is None
    with pytest.raises(AttributeError):
        title.id = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        title.namespaces["c"] = "x"  # type: ignore[index]


def test_a_national_title_may_be_suspended_and_have_w3c_forms():
    raw = SMALL.replace('category = "pub-eaa"', 'category = "national"\nsuspendable = true\nvocabulary = "urn:x#"')
    title = titles.parse(raw.replace('"mso_mdoc"', '"mso_mdoc", "ldp_vc"').encode())
    assert title.suspendable
    refused(raw)  # a vocabulary without a form that has terms


def test_without_mdoc_there_are_no_namespaces():
    raw = SMALL.replace(', "mso_mdoc"', "").replace('doctype = "org.example.small"', "")
    raw = raw.replace('[namespaces]\na = "org.example.a"\nb = "org.example.b"\n', "")
    title = titles.parse(raw.encode())
    assert (title.doctype, title.attributes[0].namespace) == (None, "")
    refused(raw + 'ns = "a"\n')


@pytest.mark.parametrize(
    "row",
    [
        ROW.replace('"two"', '"one"'),
        ROW.replace('"two"', '"Two"'),
        ROW + 'ns = "c"\n',
        ROW + 'ns = "b"\nmdoc = ["one"]\n',
        ROW + 'mdoc = ["one"]\n',
        ROW + 'mdoc = ["one", "x"]\n',
        ROW + "mdoc = []\n",
        ROW + "json = []\n",
        ROW + 'json = ["one"]\n',
        ROW + 'json = ["cnf"]\n',
        ROW + 'json = ["status"]\n',
        ROW + 'json = ["_sd"]\n',
        ROW + 'json = ["..."]\n',
        ROW + 'json = ["x", "y"]\n',
        ROW + 'json = ["x", "y", "z"]\n',
        ROW + "term = 1\n",
        ROW + 'term = "a b"\n',
        ROW.replace("boolean", "choice"),
        ROW.replace('{ type = "boolean" }', '{ type = "choice", codes = [1] }'),
        ROW + "json = [1]\n",
        ROW + "required = 1\n",
        ROW + "surprise = true\n",
        ROW.replace("boolean", "colour"),
        ROW.replace('{ type = "boolean" }', '"boolean"'),
        ROW.replace('{ type = "boolean" }', '{ type = "boolean", max = 3 }'),
        ROW.replace('{ type = "boolean" }', '{ type = "text" }'),
        ROW.replace('{ type = "boolean" }', '{ type = "text", max = 0 }'),
        ROW.replace('{ type = "boolean" }', '{ type = "text", max = true }'),
        ROW.replace('{ type = "boolean" }', '{ type = "uint", max = 3, allowed = ["1"] }'),
        ROW.replace(', en = "Two"', ""),
        ROW.replace('"Deux"', '""'),
        ROW.replace('"Deux"', '"a\\u202e"'),
        ROW.replace(', en = "Two"', ', en = "Two", br = "Daou"'),
        "[groups.x]\nlabel = { fr = 'X', en = 'X' }\n",
        "[surprise]\n",
    ],
)
def test_a_wrong_row_is_refused(row):
    refused(SMALL + row)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "small"', ""),
        ('vct = "urn:example:small"', 'vct = ""'),
        ('["dc+sd-jwt", "mso_mdoc"]', "[]"),
        ('["dc+sd-jwt", "mso_mdoc"]', '["jwt"]'),
        ("batch_size = 1", "batch_size = 0"),
        ("batch_size = 1", "batch_size = 1000"),
        ("once_only", "for_ever"),
        ("[[attribute]]", "[attribute]"),
        ("[namespaces]", "[name]"),
        ('a = "org.example.a"', "a = 1"),
        ("batch_size = 1", "batch_size = " + "9" * 5000),
        ('category = "pub-eaa"', ""),
        ('category = "pub-eaa"', 'category = "eaa"'),
        ('category = "pub-eaa"', 'category = "pub-eaa"\nsuspendable = true'),
        ('category = "pub-eaa"', 'category = "pid"\nsuspendable = true'),
        ('category = "pub-eaa"', 'category = "national"\nsuspendable = 1'),
        ('category = "pub-eaa"', 'category = "pub-eaa"\nmax_days = -1'),
        ('category = "pub-eaa"', 'category = "pub-eaa"\nmax_days = true'),
        ('category = "pub-eaa"', 'category = "pub-eaa"\nvocabulary = "urn:x#"'),
        ('category = "pub-eaa"', 'category = "pub-eaa"\nextends = "urn:example:small"'),
        ('category = "pub-eaa"', 'category = "pub-eaa"\nextends = ["urn:example:other"]'),
        ('["dc+sd-jwt", "mso_mdoc"]', '["dc+sd-jwt"]'),
        ('["dc+sd-jwt", "mso_mdoc"]', '["mso_mdoc"]'),
        ('["dc+sd-jwt", "mso_mdoc"]', '["dc+sd-jwt", "mso_mdoc", "ldp_vc"]'),
        ('doctype = "org.example.small"', ""),
        ('description = { fr = "Un petit titre", en = "A small title" }', ""),
        ("batch_size = 1", "batch_size = 2020-02-30"),
    ],
)
def test_a_wrong_head_is_refused(old, new):
    assert old in SMALL
    refused(SMALL.replace(old, new))


@pytest.mark.parametrize("raw", [b"", b"\xff", b"\xef\xbb\xbf", b"a = 1", b"x" * 70_000, b"a = " + b"[" * 5000])
def test_what_is_not_a_table_is_refused(raw):
    refused(raw)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(raw):
    refused(raw)


@given(
    st.integers(0, len(RAW) - 1), st.integers(0, 40), st.sampled_from(["", '"', "[", "\n", "= 1", "true", "\0", "é"])
)
def test_an_edited_table_is_parsed_or_refused(at, length, put):
    raw = (RAW[:at] + put + RAW[at + length :]).encode()
    try:
        title = titles.parse(raw)
    except ParseError as error:
        title, code = None, error.code
    if title is None:
        assert code == "title_malformed"
    else:
        assert tomllib.loads(raw.decode())["id"] == title.id
        derive.credential_metadata(title)


def test_labels_of_documents():
    eu = PID.namespaces["eu"]
    assert titles.label(PID, (eu, "birth_date"), "fr") == "Date de naissance"
    assert titles.label(PID, (eu, "place_of_birth"), "en") == "Place of birth"
    assert titles.label(PID, (eu, "place_of_birth", "country"), "en") == "Country of birth"
    assert titles.label(PID, (eu, "nationality", 1), "en") == titles.label(PID, ("nationalities", 1), "en")
    assert titles.label(PID, ("org.iso.18013.5.1", "birth_date"), "en") == "org.iso.18013.5.1.birth_date"
    licence = titles.load("driving_licence")
    privilege = (licence.namespaces["iso"], "driving_privileges")
    assert titles.label(licence, privilege, "en") == "Driving privileges"
    assert titles.label(licence, (*privilege, 0, "vehicle_category_code"), "en") == "Driving privileges 1, category"
    assert titles.label(licence, (*privilege, None, "issue_date"), "fr") == "Droits à conduire, date de délivrance"
    assert titles.label(licence, (*privilege, 1, "codes", 0, "code"), "fr") == "Droits à conduire 2, code"
    assert titles.label(licence, (*privilege, 0, "other"), "fr") == ".".join((*privilege, "0", "other"))
