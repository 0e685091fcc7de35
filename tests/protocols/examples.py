"""The code blocks of OpenID4VCI 1.0, found by the section they stand in."""

import json
from typing import Any

from tests.vectors import vectors


def inline_examples(section: str) -> list[dict[str, Any]]:
    blocks = json.loads(vectors("oid4vci/1.0/inline-examples.json").read_bytes())["examples"]
    return [block for block in blocks if block["section"] == section]
