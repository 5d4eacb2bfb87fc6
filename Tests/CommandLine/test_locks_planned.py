"""The locks that a plan predicts, with the size and the use of the tables."""

import json


def fill(project):
    project.migration("20250101_000000_1.0.0_guests",
                      "CREATE TABLE trips (id bigint PRIMARY KEY);\n"
                      "CREATE TABLE guests (id bigint, name text, trip_id bigint);",
                      "DROP TABLE guests;\nDROP TABLE trips;")
    project.apus("migrate", "-q")


def plan(project, *arguments):
    return json.loads(project.apus("plan", "--json", *arguments).stdout)


def test_a_plan_says_what_its_statements_lock(postgres):
    fill(postgres)
    postgres.query("INSERT INTO guests SELECT n, 'x' FROM generate_series(1, 20000) n; ANALYZE guests;")
    postgres.migration("20250102_000000_1.1.0_more",
                       "CREATE TABLE notes (guest_id bigint);\n"
                       "CREATE INDEX ON notes (guest_id);\n"
                       "ALTER TABLE guests ALTER COLUMN id TYPE numeric;\n"
                       "ALTER TABLE guests ADD FOREIGN KEY (trip_id) REFERENCES trips (id);\n"
                       "SELECT count(*) FROM guests;\n"
                       "DO 'BEGIN END';\n"
                       "ALTER TABLE notes ADD COLUMN text text;",
                       "DROP TABLE notes;")
    lines = [line.strip() for line in postgres.apus("plan").stdout.splitlines()
             if "lock" in line]
    # The size differs between the servers' versions.
    size, lines[0] = lines[0].split("(")[1].split(",")[0], lines[0].replace(
        lines[0].split("(")[1].split(",")[0], "SIZE")
    assert size.endswith(" KB")
    assert lines[0].split(": ")[1] == "ACCESS EXCLUSIVE, rewrite"
    assert lines[0].startswith("statement 3 locks guests (SIZE, ")
    assert [line.split(" (")[0] for line in lines[1:3]] == ["statement 4 locks guests",
                                                           "statement 4 locks trips"]
    assert [line.split(": ")[1] for line in lines[1:3]] == ["SHARE ROW EXCLUSIVE, scan",
                                                           "SHARE ROW EXCLUSIVE"]
    assert lines[3:] == ["statement 6 may lock what is not known here"]

    [step] = plan(postgres)["steps"]
    first = step["locks"][0]
    assert (first["relation"], first["mode"], first["statement"]) == ("guests", "ACCESS EXCLUSIVE", 3)
    assert first["rewrite"] and first["scan"] and first["rows"] == 20000
    assert first["bytes"] > 500_000
    assert step["locks_not_known"] == [6]
    # A query's lock is in the document, and no line of the text.
    assert {"relation": "guests", "mode": "ACCESS SHARE", "statement": 5}.items() <= step["locks"][3].items()
    assert not any(lock["relation"] == "notes" for lock in step["locks"])


def test_a_table_that_somebody_holds_does_not_hold_up_the_plan(postgres):
    fill(postgres)
    postgres.migration("20250102_000000_1.1.0_more", "ALTER TABLE guests ADD COLUMN note text;",
                       "ALTER TABLE guests DROP COLUMN note;")
    holder = postgres.client("BEGIN; LOCK TABLE public.guests")
    try:
        shown = postgres.apus("plan").stdout
    finally:
        holder.communicate()
    assert "locks guests: ACCESS EXCLUSIVE" in shown
    assert "The tables' sizes are not known: " in shown


def test_nothing_is_predicted_where_locks_are_not_those_of_tables(sqlite):
    sqlite.migration("20250101_000000_1.0.0_guests", "CREATE TABLE guests (id integer);",
                     "DROP TABLE guests;")
    [step] = plan(sqlite)["steps"]
    assert "locks" not in step and "locks_not_known" not in step
    assert " lock" not in sqlite.apus("plan").stdout
