"""A command for test suites of others: signs or verifies one W3C document, and writes what came of it.

```
python tests/conformance.py issue|verify --input F --key F --feature FEATURE [--sd JSON] --output F
```

The documents are secured as VC-JOSE-COSE 1.0 has it. The key is a verification method with `publicKeyJwk`, and to sign
with `secretKeyJwk`; `--sd` is a JSON array of the paths that can be withheld, such as
`credentialSubject.phoneNumbers[0]`; COSE is in base64. The output is `{"result": ..., "data": ...}`: `success` with the
secured or the verified document, `failure` with the code of the refusal, `indeterminate` where a context is not known,
and `error` where the command itself cannot be carried out.

It asks whether a document is secured and well formed. Whether it holds today, whose the key is and whether a credential
in a presentation was revoked is asked by a relying party's policy, which there is none of here.
"""

import argparse
import base64
import binascii
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding import base64url
from didkit_fr.encoding import json as strict
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.errors import DidkitError, FetchError, ParseError
from didkit_fr.formats.w3c import vc_cose, vc_jose, vc_sd_jwt
from didkit_fr.keys import jwk, software

MAX_BYTES = 1_048_576
ALGORITHMS = frozenset({"ES256", "ES384", "ES512", "EdDSA"})
TERMS = Terms(KNOWN, inline=True)
CANNOT_TELL = frozenset({"context_unknown"})

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,6})\]", re.ASCII)


class Unusable(Exception):  # noqa: N818 - the command's own word
    """The command cannot be carried out: nothing is known about the document."""


class Key(NamedTuple):
    """A verification method, and whoever signs with it, if there is a secret."""

    id: str
    public: Any
    signer: software.SoftwareSigner | None


Issue = Callable[[dict[str, Any], Key, Any, list[tuple[Any, ...]]], str]
Verify = Callable[[str, Key, Any], Any]


def _issue_jose(document: dict[str, Any], key: Key, kind: Any, _paths: list[tuple[Any, ...]]) -> str:
    return vc_jose.sign(document, _signer(key), kind=kind, verification_method=key.id, terms=TERMS)


def _issue_sd_jwt(document: dict[str, Any], key: Key, kind: Any, paths: list[tuple[Any, ...]]) -> str:
    return vc_sd_jwt.sign(document, _signer(key), kind=kind, verification_method=key.id, disclosable=paths, terms=TERMS)


def _issue_cose(document: dict[str, Any], key: Key, kind: Any, _paths: list[tuple[Any, ...]]) -> str:
    signed = vc_cose.sign(document, _signer(key), kind=kind, verification_method=key.id, terms=TERMS)
    return base64.b64encode(signed).decode("ascii")


def _verify_jose(raw: str, key: Key, kind: Any) -> Any:
    return vc_jose.verify(vc_jose.parse(raw), key.public, kind=kind, algorithms=ALGORITHMS, terms=TERMS)


def _verify_sd_jwt(raw: str, key: Key, kind: Any) -> Any:
    return vc_sd_jwt.verify(vc_sd_jwt.parse(raw), key.public, kind=kind, algorithms=ALGORITHMS, terms=TERMS)


def _verify_cose(raw: str, key: Key, kind: Any) -> Any:
    bare = raw.rstrip("=")  # whose padding others leave out
    try:
        message = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ParseError("cose_malformed", "not base64") from None
    return vc_cose.verify(vc_cose.parse(message), key.public, kind=kind, algorithms=ALGORITHMS, terms=TERMS)


FORMS: dict[str, tuple[Issue, Verify]] = {
    "jose": (_issue_jose, _verify_jose),
    "sdjwt": (_issue_sd_jwt, _verify_sd_jwt),
    "cose": (_issue_cose, _verify_cose),
}
KINDS = {"credential": "vc", "presentation": "vp"}
FEATURES = {f"{what}_{form}": (kind, form) for what, kind in KINDS.items() for form in FORMS}


def main(arguments: list[str] | None = None) -> int:
    """Carries out one command: 0 where the output was written, whatever it says, and 2 where it could not be."""
    parser = argparse.ArgumentParser(prog="conformance.py", description="signs or verifies one W3C document")
    parser.add_argument("function", choices=["issue", "verify"])
    for name in ("input", "key", "output"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    parser.add_argument("--feature", required=True, choices=sorted(FEATURES))
    parser.add_argument("--sd", default="[]")
    asked = parser.parse_args(arguments)
    result, data = _answer(asked)
    try:
        asked.output.write_text(json.dumps({"result": result, "data": data}, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        print(f"the output cannot be written: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _answer(asked: argparse.Namespace) -> tuple[str, str]:
    kind, form = FEATURES[asked.feature]
    issue, verify = FORMS[form]
    try:
        key, raw = _key(_read(asked.key)), _read(asked.input)
        if asked.function == "issue":
            document = _document(raw)
            return "success", issue(document, key, kind, _paths(asked.sd, document))
        return "success", strict.encode_text(verify(_text(raw).strip(), key, kind).document)
    except Unusable as error:
        return "error", str(error)
    except DidkitError as error:
        cannot_tell = isinstance(error, FetchError) or error.code in CANNOT_TELL
        return "indeterminate" if cannot_tell else "failure", error.code


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unusable(f"a file cannot be read: {error.strerror}") from None


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ParseError("json_invalid", "not UTF-8") from None


def _document(raw: bytes) -> dict[str, Any]:
    return strict.parse_object(raw, max_bytes=MAX_BYTES)


def _key(raw: bytes) -> Key:
    try:
        method = strict.parse_object(raw)
        identifier, secret = method.get("id"), method.get("secretKeyJwk")
        if not isinstance(identifier, str):
            raise Unusable("the key has no id")
        signer = None if secret is None else _secret(secret)
        public = jwk.parse(method["publicKeyJwk"]) if "publicKeyJwk" in method else getattr(signer, "public_key", None)
    except DidkitError as error:
        raise Unusable(f"the key: {error.code}") from None
    if public is None or (signer is not None and signer.public_key != public):
        raise Unusable("the key lacks its public half, or has another's")
    return Key(identifier, public, signer)


def _secret(secret: Any) -> software.SoftwareSigner:
    if not isinstance(secret, dict) or not isinstance(secret.get("d"), str) or not isinstance(secret.get("crv"), str):
        raise Unusable("the key: not a secretKeyJwk")
    return software.from_secret(base64url.decode(secret["d"]), secret["crv"])


def _signer(key: Key) -> software.SoftwareSigner:
    if key.signer is None:
        raise Unusable("the key has no secret to sign with")
    return key.signer


def _paths(text: str, document: dict[str, Any]) -> list[tuple[Any, ...]]:
    try:
        stated = strict.parse(text)
    except DidkitError as error:
        raise Unusable(f"--sd: {error.code}") from None
    if not isinstance(stated, list) or not all(isinstance(one, str) for one in stated):
        raise Unusable("--sd is not a JSON array of paths")
    return [_path(one, document) for one in stated]


def _path(text: str, document: dict[str, Any]) -> tuple[Any, ...]:
    """A path such as `a.b[0].c`; a number after a dot is a position where there is an array."""
    steps: list[Any] = []
    value: Any = document
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise Unusable(f"--sd: not a path: {text}")
        named = found[1] if found[2] is None else int(found[2])
        step = int(named) if isinstance(value, list) and isinstance(named, str) and named.isdigit() else named
        value = _child(value, step)
        steps.append(step)
        at = found.end()
    return tuple(steps)


def _child(value: Any, step: Any) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None


if __name__ == "__main__":
    sys.exit(main())
