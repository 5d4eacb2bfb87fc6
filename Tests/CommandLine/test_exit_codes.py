"""Every exit code, by every cause that the table of exit codes names: provoked, not read out of a list."""

import os
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import pytest

from conftest import ROOT, clean_environment, psql

HOUSES = ("20250101_000000_1.0.0_houses", "CREATE TABLE houses (id INTEGER PRIMARY KEY);", "DROP TABLE houses;")
ROOMS = ("20250102_000000_1.1.0_rooms", "CREATE TABLE rooms (id INTEGER);", "DROP TABLE rooms;")


def two(project):
    project.migration(*HOUSES)
    project.migration(*ROOMS)


def applied(project):
    two(project)
    project.apus("migrate", "--no-backup")


def edit(project, before, after):
    path = project.folder / f"migrations/{HOUSES[0]}.sql"
    path.write_text(path.read_text().replace(before, after))


# Setups: each leaves the project so that the command of its case ends with the case's code.

def nothing(project):
    pass


def no_folder(project):
    (project.folder / "migrations").rmdir()


def bad_header(project):
    project.migration(*HOUSES, header="-- Migration: 2.0.0 - houses\n")


def bad_directive(project):
    project.migration(HOUSES[0], "-- apus: no-transacton\nSELECT 1;")


def bad_dependency(project):
    project.migration(*HOUSES, header="-- apus: depends-on 0.9.0/nothing\n")


def bad_yaml(project):
    two(project)
    project.write("apus.yaml", "migrations: [a\n")


def bad_catalogue(project):
    two(project)
    project.write("versions.yaml", "application: {version: 1.0}\n")


def bad_lock(project):
    two(project)
    project.write("migrations/migrations.lock", "<<<<<<< ours\n")


def no_room_for_a_backup(project):
    applied(project)
    project.migration("20250103_000000_1.2.0_more", "SELECT 1;")
    # A file where the folder would be: nothing can be written below it.
    project.write("backups", "not a folder")


def failing(project):
    applied(project)
    project.migration("20250103_000000_1.2.0_bad", "CREATE TABLE a (id INTEGER);\nSELECT nothing FROM nowhere;")


def failing_at_commit(project):
    project.migration("20250101_000000_1.0.0_late", (
        "CREATE TABLE a (id INTEGER PRIMARY KEY);\n"
        "CREATE TABLE b (a INTEGER REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED);\n"
        "INSERT INTO b VALUES (1);"))


def half_done(project):
    applied(project)
    project.migration("20250103_000000_1.2.0_midway",
                      "-- apus: no-transaction\nCREATE TABLE a (id INTEGER);\nSELECT nothing FROM nowhere;",
                      "DROP TABLE a;")


def half_done_already(project):
    half_done(project)
    project.apus("migrate", "--no-backup", expecting=4)


def invalid_index(project):
    project.migration("20250101_000000_1.0.0_double", "CREATE TABLE a (id integer);\nINSERT INTO a VALUES (1), (1);",
                      "DROP TABLE a;")
    project.apus("migrate", "--no-backup")
    project.migration("20250102_000000_1.1.0_index",
                      "-- apus: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY i ON a (id);",
                      "-- apus: no-transaction\nDROP INDEX CONCURRENTLY i;")


def edited(project):
    applied(project)
    edit(project, "id INTEGER PRIMARY KEY", "id INTEGER")


def vanished(project):
    applied(project)
    (project.folder / f"migrations/{HOUSES[0]}.sql").unlink()


def diverged_down(project):
    project.migration(*HOUSES)
    project.apus("migrate", "--no-backup")
    edit(project, "DROP TABLE houses;", "DROP TABLE IF EXISTS houses;")


def not_locked(project):
    two(project)
    project.apus("lock")
    edit(project, "PRIMARY KEY", "NOT NULL")


def late(project):
    applied(project)
    project.migration("20250101_120000_1.0.5_late", "SELECT 1;")


def no_path(project):
    project.migration(*HOUSES)
    project.apus("migrate", "--no-backup")
    project.migration(*ROOMS)
    project.write("versions.yaml", "upgrade_paths:\n  0.9.0: [1.1.0]\n  1.0.0: [2.0.0]\n")


