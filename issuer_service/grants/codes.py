"""The error codes of `issuer_service.grants`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import VerificationError
from didkit_fr.errors.code import Code
from didkit_fr.protocols.codes import TX_CODE

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "epoch_gone": Code(
            VerificationError, "issuer", "its epoch key was destroyed", "la clé de son époque a été détruite"
        ),
        "grant_sealed": Code(
            VerificationError, "issuer", "a grant that does not open", "autorisation scellée qui ne s'ouvre pas"
        ),
        "tx_code_wrong": Code(
            VerificationError, "holder", "wrong transaction code", "mauvais code de transaction", TX_CODE
        ),
    }
)
