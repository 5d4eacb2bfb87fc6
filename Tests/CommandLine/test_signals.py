"""F9: the first signal stops a run in order, with the code that shells use for it."""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from conftest import clean_environment


def wait_until_asleep(project, process):
    """Until the migration's statement runs on the server: asked again, for at most 30 s."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        if project.query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(%'"
                         " AND datname = current_database()") == [["1"]]:
            return
        time.sleep(0.05)
    raise AssertionError("the statement never ran")


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)],
                         ids=["SIGINT", "SIGTERM"])
def test_a_signal_cancels_on_the_server_and_rolls_back(postgres, number, code):
    postgres.migration("20250101_000000_1.0.0_slow",
                       "CREATE TABLE slow (id integer);\nSELECT pg_sleep(300);", "DROP TABLE slow;")
    process = postgres.start("migrate")
    wait_until_asleep(postgres, process)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert "rolled back. The database is still empty; nothing to repair." in errors
    assert postgres.query("SELECT to_regclass('slow') IS NULL, count(*) FROM apus.migrations") == [
        ["t", "0"]]
    assert postgres.query("SELECT status FROM apus.runs") == [["interrupted"]]


def test_a_signal_in_the_midst_of_many_steps_keeps_those_that_are_done(postgres):
    """F9: they are all on their way to the server; the one that runs is rolled back, none behind it runs."""
    for step in range(1, 13):
        slow = "SELECT pg_sleep(300);" if step == 9 else ""
        postgres.migration(f"20250101_0000{step:02d}_1.{step}.0_t{step}",
                           f"CREATE TABLE t{step} (id integer);\n{slow}", f"DROP TABLE t{step};")
    process = postgres.start("migrate")
    wait_until_asleep(postgres, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "rolled back. The database is still 1.8.0; nothing to repair." in errors
    assert postgres.query("SELECT count(*) FROM apus.migrations") == [["8"]]
    assert postgres.query("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^t[0-9]+$'"
                          ) == [["8"]]
    assert postgres.query("SELECT status, count(*) FROM apus.journal GROUP BY 1 ORDER BY 1") == [
        ["done", "8"], ["failed", "1"]]
    assert postgres.query("SELECT status FROM apus.runs") == [["interrupted"]]


def test_a_signal_in_the_midst_of_a_group_keeps_those_that_are_done(sqlite):
    """F9: on SQLite steps share a transaction; the one that is interrupted goes back to its savepoint."""
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;"
    for step in range(1, 5):
        sqlite.migration(f"20250101_00000{step}_1.{step}.0_t{step}", f"CREATE TABLE t{step} (id integer);",
                         f"DROP TABLE t{step};\n{endless if step == 2 else ''}")
    sqlite.apus("migrate")
    process = sqlite.start("rollback", "--to", "1.1.0", "--no-backup", "--json-stream")
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "statement-started" and (event["migration"], event["index"]) == (
                "20250101_000002_1.2.0_t2", 1):
            break
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    finished = [json.loads(line)["migration"] for line in rest.splitlines()
                if json.loads(line)["event"] == "step-finished"]
    assert finished == ["20250101_000004_1.4.0_t4", "20250101_000003_1.3.0_t3", "20250101_000002_1.2.0_t2"]
    assert sqlite.query("SELECT name FROM apus_migrations ORDER BY id") == [["t1"], ["t2"]]
    assert sqlite.query("SELECT name FROM sqlite_master WHERE name LIKE 't_' ORDER BY 1") == [["t1"], ["t2"]]
    assert sqlite.query("SELECT status FROM apus_journal WHERE direction = 'down' ORDER BY entry") == [
        ["done"], ["done"], ["failed"]]


def wait_until(condition, what):
    """Asked again and again, for at most 30 s."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_a_signal_in_a_migration_without_a_transaction_leaves_what_is_done(postgres):
    """F9: what is done stays, how far it came is written down, and the next run goes on from there."""
    postgres.migration("20250101_000000_1.0.0_slow",
                       "-- apus: no-transaction\nCREATE TABLE slow (id integer);\nSELECT pg_sleep(300);",
                       "DROP TABLE slow;")
    process = postgres.start("migrate")
    wait_until_asleep(postgres, process)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 143, errors
    assert "error[interrupted]: 1.0.0 slow stopped midway" in errors
    assert "state: partial. 1 of 2 statements of 1.0.0 slow are done and stay" in errors
    assert postgres.query("SELECT status, statements_done FROM apus.journal") == [["started", "1"]]
    assert postgres.query("SELECT status FROM apus.runs") == [["interrupted"]]
    postgres.apus("status", "--exit-code", expecting=4)
    postgres.apus("repair", "mark-applied", "1.0.0")


