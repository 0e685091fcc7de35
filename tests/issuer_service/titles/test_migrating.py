"""Issuers of before get a signer for each document type; their titles, and those of the new signers, are believed."""

import io
from dataclasses import replace

import pytest

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, FetchError
from didkit_fr.keys import software, x509
from didkit_fr.keys.leaf_types import certified_types
from didkit_fr.trust.anchors import Anchors
from issuer_service.register import citizens
from issuer_service.shell import private_files
from issuer_service.shell.events import Events
from issuer_service.titles import app
from issuer_service.titles.founding import Passphrases
from issuer_service.titles.identities import by_purpose
from issuer_service.titles.migrating import migrate_signers
from issuer_service.titles.renewing import renew
from issuer_service.titles.status_lists import StatusLists
from tests.issuer_service.register_endpoint import ALICE, LICENCE
from tests.issuer_service.titles.folder_before import FORMATS, TITLES, changed, unpacked
from tests.issuer_service.titles.issuing import issued, token_of, verified
from tests.issuer_service.world import CHEAP, DAY, NOW, PASSPHRASES, Clock, found_in, reopened, scenario
from tests.refused import refused

TODAY = NOW - NOW % DAY
LATER = TODAY + 2 * DAY
PID, MDL, AGE = "eu.europa.ec.eudi.pid.1", "org.iso.18013.5.1.mDL", "eu.europa.ec.av.1"
DOCTYPES = {"pid": PID, "driving_licence": MDL, "proof_of_age": AGE}
RECORDS = {"pid": ALICE, "driving_licence": LICENCE, "proof_of_age": ALICE}
CHANGED = ("keyring", "mdoc_chain")


def told(place, **changes):
    return {"root": place.folder.parent / "root.key", "passphrases": PASSPHRASES, "cost": CHEAP, **changes}


def migrated(place, now=NOW, **changes):
    return migrate_signers(place, now=now, **told(place, **changes))


def renewed(place, now=NOW):
    return renew(place, now=now, **told(place))


def again(place, now=NOW):
    return reopened(place, place.folder.parent / "root.key", clock=Clock(now))


def files(place):
    return {name: place.place(name).read_bytes() for name in CHANGED}


def carries(raw, signer):
    """Whether a document has the certificate of this signer with it."""
    return x509.der(signer.chain[0]) in base64url.decode(raw)


def types_of(identity):
    return certified_types(identity.chain[0])


def demanding(world):
    """The anchors of a relying party that believes documents of signers for their type alone."""
    return Anchors(tuple(replace(one, leaf_types=one.certificate is not None) for one in world.anchors.anchors))


async def document(world, title):
    """A new document, with the key that it is bound to."""
    citizen = citizens.parse_citizen(RECORDS[title])
    world.source.title, world.source.number = title, citizen.document_number
    world.source.attributes_held = citizens.answer(citizen, None, world.clock.now, title=title)
    holder = software.generate()
    token = await token_of(world, f"{title} {world.clock.now}")
    (raw,) = await issued(world, token, [holder], configuration=f"{title}_mso_mdoc")
    return raw, holder


async def is_believed(world, raw, holder, **how):
    try:
        result = await verified(world, raw, holder, **how)
    except DidkitError as error:
        return error.code
    return result.checks["status"]


@scenario
async def test_a_folder_of_before_opens_serves_and_issues_with_the_signer_that_its_types_share(tmp_path) -> None:
    place, titles = unpacked(tmp_path)
    assert [one.leaf_types for one in Anchors.parse(place.place("anchors").read_bytes()).anchors] == [False]
    keys = app.key_store(place, PASSPHRASES.keyring).open()
    clock = Clock()
    served = await app.open_from_data_folder(place, keys, clock=clock, events=Events(io.StringIO(), clock))
    await served.cleanup()
    async with again(place) as world:
        for one in titles:
            assert await is_believed(world, one.raw, one.holder, format_=one.format) == "valid"
        shared = world.issuer.identity("mdoc", now=NOW)
        assert types_of(shared) is None
        for title in TITLES:
            raw, holder = await document(world, title)
            assert carries(raw, shared)
            assert await is_believed(world, raw, holder, format_="mso_mdoc") == "valid"
            assert await is_believed(world, raw, holder, format_="mso_mdoc", anchors=demanding(world)) == (
                "issuer_not_for_type"
            )


