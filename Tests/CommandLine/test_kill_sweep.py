"""Killing `apus` at any moment, then running it again, ends with everything applied exactly once."""

import json
import time

import pytest

STEPS = 8
KILLS = 14


def fill(project):
    """Migrations that each leave one row in a table without a unique key."""
    sleep = "SELECT pg_sleep(0.01);" if project.engine == "postgres" else ""
    project.migration(
        "20250101_000000_1.0.0_trace", "CREATE TABLE trace (step integer NOT NULL);",
        "DROP TABLE trace;",
    )
    for step in range(1, STEPS + 1):
        project.migration(
            f"20250101_0000{step:02d}_1.{step}.0_step",
            f"INSERT INTO trace VALUES ({step});\n{sleep}\nCREATE TABLE t{step} (id integer);",
            f"DROP TABLE t{step};\nDELETE FROM trace WHERE step = {step};",
        )
    if project.engine == "postgres":
        project.migration(
            "20250101_000100_2.0.0_index",
            "-- apus: no-transaction\nCREATE INDEX CONCURRENTLY trace_step ON trace (step);\n"
            "CREATE INDEX CONCURRENTLY trace_again ON trace (step);",
            "-- apus: no-transaction\nDROP INDEX CONCURRENTLY trace_again;\n"
            "DROP INDEX CONCURRENTLY trace_step;",
        )


def kill_after(process, seconds):
    time.sleep(seconds)
    process.kill()
    process.communicate()


def counts(project):
    return {int(step): int(n) for step, n in
            project.query("SELECT step, count(*) FROM trace GROUP BY step ORDER BY step")}


def finish(project, *arguments):
    """Runs to the end; the lock of the killed process may take the server a moment to give up."""
    project.apus(*arguments, "--lock-wait", "60s")


@pytest.mark.parametrize("backup", [[], ["--no-backup"]], ids=["with backup", "without"])
def test_a_killed_migrate_is_finished_by_the_next_one(project, backup):
    """F1, F3, F6, F7: no kill leaves a half, a double or a lock."""
    fill(project)
    finish(project, "migrate", "1.0.0", *backup)
    start = time.monotonic()
    finish(project, "migrate", *backup)
    whole = time.monotonic() - start
    kills = 0
    for point in range(KILLS):
        finish(project, "rollback", "--to", "1.0.0", "--no-backup")
        assert counts(project) == {}
        process = project.start("migrate", *backup, "--lock-wait", "60s")
        kill_after(process, whole * (point + 0.5) / KILLS)
        kills += process.returncode == -9
        finish(project, "migrate", *backup)
        assert counts(project) == {step: 1 for step in range(1, STEPS + 1)}
        status = json.loads(project.apus("status", "--json").stdout)
        assert {m["status"] for m in status["migrations"]} == {"applied"}
        if project.engine == "postgres":
            assert project.query(
                "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
                "WHERE c.relname LIKE 'trace%' AND i.indisvalid"
            ) == [["2"]]
    assert kills >= KILLS // 2, f"only {kills} of {KILLS} kills came in time"


def test_a_killed_rollback_is_finished_by_the_next_one(project):
    """F61: undoing is as safe as applying."""
    fill(project)
    finish(project, "migrate", "--no-backup")
    start = time.monotonic()
    finish(project, "rollback", "--to", "1.0.0", "--no-backup")
    whole = time.monotonic() - start
    for point in range(KILLS // 2):
        finish(project, "migrate", "--no-backup")
        process = project.start("rollback", "--to", "1.0.0", "--no-backup", "--lock-wait", "60s")
        kill_after(process, whole * (point + 0.5) / (KILLS // 2))
        finish(project, "rollback", "--to", "1.0.0", "--no-backup")
        assert counts(project) == {}
