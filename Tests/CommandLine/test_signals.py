"""F9: the first signal stops a run in order, with the code that shells use for it."""

import signal
import subprocess
import time

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
    process.send_signal(signal.SIGINT)
    wait_until(lambda: postgres.query("SELECT is_called FROM seen") == [["t"]], "the signal never reached the server")
    assert process.poll() is None
    process.send_signal(second)
    process.communicate(timeout=10)
    assert process.returncode == code
    assert postgres.query("SELECT count(*) FROM apus.migrations") == [["1"]]
