import json
from pathlib import Path

import jsonschema
import pytest

from didkit_fr import specs
from didkit_fr.credentials import derive, titles, types, values
from didkit_fr.credentials.table import MDOC, SD_JWT_VC, W3C
from tests import derive as command
from tests.credentials.attributes import ANSWER
from tests.vectors import vectors

TITLES = specs.folders("credentials")
PLAIN = {
    "boolean": True,
    "country": "FR",
    "driving_privileges": [
        {"vehicle_category_code": "B", "issue_date": "2010-02-03", "codes": [{"code": "01"}]},
        {"vehicle_category_code": "BE", "codes": [{"code": "S06", "sign": "<=", "value": "70"}]},
    ],
    "full-date": "2001-02-03",
    "jpeg": "/9j//9k=",
    "latin1": "Légère",
    "text": "Œuvrard",
}


def answer_of(title):
    """A value that each of its rows allows."""
    answer = {}
    for row in title.attributes:
        kind = row.value
        if kind.type == "choice":
            one = min(kind.codes)
        elif kind.type == "uint":
            one = min(kind.allowed) if kind.allowed else kind.max
        else:
            one = PLAIN[kind.type][: kind.max or None] if isinstance(PLAIN[kind.type], str) else PLAIN[kind.type]
            one = PLAIN["jpeg"] if kind.type == "jpeg" else one
        answer[row.id] = [one] if kind.many else one
    return answer


def document(title_id, name):
    return json.loads(specs.read(f"credentials/{title_id}/{name}"))


@pytest.mark.parametrize("title_id", TITLES)
def test_what_is_committed_is_what_is_derived(title_id):
    wanted = derive.documents(titles.load(title_id))
    folder = command.HOME / title_id
    found = {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in command.BY_HAND}
    assert found == wanted, "run python -m tests.derive"


def test_the_command_writes_what_is_missing_and_removes_what_is_not_derived(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "HOME", tmp_path)
    for title_id in TITLES:
        (tmp_path / title_id).mkdir()
    (tmp_path / "pid" / "title.toml").touch()
    (tmp_path / "pid" / "surprise.json").touch()
    assert command.main() == 0
    assert (tmp_path / "pid" / "schema.json").read_bytes() == specs.read("credentials/pid/schema.json")
    assert {"pid/title.toml", "removed pid/surprise.json"} - set(capsys.readouterr().out.splitlines()) == {
        "pid/title.toml"
    }
    assert command.main() == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("title_id", TITLES)
def test_a_title_has_the_documents_of_its_formats(title_id):
    title = titles.load(title_id)
    names = set(derive.documents(title))
    assert ("type-metadata.json" in names) is (SD_JWT_VC in title.formats)
    assert ("mdoc-elements.json" in names) is (MDOC in title.formats)
    assert ("context.jsonld" in names) is bool(W3C & title.formats)
    assert {"credential-metadata.json", "attributes.md"} <= names


# --- the European rules that no table may break


def test_which_title_has_which_form():
    forms = {title_id: set(titles.load(title_id).formats) for title_id in TITLES}
    w3c = {"ldp_vc", "jwt_vc_json"}
    assert forms == {
        "pid": {"dc+sd-jwt", "mso_mdoc"},
        "passport": {"dc+sd-jwt", "mso_mdoc"},
        "residence_permit": {"dc+sd-jwt", "mso_mdoc"},
        "driving_licence": {"mso_mdoc"},
        "proof_of_age": {"mso_mdoc"},
        "national_identity": {"dc+sd-jwt"} | w3c,
        "residence_attestation": {"dc+sd-jwt"} | w3c,
    }
    assert {title_id for title_id in TITLES if titles.load(title_id).suspendable} == {
        "national_identity",
        "residence_attestation",
    }
    assert titles.load("proof_of_age").max_days == 90
    assert titles.load("proof_of_age").reuse.batch_size == 30


def test_types_and_document_types_are_each_one_title_s():
    named = [
        type_ for title_id in TITLES for type_ in (titles.load(title_id).vct, titles.load(title_id).doctype) if type_
    ]
    assert len(set(named)) == len(named)
    for type_ in named:
        assert titles.find(type_) is not None


# --- type metadata