@scenario
async def test_from_their_day_on_new_signers_sign_each_its_type_and_what_was_issued_before_stays_believed(
    tmp_path,
) -> None:
    place, titles = unpacked(tmp_path)
    made = migrated(place)
    assert {purpose: types_of(one) for purpose, one in made.items()} == {
        f"mdoc:{doctype}": {doctype} for doctype in (PID, MDL)
    }
    assert {one.begins for one in made.values()} == {LATER}
    for now in (NOW, LATER - 1, LATER, LATER + 9 * DAY):
        async with again(place, now) as world:
            shared = world.issuer.identity("mdoc", now=now)
            for title in TITLES:
                raw, holder = await document(world, title)
                assert carries(raw, made[f"mdoc:{DOCTYPES[title]}"]) is (now >= LATER)
                assert carries(raw, shared) is (now < LATER)
                assert await is_believed(world, raw, holder, format_="mso_mdoc") == "valid"
                expected = "valid" if now >= LATER else "issuer_not_for_type"
                assert await is_believed(world, raw, holder, format_="mso_mdoc", anchors=demanding(world)) == expected
            for one in titles:
                assert await is_believed(world, one.raw, one.holder, format_=one.format) == "valid"
    async with again(place) as world:
        strict = demanding(world)
        found = [await is_believed(world, one.raw, one.holder, format_=one.format, anchors=strict) for one in titles]
    expected = {"dc+sd-jwt": "valid", "mso_mdoc": "issuer_not_for_type"}
    assert found == [expected[one.format] for one in titles]


@pytest.mark.parametrize("steps", ["", "migrate", "migrate renew"])
@scenario
async def test_status_lists_for_documents_stay_those_of_the_signer_that_relying_parties_know(tmp_path, steps) -> None:
    place, _ = unpacked(tmp_path)
    now, acts = NOW, {"migrate": migrated, "renew": renewed}
    for step in steps.split():
        acts[step](place, now=now)
        now += 2 * DAY
    async with again(place, now) as world:
        signer = world.issuer.identity("mdoc", now=now)
        assert types_of(signer) == (frozenset() if "renew" in steps else None)
        raw, holder = await document(world, "pid")
        (number, *_) = await world.storage.status_lists()
        assert x509.der(signer.chain[0]) in await StatusLists(world.issuer).cwt(number, now=now)
        strict = demanding(world) if steps else world.anchors
        for published in ("cwt", "token"):
            assert (
                await is_believed(world, raw, holder, format_="mso_mdoc", anchors=strict, published=published)
                == "valid"
            )


@pytest.mark.parametrize("writes", range(2))
@scenario
async def test_what_a_failure_leaves_serves_as_before_and_the_next_run_goes_on(tmp_path, monkeypatch, writes) -> None:
    place, _ = unpacked(tmp_path)
    before, count, real = files(place), 0, private_files.replace

    def failing(*arguments, **options):
        nonlocal count
        count += 1
        if count > writes:
            raise FetchError("file_unavailable")
        real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(private_files, "replace", failing)
        with pytest.raises(FetchError):
            migrated(place)
    assert files(place)["mdoc_chain"] == before["mdoc_chain"]
    assert (files(place)["keyring"] == before["keyring"]) is (writes == 0)
    async with again(place, LATER) as world:
        raw, holder = await document(world, "pid")
        assert await is_believed(world, raw, holder, format_="mso_mdoc") == "valid"
        assert carries(raw, world.issuer.identity("mdoc", now=LATER))
    made = migrated(place)
    async with again(place, LATER) as world:
        for title in TITLES:
            raw, holder = await document(world, title)
            assert carries(raw, made[f"mdoc:{DOCTYPES[title]}"])
            assert await is_believed(world, raw, holder, format_="mso_mdoc", anchors=demanding(world)) == "valid"


@scenario
async def test_where_each_type_has_its_signer_nothing_is_changed(tmp_path) -> None:
    place, _ = unpacked(tmp_path)
    assert migrated(place).keys() == {f"mdoc:{PID}", f"mdoc:{MDL}"}
    before = files(place)
    assert migrated(place, now=NOW + 5 * DAY) == {}
    assert files(place) == before
    new = tmp_path / "new"
    new.mkdir()
    place = await found_in(new, titles=TITLES, formats=FORMATS)
    before = files(place)
    assert migrated(place) == {}
    assert files(place) == before


@scenario
async def test_renewing_keeps_each_signer_to_its_type_and_that_of_status_lists_to_none(tmp_path) -> None:
    place, _ = unpacked(tmp_path)
    assert {types_of(one) for one in renewed(place).signers.values()} == {None}
    assert {one.begins for one in migrated(place).values()} == {LATER}
    year = LATER + 300 * DAY
    done = renewed(place, now=year)
    assert {purpose: types_of(one) for purpose, one in done.signers.items()} == {
        "document": None,
        "mdoc": frozenset(),
        f"mdoc:{PID}": {PID},
        f"mdoc:{MDL}": {MDL},
    }
    begins = year + 2 * DAY
    assert {one.begins for one in done.signers.values()} == {begins}
    for now in (begins - 1, begins):
        async with again(place, now) as world:
            for title in TITLES:
                raw, holder = await document(world, title)
                assert carries(raw, done.signers[f"mdoc:{DOCTYPES[title]}"]) is (now == begins)
                assert await is_believed(world, raw, holder, format_="mso_mdoc", anchors=demanding(world)) == "valid"
    third = renewed(place, now=begins + 300 * DAY)
    assert types_of(third.signers["mdoc"]) == frozenset()
    known = by_purpose(app.read_chains(place))
    assert {purpose: len(chains) for purpose, chains in known.items()} == dict.fromkeys(done.signers, 2)