def against_the_path(project):
    project.migration(*HOUSES)
    project.apus("migrate", "--no-backup")
    project.migration(*ROOMS, header="-- apus: depends-on 1.2.0/more\n")
    project.migration("20250103_000000_1.2.0_more", "SELECT 1;", header="-- apus: depends-on none\n")
    project.write("versions.yaml", "upgrade_paths:\n  1.0.0: [1.1.0]\n  1.1.0: [1.2.0]\n")


def other_dependency(project):
    applied(project)
    edit(project, "-- Up Migration", "-- apus: depends-on none\n-- Up Migration")


def too_old_an_application(project):
    project.migration(*HOUSES, header="-- apus: minimum-application 2.0.0\n")
    project.write("versions.yaml", "application: {version: 1.0.0}\n")


def incompatible(project):
    two(project)
    project.write("versions.yaml", "application: {version: 1.0.0, minimum_database: 1.1.0}\n")


def breaking(project):
    project.migration(*HOUSES)
    project.apus("migrate", "--no-backup")
    project.migration(*ROOMS)
    project.write("versions.yaml",
                  "application: {version: 1.1.0}\nreleases:\n  - {version: 1.1.0, breaking_changes: [rooms]}\n")


def irreversible(project):
    project.write(f"migrations/{HOUSES[0]}.sql",
                  "-- Up Migration\nCREATE TABLE houses (id INTEGER);\n-- Down Migration (Rollback)\n"
                  "-- apus: irreversible no way back\n")
    project.apus("migrate", "--no-backup")


def tables_without_history(project):
    two(project)
    project.query("CREATE TABLE others (id INTEGER);")


def foreign_registry(project):
    two(project)
    if project.engine == "sqlite":
        project.query("CREATE TABLE apus_migrations (anything TEXT);")
    else:
        project.query("CREATE SCHEMA apus; CREATE TABLE apus.migrations (anything text);")


def newer_registry(project):
    applied(project)
    table = "apus_settings" if project.engine == "sqlite" else "apus.settings"
    project.query(f"UPDATE {table} SET value = '999' WHERE name = 'registry';")


def elsewhere(project, variable):
    """The same database by way of another server of the tests."""
    return urlunsplit(urlsplit(os.environ[variable])._replace(path=urlsplit(project.url).path))


