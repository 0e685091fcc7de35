"""Titles as documents of ISO: announced, issued in batches, kept, shown to a query, revoked; status lists as CWT."""

from dataclasses import replace
from datetime import date

import cbor2
import pytest

from didkit_fr import flow, specs
from didkit_fr.credentials import titles
from didkit_fr.encoding import base64url, json
from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.formats import FORMATS, mso_mdoc
from didkit_fr.formats.occasion import occasion_of_answer
from didkit_fr.keys import software, x509
from didkit_fr.protocols.openid4vp.dcql import parse_query, select
from didkit_fr.protocols.openid4vp.response import build_response
from didkit_fr.protocols.openid4vp.wallet import build_presentations, fetch_request, hold
from didkit_fr.relying_party import MemoryTransactions, Query, Verifier
from didkit_fr.status.token_cwt import MEDIA_TYPE as CWT
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.trust.path import verify_path
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status.check import load_status_list
from didkit_fr.verification.verify import verify
from issuer_service.titles.revoking import revoke
from issuer_service.titles.routes.status import preferred
from tests.issuer_service.register_endpoint import LICENCE
from tests.issuer_service.titles.carried import carried
from tests.issuer_service.titles.mdoc_titles import TITLES, received
from tests.issuer_service.world import DAY, NOW, opened, scenario, visited
from tests.linkage import leaves, shared

BOTH = ("dc+sd-jwt", "mso_mdoc")
PID, PID_FR = "eu.europa.ec.eudi.pid.1", "eu.europa.ec.eudi.pid.fr.1"
TODAY = NOW - NOW % DAY
URI = "https://rp.example/answer"
JWT = "application/statuslist+jwt"


def check_of(party):
    told = {"response_uri": f"https://{party}.example/answer", "encryption_thumbprint": None}
    return occasion_of_answer(f"nonce {party}", f"x509_hash:{party}", **told)


async def presented(visitor, title, *paths, at=0, carry=None, **changes):
    copy, now = title.copies[at], visitor.world.clock.now
    query = {"id": "q", "format": "mso_mdoc", "meta": {"doctype_value": title.verified.type}}
    asked = parse_query({"credentials": [query | {"claims": [{"path": list(path)} for path in paths]}]})
    (choice,) = select(asked, [hold("held", title.format, copy.raw)])
    policy = Policy(visitor.world.anchors)
    told = {"response_uri": URI, "encryption_thumbprint": bytes(32)}
    check = occasion_of_answer("nonce", "x509_hash:abc", **told)
    shown = FORMATS["mso_mdoc"].present(copy.raw, choice.paths, copy.signer, check, now=now)
    told |= {"nonce": "nonce", "audience": "x509_hash:abc", **changes}
    journey = verify(shown, VerificationContext(policy, Memory(), now), format="mso_mdoc", **told)
    return await flow.run_async(journey, carry or (lambda batch: carried(visitor, batch)))


@pytest.mark.guarantee("G33")
@scenario
async def test_both_forms_of_the_pid_are_received_and_the_document_answers_a_query(tmp_path) -> None:
    async with visited(tmp_path, formats=BOTH) as visitor:
        text, document = await received(visitor)
        assert (text.format, document.format) == BOTH
        assert len(document.copies) == 3
        said = document.verified.claims
        assert set(said) == {PID, PID_FR}
        assert said[PID]["birth_date"] == text.verified.claims["birthdate"]
        shown = await presented(visitor, document, (PID, "family_name"), (PID_FR, "age_over_18"))
        assert shown.claims == {PID: {"family_name": said[PID]["family_name"]}, PID_FR: {"age_over_18": True}}
        assert shown.checks["status"] == "valid"
        assert shown.checks["holder"] == "possession proven"
        for wrong in ({"nonce": "another"}, {"audience": "x509_hash:other"}, {"encryption_thumbprint": None}):
            with pytest.raises(VerificationError) as error:
                await presented(visitor, document, (PID_FR, "age_over_18"), **wrong)
            assert error.value.code == "mdoc_session_mismatch"


