"""The output of every command, in success and in failure, is pinned."""

import json
import os
import shutil
import subprocess
import time
from urllib.parse import urlsplit, urlunsplit

import pytest

from conftest import ROOT, first_releases, psql
from golden import Transcript, normalised

UP_DOWN = ("CREATE TABLE houses (id INTEGER PRIMARY KEY, name TEXT NOT NULL);", "DROP TABLE houses;")


@pytest.fixture
def two(sqlite):
    """A project of its own with two migrations."""
    sqlite.migration("20250101_000000_1.0.0_houses", *UP_DOWN)
    sqlite.migration(
        "20250102_000000_1.1.0_rooms",
        "CREATE TABLE rooms (id INTEGER PRIMARY KEY, house INTEGER NOT NULL REFERENCES houses (id));",
        "DROP TABLE rooms;",
    )
    return sqlite


def test_the_whole_way_of_guest_registration(guest_registration):
    script = Transcript(guest_registration)
    for command in [
        "status", "status --exit-code", "plan", "migrate 1.0.0", "plan --sql", "migrate",
        "migrate", "status --exit-code", "backup", "backup list", "rollback 1.1.0",
        "rollback 1.1.0", "migrate --dry-run", "migrate", "version current", "version info",
        "version changelog 1.1.0", "version changelog", "version compatibility",
        "version compatibility 1.0.0", "version compatibility 0.9.0", "version history",
        "version path 1.0.0 1.2.0", "version path 1.1.0 1.0.0", "runs list", "runs show 1",
        "verify", "rollback --to 1.0.0", "rollback --steps 1", "runs show 2",
    ]:
        script.run(*command.split())
    script.check("guest-registration")


def test_every_report_is_one_json_document(guest_registration):
    script = Transcript(guest_registration)
    for command in [
        "status", "plan", "migrate", "migrate", "backup", "backup list", "verify",
        "version current", "version info", "version changelog 1.1.0",
        "version compatibility 1.0.0", "version history", "version path 1.0.0 1.1.0",
        "runs list", "runs show 1", "graph", "rollback 1.1.0", "rollback 9.9.9", "explain late-migration",
        "create-migration 9.9.9 add_things",
    ]:
        script.run(*command.split(), "--json")
    script.check("json")


def test_what_is_scheduled_and_what_is_confirmed(two):
    two.apus("migrate", "1.0.0", "--no-backup")
    script = Transcript(two)
    for command in [
        ["schedule"], ["schedule", "migrate", "--at", "2099-06-28 02:30 Europe/Ljubljana"],
        ["schedule", "rollback", "1.0.0", "--window", "2099-06-28 02:00-03:00 Europe/Ljubljana"],
        ["schedule", "migrate", "--at", "2099-03-29 02:30 Europe/Ljubljana"],
        ["schedule", "migrate", "--at", "2099-10-25 02:30 Europe/Ljubljana", "--dry-run"],
        ["schedule", "migrate", "--at", "2099-06-28 02:30 Europe/Lubljana"],
        ["schedule", "migrate", "--at", "2020-06-28 02:30 Europe/Ljubljana"],
        ["schedule", "migrate", "--window", "Sun 02:00-02:00 UTC"],
        ["schedule", "migrate", "--window", "Sonday 02:00-03:00 UTC"],
        ["schedule", "list"], ["schedule", "show", "1"], ["schedule", "show", "1", "--json"],
        ["status"], ["doctor"], ["run-due"], ["run-due", "--json"], ["schedule", "cancel", "1"],
        ["schedule", "cancel", "1"], ["schedule", "cancel", "7"], ["schedule", "list", "--json"],
        ["migrate", "--no-backup", "--revert-unless-confirmed", "30m", "--no-wait"], ["status"],
        ["schedule", "list"], ["schedule", "cancel", "2"], ["confirm", "9"], ["confirm", "2"],
        ["confirm", "2"], ["schedule", "show", "2"],
    ]:
        script.run(*command)
    script.check("schedule")


def test_a_stream_of_events(two):
    script = Transcript(two)
    script.run("migrate", "--json-stream", "--no-backup")
    script.check("json-stream")


