"""JSON trees and names, drawn at random."""

from hypothesis import strategies as st

VALUES = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=8)
NAMES = st.sampled_from(
    [
        *("id", "type", "name", "description", "issuer", "validFrom", "credentialSubject", "evidence", "proof"),
        *("credentialStatus", "givenName", "identifier", "relatedResource", "digestSRI", "termsOfUse", "image"),
        *("@id", "@type", "@value", "@language", "@list", "@graph", "@reverse", "unheardOf"),
    ]
)
WORDS = st.sampled_from(
    [
        *("VerifiableCredential", "Person", "EmployablePerson", "issuer", "https://a.example/", "urn:x"),
        *("did:example:1", "_:b", "schema:a", "//a.example", "../a", "true", "12", "1.5E0"),
    ]
)
TREES = st.recursive(
    VALUES | WORDS, lambda one: st.lists(one, max_size=3) | st.dictionaries(NAMES, one, max_size=4), max_leaves=12
)
