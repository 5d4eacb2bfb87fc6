"""Data migrations: rows changed in batches, in the foreground and in the background, on every engine."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from Faults.failpoints import pausing, wait_for  # noqa: E402

from conftest import clean_environment  # noqa: E402

ROWS = 2500
FILL = """ALTER TABLE guests ADD COLUMN locale text;
-- apus: batch table=guests key=id size=100{more}
UPDATE guests SET locale = lower(country) WHERE id BETWEEN :start AND :end AND locale IS NULL;
-- apus: verify
SELECT id, country FROM guests WHERE locale IS NULL;"""
UNFILL = "ALTER TABLE guests DROP COLUMN locale;"
TIGHTEN = ("20250103_000000_1.2.0_tighten", "-- apus: requires-complete\nCREATE TABLE tight (id integer);",
           "DROP TABLE tight;")


def fill(project, more="", up=FILL):
    """A table of guests, and a pending data migration over it."""
    project.migration(
        "20250101_000000_1.0.0_guests",
        "CREATE TABLE guests (id integer PRIMARY KEY, country text NOT NULL);\n"
        f"INSERT INTO guests WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) "
        "SELECT i * 2, CASE WHEN i % 2 = 0 THEN 'SI' ELSE 'AT' END FROM n;", "DROP TABLE guests;")
    project.apus("migrate", "-q", "--no-backup")
    project.migration("20250102_000000_1.1.0_fill_locale", up.format(more=more), UNFILL)


def data(project, *arguments, **options):
    return json.loads(project.apus("data", *(arguments or ["list"]), "--json", **options).stdout)[
        "data_migrations"]


def count(project, where):
    return int(project.query(f"SELECT count(*) FROM guests WHERE {where}")[0][0])


def until(question, process=None):
    deadline = time.monotonic() + 60
    while not question():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def test_migrate_runs_the_batches_in_the_foreground(project):
    fill(project)
    project.apus("migrate", "--no-backup")
    assert count(project, "locale IN ('si', 'at')") == ROWS
    [found] = data(project)
    assert found["state"] == "done" and found["rows_done"] == ROWS and found["batches_done"] > 1
    assert found["migration"] == "20250102_000000_1.1.0_fill_locale"
    steps = json.loads(project.apus("runs", "show", "2", "--json").stdout)["journal"]
    assert [(step["status"], step["statements_done"]) for step in steps] == [("done", 3)]
    project.apus("rollback", "1.1.0", "--no-backup", "--yes")
    assert data(project) == []


def test_batches_are_left_to_the_background_and_done_by_work(project):
    fill(project)
    project.migration(*TIGHTEN)
    left = project.apus("migrate", "--background", "--no-backup")
    assert "1.2.0 tighten requires the data migration 1.1.0 fill_locale" in left.stdout + left.stderr
    assert count(project, "locale IS NULL") == ROWS
    assert [found["state"] for found in data(project)] == ["open"]
    # What asks for it to be complete is refused, with the way on.
    refused = project.apus("migrate", "--no-backup", expecting=7)
    assert "data-incomplete" in refused.stderr and "apus work" in refused.stderr
    worked = project.apus("work")
    assert "1.1.0 fill_locale  complete" in worked.stdout
    assert count(project, "locale IS NULL") == 0
    project.apus("migrate", "--no-backup")
    assert project.apus("status", "--exit-code").returncode == 0


def test_in_the_foreground_what_requires_it_follows_in_the_same_run(project):
    fill(project)
    project.migration(*TIGHTEN)
    project.apus("migrate", "--no-backup")
    assert count(project, "locale IS NULL") == 0
    assert project.apus("status", "--exit-code").returncode == 0


def test_a_killed_run_repeats_no_batch_and_loses_none(project, tmp_path):
    counted = ("ALTER TABLE guests ADD COLUMN locale integer NOT NULL DEFAULT 0;\n"
               "-- apus: batch table=guests key=id size=100 target=0\n"
               "UPDATE guests SET locale = locale + 1 WHERE id BETWEEN :start AND :end;")
    fill(project, up=counted.replace("{", "{{").replace("}", "}}"))
    until_file = tmp_path / "never"
    run = project.start("migrate", "--no-backup", **pausing("data.batch-done", until_file, tmp_path / "points"))
    wait_for("data.batch-done", tmp_path / "points", run)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    done = count(project, "locale = 1")
    assert done == 100 and count(project, "locale > 1") == 0
    project.apus("migrate", "--no-backup")
    assert count(project, "locale = 1") == ROWS


def test_it_is_paused_resumed_and_cancelled_from_another_process(project, tmp_path):
    fill(project, more=" target=0")
    project.apus("migrate", "--background", "--no-backup")
    go_on = tmp_path / "go-on"
    worker = project.start("work", **pausing("data.batch-done", go_on, tmp_path / "points"))
    wait_for("data.batch-done", tmp_path / "points", worker)
    [paused] = data(project, "pause", "1.1.0/fill_locale")
    assert paused["state"] == "paused"
    go_on.touch()
    out, err = worker.communicate(timeout=60)
    assert worker.returncode == 7, out + err
    done = count(project, "locale IS NOT NULL")
    assert 100 <= done < ROWS
    assert project.apus("work", expecting=7).returncode == 7
    assert count(project, "locale IS NOT NULL") == done
    data(project, "resume", "1.1.0/fill_locale")
    project.apus("work")
    assert count(project, "locale IS NULL") == 0
    refused = project.apus("data", "cancel", "1.1.0/fill_locale", expecting=7)
    assert "is done already" in refused.stderr
    unknown = project.apus("data", "pause", "1.1.0/fill_local", expecting=None)
    assert "did you mean 1.1.0/fill_locale?" in unknown.stderr


def test_two_workers_started_at_once_share_the_work(project):
    counted = ("ALTER TABLE guests ADD COLUMN locale integer NOT NULL DEFAULT 0;\n"
               "-- apus: batch table=guests key=id size=25 target=0\n"
               "UPDATE guests SET locale = locale + 1 WHERE id BETWEEN :start AND :end;")
    fill(project, up=counted)
    project.apus("migrate", "--background", "--no-backup")
    workers = [project.start("work") for _ in range(2)]
    for worker in workers:
        out, err = worker.communicate(timeout=120)
        assert worker.returncode == 0, out + err
    assert count(project, "locale = 1") == ROWS


def test_a_verification_that_finds_rows_keeps_it_incomplete(project):
    fill(project)
    project.query("INSERT INTO guests VALUES (0, 'x')")
    bad = FILL.replace("AND locale IS NULL", "AND locale IS NULL AND id > 0")
    project.migration("20250102_000000_1.1.0_fill_locale", bad.format(more=""), UNFILL)
    failed = project.apus("migrate", "--no-backup", expecting=4)
    assert "1 row is not as it should be" in failed.stderr
    assert "id = 0" in failed.stderr
    project.query("UPDATE guests SET locale = 'x' WHERE id = 0")
    project.apus("migrate", "--no-backup")
    assert [found["state"] for found in data(project)] == ["done"]


def test_in_the_background_a_failure_is_kept_and_told(project):
    fill(project, up="ALTER TABLE guests ADD COLUMN locale integer;\n"
         "-- apus: batch table=guests key=id size=100 target=0\n"
         "UPDATE guests SET locale = 1 / (id - 1000) WHERE id BETWEEN :start AND :end;")
    if project.engine == "sqlite":
        project.migration("20250102_000000_1.1.0_fill_locale",
                          "ALTER TABLE guests ADD COLUMN locale integer CHECK (locale < 1000);\n"
                          "-- apus: batch table=guests key=id size=100 target=0\n"
                          "UPDATE guests SET locale = id WHERE id BETWEEN :start AND :end;", UNFILL)
    project.apus("migrate", "--background", "--no-backup")
    failed = project.apus("work", expecting=7)
    assert "failed" in failed.stdout
    [found] = data(project)
    assert found["state"] == "failed" and found["message"] and found["rows_done"] == 400
    project.apus("rollback", "1.1.0", "--no-backup", "--yes")
    assert data(project) == []


def test_in_the_background_a_text_that_cannot_be_read_is_told_with_its_reason(project):
    fill(project)
    project.apus("migrate", "--background", "--no-backup")
    if project.engine == "sqlite":
        table, text = "apus_migrations", "CAST('-- Up Migration' AS BLOB)"
    else:
        table, text = "apus.migrations", "'-- Up Migration'::bytea"
    project.query(f"UPDATE {table} SET source = {text} WHERE name = 'fill_locale'")
    failed = project.apus("work", expecting=7)
    told = failed.stdout + failed.stderr
    assert "the text of 1.1.0 fill_locale is not there as it was applied" in told
    assert "the up section holds no statement" in told, told
    [found] = data(project)
    assert found["state"] == "failed" and "holds no statement" in found["message"]


def test_batches_that_cannot_be_run_are_refused_before_anything_runs(project):
    fill(project, up="-- apus: batch table=guests key=id\nUPDATE guests SET country = 'x';")
    refused = project.apus("migrate", "--no-backup", expecting=1)
    assert "batch-invalid" in refused.stderr and "WHERE id BETWEEN :start AND :end" in refused.stderr
    for clause, said in [("table=guests", "by which key"), ("table=guests key=id sise=3", "did you mean `size`"),
                         ("table=guests key=id size=0", "a number from 1"), ("table=a;b key=id", "no table's name")]:
        project.migration("20250102_000000_1.1.0_fill_locale",
                          f"-- apus: batch {clause}\nUPDATE guests SET country = 'x' WHERE id BETWEEN :start AND :end;",
                          "SELECT 1;")
        refused = project.apus("migrate", "--no-backup", expecting=1)
        assert said in refused.stderr, refused.stderr


def test_a_table_without_a_unique_key_is_refused_before_anything_runs(project):
    up = ("ALTER TABLE guests ADD COLUMN locale text;\n-- apus: batch table=guests key={more}\n"
          "UPDATE guests SET locale = 'x' WHERE id BETWEEN :start AND :end;")
    fill(project, more="country", up=up)
    refused = project.apus("migrate", "--no-backup", expecting=1)
    assert "batch-key-invalid" in refused.stderr and "is not unique" in refused.stderr
    project.apus("status", "--exit-code", expecting=2)
    project.migration("20250102_000000_1.1.0_fill_locale", up.format(more="id"), UNFILL)
    project.apus("migrate", "--no-backup")
    assert count(project, "locale = 'x'") == ROWS


@pytest.mark.parametrize(("definition", "instead"), [
    ("code TEXT NOT NULL UNIQUE, word TEXT NOT NULL, UNIQUE (word, code)", "key=code"),
    ('word TEXT NOT NULL, "the-code" TEXT NOT NULL, UNIQUE (word, "the-code")', 'key=word,"the-code"'),
    ('word TEXT, "the code" TEXT NOT NULL UNIQUE', None),
    ("code TEXT UNIQUE, word TEXT", None), ("code TEXT PRIMARY KEY, word TEXT", None),
    ("code INTEGER PRIMARY KEY DESC, word TEXT", None),
])
def test_a_rowid_that_may_change_is_no_key(sqlite, definition, instead):
    codes(sqlite, definition)
    refused = sqlite.apus("migrate", "--no-backup", expecting=1)
    assert "batch-key-invalid" in refused.stderr
    assert ("the rowid of codes may change: it has no INTEGER PRIMARY KEY, so VACUUM numbers its rows anew"
            in refused.stderr)
    assert "apus sqlite rebuild codes VERSION" in refused.stderr
    assert (f"go by a unique key of the table: {instead}" in refused.stderr if instead
            else "unique key" not in refused.stderr)
    sqlite.apus("status", "--exit-code", expecting=2)


def test_a_rowid_that_has_a_name_is_a_key(sqlite):
    codes(sqlite, "code INTEGER PRIMARY KEY, word TEXT")
    sqlite.apus("migrate", "--no-backup")
    assert sqlite.query("SELECT DISTINCT word FROM codes") == [["x"]]


def codes(project, definition):
    """A table, and a pending data migration that goes by its rowid."""
    project.migration("20250101_000000_1.0.0_codes", f"CREATE TABLE codes ({definition});\n"
                      "INSERT INTO codes VALUES ('1', 'a'), ('2', 'b');", "DROP TABLE codes;")
    project.apus("migrate", "-q", "--no-backup")
    project.migration("20250102_000000_1.1.0_fill", "-- apus: batch table=codes key=rowid\n"
                      "UPDATE codes SET word = 'x' WHERE rowid BETWEEN :start AND :end;", "SELECT 1;")


def test_a_key_that_the_migration_itself_makes_is_looked_at_behind_that(project):
    fill(project, up="ALTER TABLE guests ADD COLUMN number integer NOT NULL DEFAULT 0;\n"
         "UPDATE guests SET number = id;\nCREATE UNIQUE INDEX by_number ON guests (number);\n"
         "-- apus: batch table=guests key=number\n"
         "UPDATE guests SET country = 'x' WHERE number BETWEEN :start AND :end;")
    project.apus("migrate", "--no-backup")
    assert count(project, "country = 'x'") == ROWS


def test_how_many_rows_there_are_is_estimated_before_the_first_batch(project):
    fill(project)
    project.query("ANALYZE")
    project.apus("migrate", "--background", "--no-backup")
    assert [found["rows_expected"] for found in data(project)] == [ROWS]
    assert f"0 of about {ROWS} rows (0 %)" in project.apus("data").stdout.replace(",", "")


def test_what_is_left_to_the_background_is_told_until_it_is_done(project):
    fill(project)
    assert "Batches are left: apus work" in project.apus("migrate", "--background", "--no-backup").stdout
    told = project.apus("status").stdout
    assert "1 data migration not complete" in told and "up to date" not in told
    assert "batches open" in told and "Next: apus work" in told
    data(project, "pause", "1.1.0/fill_locale")
    told = project.apus("status").stdout
    assert "batches paused" in told and "Next: apus data resume 1.1.0/fill_locale" in told
    [found] = json.loads(project.apus("status", "--json").stdout)["data_migrations"]
    assert found["state"] == "paused"
    data(project, "resume", "1.1.0/fill_locale")
    project.apus("work")
    assert "up to date" in project.apus("status").stdout


def test_work_says_so_where_the_batches_belong_to_a_run_in_the_foreground(project, tmp_path):
    fill(project, more=" target=0")
    run = project.start("migrate", "--no-backup",
                        **pausing("data.batch-done", tmp_path / "never", tmp_path / "points"))
    wait_for("data.batch-done", tmp_path / "points", run)
    run.kill()
    run.communicate()
    told = project.apus("data", "list").stdout
    assert "where that is over: apus migrate" in told and "apus work" not in told
    warned = project.apus("rollback", "1.1.0", "--no-backup", "--dry-run")
    assert "and its down section runs for all of them" in warned.stdout + warned.stderr
    told = project.apus("work").stdout
    assert "1.1.0 fill_locale  open" in told and "complete." not in told
    assert "Run 2 does it in the foreground; where that is over, apus migrate goes on." in told
    data(project, "pause", "1.1.0/fill_locale")
    told = project.apus("work", expecting=7).stdout
    assert "Run 2 did it in the foreground. Next: apus data resume 1.1.0/fill_locale, then apus migrate" in told


def test_what_the_directive_says_is_part_of_the_migration(project, tmp_path):
    """Behind a kill, with another table in the directive: what is left would never be done."""
    fill(project, more=" target=0")
    run = project.start("migrate", "--no-backup",
                        **pausing("data.batch-done", tmp_path / "never", tmp_path / "points"))
    wait_for("data.batch-done", tmp_path / "points", run)
    run.kill()
    run.communicate()
    file = project.folder / "migrations/20250102_000000_1.1.0_fill_locale.sql"
    text = file.read_text()
    file.write_text(text.replace("table=guests", "table=other"))
    project.query("CREATE TABLE other (id integer PRIMARY KEY)")
    refused = project.apus("migrate", "--no-backup", expecting=None)
    assert refused.returncode in (5, 7), refused.stdout + refused.stderr
    assert 0 < count(project, "locale IS NOT NULL") < ROWS
    file.write_text(text.replace("size=100", "size=70"))
    project.apus("migrate", "--no-backup")
    assert count(project, "locale IS NULL") == 0
    file.write_text(text.replace("key=id", "key=country"))
    assert "applied-changed" in project.apus("verify", expecting=5).stderr


def test_a_missing_table_or_column_is_told_before_anything_is_done(project):
    fill(project)
    for table, key in (("nope", "id"), ("guests", "zzz")):
        project.migration(
            "20250102_000000_1.1.0_fill_locale", f"-- apus: batch table={table} key={key}\n"
            f"UPDATE guests SET country = lower(country) WHERE {key} BETWEEN :start AND :end;")
        refused = project.apus("migrate", "--no-backup", expecting=1)
        assert "error[batch-key-invalid]" in refused.stderr and "nothing to repair" in refused.stderr
        assert project.apus("status").stdout.count("batches") == 0


def throttled(run):
    """Why a run holds its next batch back, once it does."""
    for line in run.stdout:
        event = json.loads(line)
        if event.get("event") == "throttled":
            return event["text"]
    raise AssertionError(run.communicate())


def finishes(postgres, run):
    output, errors = run.communicate(timeout=120)
    assert run.returncode == 0, output + errors
    assert count(postgres, "locale IS NULL") == 0


def test_no_batch_is_begun_while_more_sessions_wait_for_locks_than_may(postgres):
    fill(postgres, more=" max-lock-waits=0")
    postgres.query("CREATE TABLE busy (id integer)")
    holder = postgres.client("BEGIN; LOCK TABLE busy")
    waiter = subprocess.Popen(["psql", "-X", "-q", "-d", postgres.url, "-c", "SELECT count(*) FROM busy"],
                              stdout=subprocess.DEVNULL, env=clean_environment())
    run = postgres.start("migrate", "--no-backup", "--json-stream")
    assert "wait for locks, and 0 are allowed" in throttled(run)
    assert count(postgres, "locale IS NOT NULL") == 0
    holder.communicate("COMMIT;")
    waiter.wait()
    finishes(postgres, run)


def test_no_batch_is_begun_while_more_sessions_are_at_work_than_may(postgres):
    # Other tests' sessions count as well, and there are never so many.
    fill(postgres, more=" max-active=15")
    busy = [subprocess.Popen(["psql", "-X", "-q", "-d", postgres.url, "-c", "SELECT pg_sleep(600)"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment())
            for _ in range(16)]
    ours = "FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%' AND datname = current_database()"
    until(lambda: postgres.query(f"SELECT count(*) {ours}")[0][0] == "16")
    run = postgres.start("migrate", "--no-backup", "--json-stream")
    assert "sessions are at work, and 15 are allowed" in throttled(run)
    assert count(postgres, "locale IS NOT NULL") == 0
    postgres.query(f"SELECT pg_terminate_backend(pid) {ours}")
    for client in busy:
        client.wait()
    finishes(postgres, run)


def test_no_batch_is_begun_while_a_standby_is_too_far_behind(postgres):
    def standby(question):
        server = urlsplit(os.environ[f"APUS_TEST_POSTGRES_{postgres.version}_SUPERUSER"])
        place = urlsplit(os.environ[f"APUS_TEST_POSTGRES_{postgres.version}_STANDBY"])
        user = server.netloc.rpartition("@")[0]
        url = urlunsplit(server._replace(netloc=f"{user}@{place.hostname}:{place.port}"))
        subprocess.run(["psql", "-X", "-q", "-d", url, "-c", f"SELECT {question}"], check=True,
                       stdout=subprocess.DEVNULL, env=clean_environment())

    # Only a role that may read the server's statistics is told how far behind a standby is.
    postgres.url = urlunsplit(urlsplit(os.environ[f"APUS_TEST_POSTGRES_{postgres.version}_SUPERUSER"])
                              ._replace(path=urlsplit(postgres.url).path))
    fill(postgres, up=FILL.replace(" AND locale", " AND (SELECT pg_sleep(0.1)) IS NOT NULL AND locale", 1),
         more=" max-lag=500ms target=0")
    standby("pg_wal_replay_pause()")
    try:
        run = postgres.start("migrate", "--no-backup", "--json-stream")
        said = throttled(run)
        assert "a standby is" in said and "500ms are allowed" in said
        assert count(postgres, "locale IS NULL") > 0
    finally:
        standby("pg_wal_replay_resume()")
    finishes(postgres, run)


def test_a_limit_that_the_role_cannot_watch_is_told(postgres):
    fill(postgres, more=" max-lag=5s max-active=400")
    run = postgres.apus("migrate", "--no-backup")
    role = urlsplit(postgres.url).username
    assert f"max-lag, max-active: the role {role} sees no standby and only its own sessions" in run.stderr + run.stdout
    assert f"GRANT pg_read_all_stats TO {role}" in run.stderr + run.stdout


def test_a_handler_of_the_application_is_not_known_here_and_may_be_left_to_it(project):
    fill(project, up="ALTER TABLE guests ADD COLUMN locale text;\n"
         "-- apus: batch table=guests key=id handler=FillLocale\n"
         "SELECT id, country FROM guests WHERE id BETWEEN :start AND :end;")
    refused = project.apus("migrate", "--no-backup", expecting=7)
    assert "FillLocale" in refused.stderr and "--background" in refused.stderr
    project.apus("migrate", "--background", "--no-backup")
    assert [found["state"] for found in data(project)] == ["open"]
    told = project.apus("work").stdout
    assert "left to the application, which has the data migration FillLocale" in told
    assert [found["state"] for found in data(project)] == ["open"]
