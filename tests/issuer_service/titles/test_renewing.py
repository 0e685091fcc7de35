"""Document signers and the root's list, renewed: titles of before and after are believed, and none tells its host."""

import asyncio
import json
import shutil
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509 as pyca

from didkit_fr import flow
from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, FetchError, VerificationError
from didkit_fr.keys import software, x509
from didkit_fr.trust.anchors import Anchors
from didkit_fr.trust.revocation import build_list, parse_list
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify_issued
from issuer_service.keys import root_key
from issuer_service.shell import private_files
from issuer_service.titles import app, config
from issuer_service.titles.founding import Passphrases
from issuer_service.titles.identities import CHAINS, by_purpose
from issuer_service.titles.renewing import renew
from tests.issuer_service.titles.carried import carried
from tests.issuer_service.titles.folder_before import unpacked
from tests.issuer_service.titles.issuing import issued, token_of
from tests.issuer_service.titles.mdoc_titles import received
from tests.issuer_service.titles.programs import init, run, serving
from tests.issuer_service.world import (
    CHEAP,
    DAY,
    NOW,
    PASSPHRASES,
    Clock,
    found_in,
    opened,
    reopened,
    scenario,
    served,
    visited,
)
from tests.ports import free_port

TODAY = NOW - NOW % DAY
BOTH = ("dc+sd-jwt", "mso_mdoc")
SIGNERS = ("document", "mdoc:eu.europa.ec.eudi.pid.1")
CHANGED = ("keyring", "chain", "mdoc_chain", "signer_revocations")


def renewed(place, now=NOW, **changes):
    told = {"root": place.folder.parent / "root.key", "passphrases": PASSPHRASES, "cost": CHEAP}
    return renew(place, now=now, **(told | changes))


def files(place):
    return {name: place.place(name).read_bytes() for name in CHANGED}


def number_of(der):
    return parse_list(der).extensions.get_extension_for_class(pyca.CRLNumber).value.crl_number


def carries(title, identity):
    """Whether a title has the certificate of this signer with it."""
    raw, der = title.copies[0].raw, x509.der(identity.chain[0])
    return b64encode(der) in base64url.decode(raw.partition(".")[0]) if "." in raw else der in base64url.decode(raw)


async def believed(visitor, title):
    """As a relying party verifies it that knows the root and its list as they are published, and nothing before."""
    world, copy = visitor.world, title.copies[0]
    listed = (await visitor.ask("GET", "/signers.crl")).body
    journey = verify_issued(
        copy.raw,
        VerificationContext(
            Policy(Anchors(tuple(replace(one, revocation=listed) for one in world.anchors.anchors))),
            Memory(),
            world.clock.now,
        ),
        format=title.format,
        holder=copy.signer.public_key,
    )
    return (await flow.run_async(journey, lambda batch: carried(visitor, batch))).checks["status"] == "valid"


@scenario
async def test_titles_of_before_and_after_are_both_believed_each_by_its_own_signer(tmp_path) -> None:
    clock = Clock()
    async with visited(tmp_path, formats=BOTH, clock=clock) as visitor:
        before = await received(visitor, ticket="before")
        place, root_key = visitor.world.config, visitor.world.root
        old = {name: visitor.world.issuer.identity(name, now=NOW) for name in SIGNERS}
    done = renewed(place)
    assert {signer.begins for signer in done.signers.values()} == {TODAY + 2 * DAY}
    async with reopened(place, root_key, clock=clock) as world, served(world) as visitor:
        for clock.now in (NOW, TODAY + 2 * DAY - 1, TODAY + 2 * DAY, TODAY + 3 * DAY):
            after = await received(visitor, ticket=f"at {clock.now}")
            begun = clock.now >= TODAY + 2 * DAY
            for title, kind in zip(after, SIGNERS, strict=True):
                assert carries(title, done.signers[kind]) is begun
                assert carries(title, old[kind]) is not begun
            assert [await believed(visitor, title) for title in (*before, *after)] == [True] * 4