def no_rights(project):
    project.migration(*HOUSES)
    own = elsewhere(project, "APUS_TEST_POSTGRES_15_SUPERUSER")
    psql(own, "DO $$ BEGIN CREATE ROLE apus_reader LOGIN PASSWORD 'reader'; "
              "EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    return {"DATABASE_URL": project.url.replace("apus:apus-test@", "apus_reader:reader@")}


def standby(project):
    project.migration(*HOUSES)
    url = elsewhere(project, "APUS_TEST_POSTGRES_15_STANDBY")
    deadline = time.monotonic() + 30
    while subprocess.run(["psql", "-X", "-q", "-d", url, "-c", "SELECT 1"], capture_output=True,
                         check=False, env=clean_environment()).returncode:
        assert time.monotonic() < deadline, "the standby did not follow"
        time.sleep(0.1)
    return {"DATABASE_URL": url}


def pooler(project):
    project.migration(*HOUSES)
    return {"DATABASE_URL": elsewhere(project, "APUS_TEST_PGBOUNCER_TRANSACTION")}


def wrong_password(project):
    project.migration(*HOUSES)
    return {"DATABASE_URL": project.url.replace(":apus-test@", ":wrong@")}


def nobody_there(project):
    project.migration(*HOUSES)
    return {"DATABASE_URL": "postgres://ana@127.0.0.1:1/nowhere"}


def no_file_there(project):
    project.migration(*HOUSES)
    return {"DATABASE_URL": "sqlite:nowhere/test.db"}


def dropping(project):
    project.migration(*HOUSES)
    project.migration("20250102_000000_1.1.0_drop", "DROP TABLE houses;", HOUSES[1])


S, P = "sqlite", "postgres"
# code, diagnostic, setup, engine, command
CASES = [
    (0, None, two, S, "migrate"), (0, None, applied, S, "migrate"), (0, None, applied, S, "status --exit-code"),
    (0, None, two, S, "status"), (0, None, applied, S, "verify"), (0, None, two, S, "lock"),
    (0, None, two, S, "lint"), (0, None, two, S, "explain drop-table-loses-data"),
    (0, None, applied, S, "wait --timeout 0"), (0, None, applied, S, "doctor"), (0, None, nothing, S, "--version"),
    (0, None, bad_yaml, S, "--help"), (0, None, half_done_already, S, "status"), (0, None, edited, S, "repair list"),
    (0, None, edited, S, "status"), (0, None, applied, P, "migrate"),

    (1, "folder-not-found", no_folder, S, "migrate"), (1, "header-mismatch", bad_header, S, "migrate"),
    (1, "directive-unknown", bad_directive, S, "plan"), (1, "dependency-missing", bad_dependency, S, "migrate"),
    (1, "configuration-invalid", bad_yaml, S, "migrate"), (1, "catalogue-invalid", bad_catalogue, S, "migrate"),
    (1, "lock-file-invalid", bad_lock, S, "migrate"), (1, "backup-failed", no_room_for_a_backup, S, "migrate"),
    (1, "version-unknown", two, S, "migrate 9.9.9"), (1, "run-unknown", applied, S, "runs show 99"),
    (1, "backup-unknown", applied, S, "backup verify none"), (1, "code-unknown", nothing, S, "explain nonsense"),
    (1, "migration-unknown", applied, S, "repair accept 9.9.9"), (1, "header-mismatch", bad_header, S, "verify --files"),
    (1, "directive-unknown", bad_directive, S, "doctor"), (1, "directive-unknown", bad_directive, S, "lint"),
    (1, "migration-unknown", two, S, "lint none.sql"), (1, "dependency-contradiction", against_the_path, S, "migrate"),

    (2, None, two, S, "status --exit-code"), (2, None, late, S, "status --exit-code"),
    (2, "migrations-pending", two, S, "wait --timeout 0"), (2, "migrations-pending", applied, P, "wait 9.0.0 --timeout 0"),

    (3, "statement-failed", failing, S, "migrate --no-backup"), (3, "statement-failed", failing, P, "migrate --no-backup"),
    (3, "commit-failed", failing_at_commit, P, "migrate"), (3, "statement-failed", invalid_index, P, "migrate --no-backup"),

    (4, "partial-state", half_done, S, "migrate --no-backup"), (4, "partial-state", half_done, P, "migrate --no-backup"),
    (4, None, half_done_already, S, "status --exit-code"), (4, "partial-state", half_done_already, S, "repair resume --no-backup"),
    (4, "partial-state", half_done_already, S, "wait --timeout 0"), (4, "partial-state", half_done_already, S, "doctor"),

    (5, "applied-changed", edited, S, "migrate"), (5, "applied-changed", edited, S, "verify"),
    (5, "applied-changed", edited, S, "status --exit-code"), (5, "applied-changed", edited, S, "doctor"),
    (5, "applied-missing", vanished, S, "migrate"), (5, "applied-missing", vanished, P, "verify"),
    (5, "dependency-changed", other_dependency, S, "migrate"), (5, "dependency-changed", other_dependency, P, "verify"),
    (5, "dependency-changed", other_dependency, S, "status --exit-code"),
    (5, "down-diverged", diverged_down, S, "rollback 1.0.0"), (5, "locked-file-changed", not_locked, S, "migrate"),
    (5, "locked-file-changed", not_locked, S, "verify --files"), (5, "lock-file-missing", two, S, "verify --files --locked"),

    (7, "late-migration", late, S, "migrate"), (7, "no-upgrade-path", no_path, S, "migrate"),
    (7, "application-incompatible", too_old_an_application, S, "migrate"),
    (7, None, incompatible, S, "version compatibility"), (7, None, no_path, S, "version path 1.0.0 1.1.0"),
    (7, "confirmation-needed", two, S, "migrate --environment production"),
    (7, "confirmation-needed", breaking, S, "migrate --environment production --yes"),
    (7, "confirmation-needed", applied, S, "rollback 1.1.0 --environment production --yes"),
    (7, "confirmation-needed", edited, S, "repair accept 1.0.0 --environment production"),
    (7, "depended-upon", applied, S, "rollback 1.0.0"), (7, "irreversible", irreversible, S, "rollback 1.0.0"),
    (7, "tables-without-history", tables_without_history, S, "migrate"),
    (7, "tables-without-history", tables_without_history, P, "migrate"), (7, "history-exists", applied, S, "baseline 1.0.0"),
    (7, "registry-foreign", foreign_registry, S, "status"), (7, "registry-foreign", foreign_registry, P, "migrate"),
    (7, "registry-newer", newer_registry, S, "migrate"), (7, "registry-newer", newer_registry, P, "status"),
    (7, "nothing-to-repair", applied, S, "repair accept 1.0.0"), (7, "nothing-to-repair", applied, S, "repair mark-applied 1.0.0"),
    (7, "drop-table-loses-data", dropping, S, "lint"), (7, "drop-table-loses-data", dropping, P, "lint --live"),
    (7, "unfinished-migration", half_done_already, S, "migrate 1.1.0"),
    (7, "insufficient-privilege", no_rights, P, "migrate"), (7, "insufficient-privilege", no_rights, P, "doctor"),
    (7, "read-only-server", standby, P, "migrate"), (7, "transaction-pooler", pooler, P, "migrate"),

    (8, "cannot-connect", nobody_there, S, "status"), (8, "cannot-connect", no_file_there, S, "status"),
    (8, "cannot-connect", nobody_there, S, "lint --live"),
    (8, "cannot-connect", nobody_there, S, "doctor"), (8, "cannot-connect", nobody_there, S, "wait --timeout 0"),
    (8, "authentication-failed", wrong_password, P, "migrate"), (8, "authentication-failed", wrong_password, P, "wait --timeout 60s"),

    (64, None, two, S, "migrate --no-such-option"), (64, None, two, S, "stauts"), (64, "version-invalid", two, S, "migrate 1.x"),
    (64, "usage", two, S, "status --lock-timeout soon"), (64, None, two, S, "rollback"), (64, "usage", two, S, "wait --timeout soon"),
    (64, None, two, S, "runs show first"),
]


@pytest.mark.parametrize("code, diagnostic, setup, engine, command", CASES, ids=[
    f"{case[0]}-{case[3]}-{case[2].__name__}-{case[4].replace(' ', '_')}" for case in CASES])
def test_the_code_of_each_cause(request, code, diagnostic, setup, engine, command):
    project = request.getfixturevalue(engine)
    environment = setup(project) or {}
    result = project.apus(*command.split(), expecting=code, **environment)
    if diagnostic:
        shown = result.stdout + result.stderr
        assert f"[{diagnostic}]" in shown or f"apus explain {diagnostic}" in shown, shown


# What needs another process at the same time.

def wait_until(condition, what):
    """Asked again and again, for at most 30 s."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.fixture
def busy(postgres):
    """A run that goes on: its migration sleeps on the server."""
    postgres.migration("20250101_000000_1.0.0_slow", "CREATE TABLE slow (id integer);\nSELECT pg_sleep(300);",
                       "DROP TABLE slow;")
    process = postgres.start("migrate")
    wait_until(lambda: process.poll() is not None or sleeping(postgres), "the statement never ran")
    yield postgres, process
    process.kill()
    process.communicate()


def sleeping(project):
    return project.query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(%' "
                         "AND datname = current_database()") == [["1"]]


@pytest.mark.parametrize("code", [6])
def test_another_run_is_going_on(busy, code):
    project, _ = busy
    result = project.apus("migrate", "--lock-wait", "100ms", expecting=code)
    assert "error[lock-busy]" in result.stderr
    waiting = project.apus("wait", "--timeout", "0", expecting=code)
    assert "error[lock-busy]" in waiting.stderr and "run 1 is going on" in waiting.stderr
    assert "held by pid" in project.apus("doctor").stdout


@pytest.mark.parametrize("code", [6])
def test_a_statement_waits_too_long_for_a_lock(postgres, code):
    applied(postgres)
    postgres.migration("20250103_000000_1.2.0_alter", "-- apus: lock-timeout 10ms\nALTER TABLE houses ADD COLUMN a integer;",
                       "ALTER TABLE houses DROP COLUMN a;")
    holder = subprocess.Popen(["psql", "-X", "-q", "-d", postgres.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True, env=clean_environment())
    try:
        holder.stdin.write("BEGIN; LOCK TABLE houses; SELECT 1;\n")
        holder.stdin.flush()
        holder.stdout.readline()
        result = postgres.apus("migrate", "--no-backup", expecting=code)
        assert "error[lock-timeout]" in result.stderr
    finally:
        holder.kill()
        holder.communicate()


@pytest.mark.parametrize("code", [6])
def test_another_process_holds_the_lock_of_sqlite(sqlite, code):
    applied(sqlite)
    sqlite.migration("20250103_000000_1.2.0_more", "SELECT 1;")
    holder = subprocess.Popen(["flock", "-x", str(sqlite.folder / "test.db.apus-lock"), "sh", "-c", "echo held; cat"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        result = sqlite.apus("migrate", "--lock-wait", "100ms", expecting=code)
        assert "error[lock-busy]" in result.stderr
    finally:
        holder.communicate()
    sqlite.apus("migrate")


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["130", "143"])
def test_a_signal(busy, number, code):
    project, process = busy
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert "error[interrupted]" in errors


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["130", "143"])
def test_a_signal_while_waiting(sqlite, number, code):
    two(sqlite)
    process = sqlite.start("wait", "--timeout", "10min")
    assert process.stdout.readline().startswith("test.db")
    assert process.stderr.readline().startswith("waiting: 2 pending")
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code, errors


def provoked():
    """The codes that the tests of this file are parametrised with, and expect."""
    codes = set()
    for name, test in globals().items():
        for mark in getattr(test, "pytestmark", []) if name.startswith("test_") else []:
            names = [word.strip() for word in mark.args[0].split(",")]
            if mark.name == "parametrize" and "code" in names:
                codes |= {value if names == ["code"] else value[names.index("code")]
                          for value in mark.args[1]}
    return codes


def test_every_code_of_the_table_is_provoked():
    table = (ROOT / "FORMATS.md").read_text().split("## Exit codes")[1].split("\n## ")[0]
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    # In the row of the other signal.
    documented |= {int(code) for code in re.findall(r"; (\d+) where the signal was", table)}
    assert provoked() == documented == {0, 1, 2, 3, 4, 5, 6, 7, 8, 64, 130, 143}


def test_a_broken_file_ends_the_process_in_order_while_its_session_is_on_its_way(postgres):
    """The files are read while the session is opened: nothing may be taken from under its thread."""
    postgres.migration("20250101_000000_1.0.0_broken", "BEGIN;\nSELECT 1;")
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda _: postgres.apus("migrate", "--no-backup", expecting=None).returncode,
                             range(60)))
    assert set(ends) == {1}


def test_a_newer_application_is_not_told_that_the_database_is_ahead_of_it(sqlite):
    two(sqlite)
    sqlite.write("versions.yaml", "application: {version: 1.0.0, minimum_database: 1.0.0}\ndatabase: 1.0.0\n")
    sqlite.apus("migrate", "--no-backup")
    told = sqlite.apus("version", "compatibility").stdout
    assert "application 1.0.0 can run on database 1.1.0: database ahead" in told
    for command, line in [
            (["status"], " · application 2.0.0 · compatible · "),
            (["version", "compatibility"], "application 2.0.0 can run on database 1.1.0: compatible"),
            (["version", "compatibility", "1.1.0"], "application 2.0.0 can run on database 1.1.0: compatible")]:
        assert line in sqlite.apus(*command, "--application", "2.0.0").stdout
    told = sqlite.apus("version", "compatibility", "--application", "2.0.0").stdout
    assert "  · The catalogue is that of application 1.0.0: what application 2.0.0 needs, it does not say." in told
    assert "which application 1.0.0 is built for" in told
