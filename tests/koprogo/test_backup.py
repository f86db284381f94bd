"""A backup of a filled instance, restored into another place and compared."""

import io
import json
import re
import tarfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import psycopg
import pytest
from psycopg import sql

from apps.audit.verifying import verify
from koprogo.backup_archive import ArchiveError, Manifest, make_key, reading, writing
from koprogo.backup_restore import read_manifest
from koprogo.postgres import OWNER_ROLE, EmbeddedServer
from koprogo.sealing import Sealer
from tests.koprogo.instance import Visitor, environment_for, manage, new_folder, run, serving

# What a person brought in; the second is what a task leaves half-way, which no row names.
KEEP_DOCUMENTS = """
import datetime, io
from apps.accounts.models import Organization, User
from apps.documents.services import keep_document
at = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
by = User.objects.get(email="claire@delta.example.be")
for content in (b"%PDF-1.7 \\x00\\xff", b"", bytes(range(256)) * 40_000):
    keep_document(organization=Organization.objects.get(slug="delta"), file=io.BytesIO(content), name="à l’été.pdf",
                  by=by, at=at)
"""
# Everything that a schema is made of, beside its rows.
CATALOG = {
    "database": "SELECT datdba::regrole::text, datacl::text, encoding, datcollate FROM pg_database"
    " WHERE datname = current_database()",
    "settings": "SELECT setrole::regrole::text, setconfig FROM pg_db_role_setting ORDER BY 1",
    "roles": "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication,"
    " rolbypassrls, rolconfig FROM pg_roles WHERE rolname LIKE 'koprogo%' ORDER BY 1",
    "members": "SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members ORDER BY 1, 2",
    "schemas": "SELECT nspname, nspowner::regrole::text, nspacl::text FROM pg_namespace"
    " WHERE nspname !~ '^pg_(toast|temp)' ORDER BY 1",
    "default rights": "SELECT defaclrole::regrole::text, defaclnamespace::regnamespace::text, defaclobjtype,"
    " defaclacl::text FROM pg_default_acl ORDER BY 1, 2, 3",
    "relations": "SELECT relname, relkind, relowner::regrole::text, relacl::text, relrowsecurity, relforcerowsecurity,"
    " reloptions, relpersistence, relreplident FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
    "columns": "SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,"
    " attgenerated, attacl::text, attstattarget, pg_get_expr(adbin, adrelid)"
    " FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
    " WHERE attrelid::regclass::text IN (SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
    " AND attnum > 0 AND NOT attisdropped ORDER BY 1, 2",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated, condeferrable,"
    " condeferred FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger"
    " WHERE NOT tgisinternal ORDER BY 1, 2",
    "policies": "SELECT * FROM pg_policies ORDER BY tablename, policyname",
    "functions": "SELECT oid::regprocedure::text, pg_get_functiondef(oid), proowner::regrole::text, proacl::text"
    " FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
    "types": "SELECT typname, typtype, typowner::regrole::text, typacl::text FROM pg_type"
    " WHERE typnamespace = 'public'::regnamespace ORDER BY 1",
    "sequences": "SELECT * FROM pg_sequences ORDER BY sequencename",
}  # fmt: skip
# PostgreSQL prints a list that it has read back with a cast on each element instead of one on the whole.
SPELLING = re.compile(r"[()]|::(character varying|text)(\[\])?")
PAGES = ["/", "/buildings/", "/expenses/", "/expenses/suppliers/", "/owners/", "/team/", "/jobs/"]


class Instance(NamedTuple):
    data: Path
    environment: dict[str, str]
    archive: Path  # made while nothing ran
    archive_beside: Path  # made while it was served
    figures: list[Any]  # what was served then


@pytest.fixture(scope="module")
def filled() -> Iterator[Instance]:
    """The demonstration with stored documents, and the backup made while it is served."""
    with new_folder() as folder:
        data = folder / "data"
        environment = environment_for(data)
        with serving(environment) as (_, url):
            manage(
                "shell", "--no-imports", "-c", KEEP_DOCUMENTS,
                environment=environment | {"KOPROGO_DATABASE_ROLE": "owner"},
            )  # fmt: skip
            (data / "files" / "1" / "half").write_bytes(b"of no row")
            served = figures(url)
            beside = run("koprogo.backup", "--to", folder / "beside.tar", environment=environment)
        alone = run("koprogo.backup", "--to", folder / "alone.tar", environment=environment)
        assert [(done.returncode, done.stderr) for done in (beside, alone)] == [(0, "")] * 2
        yield Instance(data, environment, folder / "alone.tar", folder / "beside.tar", served)


