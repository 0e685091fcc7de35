"""`didkit-wallet verify`: is the credential or presentation in a file to be believed, and what does it say?

The checks are those of the library, one by one, so that a person sees each of them: nothing in the file is shown before
its signature and its issuer's right were verified against the vault's anchors.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from didkit_fr.encoding import base64url, json
from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError
from didkit_fr.fetch import Fetcher
from didkit_fr.flow import Fetcher as AnyFetcher
from didkit_fr.flow import offline
from didkit_fr.flow import run as drive
from didkit_fr.formats import FORMATS
from didkit_fr.formats.occasion import Occasion, occasion_of_answer
from didkit_fr.formats.port import Format, VerifiedCredential
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.authenticate import AuthenticCredential, authenticate_credential
from didkit_fr.verification.status.check import check_status
from didkit_fr.verification.steps import check_period
from didkit_fr.verification.type_metadata import UNKNOWN, check_type
from wallet_cli import files, messages
from wallet_cli.contents import Contents
from wallet_cli.output import Output
from wallet_cli.reading import day, expiry_text, facts, title_name
from wallet_cli.session import Session

__all__ = ["CANNOT_TELL", "MAX_BYTES", "NO", "YES", "Answering", "check", "run"]

YES, NO, CANNOT_TELL = 0, 1, 3
MAX_BYTES = 1 << 20


class Answering(NamedTuple):
    """What a presentation must answer to prove possession to the reader: the request's nonce, the full client_id.

    A document of ISO is bound to more: where the answer went (`response_uri`), and the thumbprint of the key that it
    was encrypted to, if it was (RFC 7638, SHA-256, base64url).
    """

    nonce: str
    client_id: str
    response_uri: str | None = None
    encrypted_to: str | None = None


class Check(NamedTuple):
    """What one check found: a key of `messages.TEXTS`, and the error where it did not pass."""

    found: str
    error: DidkitError | None = None


def run(session: Session, file: Path, *, no_network: bool, answering: Answering | None, wanted: str | None) -> int:
    """Verifies a file; returns the exit status: 0 it is to be believed, 1 it is not, 3 that cannot be told.

    `wanted` is the type that it has to be of; None where any will do.

    Raises:
        DidkitError, Misuse: those of `Session.open` and `files.read`; a file that is not authentic.
    """
    with session.open() as vault:
        contents = vault.contents
    try:
        raw = files.read(file, max_bytes=MAX_BYTES).decode("ascii").strip()
    except UnicodeDecodeError:
        raise ParseError("credential_file_malformed") from None
    now = session.clock()
    if no_network:
        return check(session.output, contents, raw, offline, now=now, answering=answering, wanted=wanted)
    with Fetcher(allow_insecure_loopback=contents.insecure_loopback) as fetcher:
        return check(session.output, contents, raw, fetcher, now=now, answering=answering, wanted=wanted)


def check(
    output: Output,
    contents: Contents,
    raw: str,
    fetcher: AnyFetcher,
    *,
    now: int,
    answering: Answering | None,
    wanted: str | None,
) -> int:
    """Every check over a fetcher; an unknown issuer's credential ends at the first, and causes no request.

    Raises:
        DidkitError: not authentic, so that there is nothing more to say of it.
    """
    context = VerificationContext(Policy(Anchors.parse(json.encode(contents.anchors))), Memory(), now)
    format_ = _format_of(raw)

    def authenticated(occasion: Occasion | None) -> AuthenticCredential:
        return drive(authenticate_credential(raw, format_, context.for_message(), occasion=occasion), fetcher)

    # Without an occasion, so that a proof of possession that does not hold is reported beside the other checks.
    authentic = authenticated(None)
    credential = authentic.credential
    checks = {
        "proof": Check("passed"),
        "trust": Check("passed"),
        "holder": _tried(lambda: _holder(authentic, answering, authenticated, presented=format_.parse(raw).presented)),
        "time": _tried(lambda: _time(credential, context)),
        "status": _tried(lambda: _status(authentic, context, fetcher)),
        "type": _tried(lambda: _type(authentic, format_.name, context, wanted)),
    }
    errors = [found.error for found in checks.values() if found.error is not None]
    told = [error for error in errors if not isinstance(error, FetchError)]
    status = NO if told else CANNOT_TELL if errors else YES
    _report(output, authentic, format_, checks, status=status, now=now)
    return status


def _format_of(raw: str) -> Format[Any]:
    """The format that the file has by its structure.

    Raises:
        ParseError: `credential_file_malformed`, with the code of the last format that was tried.
    """
    code = ""
    for format_ in FORMATS.values():
        try:
            format_.parse(raw)
        except DidkitError as error:
            code = error.code
        else:
            return format_
    raise ParseError("credential_file_malformed", code)


def _tried(step: Callable[[], str | None]) -> Check:
    try:
        return Check(step() or "passed")
    except FetchError as error:
        return Check("cannot_tell", error)
    except DidkitError as error:
        return Check("not_passed", error)


def _holder(
    authentic: AuthenticCredential,
    answering: Answering | None,
    authenticated: Callable[[Occasion], AuthenticCredential],
    *,
    presented: bool,
) -> str:
    """Possession is proven to who asked for it: without the request's nonce a file proves nothing about its bearer."""
    if authentic.credential.holder is None:
        raise VerificationError("holder_missing")
    if answering is None:
        return "holder_unchecked" if presented else "holder_unproven"
    occasion = occasion_of_answer(
        answering.nonce,
        answering.client_id,
        response_uri=answering.response_uri,
        encryption_thumbprint=None if answering.encrypted_to is None else base64url.decode(answering.encrypted_to),
    )
    if authenticated(occasion).credential.possession is None:
        raise VerificationError("key_binding_missing")
    return "holder_proven"


