import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.encoding.budget import MAX_CERTIFICATES, Budget
from didkit_fr.errors import DidkitError
from didkit_fr.keys import software, x509
from didkit_fr.trust.anchors import Anchor
from didkit_fr.trust.names import MAX_COMPARISONS
from didkit_fr.trust.path import KEY_USAGES, MAX_CHAIN, verify_path
from tests.trust.authority import CERTIFYING, NOW, SIGNING, Authority, basic, common, usage, usages

DAY = 86_400
MDL_DS = "1.0.18013.5.1.2"
READER = "1.0.18013.5.1.6"
TLS_SERVER = "1.3.6.1.5.5.7.3.1"
ANY = "2.5.29.37.0"

ROOT_SIGNER = software.generate()
ROOT = x509.issue_root(ROOT_SIGNER, name="Racine nationale", country="FR", now=NOW - DAY, days=3650)
SIGNER = software.generate()


def anchor(certificate, name="France"):
    return Anchor(name, certificate, frozenset({"credential"}), frozenset({"urn:pid"}))


FRANCE = anchor(ROOT)


def issued(**changes):
    options = {"name": "Signataire", "country": "FR", "now": NOW, "days": 30, "purposes": [MDL_DS], **changes}
    return x509.issue_leaf(ROOT_SIGNER, ROOT, SIGNER.public_key, **options)


LEAF = issued()


def verify(chain, anchors=(FRANCE,), now=NOW + 60, purpose="credential"):
    return verify_path(chain, anchors, now=now, purpose=purpose)


def refused(code, *args, **kwargs):
    with pytest.raises(DidkitError) as error:
        verify(*args, **kwargs)
    assert error.value.code == code
    return error.value.detail


# --- what is accepted


def test_a_document_signer_under_a_national_root():
    path = verify([LEAF])
    assert path.key == SIGNER.public_key
    assert path.subject == "CN=Signataire,C=FR"
    assert path.leaf == LEAF
    assert path.anchor is FRANCE
    assert path.valid_until == NOW + 30 * DAY


def test_the_anchor_may_follow_and_is_not_used():
    assert verify([LEAF, ROOT]) == verify([LEAF])
    # A root of the same name that somebody appended takes no part.
    impostor = x509.issue_root(software.generate(), name="Racine nationale", country="FR", now=NOW, days=1)
    assert verify([LEAF, impostor]) == verify([LEAF])


def test_an_intermediate_authority():
    root = Authority("root", basic(length=1), CERTIFYING)
    middle = Authority("middle", basic(length=0), CERTIFYING, issuer=root, days=9)
    leaf = Authority("leaf", SIGNING, issuer=middle, days=30)
    path = verify([leaf.certificate, middle.certificate], [anchor(root.certificate)])
    assert path.valid_until == NOW - DAY + 9 * DAY
    assert verify([leaf.certificate, middle.certificate, root.certificate], [anchor(root.certificate)]) == path
    # An intermediate authority may be the anchor itself.
    assert verify([leaf.certificate, middle.certificate], [anchor(middle.certificate)]).anchor.certificate == (
        middle.certificate
    )
    assert verify([leaf.certificate], [anchor(middle.certificate)]).leaf == leaf.certificate


def test_the_anchor_with_the_right_key_is_found_among_namesakes():
    namesake = x509.issue_root(software.generate(), name="Racine nationale", country="FR", now=NOW, days=365)
    assert verify([LEAF], [anchor(namesake, "old"), FRANCE]).anchor is FRANCE
    renewed = x509.issue_root(ROOT_SIGNER, name="Racine nationale", country="FR", now=NOW, days=1)
    assert verify([LEAF], [anchor(renewed, "new"), FRANCE], now=NOW + 2 * DAY).anchor is FRANCE


def test_names_are_the_signers_addresses():
    leaf = issued(dns_names=["a.example"], uris=["https://b.example/pid"])
    assert verify([leaf]).names == {"https://a.example", "https://b.example/pid"}
    assert verify([LEAF]).names == frozenset()


def test_the_library_reads_no_clock():
    for start in (0, 4_000_000_000):
        root = x509.issue_root(ROOT_SIGNER, name="r", country="FR", now=start, days=10)
        leaf = x509.issue_leaf(
            ROOT_SIGNER, root, SIGNER.public_key, name="l", country="FR", now=start, days=5, purposes=()
        )
        assert verify([leaf], [anchor(root)], now=start + 1).valid_until == start + 5 * DAY