@scenario
async def test_hosts_that_have_the_files_and_hosts_that_wait_for_them_sign_alike_until_the_day(
    tmp_path,
) -> None:
    place = await found_in(tmp_path)
    late = config.Config(tmp_path / "late", place.settings)
    shutil.copytree(place.folder, late.folder)
    done = renewed(place)
    root_key = tmp_path / "root.key"
    async with reopened(place, root_key) as one, reopened(late, root_key) as other:
        for now in (NOW, TODAY + 2 * DAY - 1):
            for name in CHAINS:
                assert one.issuer.identity(name, now=now).chain == other.issuer.identity(name, now=now).chain
    for name in CHANGED:
        late.place(name).write_bytes(place.place(name).read_bytes())
    async with reopened(late, root_key) as other:
        for name in CHAINS:
            assert other.issuer.identity(name, now=TODAY + 2 * DAY).chain == done.signers[name].chain


@scenario
async def test_a_successor_that_waits_is_left_and_one_that_began_has_its_own_in_its_turn(tmp_path) -> None:
    place = await found_in(tmp_path)
    numbers, first = [number_of(files(place)["signer_revocations"])], renewed(place)
    again = renewed(place, now=NOW + DAY)
    assert again.signers == first.signers
    assert again.list_ends == TODAY + (1 + 366) * DAY
    numbers.append(number_of(files(place)["signer_revocations"]))
    year = first.signers["mdoc"].ends - 30 * DAY
    third = renewed(place, now=year)
    assert {one.begins for one in third.signers.values()} == {year + 2 * DAY}
    numbers.append(number_of(files(place)["signer_revocations"]))
    assert numbers == [1, 3, 4]
    own = app.key_store(place, PASSPHRASES.keyring).open()
    for name, chains in by_purpose(app.read_chains(place)).items():
        # The first signer's key is gone, and its certificate; the titles have that with them.
        assert [one.public_key for one in own.signers(name)] == [x509.public_key(leaf) for (leaf,) in chains]
        assert list(chains) == [first.signers[name].chain, third.signers[name].chain]


@pytest.mark.parametrize("writes", range(4))
@scenario
async def test_what_a_failure_leaves_serves_as_before_and_the_next_run_goes_on(tmp_path, monkeypatch, writes) -> None:
    place = await found_in(tmp_path)
    first, count = renewed(place), 0
    later, real = first.signers["document"].begins + 5, private_files.replace

    def failing(*arguments, **options):
        nonlocal count
        count += 1
        if count > writes:
            raise FetchError("file_unavailable")
        real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(private_files, "replace", failing)
        with pytest.raises(FetchError):
            renewed(place, now=later)
    async with reopened(place, tmp_path / "root.key", clock=Clock(later)) as world:
        for name in CHAINS:
            assert world.issuer.identity(name, now=later).chain == first.signers[name].chain
        assert await issued(world, await token_of(world))
    done = renewed(place, now=later)
    async with reopened(place, tmp_path / "root.key", clock=Clock(later)) as world:
        for name, signer in done.signers.items():
            assert signer.begins == later - later % DAY + 2 * DAY
            assert world.issuer.identity(name, now=signer.begins).chain == signer.chain


@pytest.mark.parametrize("days", [365, 367, 4000])
@scenario
async def test_where_the_signer_does_not_last_until_then_its_successor_begins_today_if_the_root_lasts(
    tmp_path, days
) -> None:
    place = await found_in(tmp_path)
    now = NOW + days * DAY
    if days == 4000:
        with pytest.raises(VerificationError) as error:
            renewed(place, now=now)
        assert error.value.code == "certificate_expired"
        return
    done = renewed(place, now=now)
    assert {signer.begins for signer in done.signers.values()} == {now - now % DAY}
    async with reopened(place, tmp_path / "root.key", clock=Clock(now)) as world:
        assert await issued(world, await token_of(world))


