"""Migrators wait while one of them builds an index concurrently: F21, F22.

A build waits for every transaction that is older than it. A waiter that waits inside the server, or
the builder's own idle transaction, would hold such a transaction for ever.
"""

import subprocess
import time
from contextlib import contextmanager

import pytest

from CommandLine.conftest import clean_environment
from Faults.databases import VERSIONS, name_of, new_project

WAITERS = 32
ROWS = 2_000

#: Who has come, who is at work, and which waiters have held a transaction for longer than it takes to
#: read a history.
SESSIONS = """
SELECT count(*), count(*) FILTER (WHERE application_name LIKE 'apus run %'),
    count(*) FILTER (WHERE application_name = 'apus' AND xact_start < clock_timestamp() - interval '5 s')
FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'apus%'
    AND application_name <> 'apus watch';
"""


@contextmanager
def old_transaction(project):
    """A transaction that has written to the table: a concurrent build waits for its end."""
    client = subprocess.Popen(
        ["psql", "-X", "-q", "-d", project.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, env=clean_environment())
    try:
        client.stdin.write("BEGIN; INSERT INTO guests VALUES (0, 'late');\n\\echo begun\n")
        client.stdin.flush()
        assert client.stdout.readline() == "begun\n"
        yield
    finally:
        client.communicate("COMMIT;\n", timeout=30)


def wait_for_all(project, processes):
    """Until one builds and all others wait for it; what they then hold."""
    deadline = time.monotonic() + 120
    while True:
        [[sessions, at_work, holding]] = project.query(SESSIONS)
        assert holding == "0", f"{holding} waiters hold a transaction or wait inside the server"
        if int(sessions) >= len(processes) and at_work == "1":
            return
        ended = [p for p in processes if p.poll() is not None]
        assert not ended, f"one ended early: {ended[0].communicate()}"
        assert time.monotonic() < deadline, f"only {sessions} sessions came, {at_work} at work"
        time.sleep(0.05)


@pytest.mark.parametrize("version", VERSIONS)
def test_f21_waiting_migrators_do_not_deadlock_a_concurrent_build(tmp_path, effort, figures, version):
    """F21, F22: all wait until the build is done, and find nothing left to do."""
    engine = f"postgres-{version}"
    with (figures.method("concurrent index", name_of(engine)) as figure,
          new_project(tmp_path, engine) as project):
        project.migration(
            "20250101_000000_1.0.0_guests",
            "CREATE TABLE guests (id integer, name text);\n"
            f"INSERT INTO guests SELECT n, 'guest ' || n FROM generate_series(1, {ROWS}) n;",
            "DROP TABLE guests;")
        project.apus("migrate", "--no-backup")
        project.migration(
            "20250101_000001_1.1.0_index",
            "-- apus: no-transaction\nCREATE INDEX CONCURRENTLY guests_name ON guests (name);\n"
            "CREATE INDEX CONCURRENTLY guests_id ON guests (id);",
            "-- apus: no-transaction\nDROP INDEX CONCURRENTLY guests_id;\n"
            "DROP INDEX CONCURRENTLY guests_name;")
        for number in effort.rounds(short=10, soak=250):
            # Every fifth round of the short form has them all.
            waiters = WAITERS if effort.is_soak or number % 5 == 0 else 6
            with old_transaction(project):
                processes = [
                    project.start("migrate", "--no-backup", "--lock-wait", "120s", "-q")
                    for _ in range(waiters + 1)]
                wait_for_all(project, processes)
            ends = [(p, *p.communicate(timeout=120)) for p in processes]
            for process, output, errors in ends:
                assert process.returncode == 0, f"{process.returncode}: {output}{errors}"
            assert project.query(
                "SELECT count(*), bool_and(indisvalid) FROM pg_index "
                "WHERE indrelid = 'guests'::regclass") == [["2", "t"]]
            project.apus("rollback", "1.1.0", "--no-backup", "-q")
            figure.rounds += 1
            figure.points += waiters
        deadlocks = project.query(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert deadlocks == [["0"]]
        figure.outcome = "no dead-lock, every index valid"
