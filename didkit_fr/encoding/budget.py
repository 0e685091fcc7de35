"""What checking one message may cost: counted before the work is done, and refused when it is spent.

A limit of each function would not bound a message that makes one function run many times. Code that takes a message
from outside makes one budget and hands it to everything that works on that message.
"""

from typing import Final

from didkit_fr.errors import ParseError

__all__ = ["BBS_SIGNATURES", "MAX_CERTIFICATES", "MAX_SIGNATURES", "MAX_STEPS", "Budget"]

MAX_STEPS: Final = 200_000
"""Steps: one statement, comparison, permutation or array item that is looked at, or 64 bytes that are hashed."""
MAX_SIGNATURES: Final = 512
"""Signatures to verify; a BBS proof counts as `BBS_SIGNATURES`."""
MAX_CERTIFICATES: Final = 192
BBS_SIGNATURES: Final = 64


class Budget:
    """What one message may still cost; it is used up, never filled again.

    Args:
        steps: how many steps of work (`MAX_STEPS`).
        signatures: how many signatures are verified (`MAX_SIGNATURES`).
        certificates: how many X.509 certificates are parsed (`MAX_CERTIFICATES`).
    """

    __slots__ = ("certificates", "signatures", "steps")

    def __init__(
        self, *, steps: int = MAX_STEPS, signatures: int = MAX_SIGNATURES, certificates: int = MAX_CERTIFICATES
    ) -> None:
        self.steps = steps
        self.signatures = signatures
        self.certificates = certificates

    def spend(self, steps: int) -> None:
        """Takes steps before they are made.

        Raises:
            ParseError: `work_exceeded`.
        """
        self.steps -= steps
        if self.steps < 0:
            raise ParseError("work_exceeded", "steps")

    def spend_signatures(self, signatures: int = 1) -> None:
        """Takes signatures before they are verified.

        Raises:
            ParseError: `work_exceeded`.
        """
        self.signatures -= signatures
        if self.signatures < 0:
            raise ParseError("work_exceeded", "signatures")

    def spend_certificates(self, certificates: int) -> None:
        """Takes certificates before they are parsed.

        Raises:
            ParseError: `work_exceeded`.
        """
        self.certificates -= certificates
        if self.certificates < 0:
            raise ParseError("work_exceeded", "certificates")