def test_a_new_project_from_init_to_the_first_migration(sqlite):
    (sqlite.folder / "migrations").rmdir()
    script = Transcript(sqlite)
    for command in ["init --engine sqlite", "init --engine sqlite", "status",
                    "create-migration 9.1.0 add_new_feature", "migrate",
                    "create-migration 9.1.0 add_new_feature", "create-migration 9.0 bad",
                    "create-migration 9.2.0 bad/name"]:
        script.run(*command.split())
    script.check("init")


def test_create_initial_and_baseline_take_over_an_existing_database(sqlite):
    sqlite.query("CREATE TABLE houses (id INTEGER PRIMARY KEY); CREATE INDEX h ON houses (id);")
    script = Transcript(sqlite)
    for command in ["status", "migrate", "create-initial"]:
        script.run(*command.split())
    written = next((sqlite.folder / "migrations").glob("*.sql"))
    written.rename(written.with_name("20250101_000000_1.0.0_initial_schema.sql"))
    for command in ["baseline 1.0.0 --dry-run", "baseline 1.0.0", "baseline 1.0.0", "status",
                    "migrate"]:
        script.run(*command.split())
    script.check("baseline")


def test_baseline_zero_accepts_tables_that_belong_to_no_migration(two):
    two.query("CREATE TABLE others (id INTEGER);")
    script = Transcript(two)
    for command in ["baseline 0.0.0", "status", "migrate --no-backup"]:
        script.run(*command.split())
    script.check("baseline-zero")


def test_missing_files_come_back_byte_for_byte(two):
    two.apus("migrate", "--no-backup")
    path = two.folder / "migrations/20250101_000000_1.0.0_houses.sql"
    kept = path.read_bytes()
    path.unlink()
    script = Transcript(two)
    for command in ["status", "migrate", "verify", "create-initial", "status"]:
        script.run(*command.split())
    assert path.read_bytes() == kept
    script.check("create-initial-restores")


def test_edited_files_are_drift(two):
    two.apus("migrate", "--no-backup")
    path = two.folder / "migrations/20250101_000000_1.0.0_houses.sql"
    text = path.read_text()
    script = Transcript(two)
    path.write_text(text.replace("-- Up Migration\n", "-- Up Migration\n-- a new comment\n"))
    for command in ["status --exit-code", "verify"]:
        script.run(*command.split())
    path.write_text(text.replace("name TEXT NOT NULL", "name TEXT"))
    for command in ["status --exit-code", "migrate", "verify", "verify --format github",
                    "rollback --steps 2 --no-backup"]:
        script.run(*command.split())
    script.check("drift")


def test_dependencies_that_contradict(two):
    """Against the declared paths, and against what the history recorded; then what may come late."""
    two.apus("migrate", "1.0.0", "--no-backup")
    rooms = two.folder / "migrations/20250102_000000_1.1.0_rooms.sql"
    text = rooms.read_text()
    rooms.write_text("-- apus: depends-on 1.2.0/more\n" + text)
    two.migration("20250103_000000_1.2.0_more", "CREATE TABLE more (id INTEGER);", "DROP TABLE more;",
                  header="-- apus: depends-on 1.0.0/houses\n")
    two.write("versions.yaml", "upgrade_paths:\n  1.0.0: [1.1.0]\n  1.1.0: [1.2.0]\n")
    script = Transcript(two)
    for command in ["migrate --no-backup", "migrate 1.1.0 --no-backup"]:
        script.run(*command.split())
    two.write("versions.yaml", "upgrade_paths:\n  1.0.0: [1.1.0, 1.2.0]\n")
    script.run("migrate", "--no-backup")
    rooms.write_text("-- apus: depends-on 1.0.0/houses\n" + text)
    for command in ["status --exit-code", "verify", "migrate", "repair accept 1.1.0 --yes --no-backup", "status --exit-code"]:
        script.run(*command.split())
    two.migration("20250101_120000_1.0.5_aside", "CREATE TABLE aside (id INTEGER);", "DROP TABLE aside;")
    for command in ["status", "migrate 1.0.5 --no-backup"]:
        script.run(*command.split())
    script.check("dependencies")


