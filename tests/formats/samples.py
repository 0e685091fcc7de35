"""A sample of each format, for the contract that all of them keep: how it is issued, and which codes refuse it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from didkit_fr.encoding import date_time, json
from didkit_fr.encoding.json import ClaimsPath
from didkit_fr.formats import dc_sd_jwt, jwt_vc_json, ldp_vc, mso_mdoc
from didkit_fr.formats.port import Format
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import jwk
from didkit_fr.keys.public import PublicKey
from tests.documents import ELEMENTS, MDL, MDL_NS, VALIDITY
from tests.formats import toy_format
from tests.nation import DAY, NOW, VCT, nation

IDENTITY = "urn:didkit-fr:vocabulary#NationalIdentity"


@dataclass(frozen=True)
class Sample:
    """A format with a credential in it.

    `issue` makes one for a holder's key, or for nobody (`unbound`: whether the format can say that). `dated` is whether
    a proof of possession says when it was made. The codes are those of a proof made for another nonce or another
    verifier, of a proof by a key that is not the holder's, and of a proof that is too old or from the future.
    """

    format: Format[Any]
    type: str
    path: ClaimsPath
    issue: Callable[[PublicKey | None], str]
    value: object = True
    unbound: bool = True
    dated: bool = True
    nonce: str = "key_binding_nonce"
    audience: str = "key_binding_audience"
    holder: str = "signature_invalid"
    too_old: str = "key_binding_time"
    too_new: str = "key_binding_time"
    hashes: int = 0


def _sd_jwt(holder: PublicKey | None) -> str:
    return nation().credential(status=None, cnf=None if holder is None else {"jwk": jwk.build(holder)})


def _subject(holder: PublicKey | None) -> dict[str, Any]:
    return {"age_over_18": True} | ({} if holder is None else {"id": fields.did_of(holder)})


def _document(holder: PublicKey | None, version: str) -> dict[str, Any]:
    return {
        "@context": [version, "urn:didkit-fr:context:national_identity:1"],
        "type": ["VerifiableCredential", "NationalIdentity"],
        "issuer": fields.did_of(nation().signer.public_key),
        "credentialSubject": _subject(holder),
    }


def _jwt(holder: PublicKey | None) -> str:
    document = _document(holder, fields.V1) | {"issuanceDate": date_time.build(NOW - DAY)}
    claims = {"iss": document["issuer"], "nbf": NOW - DAY, "vc": document}
    return jwt_vc_json.sign(claims, nation().signer, chain=[nation().leaf])


def _ldp(holder: PublicKey | None) -> str:
    method = fields.method_of(nation().signer.public_key)
    document = _document(holder, fields.V2)
    suite = "ecdsa-rdfc-2019"
    signed = ldp_vc.sign(document, nation().signer, verification_method=method, cryptosuite=suite, now=NOW - DAY)
    return json.encode_text(signed)


def _mdoc(holder: PublicKey | None) -> str:
    return mso_mdoc.sign(
        ELEMENTS,
        nation().signer,
        doctype=MDL,
        validity=VALIDITY,
        device_key=holder or nation().holder.public_key,
        chain=[nation().leaf],
    )


def _toy(holder: PublicKey | None) -> str:
    claims = {"type": "urn:toy:card", "colour": "blue", "iat": NOW - DAY, "exp": NOW + DAY}
    bound = {} if holder is None else {"holder": jwk.build(holder)}
    return toy_format.prepare(claims | bound, nation().signer, chain=[nation().leaf]).by(nation().signer)


SESSION = "mdoc_session_mismatch"
W3C_PATH = ("credentialSubject", "age_over_18")
SAMPLES = {
    sample.format.name: sample
    for sample in (
        Sample(dc_sd_jwt.ROW, VCT, ("age_over_18",), _sd_jwt, hashes=1),
        Sample(jwt_vc_json.ROW, IDENTITY, W3C_PATH, _jwt),
        Sample(
            ldp_vc.ROW,
            IDENTITY,
            W3C_PATH,
            _ldp,
            nonce="integrity_challenge",
            audience="integrity_domain",
            holder="holder_mismatch",
            too_new="integrity_from_the_future",
        ),
        Sample(
            mso_mdoc.ROW,
            MDL,
            (MDL_NS, "age_over_18"),
            _mdoc,
            unbound=False,
            dated=False,
            nonce=SESSION,
            audience=SESSION,
            holder=SESSION,
        ),
        Sample(toy_format.TOY, "urn:toy:card", ("colour",), _toy, "blue"),
    )
}