@scenario
async def test_a_copy_ends_with_its_signer_at_the_latest_and_none_is_issued_after(tmp_path) -> None:
    clock = Clock()
    async with visited(tmp_path, formats=BOTH, clock=clock) as visitor:
        clock.now = NOW + 360 * DAY
        for title in await received(visitor):
            assert title.verified.expires == TODAY + 366 * DAY
        clock.now = NOW + 366 * DAY
        with pytest.raises(VerificationError) as error:
            await issued(visitor.world, await token_of(visitor.world, "late"))
        assert error.value.code == "certificate_expired"


@pytest.mark.parametrize(
    ("day", "renew_first", "said"),
    [(0, False, []), (321, False, []), (322, False, [43]), (365, False, [0]), (400, False, [0]), (322, True, [])],
)
@scenario
async def test_the_log_says_in_time_that_the_signers_end(tmp_path, day, renew_first, said) -> None:
    place = await found_in(tmp_path, port=free_port())
    now = NOW + day * DAY
    if renew_first:
        renewed(place, now=now)
    async with reopened(place, tmp_path / "root.key", clock=Clock(now)) as world, served(world):
        await asyncio.sleep(0)
        events = [event for event in world.events() if event["event"] == "signers_end"]
    assert [event["days"] for event in events] == said


def other_root(place):
    other = place.folder.parent / "other"
    signer = root_key.create(other, PASSPHRASES.root, cost=CHEAP)
    certificate = x509.issue_root(signer, name="other", country="FR", now=TODAY, days=90)
    other.with_name("other.pem").write_bytes(x509.pem(certificate))
    return {"root": other}


def other_key(place):
    """The root's certificate beside another key."""
    told = other_root(place)
    told["root"].with_name("other.pem").write_bytes((place.folder.parent / "root.key.pem").read_bytes())
    return told


def within(place):
    for name in ("root.key", "root.key.pem"):
        shutil.copy(place.folder.parent / name, place.folder / name)
    return {"root": place.folder / "root.key"}


def other_list(place):
    signer = software.generate()
    root = x509.issue_root(signer, name="other", country="FR", now=TODAY, days=90)
    place.place("signer_revocations").write_bytes(build_list(signer, root, now=TODAY, days=90))
    return {}


def other_chain(place):
    place.place("chain").write_bytes(place.place("mdoc_chain").read_bytes())
    return {}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (other_root, "issuer_unknown"),
        (other_key, "certificate_path"),
        (within, "root_key_exposed"),
        (other_list, "certificate_revocation_unknown"),
        (other_chain, "settings_invalid"),
        (lambda _: {"passphrases": Passphrases(b"wrong", PASSPHRASES.root)}, "passphrase_wrong"),
        (lambda _: {"passphrases": Passphrases(PASSPHRASES.keyring, b"wrong")}, "passphrase_wrong"),
        (lambda place: {"root": place.folder.parent / "absent"}, "file_unavailable"),
    ],
)
@scenario
async def test_what_does_not_belong_together_changes_nothing(tmp_path, spoil, code) -> None:
    place = await found_in(tmp_path)
    changes = spoil(place)
    before = files(place)
    with pytest.raises(DidkitError) as error:
        renewed(place, **changes)
    assert error.value.code == code
    assert files(place) == before


@scenario
async def test_a_host_with_the_certificates_and_without_the_keys_does_not_start(tmp_path) -> None:
    place = await found_in(tmp_path)
    old = place.place("keyring").read_bytes()
    renewed(place)
    place.place("keyring").write_bytes(old)
    with pytest.raises(DidkitError) as error:
        async with reopened(place, tmp_path / "root.key"):
            pass
    assert error.value.code == "settings_invalid"