def test_the_graph_in_every_form(two):
    """A branch that stands aside, on a database that is at the first; then the files alone."""
    for number in range(3):
        two.migration(f"20250103_00000{number}_1.2.{number}_step{number}", "SELECT 1;", "SELECT 1;")
    two.apus("migrate", "--no-backup")
    two.migration("20250104_000000_1.3.0_aside", "SELECT 1;", "SELECT 1;",
                  header="-- apus: depends-on 1.0.0/houses\n")
    two.migration("20250105_000000_1.4.0_joined", "SELECT 1;", "SELECT 1;")
    script = Transcript(two)
    for command in ["graph", "graph --all", "graph --files", "graph -q", "graph --format dot", "graph --format mermaid",
                    "graph --format svg", "graph --json", "graph --json --format svg", "graph --format pdf"]:
        script.run(*command.split())
    two.migration("20250106_000000_1.5.0_lost", "SELECT 1;", "SELECT 1;", header="-- apus: depends-on 1.4.0/joint\n")
    for command in ["graph", "graph --files --json"]:
        script.run(*command.split())
    script.check("graph")


def test_a_failing_statement(two):
    two.migration("20250103_000000_1.2.0_broken",
                  "CREATE TABLE guests (id INTEGER);\nINSERT INTO guests (nmae)\n  VALUES ('é');",
                  "DROP TABLE guests;")
    script = Transcript(two)
    for command in ["migrate --no-backup", "status", "runs show 1", "migrate --no-backup"]:
        script.run(*command.split())
    script.check("statement-failed")


def test_a_partial_migration_is_resumed_or_taken_back(two):
    identifier = "20250103_000000_1.2.0_midway"
    two.migration(identifier,
                  "-- apus: no-transaction\nCREATE TABLE a (id INTEGER);\n"
                  "INSERT INTO later VALUES (1);\nCREATE TABLE b (id INTEGER);",
                  "-- apus: no-transaction\nDROP TABLE IF EXISTS b;\nDROP TABLE IF EXISTS a;")
    script = Transcript(two)
    script.run("migrate", "--no-backup")
    script.run("status")
    script.run("migrate", "--no-backup")
    two.query("CREATE TABLE later (id INTEGER);")
    script.run("migrate", "--no-backup")
    script.run("rollback", "1.2.0", "--no-backup")
    two.query("DROP TABLE later;")
    script.run("migrate", "--no-backup")
    script.run("rollback", "1.2.0", "--no-backup")
    script.run("status")
    script.check("partial")


def test_what_stands_against_a_plan(two):
    script = Transcript(two)
    script.run("migrate", "9.9.9")
    script.run("migrate", "1.x")
    script.run("rollback", "1.0.0")
    two.apus("migrate", "--no-backup")
    script.run("rollback", "1.0.0")
    script.run("rollback", "1.0.0", "--cascade", "--dry-run")
    script.run("rollback", "--to", "1.0.5")
    two.migration("20250101_120000_1.0.5_late", "CREATE TABLE late (id INTEGER);", "DROP TABLE late;")
    script.run("status")
    script.run("migrate")
    script.run("migrate", "--allow-out-of-order", "--no-backup")
    two.migration("20250109_000000_1.9.0_circle", "SELECT 1;", "SELECT 1;",
                  header="-- apus: depends-on 2.0.0/round\n")
    two.migration("20250110_000000_2.0.0_round", "SELECT 1;", "SELECT 1;",
                  header="-- apus: depends-on 1.9.0/circle\n")
    script.run("migrate")
    script.check("refusals")


def test_an_irreversible_migration(two):
    two.write("migrations/20250103_000000_1.2.0_gone.sql",
              "-- Up Migration\nDROP TABLE rooms;\n-- Down Migration (Rollback)\n"
              "-- apus: irreversible the rooms are gone\n")
    two.apus("migrate", "--no-backup")
    script = Transcript(two)
    script.run("rollback", "1.2.0")
    script.check("irreversible")


def test_production_asks_or_refuses(two):
    script = Transcript(two)
    for command in ["migrate --environment production", "migrate --environment production --yes",
                    "rollback 1.1.0 --environment production --yes",
                    "rollback 1.1.0 --environment production --yes --confirm other.db",
                    "rollback 1.1.0 --environment production --yes --confirm test.db"]:
        script.run(*command.split())
    two.write("versions.yaml",
              "application: {version: 1.1.0}\nreleases:\n  - version: 1.1.0\n"
              "    breaking_changes: [rooms belong to houses]\n")
    script.run("migrate", "--environment", "production", "--yes")
    script.run("migrate", "--environment", "production", "--yes", "--accept-breaking", "1.1.0")
    script.check("production")


