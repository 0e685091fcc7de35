"""Folder "eudi": the European rulebooks and reference metadata, against our titles' tables through the public API."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from didkit_fr import specs
from didkit_fr.credentials import titles, types
from didkit_fr.errors import DidkitError
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

LATER = "until a later issue: trusted lists, and the metadata of other issuers"


def run() -> list[Case]:
    """Every file of the folder is a case; of the rulebook's tables, each row that names an attribute of ours."""
    home = vectors("eudi")
    cases = {**_types(home), **_rulebook(home), **_reference(home)}
    ran = [(name, _passes(check), None) for name, check in cases.items()]
    touched = {name.partition("#")[0] for name in cases}
    files = (path.relative_to(home).as_posix() for path in sorted(home.rglob("*")) if path.is_file())
    return [*ran, *((name, False, LATER) for name in files if name not in touched)]


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except DidkitError:
        return False


def _types(home: Path) -> dict[str, Callable[[], bool]]:
    """Published type metadata are parsed; of the identity, every claim of ours that is European is one of theirs."""
    cases: dict[str, Callable[[], bool]] = {}
    for path in sorted((home / "vct-type-metadata").glob("*.json")):
        stated = json.loads(path.read_bytes())["vct"]
        cases[path.relative_to(home).as_posix()] = lambda path=path, stated=stated: _described(path, stated)
    return cases


def _described(path: Path, vct: str) -> bool:
    document = json.loads(path.read_bytes())
    identifiers = [claim["svg_id"] for claim in document["claims"] if "svg_id" in claim]
    if len(set(identifiers)) < len(identifiers):
        # The published EHIC has one svg_id twice: section 5.6 has it refused, and nothing else in it.
        if not _refused(path.read_bytes()):
            return False
        for claim in document["claims"]:
            claim.pop("svg_id", None)
    metadata = types.parse(json.dumps(document).encode())
    if vct == "urn:eudi:pid:1":
        ours = types.parse(specs.read("credentials/pid/parent-type-metadata.json")).rules
        if {rule.path: rule.disclosure for rule in metadata.rules.values()} != {
            rule.path: rule.disclosure for rule in ours.values()
        }:
            return False
    return metadata.vct == vct


def _refused(raw: bytes) -> bool:
    try:
        types.parse(raw)
    except DidkitError as error:
        return error.code == "type_metadata_malformed"
    return False


def _rulebook(home: Path) -> dict[str, Callable[[], bool]]:
    tables = json.loads((home / "pid-rulebook-tables.json").read_bytes())["tables"]
    rows = {row.id: row for row in titles.load("pid").attributes}
    rows["birth_place"] = rows["birth_locality"]
    parent = types.parse(specs.read("credentials/pid/parent-type-metadata.json")).rules
    cases: dict[str, Callable[[], bool]] = {}
    for table in tables:
        for stated in table["rows"]:
            row = rows.get(stated.get("Data Identifier"))
            where = f"pid-rulebook-tables.json#{table['section'].split()[0]}/{stated.get('Data Identifier')}"
            if "Attribute identifier" not in stated:
                continue
            name = stated["Attribute identifier"]
            if table["section"].startswith("3.1.2"):
                if row is not None:
                    cases[where] = lambda row=row, name=name: row.mdoc[0] == name
            else:
                cases[where] = lambda row=row, name=name: _sd_jwt_name(row, tuple(name.split(".")), parent)
    return cases


def _sd_jwt_name(row: titles.Attribute | None, path: tuple[str, ...], parent: Any) -> bool:
    """Each claim of the rulebook is in the European type as we render it; in the French, if a register holds it."""
    return path in parent and (row is None or row.json[: len(path)] == path)


def _reference(home: Path) -> dict[str, Callable[[], bool]]:
    """The reference issuer's configurations of the titles that are mdoc only: the same elements, the same presence."""
    folder = "issuing-eudiw-metadata/credentials_supported"
    pairs = {"mdl_mdoc.json": "driving_licence", "age_verification_mdoc.json": "proof_of_age"}
    return {
        f"{folder}/{name}": lambda name=name, title=title: _same_elements(home / folder / name, title)
        for name, title in pairs.items()
    }


def _same_elements(path: Path, title: str) -> bool:
    (configuration,) = json.loads(path.read_bytes()).values()
    claims = (configuration.get("credential_metadata") or configuration)["claims"]
    theirs = {tuple(claim["path"]): bool(claim.get("mandatory")) for claim in claims}
    ours = json.loads(specs.read(f"credentials/{title}/mdoc-elements.json"))
    elements = {
        (namespace, name): element["mandatory"]
        for namespace, described in ours["namespaces"].items()
        for name, element in described.items()
    }
    return elements == theirs and ours["doctype"] == configuration["doctype"]