@pytest.mark.parametrize("first", [True, False])
@scenario
async def test_a_type_that_is_added_to_the_settings_is_not_signed_by_the_shared_signer(tmp_path, first) -> None:
    """Also where titles are still signed by that until the day of their own signers."""
    if first:
        place, _ = unpacked(tmp_path)
        migrated(place)
    else:
        place = await found_in(tmp_path, titles=("pid",), formats=("dc+sd-jwt",))
    place = changed(place.folder, titles=["pid", "proof_of_age"], formats=["dc+sd-jwt", "mso_mdoc"])
    with pytest.raises(DidkitError) as error:
        async with again(place):
            pass
    assert (error.value.code, error.value.detail.rpartition(" ")[2]) == ("settings_invalid", AGE)
    assert "didkit-issuer migrate-signers" in error.value.__notes__[0]
    made = migrated(place)
    assert made[f"mdoc:{AGE}"].begins == TODAY
    async with again(place) as world:
        raw, _ = await document(world, "proof_of_age")
        assert carries(raw, made[f"mdoc:{AGE}"])


@pytest.mark.parametrize(("days", "begins"), [(363, 365), (365, 365)])
@scenario
async def test_where_the_shared_signer_does_not_last_until_then_its_successors_begin_today(
    tmp_path, days, begins
) -> None:
    place, _ = unpacked(tmp_path)
    made = migrated(place, now=NOW + days * DAY)
    assert {one.begins for one in made.values()} == {TODAY + begins * DAY}


def other_root(place):
    for name in ("root.key", "root.key.pem"):
        (place.folder.parent / name).rename(place.folder.parent / f"mine {name}")
    return {}


def other_key(place):
    """The certificate of a type that another key is kept for."""
    made = migrated(place)
    pems = [x509.pem(made[f"mdoc:{doctype}"].chain[0]) for doctype in (PID, MDL)]
    keyring = app.key_store(place, PASSPHRASES.keyring, cost=CHEAP)
    keyring.succeed({f"mdoc:{PID}": None}).keep()
    place.place("mdoc_chain").write_bytes(place.place("mdoc_chain").read_bytes() + b"".join(pems))
    return {}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (other_root, "file_unavailable"),
        (other_key, "settings_invalid"),
        (lambda _: {"passphrases": Passphrases(b"wrong", PASSPHRASES.root)}, "passphrase_wrong"),
        (lambda _: {"passphrases": Passphrases(PASSPHRASES.keyring, b"wrong")}, "passphrase_wrong"),
        (lambda place: {"root": place.folder / "root.key"}, "root_key_exposed"),
    ],
)
@scenario
async def test_what_does_not_belong_together_changes_nothing(tmp_path, spoil, code) -> None:
    place, _ = unpacked(tmp_path)
    changes = spoil(place)
    before = files(place)
    with refused(code):
        migrated(place, **changes)
    assert files(place) == before


@scenario
async def test_a_host_with_the_certificates_and_without_the_keys_does_not_start(tmp_path) -> None:
    place, _ = unpacked(tmp_path)
    old = place.place("keyring").read_bytes()
    migrated(place)
    place.place("keyring").write_bytes(old)
    with refused("settings_invalid"):
        async with again(place):
            pass


@scenario
async def test_hosts_that_have_the_files_and_hosts_that_wait_for_them_sign_alike_until_the_day(tmp_path) -> None:
    folders = [tmp_path / name for name in ("early", "late")]
    (early, _), (late, _) = map(unpacked, folders)
    migrated(early)
    for now in (NOW, LATER - 1):
        async with again(early, now) as one, again(late, now) as other:
            for doctype in (PID, MDL):
                name = f"mdoc:{doctype}"
                assert one.issuer.identity(name, now=now).chain == other.issuer.identity(name, now=now).chain


@scenario
async def test_a_folder_with_many_document_types_starts(tmp_path) -> None:
    titles = ("pid", "passport", "residence_permit", "driving_licence", "proof_of_age")
    place = await found_in(tmp_path, titles=titles, formats=FORMATS)
    (anchor, *_) = Anchors.parse(place.place("anchors").read_bytes()).anchors
    doctypes = {one for one in anchor.types if not one.startswith("urn:")}
    done = renewed(place)
    assert done.signers.keys() == {"document", "mdoc", *(f"mdoc:{doctype}" for doctype in doctypes)}
    assert len(doctypes) == len(titles)
    keys = app.key_store(place, PASSPHRASES.keyring).open()
    clock = Clock()
    served = await app.open_from_data_folder(place, keys, clock=clock, events=Events(io.StringIO(), clock))
    await served.cleanup()
