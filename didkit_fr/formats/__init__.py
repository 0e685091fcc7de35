"""One file per OpenID4VC format, each with the same verbs; the table of all of them."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.formats import dc_sd_jwt, jwt_vc_json, ldp_vc, mso_mdoc
from didkit_fr.formats.credential import Format

__all__ = ["FORMATS"]

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        dc_sd_jwt.FORMAT: Format(
            name=dc_sd_jwt.FORMAT,
            type_parameter="vct_values",
            subject=dc_sd_jwt.subject,
            parse=dc_sd_jwt.parse,
            verify=dc_sd_jwt.verify,
            check_possession=dc_sd_jwt.check_possession,
            present=dc_sd_jwt.present,
            outline=dc_sd_jwt.outline,
        ),
        jwt_vc_json.FORMAT: Format(
            name=jwt_vc_json.FORMAT,
            type_parameter="type_values",
            subject=jwt_vc_json.subject,
            parse=jwt_vc_json.parse,
            verify=jwt_vc_json.verify,
            check_possession=jwt_vc_json.check_possession,
            present=jwt_vc_json.present,
        ),
        ldp_vc.FORMAT: Format(
            name=ldp_vc.FORMAT,
            type_parameter="type_values",
            subject=ldp_vc.subject,
            parse=ldp_vc.parse,
            verify=ldp_vc.verify,
            check_possession=ldp_vc.check_possession,
            present=ldp_vc.present,
            is_object=True,
            is_bearer=ldp_vc.is_bearer,
            present_bearer=ldp_vc.present_bearer,
        ),
        mso_mdoc.FORMAT: Format(
            name=mso_mdoc.FORMAT,
            type_parameter="doctype_value",
            subject=mso_mdoc.subject,
            parse=mso_mdoc.parse,
            verify=mso_mdoc.verify,
            check_possession=mso_mdoc.check_possession,
            present=mso_mdoc.present,
            one_type=True,
            path_length=2,
            purpose="mdoc",
            check_signer=mso_mdoc.check_signer,
        ),
    }
)