def _time(credential: VerifiedCredential, context: VerificationContext) -> None:
    check_period(credential.not_before, credential.expires, context, issued=credential.issued_at)


def _status(authentic: AuthenticCredential, context: VerificationContext, fetcher: AnyFetcher) -> str | None:
    status, issuers = authentic.credential.status, (authentic.path.anchor,)
    drive(check_status(status, context, issuers=issuers), fetcher)
    return "status_absent" if status is None else None


def _type(authentic: AuthenticCredential, format_: str, context: VerificationContext, wanted: str | None) -> str | None:
    """Whether it is of the type that is wanted, and keeps the rules of it that are known here, without any request."""
    credential = authentic.credential
    if wanted not in (None, credential.type):
        raise VerificationError("query_unsatisfied")
    found = check_type(credential, format_, context, complete=False)
    return "type_unknown" if drive(found, offline) == UNKNOWN else None


def _report(
    output: Output,
    authentic: AuthenticCredential,
    format_: Format[Any],
    checks: Mapping[str, Check],
    *,
    status: int,
    now: int,
) -> None:
    language, credential = output.language, authentic.credential
    claims = format_.subject(credential.claims)
    verdict = {YES: "verdict_yes", NO: "verdict_no", CANNOT_TELL: "verdict_cannot_tell"}[status]
    named = {name: found.error.code if found.error else found.found for name, found in checks.items()}
    result = {
        "verdict": verdict.removeprefix("verdict_"),
        "type": credential.type,
        "issuer": authentic.path.subject,
        "issued_at": credential.issued_at,
        "expires": credential.expires,
        "checks": named,
        "claims": claims,
    }
    issued = [] if credential.issued_at is None else [f"{output.text('issued')}: {day(credential.issued_at)}"]
    lines = [
        output.text(verdict),
        *(f"  {output.text(f'check_{name}')}: {_said(found, output)}" for name, found in checks.items()),
        f"{output.text('title')}: {title_name(credential.type, language)}",
        *output.said_by_them(credential.type),
        *output.theirs("signer", authentic.path.subject),
        *issued,
        f"{output.text('expires')}: {expiry_text(credential.expires, now, language)}",
        f"{output.text('claims')}:",
        *facts(output, claims, credential.type),
    ]
    output.result(result, lines)


def _said(found: Check, output: Output) -> str:
    if found.error is None:
        return output.text(found.found)
    return f"{output.text(found.found)}: {found.error.code} ({messages.meaning(found.error.code, output.language)})"
