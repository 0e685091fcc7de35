"""One module per OpenID4VC format, each with the same verbs (`formats.port`); the table of all of them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from didkit_fr.formats import dc_sd_jwt, jwt_vc_json, ldp_vc, mso_mdoc
from didkit_fr.formats.port import Format

__all__ = ["FORMATS", "Formats"]

Formats: TypeAlias = Mapping[str, Format[Any]]
"""Formats by their OpenID4VC identifiers."""

FORMATS: Formats = MappingProxyType(
    {row.name: row for row in (dc_sd_jwt.ROW, jwt_vc_json.ROW, ldp_vc.ROW, mso_mdoc.ROW)}
)
"""Those of this library; who knows more hands on a mapping that has these too."""