# --- purposes


@pytest.mark.parametrize(
    ("purpose", "usages", "accepted"),
    [
        ("credential", [MDL_DS], True),
        ("credential", ["1.3.130.2.0.0.1.2"], True),
        ("credential", [TLS_SERVER, MDL_DS], True),
        ("credential", [], True),
        ("credential", [READER], False),
        ("credential", [TLS_SERVER], False),
        ("credential", [ANY], False),
        ("status", [MDL_DS], True),
        ("status", [], True),
        ("status", [READER], False),
        ("request", [READER], True),
        ("request", ["1.3.130.2.0.0.1.6"], True),
        ("request", [], True),
        ("request", [MDL_DS], False),
        ("request", [TLS_SERVER], False),
    ],
)
def test_extended_key_usage(purpose, usages, accepted):
    leaf = issued(purposes=usages)
    if accepted:
        assert verify([leaf], purpose=purpose).leaf == leaf
    else:
        assert "extended key usage" in refused("certificate_profile", [leaf], purpose=purpose)


def test_no_purpose_admits_another_roles_certificates():
    assert KEY_USAGES["request"].isdisjoint(KEY_USAGES["credential"] | KEY_USAGES["status"])


# --- who


def test_unknown_parties():
    other = x509.issue_root(ROOT_SIGNER, name="Autre", country="FR", now=NOW, days=365)
    refused("issuer_unknown", [LEAF], [anchor(other)])
    refused("issuer_unknown", [LEAF], [])
    refused("issuer_unknown", [LEAF, ROOT], [anchor(other)])
    namesake = x509.issue_root(software.generate(), name="Racine nationale", country="FR", now=NOW, days=365)
    refused("issuer_unknown", [LEAF], [anchor(namesake)])


def test_a_leaf_that_vouches_for_itself():
    own = Authority("own", SIGNING)
    refused("certificate_self_signed", [own.certificate])
    # pyca/cryptography accepts any certificate of its store as a leaf; this must never be.
    refused("certificate_self_signed", [own.certificate], [anchor(own.certificate)])
    refused("certificate_self_signed", [ROOT])
    refused("certificate_self_signed", [ROOT, ROOT])
    refused("certificate_self_signed", [LEAF], [anchor(LEAF)])
    refused("certificate_self_signed", [LEAF], [FRANCE, anchor(LEAF, "leaf")])


def test_forged_signatures_under_the_anchors_name():
    forger = Authority("root", basic(), CERTIFYING)
    true = Authority("root", basic(), CERTIFYING)
    bare = Authority("leaf", SIGNING, issuer=forger, keyed=False)
    refused("certificate_path", [bare.certificate], [anchor(true.certificate)])
    refused("certificate_path", [bare.certificate, forger.certificate], [anchor(true.certificate)])
    # A forgery is not called expired.
    refused("certificate_path", [bare.certificate], [anchor(true.certificate)], now=NOW + 9999 * DAY)


def test_the_shape_of_the_chain():
    refused("certificate_path", [])
    refused("certificate_path", [LEAF] * (MAX_CHAIN + 1))
    refused("certificate_path", [LEAF, LEAF])
    root = Authority("root", basic(), CERTIFYING)
    middle = Authority("middle", basic(), CERTIFYING, issuer=root)
    leaf = Authority("leaf", SIGNING, issuer=middle)
    trusted = [anchor(root.certificate)]
    refused("issuer_unknown", [leaf.certificate], trusted)
    refused("certificate_path", [leaf.certificate, LEAF, middle.certificate], trusted)
    refused("issuer_unknown", [leaf.certificate, middle.certificate, LEAF], trusted)


# --- when


def test_times():
    refused("certificate_not_yet_valid", [LEAF], now=NOW - 1)
    assert verify([LEAF], now=NOW)
    assert verify([LEAF], now=NOW + 30 * DAY)
    refused("certificate_expired", [LEAF], now=NOW + 30 * DAY + 1)


def test_an_expired_root_ends_the_path():
    root = Authority("root", basic(), CERTIFYING, days=2)
    leaf = Authority("leaf", SIGNING, issuer=root, days=30)
    assert verify([leaf.certificate], [anchor(root.certificate)]).valid_until == NOW + DAY
    refused("certificate_expired", [leaf.certificate], [anchor(root.certificate)], now=NOW + 2 * DAY)


