"""The four kinds of error. What each code means stands in the `codes.py` of the package that raises it.

Four kinds, four answers to give:

* `ParseError`: malformed; whoever produced the input must mend it.
* `FetchError`: cannot tell; something that is needed could not be had, try again.
* `VerificationError`: refused; the input is well formed and must not be believed.
* `ProtocolError`: the other party of a protocol answered with an error, or has to be told one.

A code is public API: it never changes its meaning. `didkit_fr.error_table` has all codes of the library, with their
meanings in English and French. A `detail` never holds a secret or the value of an identity attribute.
"""

__all__ = ["DidkitError", "FetchError", "ParseError", "ProtocolError", "VerificationError"]


class DidkitError(Exception):
    """Any error of this library; `code` is stable, `detail` says where or which, for a person."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code} ({self.detail})" if self.detail else self.code


class ParseError(DidkitError):
    """Malformed: the input is not as its standard says, or exceeds a limit."""


class FetchError(DidkitError):
    """Cannot tell: something needed for the answer could not be had; the same question may succeed later."""


class VerificationError(DidkitError):
    """Refused: well formed, and not to be believed."""


class ProtocolError(DidkitError):
    """An error of OAuth, OpenID4VCI or OpenID4VP: received from the other party, or to be sent to it."""