@scenario
async def test_whom_the_root_withdrew_stays_withdrawn_since_then(tmp_path) -> None:
    async with opened(tmp_path) as world:
        place = world.config
    root_signer = root_key.load(tmp_path / "root.key", PASSPHRASES.root)
    root = x509.parse_pem((tmp_path / "root.key.pem").read_bytes())
    place.place("signer_revocations").write_bytes(
        build_list(root_signer, root, now=TODAY, days=9, number=41, withdrawn=(5, 7))
    )
    renewed(place, now=NOW + 3 * DAY)
    listed = parse_list(files(place)["signer_revocations"])
    assert number_of(files(place)["signer_revocations"]) == 42
    assert {one.serial_number for one in listed} == {5, 7}
    assert {one.revocation_date_utc for one in listed} == {datetime.fromtimestamp(TODAY, UTC)}


@pytest.mark.slow
def test_the_command_renews_and_the_service_starts_with_what_it_made(tmp_path) -> None:
    assert init(tmp_path, "--format", "mso_mdoc", port=free_port()).returncode == 0
    data, root = tmp_path / "data", tmp_path / "root.key"
    secrets = {"--passphrase-fd": b"of the keyring\n", "--root-passphrase-fd": b"of the root\n"}
    done = run("renew", "--data", data, "--root", root, "--json", secrets=secrets)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    names = {f"{name}_{what}" for name in ("document", "mdoc", SIGNERS[1]) for what in ("begins", "ends")}
    assert said.keys() == names | {"revocations_end"}
    assert said["mdoc_ends"] - said["mdoc_begins"] == 366 * DAY
    assert done.stderr == b""
    again = run("renew", "--data", data, "--root", root, secrets=secrets)
    assert again.returncode == 0
    assert f"mdoc_begins: {datetime.fromtimestamp(said['mdoc_begins'], UTC).isoformat()}" in again.stdout.decode()
    assert again.stderr.startswith(b"note: bring the changed files")
    assert b"of the keyring" not in again.stdout
    with serving("--data", data, secret=b"of the keyring\n") as (_, address):
        assert address
    wrong = run("renew", "--data", data, "--root", root, "--json", secrets=secrets | {"--root-passphrase-fd": b"x"})
    assert (wrong.returncode, json.loads(wrong.stderr)["error"]) == (1, "passphrase_wrong")
    asked = run("renew", "--data", data, "--root", root, stdin="keyring\nroot\n")
    assert asked.returncode == 2
    assert b"no terminal" in asked.stderr


@pytest.mark.slow
def test_serve_and_renew_name_the_command_that_gives_types_their_signers_and_it_does(tmp_path) -> None:
    port = free_port()
    place, _ = unpacked(tmp_path, port=port)
    data, root = place.folder, tmp_path / "root.key"
    secrets = {"--passphrase-fd": PASSPHRASES.keyring + b"\n", "--root-passphrase-fd": PASSPHRASES.root + b"\n"}
    doctypes = ["eu.europa.ec.eudi.pid.1", "org.iso.18013.5.1.mDL"]
    with serving("--data", data, secret=secrets["--passphrase-fd"]) as (process, _):
        said = next(line for line in process.stderr if line.startswith(b"note: "))
    assert said.startswith(f"note: these document types have no signer of their own: {', '.join(doctypes)};".encode())
    assert said.endswith(b"didkit-issuer migrate-signers\n")
    renewing = run("renew", "--data", data, "--root", root, "--json", secrets=secrets)
    assert json.loads(renewing.stderr) == {"note": "signers_lacking", "doctypes": doctypes}
    done = run("migrate-signers", "--data", data, "--root", root, "--json", secrets=secrets)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout).keys() == {
        f"mdoc:{doctype}_{what}" for doctype in doctypes for what in ("begins", "ends")
    }
    again = run("migrate-signers", "--data", data, "--root", root, secrets=secrets, language="fr")
    assert (again.returncode, again.stdout) == (0, b"")
    assert again.stderr.decode() == "note: chaque type de document a son propre signataire : rien n'a été modifié\n"
    assert run("renew", "--data", data, "--root", root, "--json", secrets=secrets).stderr == b""
    with serving("--data", data, "--json", secret=secrets["--passphrase-fd"]) as (process, _):
        process.terminate()
        assert b"signers_lacking" not in process.stderr.read()