def test_an_intermediate_authority_ends_the_path():
    root = Authority("root", basic(), CERTIFYING)
    late = Authority("late", basic(), CERTIFYING, issuer=root, start=DAY)
    leaf = Authority("leaf", SIGNING, issuer=late)
    refused("certificate_not_yet_valid", [leaf.certificate, late.certificate], [anchor(root.certificate)])


# --- what


@pytest.mark.parametrize(
    "extensions",
    [
        [],
        [(usage("content_commitment"), True)],
        [(usage("digital_signature", "key_cert_sign"), True)],
        [SIGNING, basic(ca=True)],
        [SIGNING, basic(ca=True, critical=False)],
        [SIGNING, (pyca.UnrecognizedExtension(pyca.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)],
        [SIGNING, (pyca.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None), True)],
    ],
)
def test_leaf_profiles(extensions):
    root = Authority("root", basic(), CERTIFYING)
    leaf = Authority("leaf", *extensions, issuer=root)
    detail = refused("certificate_profile", [leaf.certificate], [anchor(root.certificate)])
    assert "<Name" not in detail


def test_leaf_that_says_it_is_no_authority():
    root = Authority("root", basic(), CERTIFYING)
    leaf = Authority("leaf", SIGNING, basic(ca=False), issuer=root)
    assert verify([leaf.certificate], [anchor(root.certificate)])


@pytest.mark.parametrize(
    "extensions",
    [
        [],
        [CERTIFYING],
        [basic()],
        [basic(critical=False), CERTIFYING],
        [basic(ca=False), CERTIFYING],
        [basic(), SIGNING],
        [basic(), (usage("crl_sign"), True)],
    ],
)
def test_authority_profiles(extensions):
    root = Authority("root", *extensions)
    leaf = Authority("leaf", SIGNING, issuer=root)
    refused("certificate_profile", [leaf.certificate], [anchor(root.certificate)])
    above = Authority("above", basic(), CERTIFYING)
    middle = Authority("middle", *extensions, issuer=above)
    leaf = Authority("leaf", SIGNING, issuer=middle)
    refused("certificate_profile", [leaf.certificate, middle.certificate], [anchor(above.certificate)])


def test_a_document_signer_certifies_nobody():
    signer = Authority("signer", SIGNING, issuer=(root := Authority("root", basic(), CERTIFYING)))
    leaf = Authority("leaf", SIGNING, issuer=signer)
    refused("certificate_profile", [leaf.certificate, signer.certificate], [anchor(root.certificate)])


def test_the_roots_path_length_is_obeyed():
    root = Authority("root", basic(length=0), CERTIFYING)
    middle = Authority("middle", basic(), CERTIFYING, issuer=root)
    leaf = Authority("leaf", SIGNING, issuer=middle)
    refused("certificate_profile", [leaf.certificate, middle.certificate], [anchor(root.certificate)])


def test_name_constraints_are_obeyed():
    limit = pyca.NameConstraints(permitted_subtrees=[pyca.DNSName("gouv.example")], excluded_subtrees=None)
    root = Authority("root", basic(), CERTIFYING, (limit, True))
    inside = pyca.SubjectAlternativeName([pyca.DNSName("ants.gouv.example")])
    outside = pyca.SubjectAlternativeName([pyca.DNSName("gouv.example.org")])
    leaf = Authority("leaf", SIGNING, (inside, False), issuer=root)
    assert verify([leaf.certificate], [anchor(root.certificate)])
    leaf = Authority("leaf", SIGNING, (outside, False), issuer=root)
    refused("certificate_profile", [leaf.certificate], [anchor(root.certificate)])