def test_upgrade_paths_and_applications(two):
    two.write("versions.yaml",
              "application: {version: 1.0.0, minimum_database: 1.0.0}\n"
              "releases:\n  - {version: 1.0.0}\n  - {version: 1.1.0, minimum_application: 1.1.0}\n"
              "upgrade_paths:\n  1.0.0: [1.2.0]\n  1.1.0: [1.2.0]\n")
    script = Transcript(two)
    script.run("migrate", "1.0.0")
    script.run("migrate", "1.1.0")
    two.write("versions.yaml",
              "application: {version: 1.0.0, minimum_database: 1.0.0}\n"
              "releases:\n  - {version: 1.0.0}\n  - {version: 1.1.0, minimum_application: 1.1.0}\n")
    script.run("migrate")
    script.run("migrate", "--application", "1.1.0", "--no-backup")
    script.run("version", "compatibility")
    script.check("upgrade-paths")


@pytest.mark.parametrize("case", [
    ("header", "-- Migration: 1.0.1 - other\n-- Up Migration\nSELECT 1;\n-- Down Migration (Rollback)\nSELECT 1;\n"),
    ("no-up", "CREATE TABLE a (id INTEGER);\n"),
    ("no-down", "-- Up Migration\nSELECT 1;\n"),
    ("empty-sections", "-- Up Migration\n-- nothing\n-- Down Migration (Rollback)\n"),
    ("second-up", "-- Up Migration\nSELECT 1;\n-- Up Migration\nSELECT 2;\n-- Down Migration (Rollback)\nSELECT 1;\n"),
    ("directive", "-- Up Migration\n-- apus: no-transacton\nSELECT 1;\n-- Down Migration (Rollback)\nSELECT 1;\n"),
    ("directive-argument", "-- Up Migration\n-- apus: lock-timeout soon\nSELECT 1;\n-- Down Migration (Rollback)\nSELECT 1;\n"),
    ("commit", "-- Up Migration\nCREATE TABLE a (id INTEGER);\nCOMMIT;\nSELECT 2;\n-- Down Migration (Rollback)\nSELECT 1;\n"),
    ("vacuum", "-- Up Migration\nVACUUM;\n-- Down Migration (Rollback)\nSELECT 1;\n"),
    ("shell", "-- Up Migration\n.tables\nSELECT 1;\n-- Down Migration (Rollback)\nSELECT 1;\n"),
    ("unterminated", "-- Up Migration\nSELECT 'never;\n-- Down Migration (Rollback)\nSELECT 1;\n"),
    ("nul", b"-- Up Migration\nSELECT '\x00';\n-- Down Migration (Rollback)\nSELECT 1;\n"),
    ("utf8", b"-- Up Migration\nSELECT '\xff';\n-- Down Migration (Rollback)\nSELECT 1;\n"),
    ("depends", "-- apus: depends-on 0.9.0/nothing\n-- Up Migration\nSELECT 1;\n-- Down Migration (Rollback)\nSELECT 1;\n"),
], ids=lambda case: case[0])
def test_a_bad_file_is_refused_and_nothing_is_touched(sqlite, case):
    name, text = case
    sqlite.write("migrations/20250101_000000_1.0.0_first.sql", text)
    script = Transcript(sqlite)
    script.run("migrate")
    assert not (sqlite.folder / "test.db").exists()
    script.check(f"bad-file-{name}")


def test_bad_names_folders_and_configuration(sqlite):
    script = Transcript(sqlite)
    for name in ["first.sql", "20250101_000000_1.0_first.sql", "20251301_000000_1.0.0_first.sql"]:
        path = sqlite.write(f"migrations/{name}", "-- Up Migration\nSELECT 1;\n")
        script.run("status")
        path.unlink()
    script.run("status", "--migrations", "nowhere")
    sqlite.write("apus.yaml", "migrations: [a\n")
    script.run("status")
    script.run("--version")
    sqlite.write("apus.yaml", "migratons: elsewhere\n")
    script.run("status")
    sqlite.write("apus.yaml", "migrations: migrations\n")
    sqlite.write("versions.yaml", "application: {version: 1.0}\n")
    script.run("status")
    script.run("status", "--versions", "nowhere.yaml")
    script.run("status", "--config", "nowhere.yaml")
    (sqlite.folder / "versions.yaml").unlink()
    script.run("status", "--lock-timeout", "soon")
    script.run("status", "--database-url", "mysql://localhost/x")
    script.run("runs", "show", "7")
    script.run("backup", "verify", "none.sqlite")
    script.run("explain", "late-migraton")
    script.run("stauts")
    script.run("rollback")
    script.check("configuration")


