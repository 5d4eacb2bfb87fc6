"""`apus analytics`: of a journal with known durations it says what anybody can work out by hand."""

import csv
import io
import json

import pytest

HOUSES = "20250101_000000_1.0.0_houses"
ROOMS = "20250102_000000_1.1.0_rooms"
NEXT = "20250103_000000_1.2.0_next"


@pytest.fixture
def measured(sqlite):
    """Two migrations: the second ran five times, once far too long, and failed once; a third waits."""
    sqlite.migration(HOUSES, "CREATE TABLE houses (id INTEGER PRIMARY KEY);", "DROP TABLE houses;")
    sqlite.migration(ROOMS, "CREATE TABLE rooms (id INTEGER PRIMARY KEY);", "DROP TABLE rooms;")
    sqlite.write("versions.yaml", "releases:\n  - {version: 1.0.0, date: 2025-01-10}\n")
    sqlite.apus("migrate")
    for _ in range(4):
        sqlite.apus("rollback", "1.1.0", "--no-backup")
        sqlite.apus("migrate", "--no-backup")
    sqlite.apus("rollback", "1.1.0")
    sqlite.query("CREATE TABLE rooms (id INTEGER);")
    sqlite.apus("migrate", "--no-backup", expecting=3)
    sqlite.query("DROP TABLE rooms;")
    sqlite.migration(NEXT, "CREATE TABLE next (id INTEGER);", "DROP TABLE next;")
    # What nobody can know beforehand is set: seconds 1, 1, 1, 1, 9 upwards, 2 downwards.
    sqlite.query("UPDATE apus_journal SET duration_us = 2000000 WHERE direction = 'down';"
                 "UPDATE apus_journal SET duration_us = 1000000 WHERE direction = 'up';"
                 "UPDATE apus_journal SET duration_us = 9000000 WHERE entry ="
                 f" (SELECT max(entry) FROM apus_journal WHERE migration = '{ROOMS}' AND direction = 'up' AND status = 'done');"
                 "UPDATE apus_runs SET started_at = '2025-01-20T00:00:00.000000Z', ended_at = '2025-01-20T00:00:01.000000Z';"
                 "UPDATE apus_runs SET ended_at = '2025-01-20T00:00:09.500000Z' WHERE id = 9;"
                 "UPDATE apus_backups SET duration_us = 500000, bytes = 12345;"
                 "UPDATE apus_journal SET started_at = '2025-01-13T00:00:00.000000Z';"
                 "UPDATE apus_migrations SET applied_at = '2025-01-13T00:00:00.000000Z';")
    return sqlite


def test_the_text_says_what_stands_out(measured):
    text = measured.apus("analytics").stdout
    assert text.splitlines()[1:] == [
        "11 runs, 10 succeeded · median 1.00 s · longest 9.50 s · ▲ 1 above three times the median, the last run 9",
        "",
        "Slowest",
        "  1.1.0 rooms down  median 2.00 s · longest 2.00 s · 5 times",
        "  1.0.0 houses up   median 1.00 s · longest 1.00 s · 1 time",
        "  1.1.0 rooms up    median 1.00 s · longest 9.00 s · 5 times · ▲ 5.0 times what it was"
        " · ▲ 1 above three times the median · ✗ failed 1 time",
        "",
        "Failures",
        "  ✗ statement-failed  1 time, the last in run 11, 20 Jan 2025 00:00",
        "",
        "Backups",
        "  1 backup · median 0.50 s · longest 0.50 s · the last 12.3 KB in 0.50 s, the first 12.3 KB",
        "",
        "Arrived",
        "  1.0.0  13 Jan 2025 00:00  3 days after its release",
        "  1.1.0  13 Jan 2025 00:00",
        "",
        "Next plan: about 1.00 s; 1 nobody has run",
        "  1.1.0 rooms  about 1.00 s, from development",
        "  1.2.0 next  not known",
    ]


