"""Folder "sdjwt": RFC 9901 and SD-JWT VC through the public API.

A case is a token (verified, its processed payload compared), a specification (issued, selected, verified, and the
result compared) or type metadata (parsed, extended, a credential held against them). The other JSON blocks of the two
documents are the expected results, or are not SD-JWT at all.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from didkit_fr.credentials import types
from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import ClaimsPath
from didkit_fr.errors import DidkitError
from didkit_fr.keys import jwk, software
from didkit_fr.keys.public import PublicKey
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.proofs.sd_jwt.json_serialization import parse_json
from didkit_fr.verification.type_metadata import check_claims
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

ALGORITHMS = ("ES256",)
NONCE = "1234567890"
IAT = 1_748_537_000
DECOYS = 3

RSA = "RS256: RSA is not supported"
SHA3 = "sha3-512 digests and no token: there is nothing to verify"
KEY = "an RSA key: the keys of this project are P-256"

LEFT_OUT = {
    "eudi-sdjwt-kt/exampleIssuanceSdJwt.txt/signature": RSA,
    "eudi-sdjwt-kt/examplePresentationSdJwt.txt/signature": RSA,
    "eudi-sdjwt-kt/examplesIssuerKey.json": KEY,
    "eudi-sdjwt-kt/exampleHolderKey.json": KEY,
    "eudi-sdjwt-kt/flat.json": SHA3,
}


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("sdjwt")
    cases = {**_section5(home), **_examples(home), **_types(home), **_specifications(home), **_kotlin(home)}
    ran = [(name, _passes(check), None) for name, check in cases.items() if name not in LEFT_OUT]
    return [*ran, *((name, False, reason) for name, reason in LEFT_OUT.items())]


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except DidkitError:
        return False


def _holds(raw: str, key: PublicKey, expected: Any, least: Mapping[str, Any] = MappingProxyType({})) -> bool:
    """Verifies a token with the `typ` it states, its key binding where it has one, and compares its payload."""
    return _parsed_holds(sd_jwt.parse(raw), key, expected, least)


def _parsed_holds(
    parsed: sd_jwt.UnverifiedSdJwt, key: PublicKey, expected: Any, least: Mapping[str, Any] = MappingProxyType({})
) -> bool:
    typ = parsed.jws.unverified_header["typ"]
    verified = sd_jwt.verify(parsed, key, typ=typ, algorithms=ALGORITHMS)
    if parsed.key_binding is not None:
        stated = parsed.key_binding.unverified_claims()
        sd_jwt.verify_key_binding(
            parsed,
            jwk.parse(verified.claims["cnf"]["jwk"]),
            nonce=NONCE,
            audience=stated["aud"],
            now=stated["iat"] + 1,
            algorithms=ALGORITHMS,
        )
    if any(name not in verified.claims or verified.claims[name] != value for name, value in least.items()):
        return False
    return expected is None or verified.claims == expected


# The literal strings of section 5


def _section5(home: Path) -> dict[str, Callable[[], bool]]:
    document = json.loads((home / "rfc9901-section5-exact.json").read_text())
    blocks = json.loads((home / "rfc9901-examples.json").read_text())["examples"]
    shown = next(b["json"] for b in blocks if b["section"].startswith("5.2") and "Processed" in b["label"])
    user = next(b["json"] for b in blocks if b["section"].startswith("5.1") and "input" in b["label"])
    key = jwk.parse(document["issuer_jwk"])
    permanent = {name: shown[name] for name in ("iss", "iat", "exp", "cnf")}
    return {
        "rfc9901-section5-exact/issuer_signed_jwt": lambda: _holds(
            document["issuer_signed_jwt"] + "~", key, {**permanent, "sub": user["sub"], "nationalities": []}
        ),
        "rfc9901-section5-exact/sd_jwt_5_1": lambda: _holds(document["sd_jwt_5_1"], key, {**permanent, **user}),
        "rfc9901-section5-exact/sd_jwt_kb_5_2": lambda: _holds(document["sd_jwt_kb_5_2"], key, shown),
    }


# The tokens of the two documents


def _examples(home: Path) -> dict[str, Callable[[], bool]]:
    key = jwk.parse(json.loads((home / "rfc9901-section5-exact.json").read_text())["issuer_jwk"])
    cases: dict[str, Callable[[], bool]] = {}
    for name in ("rfc9901-examples", "sd-jwt-vc-examples"):
        blocks = json.loads((home / f"{name}.json").read_text())["examples"]
        for at, block in enumerate(blocks):
            if isinstance(block.get("json"), dict) and not block["json"].keys().isdisjoint(("signature", "signatures")):
                case = f"{name}/{at:02}/{block['section']}"
                cases[case] = lambda document=block["json"]: _parsed_holds(
                    parse_json(json.dumps(document)), key, None, {"iss": "https://issuer.example.com"}
                )
            if "compact" in block:
                raw = block["compact"] + ("~" if block["kind"] == "jwt" else "")
                wanted = _shown_after(blocks, at)
                least = {} if wanted or block["kind"] == "jwt" else _input_before(blocks, at)
                cases[f"{name}/{at:02}/{block['section']}"] = lambda raw=raw, wanted=wanted, least=least: _holds(
                    raw, key, wanted, least
                )
    return cases


def _shown_after(blocks: list[dict[str, Any]], at: int) -> Any:
    """The processed payload that the document prints for the presentation at this place, if any."""
    for block in blocks[at + 1 :]:
        if block["section"] != blocks[at]["section"] or "compact" in block:
            return None
        if "rocessed" in block["label"]:
            return block["json"]
    return None


def _input_before(blocks: list[dict[str, Any]], at: int) -> Any:
    """The claims that the document says were issued: the first block of the same section."""
    return next(block["json"] for block in blocks if block["section"] == blocks[at]["section"])


# Type metadata (SD-JWT VC sections 5.1, 5.6.5.2 and A.2)


def _types(home: Path) -> dict[str, Callable[[], bool]]:
    blocks = json.loads((home / "sd-jwt-vc-examples.json").read_text())["examples"]
    name = "sd-jwt-vc-examples/{:02}/{}".format
    found = {
        section: [at for at, block in enumerate(blocks) if block["section"].startswith(section)] for section in _ABOUT
    }
    (short,) = found["5.1. "]
    base, child, both = found["5.6.5.2"]
    payload, whole = found["A.2"]
    return {
        name(short, blocks[short]["section"]): lambda: (
            _parsed(blocks[short]["json"]).vct == blocks[short]["json"]["vct"]
        ),
        name(child, blocks[child]["section"]): lambda: _extends(*(blocks[at]["json"] for at in (child, base, both))),
        name(whole, blocks[whole]["section"]): lambda: _kept(blocks[payload]["json"], blocks[whole]["json"]),
    }


_ABOUT = ("5.1. ", "5.6.5.2", "A.2")


def _parsed(document: Any) -> types.TypeMetadata:
    return types.parse(json.dumps(document).encode())


def _extends(child: Any, base: Any, both: Any) -> bool:
    """The paths, in any order; what is shown of them is for whoever shows it."""
    combined = types.combine(_parsed(child).rules, _parsed(base).rules)
    return combined.keys() == _parsed({"vct": "urn:x", **both}).rules.keys() and _parsed(child).extends == base["vct"]


def _kept(claims: Any, document: Any) -> bool:
    """The document's own credential keeps its type's rules, whole or with nothing shown; in the clear it does not."""
    rules = _parsed(document).rules
    never = {path for path, rule in rules.items() if rule.disclosure == "never"}
    hidden = {
        path for path in _every_path(claims) if _general(path) not in never and path[0] not in ("vct", "vct#integrity")
    }
    tree, issuer = types.compile_rules(rules), software.generate()
    raw = sd_jwt.issue(claims, issuer, typ="dc+sd-jwt", disclosable=hidden)
    for shown, complete in ((raw, True), (sd_jwt.disclose(sd_jwt.parse(raw), []), False)):
        check_claims(sd_jwt.parse(shown).outline(), tree, complete=complete)
    try:
        check_claims(
            sd_jwt.parse(sd_jwt.issue(claims, issuer, typ="dc+sd-jwt", disclosable=())).outline(), tree, complete=True
        )
    except DidkitError as error:
        return error.code == "type_rule_broken"
    return False


def _general(path: ClaimsPath) -> ClaimsPath:
    return tuple(None if isinstance(step, int) else step for step in path)


# The specifications


@dataclass(frozen=True)
class Hidden:
    """What a specification tags `!sd`: a claim name, or an array element."""

    value: Any


class _Loader(yaml.SafeLoader):
    pass


def _hidden(loader: _Loader, node: yaml.Node) -> Hidden:
    if isinstance(node, yaml.ScalarNode):
        tag = loader.resolve(yaml.ScalarNode, node.value, (not node.style, False))
        return Hidden(loader.construct_object(yaml.ScalarNode(tag, node.value, style=node.style)))
    kind = "map" if isinstance(node, yaml.MappingNode) else "seq"
    return Hidden(loader.construct_object(type(node)(f"tag:yaml.org,2002:{kind}", node.value), deep=True))


_Loader.add_constructor("!sd", _hidden)


def load(path: Path) -> Any:
    """A specification, with `Hidden` where it says `!sd`."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader with one more tag


