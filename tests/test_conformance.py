"""The command for test suites of others, run as they run it: as a process, on the inputs of theirs."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import conformance
from tests.vectors import vectors
from tests.waiting import PATIENCE

COMMAND = Path(conformance.__file__)
JSON = "jose-cose-input"
KEYS = ("vm-p256", "vm-p384", "vm-p521", "vm-ed25519")
ISSUED = [
    ("credential_jose", "credential-minimal", "vm-p256", None),
    ("credential_jose", "credential-full", "vm-p384", None),
    ("presentation_jose", "presentation-single", "vm-p256", None),
    ("presentation_jose", "presentation-multiple", "vm-p521", None),
    (
        "credential_sdjwt",
        "credential-selective",
        "vm-p384",
        ["credentialSubject.firstName", "credentialSubject.lastName"],
    ),
    (
        "credential_sdjwt",
        "credential-nested-selective",
        "vm-p521",
        ["credentialSubject.address.street", "credentialSubject.address.city", "credentialSubject.phoneNumbers[0]"],
    ),
    ("presentation_sdjwt", "presentation-selective", "vm-p384", ["holder", "verifiableCredential[0]"]),
    ("credential_cose", "credential-minimal", "vm-did-ed25519", None),
    ("presentation_cose", "presentation-single", "vm-p384", None),
]


def source(name):
    return vectors("vcdm2") / JSON / f"{name}.json"


def process(function, feature, read, key, out, *, sd=None):
    """Runs the command in a process of its own."""
    more = [] if sd is None else ["--sd", sd if isinstance(sd, str) else json.dumps(sd)]
    command = [sys.executable, COMMAND, function, "--input", read, "--key", key, "--feature", feature, "--output", out]
    done = subprocess.run([*map(str, command), *more], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return answer(out)


def call(function, feature, read, key, out, *, sd=None):
    """As `process`, in this one."""
    more = [] if sd is None else ["--sd", sd if isinstance(sd, str) else json.dumps(sd)]
    command = [function, "--input", read, "--key", key, "--feature", feature, "--output", out]
    assert conformance.main([*map(str, command), *more]) == 0
    return answer(out)


def answer(out):
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found.keys() == {"result", "data"}
    return found["result"], found["data"]


@pytest.mark.vectors
@pytest.mark.parametrize(("feature", "name", "key", "sd"), ISSUED)
def test_documents_are_issued_and_verified(tmp_path, feature, name, key, sd):
    result, data = process("issue", feature, source(name), source(key), tmp_path / "issued.json", sd=sd)
    assert result == "success", data
    (tmp_path / "token.txt").write_text(f"{data}\n")
    verified = process("verify", feature, tmp_path / "token.txt", source(key), tmp_path / "verified.json")
    assert (verified[0], json.loads(verified[1])) == ("success", json.loads(source(name).read_text()))
    if sd is not None:
        assert data.count("~") == len(sd) + 1
    if feature.endswith("_cose"):
        assert base64.b64decode(data)[:1] == b"\xd2"
    other = "vm-p256" if key != "vm-p256" else "vm-p384"
    refused = call("verify", feature, tmp_path / "token.txt", source(other), tmp_path / "refused.json")
    assert refused == ("failure", "algorithm_refused")


@pytest.mark.vectors
@pytest.mark.parametrize("feature", conformance.FEATURES)
@pytest.mark.parametrize("key", KEYS)
def test_every_key_signs_every_form(tmp_path, feature, key):
    name = "credential-minimal" if feature.startswith("credential") else "presentation-single"
    result, data = call("issue", feature, source(name), source(key), tmp_path / "issued.json", sd="[]")
    assert result == "success"
    (tmp_path / "token.txt").write_text(data)
    assert call("verify", feature, tmp_path / "token.txt", source(key), tmp_path / "out.json")[0] == "success"
    # The last characters are of the signature, but in an SD-JWT, which ends with its last disclosure.
    signed = data.rstrip("~")
    broken = signed[:-6] + ("AAAAAA" if signed[-6:] != "AAAAAA" else "BBBBBB")
    (tmp_path / "token.txt").write_text(broken + data[len(signed) :])
    assert call("verify", feature, tmp_path / "token.txt", source(key), tmp_path / "out.json")[0] == "failure"


@pytest.mark.vectors
@pytest.mark.parametrize("feature", conformance.FEATURES)
def test_what_is_not_defined_or_not_secured_is_refused(tmp_path, feature):
    key, out = source("vm-ed25519"), tmp_path / "out.json"
    if feature.startswith("credential"):
        name = "credential-unknown-extensions"
        assert call("issue", feature, source(name), key, out) == ("failure", "jsonld_undefined_term")
    unsecured = source("credential-minimal" if feature.startswith("credential") else "presentation-single")
    assert call("verify", feature, unsecured, key, out)[0] == "failure"


@pytest.mark.vectors
def test_a_context_that_nobody_knows_leaves_it_open(tmp_path):
    document = json.loads(source("credential-minimal").read_text())
    document["@context"].append("https://example.org/nobody-knows")
    (tmp_path / "document.json").write_text(json.dumps(document))
    asked = ("credential_jose", tmp_path / "document.json", source("vm-p256"), tmp_path / "out.json")
    assert call("issue", *asked) == ("indeterminate", "context_unknown")


@pytest.mark.vectors
@pytest.mark.parametrize("sd", ["{", "{}", "[1]", '["a..b"]', '["a["]'])
def test_what_cannot_be_carried_out_says_so(tmp_path, sd):
    asked = ("credential_sdjwt", source("credential-minimal"), source("vm-p256"), tmp_path / "out.json")
    assert call("issue", *asked, sd=sd)[0] == "error"


@pytest.mark.vectors
def test_paths_that_are_not_there_or_must_stay_are_refused(tmp_path):
    asked = ("credential_sdjwt", source("credential-minimal"), source("vm-p256"), tmp_path / "out.json")
    assert call("issue", *asked, sd=["nothing.here"]) == ("failure", "sd_jwt_path_unknown")
    assert call("issue", *asked, sd=["credentialSchema"]) == ("failure", "sd_jwt_disclosable")


@pytest.mark.vectors
@pytest.mark.parametrize(
    "edit",
    [
        lambda method: method.pop("secretKeyJwk"),
        lambda method: method.pop("id"),
        lambda method: method["publicKeyJwk"].update(crv="P-384"),
        lambda method: method["secretKeyJwk"].update(d="AAAA"),
        lambda method: method.update(secretKeyJwk=[]),
        lambda method: method["secretKeyJwk"].update(
            d=json.loads(source("vm-ed25519").read_text())["secretKeyJwk"]["d"]
        ),
    ],
)
def test_a_key_that_cannot_sign_is_an_error(tmp_path, edit):
    method = json.loads(source("vm-p256").read_text())
    edit(method)
    (tmp_path / "key.json").write_text(json.dumps(method))
    asked = ("credential_jose", source("credential-minimal"), tmp_path / "key.json", tmp_path / "out.json")
    assert call("issue", *asked)[0] == "error"
    asked = ("credential_jose", tmp_path / "absent.json", source("vm-p256"), tmp_path / "out.json")
    assert call("verify", *asked)[0] == "error"