def contents(data: Path) -> dict[str, Any]:
    """All that the database of this folder holds: every row of every table, and the catalog."""
    server = EmbeddedServer(data)
    with server.lease(), psycopg.connect(server.url(OWNER_ROLE)) as connection:
        found: dict[str, Any] = {
            name: [SPELLING.sub("", f"{row}") for row in connection.execute(query)] for name, query in CATALOG.items()
        }
        for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            query = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
            found[f"rows of {table}"] = connection.execute(query).fetchall()
    return found


def files(data: Path) -> dict[str, bytes]:
    return {f"{path.relative_to(data)}": path.read_bytes() for path in (data / "files").rglob("*") if path.is_file()}


def figures(url: str) -> list[Any]:
    """What one person sees, page by page and cell by cell."""
    visitor = Visitor(url)
    visitor.sign_in("claire@delta.example.be", "koprogo-demo")
    buildings = re.findall(r'href="(/buildings/\d+/)"', visitor.read_page("/buildings/"))
    charges = [f"/expenses/charges/{path.split('/')[2]}/" for path in dict.fromkeys(buildings)]
    assert charges
    found: list[Any] = [visitor.read_page(path) for path in [*PAGES, *charges]]
    for path in charges:
        book = openpyxl.load_workbook(io.BytesIO(visitor.read(f"{path}charges.xlsx")))
        found += [list(sheet.iter_rows(values_only=True)) for sheet in book]
    return found


def test_restored_place_is_the_same_to_the_last_row_and_byte(filled: Instance) -> None:
    with new_folder() as folder:
        data = folder / "new"
        done = run("koprogo.backup_restore", filled.archive, environment=environment_for(data))
        assert (done.returncode, done.stderr) == (0, "")

        before, after = contents(filled.data), contents(data)
        assert {name: after.get(name) == value for name, value in before.items()} == dict.fromkeys(after, True)
        assert len(before["rows of audit_event"]) > 100
        assert len(before["rows of accounts_session"]) == 1
        assert len(before["policies"]) > 10
        assert files(data) == files(filled.data)
        assert len(files(data)) == 4
        for name in ("secret_key", "seal.key", "seals.log"):
            assert (data / name).read_bytes() == (filled.data / name).read_bytes()
        kept = [data / name for name in ("secret_key", "seal.key", "seals.log")]
        modes = {path.stat().st_mode & 0o777 for path in [*kept, *(data / "files").rglob("*")]}
        assert modes == {0o600, 0o700}
        assert {path.name for path in data.iterdir()} - {"postgres", "postgres.gate", "postgres.lease"} == {
            "files", "seal.key", "seals.log", "secret_key",
        }  # fmt: skip


def test_restored_instance_serves_the_same_pages_and_figures(filled: Instance) -> None:
    with new_folder() as folder:
        environment = environment_for(folder / "new")
        assert run("koprogo.backup_restore", filled.archive_beside, environment=environment).returncode == 0

        with serving(environment) as (_, url):
            assert figures(url) == filled.figures


def test_audit_is_verified_and_sealed_on_in_a_restored_place(filled: Instance) -> None:
    with new_folder() as folder, EmbeddedServer(folder / "new").lease() as server:
        data, environment = folder / "new", environment_for(folder / "new")
        assert run("koprogo.backup_restore", filled.archive, environment=environment).returncode == 0
        with psycopg.connect(server.url("postgres"), autocommit=True) as superuser:
            restored = verify(superuser, data, lambda events: None)
            assert restored.last
            assert (restored.last.series, restored.events > 100, restored.not_sealed) == (1, True, 0)

            superuser.execute(
                'INSERT INTO audit_event (organization_id, "table", action, changes, reason, actor, request)'
                " VALUES (0, '', 'after_the_restore', '{}', '', '', '')"
            )
            assert Sealer(server.url(OWNER_ROLE), data).seal()
            # In the new server transactions begin with small numbers again.
            number = restored.last.number + 1
            said = manage("verify_audit", environment=environment)
            assert said.startswith(
                f"Tout est en ordre : {restored.events + 1} événement(s) sous {number} sceau(x), en 2"
            )

            superuser.execute("SET session_replication_role = replica")
            superuser.execute("UPDATE audit_event SET reason = 'x' WHERE action = 'after_the_restore'")
        done = run("manage", "verify_audit", environment=environment)
        assert done.returncode == 1
        assert f"Le contenu d’au moins un événement a été changé sous le sceau {number} (" in done.stderr