@pytest.mark.parametrize("title_id", [one for one in TITLES if titles.load(one).vct])
def test_type_metadata_follow_the_published_schema(title_id):
    schema = json.loads(vectors("oid4vci/conformance-json-schemas/sdjwtvc/type_metadata.json").read_bytes())
    jsonschema.Draft202012Validator(schema).validate(document(title_id, "type-metadata.json"))


def test_the_european_type_follows_it_too():
    schema = json.loads(vectors("oid4vci/conformance-json-schemas/sdjwtvc/type_metadata.json").read_bytes())
    jsonschema.Draft202012Validator(schema).validate(document("pid", "parent-type-metadata.json"))


@pytest.mark.parametrize("title_id", [one for one in TITLES if titles.load(one).vct])
def test_every_claim_is_described_as_disclosable_and_no_other_is(title_id):
    title = titles.load(title_id)
    metadata = types.parse(specs.read(f"credentials/{title_id}/type-metadata.json"))
    claims = titles.build_claims(title, answer_of(title))
    concrete = titles.disclosable_paths(title, claims)
    described = {path for path, rule in metadata.rules.items() if rule.disclosure == "always"}
    assert {tuple(None if isinstance(step, int) else step for step in path) for path in concrete} == described
    never = {path for path, rule in metadata.rules.items() if rule.disclosure == "never"}
    assert never == {("vct",), ("iat",), ("exp",), ("cnf",), ("nbf",), ("status",)}


def test_the_french_identity_says_of_its_parent_what_the_parent_is():
    french = types.parse(specs.read("credentials/pid/type-metadata.json"))
    parent = specs.read("credentials/pid/parent-type-metadata.json")
    assert french.extends == "urn:eudi:pid:1" == types.parse(parent).vct
    types.check_integrity(parent, french.extends_integrity)
    types.combine(french.rules, types.parse(parent).rules)


# Where our rendering of the European type differs from the reference implementation's, with the reason.
LOOSER = {
    ("iss",): "the certificate names the issuer (HAIP 6.1.1; SD-JWT VC 2.2.2.3: optional)",
    ("date_of_expiry",): "optional in CIR 2024/2977 as amended, and in the rulebook 1.7",
}


def test_our_european_type_is_the_published_one_but_for_two_rules():
    ours = types.parse(specs.read("credentials/pid/parent-type-metadata.json")).rules
    theirs = types.parse(vectors("eudi/vct-type-metadata/pid_v1.4.json").read_bytes()).rules
    assert ours.keys() == theirs.keys()
    for path, rule in theirs.items():
        assert ours[path].disclosure == rule.disclosure, path
        assert ours[path].mandatory == (rule.mandatory and path not in LOOSER), path


# --- JSON Schema


