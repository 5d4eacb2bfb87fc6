"""`apus lint`, from outside: what it prints, in text, JSON and annotations, and what it asks of whom."""

import json
import shutil

from conftest import ROOT, psql
from golden import Transcript

GUESTS = ("CREATE TABLE guests (id bigint PRIMARY KEY, family_name text, phone text);", "DROP TABLE guests;")
INDEX = ("CREATE INDEX guests_name_idx ON guests (family_name);", "DROP INDEX guests_name_idx;")


def folder(project, *more):
    project.migration("20250101_000000_1.0.0_guests", *GUESTS)
    project.migration("20250102_000000_1.1.0_index", *INDEX)
    for name, up, down in more:
        project.migration(name, up, down)
    return project


def test_findings_in_every_form(postgres):
    folder(
        postgres,
        ("20250103_000000_1.2.0_more",
         "ALTER TABLE guests\n    ADD COLUMN token uuid DEFAULT gen_random_uuid(),\n    DROP COLUMN phone;\n"
         "ALTER TABLE guests ADD CONSTRAINT n NOT NULL family_name NOT VALID;",
         "-- apus: allow drop-table-loses-data nothing is dropped\nALTER TABLE guests ADD COLUMN phone text;"))
    script = Transcript(postgres)
    for command in [
        "lint", "lint --json", "lint --format github", "lint -q", "lint --json --format github",
        "lint migrations/20250101_000000_1.0.0_guests.sql", "lint migrations/none.sql", "lint --plan migrations/none.sql",
    ]:
        script.run(*command.split(), DATABASE_URL="")
    postgres.write("apus.yaml", "lint:\n  index-without-concurrently: off\n"
                   "environments:\n  production:\n    lint:\n      drop-table-loses-data: warning\n")
    script.run("lint", "-q", DATABASE_URL="")
    postgres.write("apus.yaml", "lint:\n  index-without-concurently: off\n  drop-column-loses-data: fatal\n"
                   "environments:\n  production:\n    lint: [off]\n    lints: 1\n")
    script.run("lint", DATABASE_URL="")
    postgres.write("apus.yaml", "lint:\n  index-without-concurently: off\n  drop-column-loses-data: fatal\n"
                   "environments:\n  production:\n    lint: [off]\n")
    script.run("lint", DATABASE_URL="")
    script.check("lint")


def test_a_clean_folder_and_a_broken_file(postgres):
    folder(postgres)
    script = Transcript(postgres)
    (postgres.folder / "migrations/20250102_000000_1.1.0_index.sql").unlink()
    script.run("lint", DATABASE_URL="")
    postgres.migration("20250102_000000_1.1.0_index", "CREATE INDEX CONCURRENTLY i ON guests (phone);", "DROP INDEX i;")
    for command in ["lint", "lint --json", "lint migrations/20250102_000000_1.1.0_index.sql"]:
        script.run(*command.split(), DATABASE_URL="")
    script.check("lint-broken-file")


def test_by_the_plan_and_by_the_tables_of_the_target(postgres):
    folder(postgres)
    # What the same plan makes is known to be empty.
    assert findings(postgres, "--plan") == [("notice", "drop-table-loses-data")]
    postgres.apus("migrate", "1.0.0")
    assert findings(postgres, "--plan") == [("error", "index-without-concurrently")]
    # A small table makes it a notice.
    assert findings(postgres, "--plan", "--live") == [("notice", "index-without-concurrently")]
    psql(postgres.url, "INSERT INTO guests SELECT n, 'a name', NULL FROM generate_series(1, 20000) n; ANALYZE guests")
    document = json.loads(postgres.apus("lint", "--plan", "--live", "--json", expecting=7).stdout)
    [finding] = document["findings"]
    assert finding["level"] == "error"
    assert finding["details"][0].startswith("in the target database guests has about 20000 rows, ")
    assert document["target"]["name"]


def test_looking_changes_nothing_and_works_on_sqlite(sqlite):
    sqlite.migration("20250101_000000_1.0.0_guests", "CREATE TABLE guests (id INTEGER PRIMARY KEY);", "DROP TABLE guests;")
    sqlite.migration("20250102_000000_1.1.0_drop", "DROP TABLE guests;", "CREATE TABLE guests (id INTEGER PRIMARY KEY);")
    assert findings(sqlite, "--live") == [("notice", "drop-table-loses-data"), ("error", "drop-table-loses-data")]
    assert not list(sqlite.folder.glob("*.db"))
    sqlite.apus("migrate", "1.0.0")
    assert findings(sqlite, "--plan", "--live") == [("error", "drop-table-loses-data")]


def test_the_example_is_clean_but_for_what_undoing_loses(sqlite):
    shutil.copytree(ROOT / "Examples/GuestRegistration", sqlite.folder, dirs_exist_ok=True)
    document = json.loads(sqlite.apus("lint", "--json").stdout)
    assert {(finding["level"], finding["section"]) for finding in document["findings"]} <= {("notice", "down")}
    assert document["not_examined"] == 0 and document["files"] == 24


def findings(project, *options):
    output = project.apus("lint", *options, "--json", expecting=None).stdout
    return [(finding["level"], finding["rule"]) for finding in json.loads(output)["findings"]]