def newest(project):
    return json.loads(project.apus("backup", "list", "--json").stdout)["backups"][0]["name"]


def test_backups_and_restores(two):
    two.apus("migrate", "1.0.0", "--no-backup", "-q")
    script = Transcript(two)
    script.run("backup")
    first = newest(two)
    script.run("migrate", "-q")
    for command in ["backup list", "backup verify", f"backup verify {first}", f"restore {first}",
                    f"restore {first} --swap", "runs list --database-url sqlite:test_restored.db",
                    f"restore {first} --into test.db", "restore --swap --into test_restored.db",
                    "status", "migrate", "restore --swap", "restore --swap --into test_restored.db",
                    "backup prune", "backup prune --keep 1 --dry-run", "backup prune --keep 1",
                    "backup list", "restore nothing", "restore migrations/nothing"]:
        script.run(*command.split())
    path = two.folder / "backups" / newest(two)
    data = bytearray(path.read_bytes())
    data[2000] ^= 1
    path.write_bytes(data)
    for command in ["backup list", "backup verify", f"restore {path.name}",
                    "backup prune --keep 1", "backup verify --json"]:
        script.run(*command.split())
    path.write_text("CREATE TABLE evil (a);")
    script.run("restore", path.name)
    script.check("restore")


def test_backups_and_restores_as_json(two):
    two.apus("migrate", "--no-backup", "-q")
    script = Transcript(two)
    for _ in range(2):
        script.run("backup", "--json")
    for command in ["backup verify --json", f"restore {newest(two)} --json",
                    "restore --swap --into test_restored.db --json",
                    f"restore {newest(two)} --swap --json", "backup prune --keep 1 --json",
                    f"restore {newest(two)} --into test.db --json"]:
        script.run(*command.split())
    script.check("restore-json")


def test_a_backup_of_ones_own_and_settings_that_are_wrong(two):
    two.apus("migrate", "1.0.0", "--no-backup", "-q")
    script = Transcript(two)
    two.write("apus.yaml", "backup_command: echo tape 7 && exit 3\n")
    script.run("migrate")
    script.run("runs", "show", "2")
    two.write("apus.yaml", "backup_command: echo tape 7\n")
    script.run("migrate")
    script.run("backup", "list")
    script.run("restore", newest(two))
    two.write("apus.yaml", "backup_verify_command: 'true'\n")
    script.run("backup")
    two.write("apus.yaml", "backup_keep: none\n")
    script.run("backup")
    two.write("apus.yaml", "backup: sometimes\n")
    script.run("migrate")
    two.write("apus.yaml", "environments:\n  production: {environment: x, backups: [a]}\n  ci: 7\n")
    script.run("status")
    script.check("backup-command")


def test_a_restore_on_postgres(postgres):
    postgres.migration("20250101_000000_1.0.0_houses", *UP_DOWN)
    postgres.apus("migrate", "-q")
    script = Transcript(postgres)
    script.run("backup")
    name = newest(postgres)
    live = urlsplit(postgres.url).path[1:]
    script.run("restore", name)
    client = postgres.client("SELECT 1")
    script.run("restore", "--swap", "--into", f"{live}_restored")
    script.run("restore", "--swap", "--into", f"{live}_restored", "--end-connections")
    client.kill()
    client.communicate()
    script.run("restore", name, "--into", "a=b")
    script.run("restore", name, "--into", "postgres")
    script.check("postgres-restore")


def test_a_folder_as_database_and_a_text_file_as_database(sqlite):
    sqlite.migration("20250101_000000_1.0.0_houses", *UP_DOWN)
    sqlite.write("text.db", "this is no database, but it is long enough to be looked at closely\n" * 20)
    script = Transcript(sqlite)
    script.run("status", DATABASE_URL="sqlite:nowhere/test.db")
    script.run("status", DATABASE_URL="sqlite:text.db")
    script.run("migrate", DATABASE_URL="sqlite:text.db")
    script.check("sqlite-unreachable")


def test_a_foreign_table_in_the_place_of_the_registry(two):
    two.query("CREATE TABLE apus_migrations (anything TEXT); INSERT INTO apus_migrations VALUES ('x');")
    script = Transcript(two)
    script.run("status")
    script.run("migrate")
    assert two.query("SELECT * FROM apus_migrations") == [["x"]]
    script.check("registry-foreign")