@pytest.mark.parametrize("title_id", [one for one in TITLES if "schema.json" in derive.documents(titles.load(one))])
def test_the_schema_is_one_and_accepts_what_is_issued(title_id):
    title, schema = titles.load(title_id), document(title_id, "schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    answer = answer_of(title)
    validator.validate(titles.build_claims(title, answer))
    required = {row.id: answer[row.id] for row in title.attributes if row.required or len(row.json) > 1}
    validator.validate(titles.build_claims(title, required))
    for row in title.attributes:
        if row.required and len(row.json) == 1:
            claims = titles.build_claims(title, answer)
            del claims[row.json[0]]
            assert not validator.is_valid(claims), row.id


@pytest.mark.parametrize(
    "change",
    [
        {"family_name": ""},
        {"family_name": "x" * 151},
        {"birthdate": 1948},
        {"nationalities": []},
        {"nationalities": ["FR", "FR"]},
        {"nationalities": ["France"]},
        {"place_of_birth": {}},
        {"place_of_birth": {"planet": "Earth"}},
        {"sex": 7},
        {"sex": True},
        {"picture": "https://example.org/me.jpg"},
        {"age_over_18": 1},
    ],
)
def test_the_schema_refuses_what_a_codec_would(change):
    validator = jsonschema.Draft202012Validator(document("pid", "schema.json"))
    claims = titles.build_claims(titles.load("pid"), ANSWER)
    validator.validate(claims)
    assert not validator.is_valid(claims | change)


# --- JSON-LD


@pytest.mark.parametrize("title_id", ["national_identity", "residence_attestation"])
def test_the_context_gives_each_claim_one_meaning(title_id):
    title = titles.load(title_id)
    terms = document(title_id, "context.jsonld")["@context"]
    assert terms["@protected"] is True
    assert terms[title.name].startswith(title.vocabulary)
    meanings = []
    for row in title.attributes:
        node = terms
        for step in row.json[:-1]:
            node = node[step]["@context"]
        meanings.append(node[row.json[-1]]["@id"])
        if row.value.type == "full-date":
            assert node[row.json[-1]]["@type"].endswith("#date")
    assert len(set(meanings)) == len(meanings)
    assert all(meaning.startswith(("https://schema.org/", title.vocabulary)) for meaning in meanings)


def test_one_term_means_the_same_in_every_title():
    seen = {}
    for title_id in ("national_identity", "residence_attestation"):
        for name, term in document(title_id, "context.jsonld")["@context"].items():
            if isinstance(term, dict) and "@context" not in term:
                assert seen.setdefault(name, term) == term


# --- mdoc


def test_the_driving_licence_has_the_elements_that_iso_and_europe_ask_for():
    reference = json.loads(vectors("eudi/issuing-eudiw-metadata/credentials_supported/mdl_mdoc.json").read_bytes())
    (configuration,) = reference.values()
    claims = (configuration.get("credential_metadata") or configuration)["claims"]
    theirs = {claim["path"][1]: bool(claim.get("mandatory")) for claim in claims}
    ours = document("driving_licence", "mdoc-elements.json")
    assert ours["doctype"] == configuration["doctype"]
    elements = ours["namespaces"]["org.iso.18013.5.1"]
    assert {name: element["mandatory"] for name, element in elements.items()} == theirs
    assert elements["driving_privileges"]["cddl"] == "driving_privileges"


def test_the_proof_of_age_has_the_elements_of_the_european_profile():
    path = "eudi/issuing-eudiw-metadata/credentials_supported/age_verification_mdoc.json"
    (configuration,) = json.loads(vectors(path).read_bytes()).values()
    claims = (configuration.get("credential_metadata") or configuration)["claims"]
    elements = document("proof_of_age", "mdoc-elements.json")["namespaces"]["eu.europa.ec.av.1"]
    assert set(elements) == {claim["path"][1] for claim in claims}
    assert [name for name, element in elements.items() if element["mandatory"]] == ["age_over_18"]


def test_mdoc_elements_of_the_identity_card():
    elements = document("pid", "mdoc-elements.json")["namespaces"]
    european = elements["eu.europa.ec.eudi.pid.1"]
    assert european["nationality"] == {"cddl": "[+ tstr]", "mandatory": True}
    assert european["place_of_birth"]["members"].keys() == {"country", "locality"}
    assert european["birth_date"]["cddl"] == "full-date"
    assert set(elements["eu.europa.ec.eudi.pid.fr.1"]) == {"age_over_18", "birth_date_presumed"}


def test_credential_metadata_name_mdoc_elements_by_namespace():
    claims = document("pid", "credential-metadata.json")["mso_mdoc"]["claims"]
    paths = [tuple(claim["path"]) for claim in claims]
    assert ("eu.europa.ec.eudi.pid.1", "birth_date") in paths
    assert ("eu.europa.ec.eudi.pid.1", "place_of_birth", "country") in paths
    assert ("eu.europa.ec.eudi.pid.fr.1", "age_over_18") in paths
    assert len(set(paths)) == len(paths)


# --- rulebooks


@pytest.mark.parametrize("title_id", ["passport", "residence_permit", "national_identity", "residence_attestation"])
def test_a_title_without_european_rulebook_has_ours(title_id):
    text = (Path(command.HOME) / title_id / "rulebook.md").read_text(encoding="utf-8")
    title = titles.load(title_id)
    for due in ("## Attributes", "## Encodings", "## Trust", "## Revocation", f"`{title.vct}`"):
        assert due in text
    assert title.doctype is None or f"`{title.doctype}`" in text


def test_every_codec_is_used_by_a_title():
    used = {row.value.type for title_id in TITLES for row in titles.load(title_id).attributes}
    assert used == set(values.CODECS)
