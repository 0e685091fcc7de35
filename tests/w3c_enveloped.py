"""W3C documents in envelopes: JWS, SD-JWT and COSE."""

from didkit_fr.credentials.presentation import ENVELOPED_PRESENTATION, build_envelope
from didkit_fr.encoding import json
from didkit_fr.formats.w3c import fields, vc_sd_jwt
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.jose import jws
from tests.nation import NOW
from tests.w3c_documents import HOLDER, ISSUER


def as_jose(document, signer=ISSUER, kind="vc", **header):
    stated = {"kid": fields.method_of(signer.public_key), **header}
    return jws.sign(document, signer, typ=f"{kind}+jwt", header=stated).encode()


def as_sd_jwt(document, signer=ISSUER, kind="vc"):
    paths = [("credentialSubject", "id")] if kind == "vc" else []
    how = {"verification_method": fields.method_of(signer.public_key), "disclosable": paths, "terms": None}
    return vc_sd_jwt.sign(document, signer, kind=kind, **how).encode()


def as_cose(document, signer=ISSUER, kind="vc", **header):
    stated = {cose.KID: fields.method_of(signer.public_key).encode(), **header.pop("more", {})}
    return cose.sign1(json.encode(document), signer, typ=f"application/{kind}+cose", header=stated)


FORMS = {"jwt": as_jose, "sd-jwt": as_sd_jwt, "cose": as_cose}
ANSWER = {"aud": "shop.example", "nonce": "c", "iat": NOW}


def enveloped(document, form="jwt", signer=ISSUER, **more):
    return build_envelope(f"application/vc+{form}", _content(FORMS[form](document, signer, **more), form))


def shown(document, form="jwt", signer=HOLDER, **more):
    content = FORMS[form](document, signer, kind="vp", **more)
    return build_envelope(f"application/vp+{form}", _content(content, form), kind=ENVELOPED_PRESENTATION)


def _content(content, form):
    return content if form == "cose" else content.decode()
