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