def test_restore_needs_an_empty_place(filled: Instance) -> None:
    before = files(filled.data)
    done = run("koprogo.backup_restore", filled.archive, environment=filled.environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"KoproGo: {filled.data}/files exists: set KOPROGO_DATA to a new folder, a restore needs an empty one.\n"
    )
    assert files(filled.data) == before

    with new_folder() as folder:
        with EmbeddedServer(folder).lease(), psycopg.connect(EmbeddedServer(folder).url(OWNER_ROLE)) as connection:
            connection.execute("CREATE TABLE of_somebody (id int)")
        done = run("koprogo.backup_restore", filled.archive, environment=environment_for(folder))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "KoproGo: The database has tables already: a restore needs an empty one.\n"
        assert not (folder / "files").exists()


def test_server_of_ones_own_is_backed_up_and_restored_into(filled: Instance) -> None:
    with new_folder() as folder:
        server = EmbeddedServer(folder / "server")
        addresses = {"DATABASE_URL": server.url("koprogo_app"), "DATABASE_OWNER_URL": server.url(OWNER_ROLE)}
        environment = environment_for(folder / "data") | addresses | {"SECRET_KEY": "x" * 50}
        with server.lease():
            restored = run("koprogo.backup_restore", filled.archive, environment=environment)
            again = run("koprogo.backup", "--to", folder / "again.tar", environment=environment)
        assert [(done.returncode, done.stderr) for done in (restored, again)] == [(0, "")] * 2

        before, after = read_manifest(filled.archive, None), read_manifest(folder / "again.tar", None)
        assert after.rows == before.rows
        assert files(folder / "data") == files(filled.data)
        assert set(before.members) - set(after.members) == {"secret_key"}
        assert {"seal.key", "seals.log"} <= set(after.members)


def test_interrupted_restore_starts_nothing_and_can_be_done_again(filled: Instance) -> None:
    with new_folder() as folder:
        (folder / "restoring").mkdir()
        (folder / "restoring" / "files").mkdir()
        (folder / "restoring" / "files" / "half").write_bytes(b"")
        environment = environment_for(folder)

        refused = run("koprogo.serve", environment=environment)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == (
            f"KoproGo: A restore into {folder} has not come to its end: remove what is in that folder, and run "
            "deploy/restore again.\n"
        )
        assert run("koprogo.backup_restore", filled.archive, environment=environment).returncode == 0
        assert files(folder) == files(filled.data)


def test_document_that_the_disk_has_lost_or_changed_is_said(filled: Instance) -> None:
    with new_folder() as folder:
        environment = environment_for(folder / "new")
        assert run("koprogo.backup_restore", filled.archive, environment=environment).returncode == 0
        lost, changed, *_ = sorted(path for path in (folder / "new" / "files" / "1").iterdir() if path.name != "half")
        lost.unlink()
        changed.write_bytes(b"something else")

        done = run("koprogo.backup", "--to", folder / "b.tar", environment=environment)

        assert done.returncode == 0
        assert done.stderr.splitlines() == [
            f"KoproGo: files/1/{lost.name} is missing: look for it in an older backup.",
            f"KoproGo: files/1/{changed.name} is not what was stored: look for it in an older backup.",
        ]


def test_empty_database_is_no_backup(tmp_path: Path) -> None:
    with new_folder() as folder:
        done = run("koprogo.backup", "--to", tmp_path, environment=environment_for(folder))

    assert (done.returncode, done.stderr) == (1, "KoproGo: The database is empty: there is nothing to back up.\n")
    assert list(tmp_path.iterdir()) == []


# --- The archive by itself ---


def small_archive(path: Path, *, public_keys: Sequence[str] = (), **changed: Any) -> Path:
    values: dict[str, Any] = {
        "version": "0.1.0", "made_at": "2026-01-02T03:04:05+00:00", "postgresql": 180_000, "migrations": [], "rows": {},
    }  # fmt: skip
    with writing(path, 1_700_000_000, [*public_keys]) as archive:
        archive.add("database/00001", b"gzip")
        archive.add("files/1/ab", b"\x00" * 700)
        archive.add("secret_key", b"secret")
        archive.finish(Manifest(**values | changed))
    return path


def test_archive_is_a_tar_with_the_sum_of_each_member(tmp_path: Path) -> None:
    path = small_archive(tmp_path / "a.tar")

    with tarfile.open(path) as tar:
        contents = {info.name: tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]
    manifest = json.loads(contents.pop("manifest.json"))
    assert manifest["members"] == {
        name: {"size": len(content), "sha256": sha256(content).hexdigest()} for name, content in contents.items()
    }
    assert path.stat().st_mode & 0o777 == 0o600
    whole = path.read_bytes()
    assert whole[-65:].decode() == f"{sha256(whole[:-65]).hexdigest()}\n"