def plain(value: Any) -> Any:
    """The claims without their tags."""
    if isinstance(value, Hidden):
        return plain(value.value)
    if isinstance(value, dict):
        return {plain(name): plain(child) for name, child in value.items()}
    return [plain(child) for child in value] if isinstance(value, list) else value


def children(value: Any) -> Iterator[tuple[Any, Any, bool]]:
    """Name or position, child, and whether it is tagged."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield plain(name), child, isinstance(name, Hidden)
    elif isinstance(value, list):
        for position, child in enumerate(value):
            hidden = isinstance(child, Hidden)
            yield position, child.value if hidden else child, hidden


def tagged(value: Any, path: ClaimsPath = ()) -> Iterator[ClaimsPath]:
    """The paths of all that is tagged."""
    for name, child, hidden in children(value):
        if hidden:
            yield (*path, name)
        yield from tagged(child, (*path, name))


def wish(wanted: Any, name: Any) -> Any:
    """What `holder_disclosed_claims` says of one child: falsy for nothing."""
    if isinstance(wanted, dict):
        return wanted.get(name)
    return wanted[name] if isinstance(wanted, list) and isinstance(name, int) and name < len(wanted) else None


def chosen(value: Any, wanted: Any) -> bool:
    return wanted not in (None, False) if isinstance(value, list) else bool(wanted)


def selected(value: Any, wanted: Any, path: ClaimsPath = ()) -> Iterator[ClaimsPath]:
    """The paths to select: the specifications disclose a container without what is hidden in it."""
    for name, child, hidden in children(value):
        below = wish(wanted, name)
        here = (*path, name)
        if hidden and not chosen(value, below):
            continue
        yield from selected(child, below, here)
        if hidden:
            yield from visible(child, here)


def visible(value: Any, path: ClaimsPath) -> Iterator[ClaimsPath]:
    """The largest parts that hide nothing."""
    if not any(tagged(value)):
        yield path
        return
    for name, child, hidden in children(value):
        if not hidden:
            yield from visible(child, (*path, name))


def revealed(value: Any, wanted: Any) -> Any:
    """The oracle: what a verifier is to see, without any digest."""
    kept = [
        (name, revealed(child, wish(wanted, name)))
        for name, child, hidden in children(value)
        if not hidden or chosen(value, wish(wanted, name))
    ]
    if isinstance(value, dict):
        return dict(kept)
    return [child for _, child in kept] if isinstance(value, list) else value


def _specifications(home: Path) -> dict[str, Callable[[], bool]]:
    cases: dict[str, Callable[[], bool]] = {}
    for path in sorted(home.rglob("specification.yml")):
        name = path.parent.relative_to(home).as_posix()
        if name not in LEFT_OUT:
            settings = yaml.safe_load((path.parents[1] / "settings.yml").read_text())
            cases[name] = lambda path=path, settings=settings: _specification_holds(load(path), settings)
    return cases


def signer(settings: dict[str, Any], which: str) -> software.SoftwareSigner:
    keys = settings["key_settings"]
    private = keys[which] if which in keys else keys[f"{which}s"][0]
    return software.from_secret(base64url.decode(private["d"]))


def _specification_holds(specification: dict[str, Any], settings: dict[str, Any]) -> bool:
    issuer, holder = signer(settings, "issuer_key"), signer(settings, "holder_key")
    defaults = {"iss": settings["identifiers"]["issuer"], "iat": settings["iat"], "exp": settings["exp"]}
    claims = {**(defaults if specification.get("include_default_claims", True) else {}), **specification["user_claims"]}
    bound = specification.get("key_binding", False)
    if bound:
        claims["cnf"] = {"jwk": jwk.build(holder.public_key)}
    header = dict(specification.get("extra_header_parameters", {}))
    typ = header.pop("typ", "example+sd-jwt")
    wanted = specification["holder_disclosed_claims"]

    decoys = DECOYS if specification.get("add_decoy_claims", False) else 0
    hidden = set(tagged(claims))
    issued = sd_jwt.issue(plain(claims), issuer, typ=typ, disclosable=hidden, header=header, decoys=decoys)
    all_seen = sd_jwt.verify(sd_jwt.parse(issued), issuer.public_key, typ=typ, algorithms=ALGORITHMS)
    shown = sd_jwt.disclose(sd_jwt.parse(issued), set(selected(claims, wanted)))
    if bound:
        audience = settings["identifiers"]["verifier"]
        shown = sd_jwt.bind(shown, holder, nonce=NONCE, audience=audience, now=IAT)
    expected = revealed(claims, wanted)
    printed = specification.get("expect_verified_user_claims")
    if printed is not None and {name: expected[name] for name in expected if name not in {*defaults, "cnf"}} != printed:
        return False
    parsed = _as_json(shown) if specification.get("serialization_format") == "json" else sd_jwt.parse(shown)
    return all_seen.claims == plain(claims) and _parsed_holds(parsed, issuer.public_key, expected)


def _as_json(compact: str) -> sd_jwt.UnverifiedSdJwt:
    """What the compact form says, read from the flattened form; from the general one it is the same."""
    jwt, *disclosures, key_binding = compact.split("~")
    protected, payload, signature = jwt.split(".")
    header = {"disclosures": disclosures, **({"kb_jwt": key_binding} if key_binding else {})}
    signed = {"protected": protected, "signature": signature, "header": header}
    flattened, general = ({"payload": payload, **signed}, {"payload": payload, "signatures": [signed]})
    parsed = parse_json(json.dumps(flattened))
    assert parsed == parse_json(json.dumps(general)) == sd_jwt.parse(compact)
    return parsed


# The Kotlin library's examples


def _kotlin(home: Path) -> dict[str, Callable[[], bool]]:
    folder = home / "eudi-sdjwt-kt"
    address = {"street_address": "Schulstr. 12", "locality": "Schulpforta", "region": "Sachsen-Anhalt", "country": "DE"}
    two = {name: address[name] for name in ("locality", "region")}
    return {
        "eudi-sdjwt-kt/exampleIssuanceSdJwt.txt/digests": lambda: _opens(folder / "exampleIssuanceSdJwt.txt", address),
        "eudi-sdjwt-kt/examplePresentationSdJwt.txt/digests": lambda: _opens(
            folder / "examplePresentationSdJwt.txt", two
        ),
        "eudi-sdjwt-kt/pid_arf_v18.json": lambda: (
            types.parse((folder / "pid_arf_v18.json").read_bytes()).vct == "urn:eudi:pid:1"
        ),
        "eudi-sdjwt-kt/complex.json": lambda: _round_trip(json.loads((folder / "complex.json").read_text())),
    }


def _opens(path: Path, address: dict[str, str]) -> bool:
    return bool(sd_jwt.unverified_claims(sd_jwt.parse(path.read_text().strip()))["address"] == address)


def _round_trip(claims: dict[str, Any]) -> bool:
    """Everything disclosable, at every level."""
    issuer = software.generate()
    everything = set(_every_path(claims))
    issued = sd_jwt.parse(sd_jwt.issue(claims, issuer, typ="example+sd-jwt", disclosable=everything))
    verified = sd_jwt.verify(issued, issuer.public_key, typ="example+sd-jwt", algorithms=ALGORITHMS)
    return verified.claims == claims and set(verified.disclosed) == everything


def _every_path(value: Any, path: ClaimsPath = ()) -> Iterator[ClaimsPath]:
    for name, child, _ in children(value):
        yield (*path, name)
        yield from _every_path(child, (*path, name))
