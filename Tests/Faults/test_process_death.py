"""F2, F7: killed while the server is at work, where no failpoint can be: it goes on without its client."""

import json
import time

import pytest

from Faults.databases import VERSIONS, name_of, new_project

#: What the server is at when its client dies, for far longer than any test waits.
BUSY = {
    "a statement": ("SELECT pg_sleep(600);", "PgSleep"),
    "DDL": ("CREATE TABLE slow AS SELECT pg_sleep(600) IS NULL AS nothing;", "PgSleep"),
    "a wait for a lock": ("ALTER TABLE trace ADD COLUMN more integer;", "relation"),
}


def wait_for_server(project, event):
    """Until a session of Apus's waits for what the statement waits for."""
    deadline = time.monotonic() + 30
    while project.query(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
        f" AND application_name LIKE 'apus run%' AND wait_event = '{event}'") != [["1"]]:
        assert time.monotonic() < deadline, project.query(
            "SELECT application_name, state, wait_event, query FROM pg_stat_activity")
        time.sleep(0.02)


def begin(project, statement):
    """A first migration that is applied, and a second one that the server will be busy with."""
    project.migration("20250101_000000_1.0.0_trace", "CREATE TABLE trace (step integer);",
                      "DROP TABLE trace;")
    project.apus("migrate", "--no-backup")
    return project.migration(
        "20250101_000001_1.1.0_slow", f"INSERT INTO trace VALUES (1);\n{statement}", "SELECT 1;")


@pytest.mark.parametrize("busy", BUSY)
@pytest.mark.parametrize("version", VERSIONS)
def test_f2_the_server_notices_the_death_of_its_client(tmp_path, figures, version, busy):
    """F2: without `client_connection_check_interval` the lock would be held for ten minutes."""
    statement, event = BUSY[busy]
    with (figures.method(f"killed during {busy}", name_of(f"postgres-{version}")) as figure,
          new_project(tmp_path, f"postgres-{version}") as project):
        file = begin(project, statement)
        reader = project.client("BEGIN; LOCK TABLE trace IN ACCESS SHARE MODE")
        try:
            process = project.start("migrate", "--no-backup", "--lock-timeout", "10min")
            wait_for_server(project, event)
            process.kill()
            process.communicate()
            file.write_text(file.read_text().replace(statement, "SELECT 1;"))
            start = time.monotonic()
            project.apus("migrate", "--no-backup", "--lock-wait", "60s")
            figure.outcome = f"the lock was free after {time.monotonic() - start:.1f} s"
        finally:
            reader.communicate("ROLLBACK;")
        assert project.query("SELECT * FROM trace") == [["1"]]
        assert project.query("SELECT status FROM apus.runs ORDER BY id") == [
            ["succeeded"], ["interrupted"], ["succeeded"]]
        figure.rounds = figure.points = 1


def test_f2_whoever_waits_is_told_the_process_that_holds_the_lock(postgres):
    """F2: its number, and what it is, so that it can be ended."""
    begin(postgres, "SELECT pg_sleep(600);")
    first = postgres.start("migrate", "--no-backup")
    wait_for_server(postgres, "PgSleep")
    [[holder]] = postgres.query(
        "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'apus run%' "
        "AND datname = current_database()")
    waiting = postgres.apus("migrate", "--no-backup", "--lock-wait", "1s", expecting=6)
    assert f"process {holder}" in waiting.stderr
    assert "apus run 2" in waiting.stderr
    first.terminate()
    first.communicate(timeout=30)
    assert first.returncode == 143
    status = json.loads(postgres.apus("status", "--json").stdout)
    assert [m["status"] for m in status["migrations"]] == ["applied", "pending"]