def test_the_document_of_one_database_is_read_beside_another(measured, tmp_path):
    measured.apus("migrate", "--no-backup", "--environment", "staging")
    measured.query(f"UPDATE apus_journal SET duration_us = 42000000 WHERE migration = '{NEXT}';")
    exported = tmp_path / "staging.json"
    exported.write_text(measured.apus("analytics", "--json", "--environment", "staging").stdout)
    measured.apus("rollback", "1.2.0", "--no-backup")
    measured.query(f"DELETE FROM apus_journal WHERE migration = '{NEXT}';")
    document = json.loads(measured.apus("analytics", "--json", "--from", str(exported)).stdout)
    assert [other["environment"] for other in document["others"]] == ["staging"]
    assert document["environment"] == "development"
    assert document["forecast"] == {"seconds": 42, "unknown": 0, "migrations": [
        {"migration": NEXT, "seconds": 42, "environment": "staging"}]}
    text = measured.apus("analytics", "--from", str(exported)).stdout
    assert "  1.2.0 next up     median 42.00 s · longest 42.00 s · 1 time · staging, SQLite" in text.splitlines()
    assert text.splitlines()[-1] == "  1.2.0 next  about 42.00 s, from staging"


def test_csv_is_a_table(measured):
    done = measured.apus("analytics", "--csv")
    assert done.stderr == ""
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["migration"], row["direction"], row["count"], float(row["median_seconds"]), row["flagged"],
             row["failures"]) for row in rows] == [
        (ROOMS, "down", "5", 2, "0", "0"), (HOUSES, "up", "1", 1, "0", "0"), (ROOMS, "up", "5", 1, "1", "1")]
    assert {row["environment"] for row in rows} == {"development"}


@pytest.mark.parametrize(("text", "reason"), [
    ("", "it is no JSON"), ("{}", "`format` is missing"),
    ('{"format": "apus.status/1"}', "its format is apus.status/1, and not apus.analytics/1"),
    ('{"format": "apus.analytics/1", "environment": "x"}', "`engine` is missing"),
    ('{"format": "apus.analytics/1", "environment": "x", "engine": "oracle", "work": [], "runs": [], "failures": [],'
     ' "releases": []}', '"oracle" is not what should stand there'),
])
def test_another_file_is_refused_by_name(measured, tmp_path, text, reason):
    path = tmp_path / "other.json"
    path.write_text(text)
    done = measured.apus("analytics", "--from", str(path), expecting=1)
    assert f"error[analytics-file-invalid]: {path} is no document of analytics: {reason}" in done.stderr
    assert done.stdout == ""


def test_a_file_that_is_not_there(measured, tmp_path):
    done = measured.apus("analytics", "--from", str(tmp_path / "none.json"), expecting=1)
    assert "error[file-unreadable]" in done.stderr


def test_a_database_without_runs(sqlite):
    sqlite.migration(HOUSES, "CREATE TABLE houses (id INTEGER PRIMARY KEY);", "DROP TABLE houses;")
    sqlite.apus("status")
    lines = sqlite.apus("analytics").stdout.splitlines()
    assert lines[1:] == ["No runs yet.", "", "Next plan: 1 migration that nobody has run", "  1.0.0 houses  not known"]


def test_a_baseline_teaches_no_duration(sqlite):
    sqlite.migration(HOUSES, "CREATE TABLE houses (id INTEGER PRIMARY KEY);", "DROP TABLE houses;")
    sqlite.query("CREATE TABLE houses (id INTEGER PRIMARY KEY);")
    sqlite.apus("baseline", "1.0.0")
    document = json.loads(sqlite.apus("analytics", "--json").stdout)
    assert document["work"] == []
    assert document["releases"] == []
    assert [run["kind"] for run in document["runs"]] == ["baseline"]