def test_changes_made_by_hand_are_named(two):
    two.apus("migrate", "--no-backup")
    script = Transcript(two)
    script.run("verify")
    script.run("schema", "diff")
    two.query("ALTER TABLE houses ADD COLUMN by_hand TEXT; CREATE INDEX houses_name ON houses (name);"
              " DROP TABLE rooms;")
    for command in ["verify", "verify --json", "verify --format github", "schema diff --exit-code",
                    "schema diff live recorded", "schema diff --json"]:
        script.run(*command.split())
    two.migration("20250103_000000_1.2.0_guests", "CREATE TABLE guests (id INTEGER);",
                  "DROP TABLE guests;")
    for command in ["migrate --no-backup", "verify", "runs show 2 --json"]:
        script.run(*command.split())
    script.check("schema-drift")


def test_a_rollback_that_leaves_something_is_told(sqlite):
    sqlite.migration("20250101_000000_1.0.0_houses", *UP_DOWN)
    sqlite.migration("20250102_000000_1.1.0_rooms",
                     "CREATE TABLE rooms (id INTEGER PRIMARY KEY);\nCREATE INDEX left_over ON houses (id);",
                     "DROP TABLE rooms;")
    sqlite.apus("migrate", "--no-backup")
    script = Transcript(sqlite)
    for command in ["rollback 1.1.0 --no-backup", "verify"]:
        script.run(*command.split())
    script.check("schema-not-restored")


def test_schemas_are_shown_and_compared(two):
    script = Transcript(two)
    script.run("schema", "diff")
    two.apus("migrate", "--no-backup")
    script.run("schema", "show")
    two.write("before.json", script.run("schema", "show", "--json").stdout)
    two.query("ALTER TABLE houses ADD COLUMN by_hand TEXT")
    for command in ["schema diff before.json", "schema diff before.json recorded",
                    "schema diff before.json none.json"]:
        script.run(*command.split())
    two.write("edited.json", (two.folder / "before.json").read_text().replace("houses", "hauses"))
    script.run("schema", "diff", "edited.json")
    script.run("explain", "schema-drift")
    script.check("schema")


def test_changes_made_by_hand_on_postgres(postgres):
    postgres.migration(
        "20250101_000000_1.0.0_guests",
        "CREATE TABLE guests (id integer PRIMARY KEY, locale text);\n"
        "CREATE FUNCTION greet() RETURNS text LANGUAGE sql AS $$ SELECT 'hello' $$;",
        "DROP TABLE guests;\nDROP FUNCTION greet();")
    postgres.apus("migrate", "--no-backup")
    script = Transcript(postgres)
    script.run("verify")
    postgres.query(
        "SET search_path = public; ALTER TABLE guests ALTER COLUMN locale TYPE varchar(10);"
        " CREATE INDEX guests_locale ON guests (locale); CREATE TABLE houses (id integer);"
        " GRANT SELECT ON guests TO PUBLIC; COMMENT ON TABLE guests IS 'by hand';"
        " CREATE OR REPLACE FUNCTION greet() RETURNS text LANGUAGE sql AS $$ SELECT 'bye' $$")
    for command in ["verify", "schema diff --exit-code", "schema diff --ignore-roles"]:
        script.run(*command.split())
    script.check("postgres-schema-drift")


def test_help_of_every_command(sqlite):
    script = Transcript(sqlite)
    for command in ["", "init", "status", "plan", "migrate", "rollback", "backup", "backup now",
                    "backup list", "backup verify", "backup prune", "restore", "create-migration",
                    "create-initial", "lock", "baseline", "verify", "lint", "repair", "repair list",
                    "repair accept", "repair mark-applied", "repair mark-reverted", "repair resume",
                    "doctor", "wait", "schedule", "schedule migrate", "schedule rollback",
                    "schedule list", "schedule show", "schedule cancel", "run-due", "confirm",
                    "serve", "password",
                    "version", "version current", "version info", "version changelog",
                    "version compatibility", "version history", "version path", "runs",
                    "runs list", "runs show", "schema", "schema show", "schema diff", "graph", "analytics", "explain"]:
        script.run(*command.split(), "--help")
    script.check("help")