def test_a_signal_in_the_middle_of_a_backup_leaves_none_and_changes_nothing(postgres):
    """F8, F9: pg_dump ends with the run, and what it had written is gone."""
    postgres.migration("20250101_000000_1.0.0_houses", "CREATE TABLE houses (id integer);", "DROP TABLE houses;")
    postgres.apus("migrate")
    postgres.migration("20250102_000000_1.1.0_rooms", "CREATE TABLE rooms (id integer);", "DROP TABLE rooms;")
    holder = subprocess.Popen(["psql", "-X", "-q", "-d", postgres.url], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, env=clean_environment())
    try:
        holder.stdin.write("BEGIN; LOCK TABLE houses; SELECT 1;\n")
        holder.stdin.flush()
        holder.stdout.readline()
        process = postgres.start("migrate")
        dumping = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                   "AND application_name LIKE '%backup%' AND wait_event_type = 'Lock'")
        wait_until(lambda: process.poll() is not None or postgres.query(dumping) == [["1"]],
                   "pg_dump never waited for the lock")
        assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 143, errors
        wait_until(lambda: postgres.query(dumping) == [["0"]], "pg_dump goes on")
    finally:
        holder.kill()
        holder.communicate()
    assert [path.name for path in (postgres.folder / "backups").iterdir()] == []
    assert postgres.query("SELECT status FROM apus.runs WHERE id = 2") == [["interrupted"]]
    assert postgres.query("SELECT to_regclass('rooms') IS NULL") == [["t"]]
    postgres.apus("migrate")


@pytest.mark.parametrize("second, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"])
def test_the_second_signal_ends_at_once(postgres, second, code):
    """F9: also where the server does not let itself be cancelled."""
    postgres.migration("20250101_000000_1.0.0_seen", "CREATE SEQUENCE seen;", "DROP SEQUENCE seen;")
    postgres.apus("migrate")
    # A sequence is not transactional: it shows outside that the first signal has reached the server.
    postgres.migration("20250102_000000_1.1.0_stubborn",
                       "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(300); EXCEPTION WHEN query_canceled THEN "
                       "PERFORM nextval('seen'); END; END LOOP; END $$;", "SELECT 1;")
    process = postgres.start("migrate", "--no-backup")
    wait_until(lambda: process.poll() is not None or postgres.query(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND wait_event = 'PgSleep'") == [["1"]], "the statement never ran")
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    wait_until(lambda: postgres.query("SELECT is_called FROM seen") == [["t"]], "the signal never reached the server")
    assert process.poll() is None
    process.send_signal(second)
    process.communicate(timeout=10)
    assert process.returncode == code
    assert postgres.query("SELECT count(*) FROM apus.migrations") == [["1"]]


@pytest.fixture
def large(sqlite):
    """A database that takes a while to copy and to read."""
    sqlite.migration("20250101_000000_1.0.0_large", "CREATE TABLE large (id integer PRIMARY KEY, bytes blob);",
                     "DROP TABLE large;")
    sqlite.apus("migrate", "--no-backup")
    sqlite.query("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) "
                 "INSERT INTO large (bytes) SELECT randomblob(4000) FROM n")
    return sqlite


def interrupted(process, number, opened):
    """What the process says, after a signal as soon as it has the file open."""
    deadline = time.monotonic() + 30
    while not any(opened in path for path in open_files(process)):
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
    process.send_signal(number)
    return process.communicate(timeout=60)[1]


def open_files(process):
    """The paths of what it has open now; what it closes meanwhile is passed over."""
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield os.readlink(link)


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"])
def test_a_signal_in_the_midst_of_a_backup_leaves_none(large, number, code):
    process = large.start("backup")
    errors = interrupted(process, number, ".partial")
    assert (process.returncode, list((large.folder / "backups").glob("*"))) == (code, []), errors
    assert "error[interrupted]: the backup was interrupted" in errors


def test_a_signal_ends_the_reading_of_a_backup(large):
    large.apus("backup")
    process = large.start("backup", "verify")
    errors = interrupted(process, signal.SIGINT, "/backups/")
    assert process.returncode == 130 and "error[interrupted]" in errors


@pytest.mark.parametrize("opened", ["/backups/", ".restoring"])
@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"])
def test_a_signal_in_the_midst_of_a_restore_exchanges_nothing(large, number, code, opened):
    large.apus("backup")
    backup, = (path.name for path in (large.folder / "backups").glob("*.sqlite"))
    large.query("INSERT INTO large VALUES (1000000, 'later')")
    process = large.start("restore", backup, "--into", "other.db", "--swap")
    errors = interrupted(process, number, opened)
    assert process.returncode == code, errors
    assert "error[interrupted]" in errors
    assert opened == "/backups/" or "test.db was not touched" in errors
    assert large.query("SELECT bytes FROM large WHERE id = 1000000") == [["later"]]
    assert not list(large.folder.glob("other.db*"))