def under(*above, root=()):
    """A leaf under an authority with these extensions, under a root with those."""
    top = Authority("root", basic(), CERTIFYING, *root)
    middle = Authority("middle", basic(), CERTIFYING, *above, issuer=top)
    below = Authority("leaf", SIGNING, issuer=middle)
    return [below.certificate, middle.certificate], [anchor(top.certificate)]


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("place", ["above", "root"])
@pytest.mark.parametrize(
    ("authority", "signer", "accepted"),
    [
        ([MDL_DS], [MDL_DS], True),
        ([MDL_DS, TLS_SERVER], [MDL_DS], True),
        ([ANY], [MDL_DS], True),
        ([TLS_SERVER, ANY], [MDL_DS], True),
        ([MDL_DS], [], True),
        ([TLS_SERVER], [MDL_DS], False),
        ([TLS_SERVER], [], False),
        ([READER], [MDL_DS], False),
        (["1.3.130.2.0.0.1.2"], [MDL_DS], False),
        ([MDL_DS], [ANY], False),
        ([ANY], [ANY], False),
    ],
)
def test_an_authority_certifies_for_its_own_usages_only(authority, signer, accepted, place):
    top = Authority("root", basic(), CERTIFYING, *([usages(*authority)] if place == "root" else []))
    middle = Authority("middle", basic(), CERTIFYING, *([usages(*authority)] if place == "above" else []), issuer=top)
    leaf = Authority("leaf", SIGNING, *([usages(*signer)] if signer else []), issuer=middle)
    chain, anchors = [leaf.certificate, middle.certificate], [anchor(top.certificate)]
    if accepted:
        assert verify(chain, anchors).leaf == leaf.certificate
    else:
        assert refused("certificate_profile", chain, anchors) == "extended key usage"


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("nobody", [pyca.Name([]), common(" "), common("\u3000")], ids=["empty", "space", "wide space"])
@pytest.mark.parametrize("place", ["leaf", "middle", "root"])
def test_a_certificate_of_nobody_is_refused(place, nobody):
    names = {"leaf": common("leaf"), "middle": common("middle"), "root": common("root"), place: nobody}
    top = Authority(names["root"], basic(), CERTIFYING)
    middle = Authority(names["middle"], basic(), CERTIFYING, issuer=top)
    mail = pyca.SubjectAlternativeName([pyca.RFC822Name("a@b.example")])
    leaf = Authority(names["leaf"], SIGNING, (mail, True), issuer=middle)
    refused("certificate_profile", [leaf.certificate, middle.certificate], [anchor(top.certificate)])


FRENCH = pyca.NameAttribute(pyca.NameOID.COUNTRY_NAME, "FR")
DIRECTORY, MAIL = pyca.DirectoryName, pyca.RFC822Name


def named(text):
    return pyca.NameAttribute(pyca.NameOID.COMMON_NAME, text)


def under_constraint(subject, constraint, *, excluding, place, critical=False, names=()):
    """A leaf of this subject, whose authority, or the root above it, permits or excludes a name."""
    stated = (
        pyca.NameConstraints(*((None, [constraint]) if excluding else ([constraint], None))),
        critical,
    )
    top = Authority(pyca.Name([FRENCH, named("root")]), basic(), CERTIFYING, *([stated] if place == "root" else []))
    # It is within whatever a root permits of the subject below.
    own = [*subject, named("middle")] if place == "root" and not excluding else [named("middle")]
    above = [stated] if place == "above" else []
    middle = Authority(pyca.Name(own), basic(), CERTIFYING, *above, issuer=top)
    alternative = [(pyca.SubjectAlternativeName(list(names)), False)] if names else []
    leaf = Authority(pyca.Name(subject), SIGNING, *alternative, issuer=middle)
    return [leaf.certificate, middle.certificate], [anchor(top.certificate)]


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("place", ["above", "root"])
@pytest.mark.parametrize("excluding", [False, True])
@pytest.mark.parametrize(
    ("subject", "constraint", "within"),
    [
        ([FRENCH, named("leaf")], [FRENCH], True),
        ([FRENCH, named("leaf")], [FRENCH, named("LEAF ")], True),
        ([FRENCH, named("le  \uff41f")], [FRENCH, named("Le af")], True),
        ([FRENCH, named("leaf")], [], True),
        ([FRENCH, named("leaf")], [named("leaf")], False),
        ([FRENCH], [FRENCH, named("leaf")], False),
        ([FRENCH, named("leaf")], [pyca.NameAttribute(pyca.NameOID.COUNTRY_NAME, "DE")], False),
    ],
)
def test_constraints_on_subjects_hold_also_where_they_are_not_critical(subject, constraint, within, excluding, place):
    chain, anchors = under_constraint(subject, DIRECTORY(pyca.Name(constraint)), excluding=excluding, place=place)
    if within is excluding:
        expected = "a subject that is excluded" if excluding else "a subject that is not permitted"
        assert refused("certificate_profile", chain, anchors) == expected
    else:
        assert verify(chain, anchors).leaf == chain[0]


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("critical", [False, True])
@pytest.mark.parametrize("excluding", [False, True])
@pytest.mark.parametrize(
    "name",
    [
        DIRECTORY(common("x")),
        pyca.UniformResourceIdentifier("https://b.example/"),
        pyca.OtherName(pyca.ObjectIdentifier("1.2.3.4"), b"\x05\x00"),
        pyca.RegisteredID(pyca.ObjectIdentifier("1.2.3.4")),
    ],
)
def test_alternative_names_whose_kind_is_constrained_are_refused_where_nobody_compares_them(name, excluding, critical):
    chain, anchors = under_constraint(
        [named("leaf")], name, excluding=excluding, place="above", critical=critical, names=[name]
    )
    refused("certificate_profile", chain, anchors)


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("critical", [False, True])
@pytest.mark.parametrize(
    ("excluding", "constraint"), [(False, "c.example"), (True, "b.example"), (True, "a@b.example")]
)
def test_mail_addresses_outside_their_constraints_are_refused(excluding, constraint, critical):
    chain, anchors = under_constraint(
        [named("leaf")],
        MAIL(constraint),
        excluding=excluding,
        place="above",
        critical=critical,
        names=[MAIL("a@b.example")],
    )
    refused("certificate_profile", chain, anchors)


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("excluding", [False, True])
def test_a_mail_address_in_a_subject_is_refused_where_mail_is_constrained(excluding):
    subject = [named("leaf"), pyca.NameAttribute(pyca.NameOID.EMAIL_ADDRESS, "a@b.example")]
    chain, anchors = under_constraint(subject, MAIL("c.example"), excluding=excluding, place="above")
    refused("certificate_profile", chain, anchors)