def test_waits_for_locks_and_rows_a_second_are_among_the_figures(measured, tmp_path):
    """Also of another environment, from its document."""
    measured.query(
        "INSERT INTO apus_step_waits (run, migration, direction, waited_us, retries, holder) VALUES"
        f" (2, '{ROOMS}', 'up', 1500000, 2, 'pid 7 (ana)'), (4, '{ROOMS}', 'up', 3000000, 0, NULL);"
        "INSERT INTO apus_batches (migration, statement, meaning, state, key_types, size, batches_done, rows_done,"
        f" busy_us, run, started_at, changed_at) VALUES ('{ROOMS}', 0, '{'0' * 64}', 'paused', 'id INTEGER', 10, 5,"
        " 5000, 2000000, 2, '2025-01-20T00:00:00.000000Z', '2025-01-20T00:00:00.000000Z');")
    lines = measured.apus("analytics").stdout.splitlines()
    assert lines[lines.index("Waits for locks"):][:5] == [
        "Waits for locks",
        "  1.1.0 rooms up  4.50 s in 2 runs · longest 3.00 s · tried again 2 times · the last in run 4, for pid 7 (ana)",
        "",
        "Data migrations",
        "  1.1.0 rooms  5000 rows in 2.00 s · 2500 rows a second · paused",
    ]
    exported = tmp_path / "here.json"
    exported.write_text(measured.apus("analytics", "--json").stdout)
    document = json.loads(exported.read_text())
    assert document["lock_waits"] == [{
        "migration": ROOMS, "direction": "up", "runs": 2, "total_seconds": 4.5, "longest_seconds": 3, "retries": 2,
        "last_run": 4, "last_holder": "pid 7 (ana)"}]
    assert document["data_migrations"] == [{
        "migration": ROOMS, "statement": 1, "state": "paused", "rows": 5000, "busy_seconds": 2,
        "rows_a_second": 2500}]
    beside = json.loads(measured.apus("analytics", "--json", "--from", str(exported)).stdout)
    assert beside["others"][0]["lock_waits"] == document["lock_waits"]
    assert beside["others"][0]["data_migrations"] == document["data_migrations"]
    rows = list(csv.DictReader(io.StringIO(measured.apus("analytics", "--csv").stdout)))
    assert [(row["direction"], row["lock_wait_seconds"], row["lock_retries"], row["rows"], row["rows_a_second"])
            for row in rows if row["migration"] == ROOMS] == [
        ("down", "", "", "", ""), ("up", "4.5", "2", "5000", "2500.0")]


FILL = "20250104_000000_1.2.0_fill"


def data_migration(project):
    """Twenty rows, a data migration over them, and the release that it belongs to."""
    rows = ", ".join(f"({number})" for number in range(1, 21))
    project.migration(HOUSES, "CREATE TABLE houses (id integer PRIMARY KEY, rooms integer);"
                      f" INSERT INTO houses (id) VALUES {rows};", "DROP TABLE houses;")
    project.migration(FILL, "-- apus: batch table=houses key=id size=5\n"
                      "UPDATE houses SET rooms = 1 WHERE id BETWEEN :start AND :end;",
                      "UPDATE houses SET rooms = NULL;")
    project.write("versions.yaml", "releases:\n  - {version: 1.2.0, date: 2025-01-10}\n")


def figures(project):
    return json.loads(project.apus("analytics", "--json").stdout)


def test_what_was_rolled_back_keeps_its_arrival_and_its_rows_a_second(project):
    data_migration(project)
    project.apus("migrate", "--no-backup")
    before = figures(project)
    project.apus("rollback", "1.2.0", "--no-backup")
    after = figures(project)
    assert [release["version"] for release in after["releases"]] == ["1.0.0", "1.2.0"]
    assert after["releases"][1]["seconds_since_release"] > 0
    assert after["releases"] == before["releases"]
    assert after["data_migrations"] == before["data_migrations"]
    assert after["data_migrations"][0]["rows"] == 20
    assert after["data_migrations"][0]["rows_a_second"] > 0
    # Applied again: the first arrival, and the rows a second of what is there now.
    project.apus("migrate", "--no-backup")
    again = figures(project)
    assert again["releases"] == after["releases"]
    assert len(again["data_migrations"]) == 1


def test_what_was_left_to_the_background_took_the_time_of_its_batches(project):
    data_migration(project)
    project.apus("migrate", "--no-backup", "--background")

    def work(document):
        return {entry["migration"]: entry for entry in document["work"] if entry["direction"] == "up"}

    assert FILL not in work(figures(project)), "its batches are still to be done"
    assert "left to the background" in project.apus("runs", "show", "1").stdout
    project.apus("work")
    done = figures(project)
    [data] = done["data_migrations"]
    assert data["state"] == "done"
    assert work(done)[FILL]["last_seconds"] > data["busy_seconds"] > 0
    project.apus("rollback", "1.2.0", "--no-backup")
    assert work(figures(project))[FILL] == work(done)[FILL]


def test_what_only_waited_is_in_the_table_as_well(sqlite):
    sqlite.migration(HOUSES, "CREATE TABLE houses (id INTEGER PRIMARY KEY);", "DROP TABLE houses;")
    sqlite.apus("migrate")
    sqlite.query("INSERT INTO apus_step_waits (run, migration, direction, waited_us, retries)"
                 f" VALUES (1, '{NEXT}', 'up', 1000000, 1);")
    rows = list(csv.DictReader(io.StringIO(sqlite.apus("analytics", "--csv").stdout)))
    assert [(row["migration"], row["count"], row["median_seconds"], row["lock_wait_seconds"]) for row in rows][1:] == [
        (NEXT, "0", "", "1.0")]