@pytest.mark.guarantee("G32")
@pytest.mark.parametrize(
    ("alter", "code"),
    [
        (lambda raw: mso_mdoc.disclose(raw, [(PID, "family_name"), (PID_FR, "age_over_18")]), "mdoc_digest_unused"),
        (lambda raw: with_element(raw, {"digestID": 99, "random": bytes(32)}), "mdoc_digest_missing"),
        (lambda raw: raw, None),
    ],
)
@scenario
async def test_a_document_with_more_or_fewer_digests_than_elements_is_not_kept(tmp_path, alter, code) -> None:
    async with visited(tmp_path, formats=("mso_mdoc",)) as visitor:
        told = []

        async def altering(batch):
            """An issuer that hands over something else than it signed."""
            answers = await carried(visitor, batch)
            for at, request in enumerate(batch):
                if request.url.endswith("/notification"):
                    told.append(json.parse(request.body)["event"])
                if request.url.endswith("/credential"):
                    body = json.parse(answers[at].body, max_bytes=1 << 20)
                    for issued in body["credentials"]:
                        issued["credential"] = alter(issued["credential"])
                    answers[at] = flow.Response(200, json.encode(body), answers[at].headers)
            return answers

        if code is None:
            (document,) = await received(visitor, carry=altering)
            assert len(document.copies) == 3
            return
        with pytest.raises(VerificationError) as error:
            await received(visitor, carry=altering)
        assert error.value.code == code
        assert told == ["credential_failure"]


def with_element(raw, item):
    tree = cbor2.loads(base64url.decode(raw))
    added = cbor2.dumps({**item, "elementIdentifier": "mark", "elementValue": 7}, canonical=True)
    tree["nameSpaces"][PID].append(cbor2.CBORTag(24, added))
    return base64url.encode(cbor2.dumps(tree, canonical=True))


@pytest.mark.parametrize("title", TITLES)
@scenario
async def test_each_title_is_issued_as_a_document_and_shown(tmp_path, title) -> None:
    table = titles.load(title)
    async with visited(tmp_path, titles=TITLES, formats=("mso_mdoc",)) as visitor:
        (document,) = await received(visitor, title)
        assert document.verified.type == table.doctype
        stated = json.parse(specs.read(f"credentials/{title}/mdoc-elements.json"))
        for namespace, elements in document.verified.claims.items():
            assert elements.keys() <= stated["namespaces"][namespace].keys()
        for namespace, elements in stated["namespaces"].items():
            due = {name for name, one in elements.items() if one["mandatory"]}
            assert due <= document.verified.claims.get(namespace, {}).keys()
        row = table.attributes[0]
        place = (table.namespaces[row.namespace], row.mdoc[0])
        shown = await presented(visitor, document, place)
        assert shown.claims == {place[0]: {place[1]: document.verified.claims[place[0]][place[1]]}}


@scenario
async def test_a_licence_says_what_may_be_driven(tmp_path) -> None:
    async with visited(tmp_path, titles=("driving_licence",), formats=("mso_mdoc",)) as visitor:
        (document,) = await received(visitor, "driving_licence")
        iso = "org.iso.18013.5.1"
        shown = await presented(visitor, document, (iso, "driving_privileges"))
        assert shown.claims == {iso: {"driving_privileges": LICENCE["driving_privileges"]}}
        raw = cbor2.loads(base64url.decode(document.copies[0].raw))
        items = [cbor2.loads(item.value) for item in raw["nameSpaces"][iso]]
        privileges = next(one for one in items if one["elementIdentifier"] == "driving_privileges")["elementValue"]
        # As full-dates, with tag 1004 (RFC 8943).
        assert privileges[1]["expiry_date"] == date(2030, 3, 4)


@scenario
async def test_a_proof_of_age_names_nobody_and_is_issued_thirty_times(tmp_path) -> None:
    limits = {"batch_size": 30, "validity_days": 90}
    async with visited(tmp_path, titles=("proof_of_age",), formats=("mso_mdoc",), **limits) as visitor:
        (document,) = await received(visitor, "proof_of_age", wanted=30)
        assert len(document.copies) == 30
        (said,) = document.verified.claims.values()
        assert set(said) == {row.id for row in titles.load("proof_of_age").attributes}
        assert set(map(type, said.values())) == {bool}
        assert document.verified.expires == TODAY + 90 * DAY


@pytest.mark.parametrize(("asked", "given"), [(92, 90), (90, 90), (7, 7)])
@scenario
async def test_a_proof_of_age_lives_its_own_three_months_at_most_beside_titles_that_live_longer(
    tmp_path, asked, given
) -> None:
    titles = ("pid", "proof_of_age")
    async with visited(tmp_path, titles=titles, formats=("mso_mdoc",), validity_days=asked) as visitor:
        (age,) = await received(visitor, "proof_of_age")
        (pid,) = await received(visitor, "pid")
        assert (age.verified.expires, pid.verified.expires) == (TODAY + given * DAY, TODAY + asked * DAY)
        visitor.world.clock.now = age.verified.expires - 1
        assert (await presented(visitor, age, ("eu.europa.ec.av.1", "age_over_18"))).expires == age.verified.expires
        visitor.world.clock.now = age.verified.expires + DAY
        with pytest.raises(VerificationError) as error:
            await presented(visitor, age, ("eu.europa.ec.av.1", "age_over_18"))
        assert error.value.code == "credential_expired"