@pytest.mark.guarantee("G21")
def test_name_constraints_are_counted_before_they_are_compared():
    subtrees = [pyca.DNSName(f"{n:03}.example") for n in range(128)]
    stated = (pyca.NameConstraints(None, subtrees), False)
    root = Authority("root", basic(), CERTIFYING, stated)
    for more, accepted in ((0, True), (1, False)):
        names = [pyca.DNSName(f"a{n}.example") for n in range(MAX_COMPARISONS // 128 - 1 + more)]
        leaf = Authority("leaf", SIGNING, (pyca.SubjectAlternativeName(names), False), issuer=root)
        if accepted:
            assert verify([leaf.certificate], [anchor(root.certificate)])
        else:
            detail = refused("certificate_profile", [leaf.certificate], [anchor(root.certificate)])
            assert detail == "too many names and constraints"


UNKNOWN = (pyca.UnrecognizedExtension(pyca.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)


@pytest.mark.guarantee("G12")
def test_a_critical_extension_that_is_not_known_is_refused_wherever_it_stands():
    assert verify(*under())
    refused("certificate_profile", *under(UNKNOWN))
    refused("certificate_profile", *under(root=[UNKNOWN]))
    refused("certificate_profile", *under((pyca.InhibitAnyPolicy(0), True)))


@pytest.mark.guarantee("G12")
def test_the_path_length_of_an_authority_between_is_obeyed():
    root = Authority("root", basic(), CERTIFYING)
    upper = Authority("upper", basic(length=0), CERTIFYING, issuer=root)
    lower = Authority("lower", basic(), CERTIFYING, issuer=upper)
    leaf = Authority("leaf", SIGNING, issuer=lower)
    chain = [leaf.certificate, lower.certificate, upper.certificate]
    refused("certificate_profile", chain, [anchor(root.certificate)])


@pytest.mark.guarantee("G21")
def test_a_path_takes_its_signatures_from_the_budget_of_its_message():
    namesake = x509.issue_root(ROOT_SIGNER, name="Racine nationale", country="FR", now=NOW, days=365)
    budget = Budget(signatures=3)
    verify_path([LEAF], [FRANCE, anchor(namesake, "new")], now=NOW + 60, purpose="credential", budget=budget)
    assert budget.signatures == 0
    with pytest.raises(DidkitError) as error:
        verify_path([LEAF], [FRANCE], now=NOW + 60, purpose="credential", budget=budget)
    assert error.value.code == "work_exceeded"


@pytest.mark.guarantee("G21")
def test_certificates_are_counted_before_they_are_parsed():
    assert MAX_CHAIN <= x509.MAX_CHAIN <= 8
    budget = Budget(certificates=MAX_CERTIFICATES)
    for _ in range(MAX_CERTIFICATES // 2):
        assert x509.parse_chain(x509.decode_x5c(x509.build_x5c([LEAF, ROOT])), budget=budget) == (LEAF, ROOT)
    with pytest.raises(DidkitError) as error:
        x509.parse_chain(x509.decode_x5c(["AAAA"]), budget=budget)
    assert error.value.code == "work_exceeded"
    size = len(DER) + len(ROOT_DER)
    assert x509.parse_chain(x509.decode_x5c(x509.build_x5c([LEAF, ROOT])), budget=Budget(steps=size))
    with pytest.raises(DidkitError) as error:
        x509.parse_chain(x509.decode_x5c(x509.build_x5c([LEAF, ROOT])), budget=Budget(steps=size - 1))
    assert error.value.code == "work_exceeded"


ODD_KEYS = {
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "brainpool": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
}


@pytest.mark.parametrize("position", ["leaf", "root"])
@pytest.mark.parametrize("kind", ODD_KEYS)
def test_keys_that_are_not_supported(position, kind):
    odd = ODD_KEYS[kind]()
    root = Authority("root", basic(), CERTIFYING, key=odd if position == "root" else None)
    leaf = Authority("leaf", SIGNING, issuer=root, key=odd if position == "leaf" else None)
    code = "certificate_profile" if kind == "RSA" else "certificate_curve"
    refused(code, [leaf.certificate], [anchor(root.certificate)])


@pytest.mark.parametrize("above", ["P-256", "P-384", "P-521"])
@pytest.mark.parametrize("below", ["P-256", "P-384", "P-521", "Ed25519"])
def test_each_curve_on_the_path(above, below):
    root_signer, signer = software.generate(above), software.generate(below)
    root = x509.issue_root(root_signer, name="r", country="FR", now=NOW, days=9)
    leaf = x509.issue_leaf(
        root_signer, root, signer.public_key, name="l", country="FR", now=NOW, days=9, purposes=[MDL_DS]
    )
    assert verify([leaf], [anchor(root)]).key == signer.public_key


def test_an_authority_of_ed25519_is_refused():
    # pyca/cryptography verifies paths with the algorithms of the Web PKI only, which has no Ed25519.
    root_signer = software.generate("Ed25519")
    root = x509.issue_root(root_signer, name="r", country="FR", now=NOW, days=9)
    leaf = x509.issue_leaf(
        root_signer, root, SIGNER.public_key, name="l", country="FR", now=NOW, days=9, purposes=[MDL_DS]
    )
    refused("certificate_profile", [leaf], [anchor(root)])


def test_an_anchor_without_certificate_is_on_no_path():
    other = Anchor("DID", None, frozenset({"credential"}), frozenset({"urn:pid"}), did="did:web:a.example")
    refused("issuer_unknown", [LEAF], [other])
    assert verify([LEAF], [other, FRANCE]).anchor is FRANCE


# --- hostile bytes

DER = x509.der(LEAF)
ROOT_DER = x509.der(ROOT)
CODES = {
    "x509_malformed",
    "issuer_unknown",
    "certificate_path",
    "certificate_self_signed",
    "certificate_profile",
    "certificate_expired",
    "certificate_not_yet_valid",
}
CHANGES = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=3)


def changed(data, changes):
    other = bytearray(data)
    for at, byte in changes:
        other[at % len(other)] = byte
    return bytes(other)


@settings(max_examples=400)
@given(CHANGES)
def test_a_changed_leaf_is_refused(changes):
    data = changed(DER, changes)
    if data == DER:
        return
    with pytest.raises(DidkitError) as error:
        verify([x509.parse_der(data)])
    assert error.value.code in CODES


@settings(max_examples=200)
@given(CHANGES)
def test_changed_authorities_raise_nothing_else(changes):
    data = changed(ROOT_DER, changes)
    for chain, anchors in (("above", FRANCE), ("anchor", None)):
        try:
            other = x509.parse_der(data)
            path = verify([LEAF, other]) if chain == "above" else verify([LEAF], [anchor(other)])
            assert path.key == SIGNER.public_key
            assert anchors is None or path.anchor is FRANCE
        except DidkitError as error:
            assert error.code in CODES  # noqa: PT017 - or it is read
