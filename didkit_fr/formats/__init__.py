"""One file per OpenID4VC format, each with the same verbs; the table of all of them."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.formats import dc_sd_jwt, mso_mdoc
from didkit_fr.formats.credential import Format

__all__ = ["FORMATS"]

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        dc_sd_jwt.FORMAT: Format(
            name=dc_sd_jwt.FORMAT,
            type_parameter="vct_values",
            parse=dc_sd_jwt.parse,
            verify=dc_sd_jwt.verify,
            check_possession=dc_sd_jwt.check_possession,
            present=dc_sd_jwt.present,
            outline=dc_sd_jwt.outline,
        ),
        mso_mdoc.FORMAT: Format(
            name=mso_mdoc.FORMAT,
            type_parameter="doctype_value",
            parse=mso_mdoc.parse,
            verify=mso_mdoc.verify,
            check_possession=mso_mdoc.check_possession,
            present=mso_mdoc.present,
            one_type=True,
            path_length=2,
            purpose="mdoc",
        ),
    }
)
