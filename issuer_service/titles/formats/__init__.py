"""In which forms this issuer writes its titles: one file each, one table of all.

A form is named by its OpenID4VC format; where that can be secured in several ways, also by how: `format/cryptosuite`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from issuer_service.titles.formats import bbs, mso_mdoc, sd_jwt_vc, w3c
from issuer_service.titles.formats.port import Form

__all__ = ["FORMS", "HAIP"]

FORMS: Mapping[str, Form] = MappingProxyType(
    {form.name: form for form in (sd_jwt_vc.FORM, mso_mdoc.FORM, *w3c.FORMS, bbs.FORM)}
)

HAIP = frozenset({"dc+sd-jwt", "mso_mdoc"})
"""The forms that OpenID4VC HAIP 1.0 knows (section 6)."""