@pytest.mark.guarantee("G6")
@scenario
async def test_documents_of_one_person_share_no_more_than_those_of_two(tmp_path) -> None:
    async with visited(tmp_path, formats=("mso_mdoc",)) as visitor:
        (mine,), (theirs,) = await received(visitor), await received(visitor, ticket="of another")
        shown = [
            base64url.decode(
                mso_mdoc.present(copy.raw, [(PID_FR, "age_over_18")], copy.signer, check_of(party), now=NOW)
            )
            for party, copy in (("shop", mine.copies[0]), ("bank", mine.copies[1]), ("club", theirs.copies[0]))
        ]
    everybodys = [leaf.value for leaf in leaves(shown[2])]
    lists = f"{visitor.address}/status/"
    assert not shared(shown[0], shown[1], allowed=[*everybodys, *(f"{lists}{number}" for number in range(1, 9))])
    # The check itself: the same copy shown twice has its signature, its digests and its key in both.
    again = base64url.decode(
        mso_mdoc.present(
            mine.copies[0].raw, [(PID_FR, "age_over_18")], mine.copies[0].signer, check_of("club"), now=NOW
        )
    )
    assert len(shared(shown[0], again, allowed=everybodys)) > 10


@scenario
async def test_copies_share_days_and_nothing_that_links_them(tmp_path) -> None:
    async with visited(tmp_path, formats=("mso_mdoc",)) as visitor:
        (document,) = await received(visitor)
        parsed = [mso_mdoc.parse(copy.raw).issuer_signed for copy in document.copies]
        objects = [one.unverified_object for one in parsed]
        assert {(one.signed, one.valid_from) for one in objects} == {(TODAY, TODAY)}
        assert {one.valid_until % DAY for one in objects} == {0}
        assert len({one.device_key.octets for one in objects}) == 3
        # Two lists may give the same number.
        assert len({tuple(one.status["status_list"].values()) for one in objects}) == 3
        salts = [item.salt for one in parsed for items in one.unverified_items.values() for item in items]
        assert {len(salt) for salt in salts} == {16}
        assert len(set(salts)) == len(salts)
        orders = {tuple(item.digest_id for items in one.unverified_items.values() for item in items) for one in parsed}
        assert len(orders) == 3
        # Deterministic encoding (RFC 8949 section 4.2.1): whoever encodes the same again gets the same.
        raw = base64url.decode(document.copies[0].raw)
        assert cbor2.dumps(cbor2.loads(raw), canonical=True) == raw


@scenario
async def test_the_metadata_are_as_openid4vci_has_them_for_documents(tmp_path) -> None:
    async with visited(tmp_path, formats=BOTH) as visitor:
        metadata = (await visitor.ask("GET", "/.well-known/openid-credential-issuer")).json
        said = metadata["credential_configurations_supported"]["pid_mso_mdoc"]
        assert said["format"] == "mso_mdoc"
        assert said["doctype"] == PID
        assert said["scope"] == "pid"
        assert said["credential_signing_alg_values_supported"] == [-7]
        assert said["cryptographic_binding_methods_supported"] == ["cose_key"]
        assert said["proof_types_supported"] == {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}}
        paths = [one["path"] for one in said["credential_metadata"]["claims"]]
        assert [PID, "family_name"] in paths
        assert {path[0] for path in paths} == {PID, PID_FR}


@pytest.mark.parametrize("accept", [CWT, f"{JWT};q=0.5, {CWT}", JWT, f"{JWT}, {CWT}"])
@scenario
async def test_revocation_reaches_documents_by_either_form_of_the_list(tmp_path, accept) -> None:
    async with visited(tmp_path, formats=("mso_mdoc",)) as visitor:
        world, bodies = visitor.world, []

        async def asking(batch):
            """As another verifier would ask for its lists."""
            answers = await carried(visitor, tuple(replace(one, headers={"accept": accept}) for one in batch))
            for answer in answers:
                assert answer.headers["vary"] == "Accept"
                assert answer.headers["content-type"] == preferred(accept)
                bodies.append(answer.body)
            return answers

        (document,) = await received(visitor)
        shown = await presented(visitor, document, (PID_FR, "age_over_18"), carry=asking)
        assert shown.checks["status"] == "valid"
        count = await revoke(
            world.registry, world.keys, title="pid", document_number=world.source.number, now=world.clock.now
        )
        assert count.copies == 3
        for at in range(3):
            with pytest.raises(VerificationError) as error:
                await presented(visitor, document, (PID_FR, "age_over_18"), at=at, carry=asking)
            assert error.value.code == "status_revoked"
        assert {body[:1] == b"\xd2" for body in bodies} == {accept in (CWT, f"{JWT};q=0.5, {CWT}")}


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", JWT),
        ("*/*", JWT),
        (CWT, CWT),
        (f"{CWT}, {JWT}", JWT),
        (f"{CWT}, */*;q=0.1", CWT),
        (f"{CWT};q=0", JWT),
        ("text/html", JWT),
    ],
)
def test_which_form_of_a_list_is_preferred(accept, form):
    assert preferred(accept) == form