def test_each_changed_byte_is_found(tmp_path: Path) -> None:
    path = small_archive(tmp_path / "a.tar")
    whole = path.read_bytes()
    read_manifest(path, None)

    for place in [*range(0, len(whole), 61), *range(len(whole) - 70, len(whole))]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ArchiveError, match="is damaged, cut off or no backup of KoproGo"):
            read_manifest(path, None)


def test_archive_that_is_cut_off_or_none_is_refused(tmp_path: Path) -> None:
    path = small_archive(tmp_path / "a.tar")
    whole = path.read_bytes()

    for other in [whole[: len(whole) // 2], whole[:-1], whole[:-65], whole[:512], b"", b"x" * 2_000, whole + b"\n"]:
        path.write_bytes(other)
        with pytest.raises(ArchiveError, match="is damaged, cut off or no backup of KoproGo"):
            read_manifest(path, None)


def test_broken_archive_writes_nothing(tmp_path: Path) -> None:
    path = small_archive(tmp_path / "a.tar")
    path.write_bytes(path.read_bytes()[:-100])

    done = run("koprogo.backup_restore", path, environment=environment_for(tmp_path / "data"))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"KoproGo: {path} is damaged, cut off or no backup of KoproGo: its checksum is not right.\n"
    assert not (tmp_path / "data").exists()


def test_member_that_leads_out_of_the_folder_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with writing(path, 0, []) as archive:
        for name in ["files/1/ab", "files/../../etc/passwd", "/etc/passwd", "files//a", "other", "database/1"]:
            archive.add(name, b"")

    with reading(path, None) as members:
        assert [name for name, _ in members] == ["files/1/ab", "database/1"]


def test_archive_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    known = ["expenses.0001_initial", "procrastinate.0001_initial"]
    assert read_manifest(small_archive(tmp_path / "a.tar", migrations=known), None).migrations == known

    newer = small_archive(tmp_path / "b.tar", migrations=[*known, "expenses.9999_more"], version="9.0")
    with pytest.raises(ArchiveError, match=r"newer KoproGo \(9.0, which knows expenses.9999_more\): update KoproGo"):
        read_manifest(newer, None)
    with pytest.raises(ArchiveError, match="was made by a newer KoproGo"):
        read_manifest(small_archive(tmp_path / "c.tar", format=2), None)


def test_encrypted_archive_opens_with_its_key_only(tmp_path: Path) -> None:
    key, other = tmp_path / "key", tmp_path / "other"
    public_key = make_key(key).split()[-1]
    make_key(other)
    path = small_archive(tmp_path / "a.tar.age", public_keys=[public_key])

    assert b"secret_key" not in path.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    assert "secret_key" in read_manifest(path, key).members
    with pytest.raises(ArchiveError, match="is encrypted: give the file of the private key, --key FILE"):
        read_manifest(path, None)
    with pytest.raises(ArchiveError, match=r"cannot be decrypted with .*other: no identity matched"):
        read_manifest(path, other)
    whole = path.read_bytes()
    for broken in [whole[:-20], whole[:-500] + b"\x00" + whole[-499:], whole + b"x"]:
        path.write_bytes(broken)
        with pytest.raises(ArchiveError, match=r"cannot be decrypted with .*key: "):
            read_manifest(path, key)


def test_archive_is_whole_or_not_there(tmp_path: Path) -> None:
    taken = tmp_path / "taken.tar"
    taken.write_bytes(b"an older backup")
    with pytest.raises(ArchiveError, match=r"taken\.tar exists already: name another file"):
        small_archive(taken)
    with pytest.raises(ArchiveError, match="cannot be encrypted: malformed recipient"):
        small_archive(tmp_path / "a.tar.age", public_keys=["age1nobody"])
    with pytest.raises(ZeroDivisionError), writing(tmp_path / "a.tar", 0, []):
        raise ZeroDivisionError

    assert [path.name for path in tmp_path.iterdir()] == ["taken.tar"]


def test_full_disk_is_said_and_leaves_no_half(tmp_path: Path) -> None:
    with (
        pytest.raises(ArchiveError, match=r"a\.tar finds no room on its disk: make room, or name another place"),
        writing(tmp_path / "a.tar", 0, []) as archive,
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        archive.add("files/1/ab", b"")
        full.write(b"x")

    assert list(tmp_path.iterdir()) == []
