"""Every guarantee is held by a test, every marker names a guarantee; and those that had no test elsewhere."""

import ast
import re
from pathlib import Path

import pytest

from didkit_fr.encoding import base64url, json
from didkit_fr.errors import DidkitError, FetchError, ParseError, ProtocolError, VerificationError
from didkit_fr.keys import software
from didkit_fr.proofs.jose import jws
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED, TokenRequest
from didkit_fr.protocols.openid4vci.credential import CredentialRequest
from didkit_fr.protocols.openid4vci.proof import build_proof
from issuer_service.titles.issuance import authenticate, fresh_nonce, issue, redeem
from tests.error_table import CODES
from tests.issuer_service.world import NOW, code_of, opened, scenario

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "specs" / "guarantees.md").read_text(encoding="utf-8")
PROMISED = re.findall(r"^\| (G\d+) \| (.+) \|$", TEXT, re.MULTILINE)
MARKER = re.compile(r"mark\.guarantee\(")


def markers() -> dict[str, list[str]]:
    """Which tests carry each identifier; a marker that stands on anything but a test is a mistake."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        source, count = path.read_text(encoding="utf-8"), 0
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for mark in map(named, node.decorator_list):
                if mark is not None:
                    assert node.name.startswith("test_"), f"{path.name}: {node.name} is no test"
                    found.setdefault(mark, []).append(f"{path.name}::{node.name}")
                    count += 1
        assert path == Path(__file__) or count == len(MARKER.findall(source)), f"{path.name}: a marker out of place"
    return found


def named(decorator: ast.expr) -> str | None:
    """The identifier in `@pytest.mark.guarantee("G1")`."""
    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.guarantee":
        (argument,) = decorator.args
        assert isinstance(argument, ast.Constant), "the identifier stands in the marker itself"
        return str(argument.value)
    return None


def test_every_guarantee_is_held_and_every_marker_names_one() -> None:
    identifiers = [identifier for identifier, _ in PROMISED]
    assert sorted(identifiers, key=lambda name: int(name[1:])) == [f"G{n}" for n in range(1, len(identifiers) + 1)]
    assert markers().keys() == set(identifiers)


def test_a_guarantee_is_one_sentence() -> None:
    for identifier, sentence in PROMISED:
        assert sentence.endswith("."), identifier
        assert ". " not in sentence, identifier


def test_the_threat_model_names_guarantees_that_exist_and_leaves_none_out() -> None:
    model = (ROOT / "specs" / "threat-model.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\bG\d+\b", model)) == {identifier for identifier, _ in PROMISED}


async def copies(world, ticket: str, count: int) -> list[str]:
    """A batch, as a wallet gets it."""
    made = await world.offer(ticket)
    request = TokenRequest(grant_type=PRE_AUTHORIZED, code=code_of(made), tx_code=made.tx_code)
    token = (await redeem(world.ports, request, now=NOW)).access_token
    nonce, audience = fresh_nonce(world.issuer, now=NOW), world.config.settings.issuer
    proofs = [build_proof(software.generate(), audience=audience, nonce=nonce, now=NOW) for _ in range(count)]
    asked = CredentialRequest(credential_configuration_id="pid_dc_sd_jwt", proofs={"jwt": tuple(proofs)})
    done = await issue(world.issuer, await authenticate(world.issuer, token, now=NOW), asked, now=NOW)
    return list(done.credentials)


def visible(raw: str) -> set[tuple[str, object]]:
    """What any relying party sees of a copy whatever is disclosed: each value of header and payload, by its place."""
    token, *disclosures = raw.rstrip("~").split("~")
    header = json.parse_object(base64url.decode(token.split(".")[0]))
    claims = jws.parse(token).unverified_claims()
    entry = claims["status"]["status_list"]
    entry["idx"] = f"{entry['idx']} of {entry['uri']}"  # the same number in another list is another entry
    values = set(leaves({"header": header, "payload": claims}))
    return values | {("signature", token.rsplit(".", 1)[1])} | {("disclosure", one) for one in disclosures}


def leaves(value: object, place: str = ""):
    """Array elements lose their place: a digest is the same wherever it stands."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, f"{place}/{name}")
    elif isinstance(value, list | tuple):
        for element in value:
            yield from leaves(element, place)
    else:
        yield place, value


@pytest.mark.guarantee("G6")
@scenario
async def test_copies_of_one_person_share_no_more_than_copies_of_two(tmp_path) -> None:
    async with opened(tmp_path) as world:
        first, second = (visible(raw) for raw in await copies(world, "ticket of one", 2))
        (other,) = (visible(raw) for raw in await copies(world, "ticket of another", 1))
    shared = {(place, value) for place, value in first & second if place != "/payload/status/status_list/uri"}
    assert shared <= other
    places = {place for place, _ in shared}
    assert {"/payload/iat", "/payload/nbf", "/payload/exp", "/payload/vct", "/header/x5c"} <= places
    assert not places & {"/payload/_sd", "/payload/cnf/jwk/x", "/payload/cnf/jwk/y", "signature", "disclosure"}
    assert not places & {"/payload/status/status_list/idx", "/payload/iss", "/payload/sub", "/payload/jti"}


@pytest.mark.guarantee("G24")
@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_two_meanings_and_one_kind(code) -> None:
    kind, english, french = CODES[code].kind, CODES[code].en, CODES[code].fr
    assert kind in {ParseError, FetchError, VerificationError, ProtocolError}
    assert english.strip()
    assert french.strip()
    assert english != french
    error = kind(code, "where")
    assert isinstance(error, DidkitError)
    assert (error.code, error.detail) == (code, "where")
    assert json.parse(json.encode({"code": code})) == {"code": code}


def test_a_wallet_has_a_hint_where_its_user_can_do_something() -> None:
    from wallet_cli.messages import HINTS

    due = {
        code for code, meaning in CODES.items() if meaning.kind is FetchError and code.startswith(("fetch", "vault"))
    }
    due -= {"fetch_too_large"}  # nothing that a person can mend
    due |= {"access_denied", "anchors_malformed", "invalid_grant", "issuer_unknown", "no_copy_left", "nothing_matches"}
    due |= {"passphrase_wrong", "sealed_malformed", "title_not_held", "vault_exists", "passphrase_too_short"}
    assert due <= HINTS.keys()