def test_a_document_of_an_earlier_apus_has_no_waits_and_is_read(measured, tmp_path):
    document = json.loads(measured.apus("analytics", "--json").stdout)
    del document["lock_waits"], document["data_migrations"]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(document))
    others = json.loads(measured.apus("analytics", "--json", "--from", str(path)).stdout)["others"]
    assert others[0]["work"] == document["work"]
    assert others[0]["lock_waits"] == []


@pytest.mark.parametrize("postgres", [15, 18], indirect=True)
def test_a_run_keeps_what_it_waited_for_and_what_it_held(postgres):
    postgres.migration(HOUSES, "CREATE TABLE houses (id integer);", "DROP TABLE houses;")
    postgres.migration(ROOMS, "ALTER TABLE houses ADD COLUMN rooms integer;",
                       "ALTER TABLE houses DROP COLUMN rooms;")
    postgres.apus("migrate", "1.0.0", "--no-backup")
    other = postgres.client("BEGIN; LOCK TABLE houses")
    run = postgres.start("migrate", "--no-backup", "--trace-locks", "--lock-timeout", "60s", "--json-stream")
    events = []
    for line in run.stdout:
        events.append(json.loads(line))
        if events[-1]["event"] == "waiting-for-lock":
            other.communicate("COMMIT;\n")
    assert run.wait() == 0, run.stderr.read()
    told = [event for event in events if event["event"] == "waited-for-lock"]
    assert len(told) == 1
    shown = json.loads(postgres.apus("runs", "show", "2", "--json").stdout)
    [locks] = shown["locks"]
    assert (locks["migration"], locks["direction"], locks["retries"]) == (ROOMS, "up", 0)
    assert abs(locks["waited_seconds"] - told[0]["duration_seconds"]) < 0.001
    assert locks["waited_seconds"] > 0
    assert "somebody else" in locks["holder"]
    assert [(lock["relation"], lock["mode"], lock["statement"]) for lock in locks["held"]] == [
        ("public.houses", "ACCESS EXCLUSIVE", 1)]
    text = postgres.apus("runs", "show", "2").stdout
    assert f"      waited {locks['waited_seconds']:.2f} s for pid " in text
    assert "      statement 1 locked public.houses: ACCESS EXCLUSIVE for " in text
    figures = json.loads(postgres.apus("analytics", "--json").stdout)["lock_waits"]
    assert [(wait["migration"], wait["runs"]) for wait in figures] == [(ROOMS, 1)]
    assert figures[0]["total_seconds"] == locks["waited_seconds"]


@pytest.mark.parametrize("postgres", [15], indirect=True)
def test_a_run_keeps_how_often_a_step_was_tried_again(postgres):
    postgres.migration(HOUSES, "CREATE TABLE houses (id integer);", "DROP TABLE houses;")
    postgres.migration(ROOMS, "ALTER TABLE houses ADD COLUMN rooms integer;",
                       "ALTER TABLE houses DROP COLUMN rooms;")
    postgres.apus("migrate", "1.0.0", "--no-backup")
    other = postgres.client("BEGIN; LOCK TABLE houses")
    run = postgres.start("migrate", "--no-backup", "--lock-timeout", "1500ms", "--json-stream")
    retries, waited = 0, 0
    for line in run.stdout:
        event = json.loads(line)
        waited += event["duration_seconds"] if event["event"] == "waited-for-lock" else 0
        retries += event["event"] == "retrying"
        if event["event"] == "retrying" and event["index"] == 2:
            other.communicate("COMMIT;\n")
    assert run.wait() == 0, run.stderr.read()
    assert retries >= 2
    # What each attempt waited for, as far as it was seen: a second and a half at most.
    assert 0 < waited <= 1.6 * (retries + 1)
    [locks] = json.loads(postgres.apus("runs", "show", "2", "--json").stdout)["locks"]
    assert locks["retries"] == retries
    assert abs(locks["waited_seconds"] - waited) < 0.001
    assert f"tried again {retries} times" in postgres.apus("runs", "show", "2").stdout