def test_explain_lists_every_code(sqlite):
    script = Transcript(sqlite)
    script.run("explain")
    script.run("explain", "late-migration")
    script.run("explain", "index-without-concurrently")
    script.run("explain", "index-without-concurently")
    script.check("explain")


def test_guest_registration_on_postgres(postgres):
    shutil.copytree(ROOT / "Examples/GuestRegistration", postgres.folder, dirs_exist_ok=True)
    first_releases(postgres.folder)
    script = Transcript(postgres)
    for command in ["status", "migrate 1.0.0", "migrate", "rollback 1.1.0", "migrate", "status",
                    "backup list", "version info", "runs list", "runs show 2"]:
        script.run(*command.split())
    script.check("postgres-guest-registration")


def test_postgres_points_into_the_file(postgres):
    postgres.migration(
        "20250101_000000_1.0.0_guests",
        "CREATE TABLE guests (id integer, language text);",
        "DROP TABLE guests;")
    postgres.migration(
        "20250102_000000_1.1.0_locale",
        "ALTER TABLE guests ADD COLUMN locale text;\n"
        "UPDATE guests SET locale = langauge;",
        "ALTER TABLE guests DROP COLUMN locale;")
    script = Transcript(postgres)
    script.run("migrate")
    script.run("status")
    script.check("postgres-statement-failed")


def test_postgres_enum_value_is_reported_before_it_is_refused(postgres):
    """F31: said by the plan, and what the server then refuses is rolled back."""
    postgres.migration("20250101_000000_1.0.0_moods",
                       "CREATE TYPE mood AS ENUM ('glad');\nCREATE TABLE guests (mood mood);",
                       "DROP TABLE guests;\nDROP TYPE mood;")
    postgres.migration("20250102_000000_1.1.0_calm",
                       "ALTER TYPE mood ADD VALUE 'calm';\nINSERT INTO guests VALUES ('calm');",
                       "DELETE FROM guests;")
    script = Transcript(postgres)
    script.run("migrate", "1.0.0")
    script.run("plan")
    script.run("migrate", "--no-backup")
    script.check("postgres-enum-value")


def test_postgres_unreachable_or_with_a_wrong_password(postgres):
    postgres.migration("20250101_000000_1.0.0_houses", *UP_DOWN)
    script = Transcript(postgres)
    script.run("status", DATABASE_URL="postgres://someone:secret-word@127.0.0.1:1/nowhere")
    result = script.run(
        "migrate", DATABASE_URL=postgres.url.replace(":apus-test@", ":secret-word@"))
    assert "secret-word" not in result.stdout + result.stderr
    script.run("migrate", DATABASE_URL=postgres.url + "_missing")
    script.check("postgres-unreachable")