@scenario
async def test_the_signer_of_documents_is_one_of_annex_b_under_a_root_that_lists_whom_it_withdrew(tmp_path) -> None:
    async with visited(tmp_path, formats=BOTH) as visitor:
        world = visitor.world
        (anchor,) = world.anchors.anchors
        assert anchor.types == {"urn:eudi:pid:fr:1", PID}
        identity = world.issuer.identity("mdoc", now=NOW)
        answer = await visitor.ask("GET", "/signers.crl")
        assert answer.headers["Content-Type"] == "application/pkix-crl"
        listed = Anchor(anchor.name, anchor.certificate, anchor.roles, anchor.types, revocation=answer.body)
        path = verify_path(identity.chain, [listed], now=NOW, purpose="mdoc")
        assert path.key == identity.signer.public_key
        # Another key than that which signs the other titles: a signature of one is never one of the other.
        assert path.key != world.issuer.identity("document", now=NOW).signer.public_key
        assert Anchors((listed,)).encode()  # and an anchor may come with that list
        for certificate in (identity.chain[0], anchor.certificate):
            names = {extension.oid._name for extension in certificate.extensions}
            assert {"issuerAltName", "cRLDistributionPoints", "keyUsage", "subjectKeyIdentifier"} <= names
        assert x509.subject_name(identity.chain[0]).endswith("C=FR")


@scenario
async def test_a_database_cannot_make_a_document_of_a_title_that_has_none(tmp_path) -> None:
    async with opened(tmp_path, titles=("pid", "national_identity"), formats=BOTH) as world:
        assert set(world.ports.catalogue.configurations) == {
            "pid_dc_sd_jwt",
            "pid_mso_mdoc",
            "national_identity_dc_sd_jwt",
        }


@pytest.mark.guarantee("G14")
@scenario
async def test_a_verifier_without_a_network_believes_a_document_whose_list_it_remembers(tmp_path) -> None:
    async with visited(tmp_path, formats=("mso_mdoc",)) as visitor:
        world, now = visitor.world, visitor.world.clock.now
        (document,) = await received(visitor)
        policy, memory = Policy(world.anchors), Memory()
        access = software.generate()
        root = x509.issue_root(access, name="Access", country="FR", now=now - DAY, days=9)
        about = {"name": "Shop", "country": "FR", "now": now - DAY, "days": 9, "purposes": ()}
        leaf = x509.issue_leaf(access, root, (key := software.generate()).public_key, **about)
        verifier = Verifier(key, [leaf], policy, MemoryTransactions(), memory=memory)
        query = Query(PID, [[PID_FR, "age_over_18"]], format="mso_mdoc")
        uri = mso_mdoc.parse(document.copies[0].raw).issuer_signed.unverified_object.status["status_list"]["uri"]

        def answered():
            opened = verifier.request(query, request_uri="https://shop.example/{id}", response_uri=URI, now=now)
            told = Anchors((Anchor("access", root, frozenset({"request"}), frozenset()),))
            request = flow.run(
                fetch_request(opened.link, VerificationContext(Policy(told), Memory(), now)),
                lambda batch: [flow.Response(200, opened.request_object.encode()) for _ in batch],
            )
            (choice,) = select(request.query, [hold("held", "mso_mdoc", document.copies[0].raw)])
            chosen = [(choice, "mso_mdoc", document.copies[0].raw, document.copies[0].signer)]
            shown = build_presentations(request, chosen, now=now)
            return build_response(shown, request.state, encryption=request.encryption)

        with pytest.raises(FetchError):
            verifier.verify(answered(), now=now)
        listed = load_status_list(uri, VerificationContext(policy, memory, now))
        await flow.run_async(listed, lambda batch: carried(visitor, batch))
        (one,) = verifier.verify(answered(), now=now)["title"]
        assert one.claims == {PID_FR: {"age_over_18": True}}
        assert one.checks["status"] == "valid"
