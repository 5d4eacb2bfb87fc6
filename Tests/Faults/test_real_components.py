"""Every command against a hot standby and behind PgBouncer: F15, F16."""

import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import pytest

from CommandLine.conftest import REQUIRES_SERVERS, clean_environment, drop
from Faults.commands import COMMANDS, leaves, of
from Faults.databases import VERSIONS, new_project

TABLES = ["settings", "runs", "migrations", "journal", "backups"]
CATALOGUE = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2;
"""
SNAPSHOT = CATALOGUE + "".join(f"TABLE apus.{table};\n" for table in TABLES)


def test_every_command_is_known():
    """A new command says in Tests/Faults/commands.py what it does to a database."""
    assert sorted(leaves()) == sorted(command.name for command in COMMANDS)


def component(name):
    """The address of a part that stands beside PostgreSQL."""
    url = os.environ.get(name)
    if url is None:
        (pytest.fail if REQUIRES_SERVERS else pytest.skip)(f"{name} is not set")
    return url


@pytest.fixture(scope="module")
def original(request, tmp_path_factory):
    """A database at 1.0.0 with a backup, 1.1.0 pending; nobody connects to it any more. On PostgreSQL 15,
    unless the test is parametrised with another version."""
    version = getattr(request, "param", "15")
    with new_project(tmp_path_factory.mktemp("original"), f"postgres-{version}") as project:
        project.write("versions.yaml", "releases:\n  - version: 1.0.0\n  - version: 1.1.0\n")
        project.migration("20250101_000000_1.0.0_guests", "CREATE TABLE guests (id integer);",
                          "DROP TABLE guests;")
        project.migration("20250101_000001_1.1.0_trips", "CREATE TABLE trips (id integer);",
                          "DROP TABLE trips;")
        project.apus("migrate", "1.0.0")
        project.apus("backup", "now")
        yield project


def without_history(project):
    project.query("DROP SCHEMA apus CASCADE")


def edited(project):
    project.migration("20250101_000000_1.0.0_guests", "CREATE TABLE guests (id bigint);",
                      "DROP TABLE guests;")


def half_done(project):
    """Of a step without a transaction one statement is done; the other one could be by now."""
    project.migration(
        "20250101_000001_1.0.1_halves",
        "-- apus: no-transaction\nCREATE TABLE halves (id integer);\n"
        "SELECT 1 / (SELECT count(*)::integer FROM guests);", "DROP TABLE halves;")
    project.apus("migrate", "1.0.1", "--no-backup", expecting=4)
    project.query("INSERT INTO guests VALUES (1)")


#: What a command needs to have something to do.
STATES = {"baseline": without_history, "repair accept": edited, "repair resume": half_done}


@contextmanager
def copy(original, folder):
    shutil.copytree(original.folder, folder)
    with new_project(folder, f"postgres-{original.version}",
                     template=urlsplit(original.url).path[1:]) as project:
        yield project


@pytest.fixture(scope="module")
def standing(original, tmp_path_factory):
    """A copy for all those that leave it as it is."""
    with copy(original, tmp_path_factory.mktemp("standing") / "project") as project:
        yield project


@pytest.fixture
def prepared(original, tmp_path, command):
    """A copy for one command."""
    with copy(original, tmp_path / "project") as project:
        if command.name in STATES:
            STATES[command.name](project)
        yield project


def at(project, url):
    """The project's database at another address."""
    return urlunsplit(urlsplit(url)._replace(path=urlsplit(project.url).path))


def line(project, command):
    backup = min(file.name.removesuffix(".json") for file in project.folder.glob("backups/*.json"))
    return [word.replace("{backup}", backup) for word in command.line]


def standby_of(project):
    """The project's database on the standby of its server, which has everything that the primary has now."""
    url = at(project, component(f"APUS_TEST_POSTGRES_{project.version}_STANDBY"))
    [[position]] = project.query("SELECT pg_current_wal_flush_lsn()")
    # The project's own database may not have come there yet.
    standby = type(project)(project.folder, urlunsplit(urlsplit(url)._replace(path="/postgres")), "postgres")
    deadline = time.monotonic() + 60
    while standby.query(f"SELECT pg_last_wal_replay_lsn() >= '{position}'") != [["t"]]:
        assert time.monotonic() < deadline, "the standby does not follow"
        time.sleep(0.05)
    return url


def works(project, command, url):
    """Runs a command, which is not stopped."""
    done = project.apus(*line(project, command), expecting=None, DATABASE_URL=url)
    assert done.returncode in command.codes, f"{done.returncode}: {done.stdout}{done.stderr}"


def refusal(project, command, url):
    """The code with which a command is refused."""
    done = project.apus(*line(project, command), "--json", expecting=7, DATABASE_URL=url)
    return json.loads(done.stdout)["problems"][0]["code"]


@pytest.mark.parametrize("command", of("reads", "backs up"), ids=str)
@pytest.mark.parametrize("original", VERSIONS, indirect=True)
def test_reading_works_on_a_standby(standing, command):
    """F15: what only reads works wherever reading does."""
    before = standing.query(SNAPSHOT)
    standby = standby_of(standing)
    works(standing, command, standby)
    assert standing.query(SNAPSHOT) == before


@pytest.mark.parametrize("command", of("changes", "restores"), ids=str)
@pytest.mark.parametrize("original", VERSIONS, indirect=True)
def test_changing_is_refused_on_a_standby(prepared, command):
    """F15: before anything is done, and by name."""
    before = prepared.query(CATALOGUE)
    standby = standby_of(prepared)
    files = sorted(prepared.folder.rglob("*"))
    assert refusal(prepared, command, standby) == "read-only-server"
    assert sorted(prepared.folder.rglob("*")) == files
    assert prepared.query(CATALOGUE) == before


@pytest.mark.parametrize("command", of("reads"), ids=str)
def test_reading_works_behind_a_transaction_pooler(standing, command):
    """F16: what only reads holds nothing from one transaction to the next."""
    before = standing.query(SNAPSHOT)
    works(standing, command, at(standing, component("APUS_TEST_PGBOUNCER_TRANSACTION")))
    assert standing.query(SNAPSHOT) == before


@pytest.mark.parametrize("command", of("changes"), ids=str)
def test_changing_is_refused_behind_a_transaction_pooler(prepared, command):
    """F16: before anything is done, and no lock and no setting stays on a connection of others."""
    pooler = at(prepared, component("APUS_TEST_PGBOUNCER_TRANSACTION"))
    before = prepared.query(CATALOGUE)
    assert refusal(prepared, command, pooler) == "transaction-pooler"
    assert prepared.query(CATALOGUE) == before
    assert prepared.query("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
                          "WHERE l.locktype = 'advisory' AND d.datname = current_database()") == [["0"]]
    # Not by the project: PgBouncer knows none of the settings that it connects with.
    shown = subprocess.run(["psql", "-X", "-A", "-t", "-d", pooler, "-c", "SHOW lock_timeout"],
                           capture_output=True, text=True, check=True, env=clean_environment())
    assert shown.stdout == "0\n"


@pytest.mark.parametrize("command", of("reads", "changes", "backs up", "restores"), ids=str)
def test_everything_works_behind_a_session_pooler(prepared, command):
    """F16: a session of one's own is all that is needed."""
    restored = f"{urlsplit(prepared.url).path[1:]}_restored"
    try:
        works(prepared, command, at(prepared, component("APUS_TEST_PGBOUNCER_SESSION")))
    finally:
        drop("15", restored)
