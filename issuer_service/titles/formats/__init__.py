"""In which formats this issuer writes its titles: one file each, one table of all.

A format is named by its OpenID4VC format; where that can be secured in several ways, also by how: `format/cryptosuite`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from issuer_service.titles.formats import bbs, mso_mdoc, sd_jwt_vc, w3c
from issuer_service.titles.formats.port import IssuedFormat

__all__ = ["HAIP", "ISSUED_FORMATS"]

ISSUED_FORMATS: Mapping[str, IssuedFormat] = MappingProxyType(
    {
        format_.name: format_
        for format_ in (sd_jwt_vc.ISSUED_FORMAT, mso_mdoc.ISSUED_FORMAT, *w3c.ISSUED_FORMATS, bbs.ISSUED_FORMAT)
    }
)

HAIP = frozenset({"dc+sd-jwt", "mso_mdoc"})
"""The formats that OpenID4VC HAIP 1.0 knows (section 6)."""