def test_postgres_without_rights(postgres):
    """F58"""
    postgres.migration("20250101_000000_1.0.0_houses", *UP_DOWN)

    superuser = os.environ["APUS_TEST_POSTGRES_15_SUPERUSER"]
    own = urlunsplit(urlsplit(superuser)._replace(path=urlsplit(postgres.url).path))
    psql(own, "DO $$ BEGIN CREATE ROLE apus_reader LOGIN PASSWORD 'reader'; "
              "EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    psql(own, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    script = Transcript(postgres)
    reader = postgres.url.replace("apus:apus-test@", "apus_reader:reader@")
    script.run("status", DATABASE_URL=reader)
    script.run("migrate", DATABASE_URL=reader)
    script.check("postgres-no-rights")


def test_postgres_standby_and_pooler(postgres):
    """F15, F16"""
    postgres.migration("20250101_000000_1.0.0_houses", *UP_DOWN)
    path = urlsplit(postgres.url).path
    script = Transcript(postgres)
    pooler = urlunsplit(urlsplit(os.environ["APUS_TEST_PGBOUNCER_TRANSACTION"])._replace(path=path))
    script.run("migrate", DATABASE_URL=pooler)
    postgres.apus("migrate")
    standby = urlunsplit(urlsplit(os.environ["APUS_TEST_POSTGRES_15_STANDBY"])._replace(path=path))
    wait_for_standby(standby)
    script.run("status", DATABASE_URL=standby)
    script.run("rollback", "1.0.0", DATABASE_URL=standby)
    script.check("postgres-standby-and-pooler")


def wait_for_standby(url):
    """Until the standby has replayed the history: asked again and again, for at most 30 s."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-d", url, "-c", "SELECT count(*) FROM apus.migrations"],
            capture_output=True, text=True, check=False)
        if done.stdout.strip() == "1":
            return
        time.sleep(0.1)
    raise AssertionError("the standby did not follow")


def test_a_half_written_file_hinders_neither_looking_nor_undoing(two):
    two.apus("migrate", "--no-backup")
    two.apus("create-migration", "9.1.0", "add_things")
    script = Transcript(two)
    for command in ["status", "version current", "version compatibility", "migrate",
                    "rollback 1.1.0 --no-backup"]:
        script.run(*command.split())
    script.check("half-written")


def test_settings_stored_by_a_migration_reach_the_next_one_of_the_same_run(postgres):
    name = urlsplit(postgres.url).path.removeprefix("/")
    postgres.migration("20250101_000000_1.0.0_path",
                       f'CREATE SCHEMA app;\nALTER DATABASE "{name}" SET search_path = app;',
                       f'ALTER DATABASE "{name}" RESET search_path;\nDROP SCHEMA app;')
    postgres.migration("20250102_000000_1.1.0_table", "CREATE TABLE here (id integer);",
                       "DROP TABLE app.here;")
    postgres.apus("migrate")
    where = postgres.query("SELECT schemaname FROM pg_tables WHERE tablename = 'here'")
    assert where == [["app"]]


def test_rehearsals(two):
    two.write("tests/1.1.0_rooms.sql", """-- Fixture
INSERT INTO houses VALUES (1, 'by the lake'), (2, 'in the wood');

-- Assert every room is in a house
SELECT rooms.id FROM rooms LEFT JOIN houses ON houses.id = rooms.house WHERE houses.id IS NULL;
-- Assert nobody lives in the wood
SELECT id, name FROM houses WHERE name LIKE '%wood%';
""")
    script = Transcript(two)
    for command in ["test", "test 1.0.0", "test 1.0.0 --json", "test --junit results.xml -q"]:
        script.run(*command.split())
    script.lines += [*normalised((two.folder / "results.xml").read_text(), two).splitlines(), ""]
    (two.folder / "tests/1.1.0_rooms.sql").unlink()
    two.migration("20250103_000000_1.2.0_names", "ALTER TABLE houses DROP COLUMN name;",
                  "ALTER TABLE houses ADD COLUMN name TEXT NOT NULL DEFAULT '';")
    two.migration("20250104_000000_1.3.0_gone", "DROP TABLE nobody;", "SELECT 1;")
    two.migration("20250105_000000_1.4.0_last", "SELECT 1;", "",
                  header="-- apus: irreversible nothing to undo\n")
    two.write("tests/1.2.0_names.sql", "-- Fixture\nINSERT INTO houses VALUES (1, 'by the lake');\n")
    script.run("test")
    for name, text in [("1.2.0_broken.sql", "-- Assert it is asked\nSELECT 1\n-- Assert another\nSELECT 2;\n"),
                       ("names.sql", "-- Assert nothing\nSELECT 1;\n")]:
        two.write(f"tests/{name}", text)
    script.run("test")
    shutil.rmtree(two.folder / "tests")
    two.write("tests/1.1.1_rooms.sql", "-- Assert nothing\nSELECT 1 WHERE 0;\n")
    script.run("test")
    shutil.rmtree(two.folder / "tests")
    for command in ["test 9.9.9", "test --from latest", "test --from no-backup.sqlite",
                    "test --private-server"]:
        script.run(*command.split())
    script.check("rehearsals")


def test_the_gate_of_rehearsals(two):
    two.apus("migrate", "1.0.0", "-q")
    required = {"APUS_REQUIRE_REHEARSAL": "true"}
    script = Transcript(two)
    script.run("plan", **required)
    script.run("migrate", **required)
    script.run("backup", "-q")
    script.run("test", "--from", "latest")
    script.run("plan", **required)
    script.run("plan", "--json", **required)
    script.run("plan", **required, APUS_REHEARSAL_MAX_AGE="0")
    script.run("migrate", **required, APUS_REHEARSAL_MAX_AGE="0")
    script.run("migrate", **required)
    script.run("migrate", APUS_REQUIRE_REHEARSAL="perhaps")
    script.run("migrate", **required, APUS_REHEARSAL_MAX_AGE="week")
    script.check("rehearsal-gate")
