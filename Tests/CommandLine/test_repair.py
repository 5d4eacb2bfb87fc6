"""`apus repair`: what it shows, asks, does and writes down, on SQLite and PostgreSQL."""

import json

import pytest

from golden import Transcript

UP_DOWN = ("CREATE TABLE houses (id INTEGER PRIMARY KEY, name TEXT NOT NULL);", "DROP TABLE houses;")
MIDWAY = "20250103_000000_1.2.0_midway"


def fill(project):
    project.migration("20250101_000000_1.0.0_houses", *UP_DOWN)
    project.migration("20250102_000000_1.1.0_rooms", "CREATE TABLE rooms (id INTEGER);", "DROP TABLE rooms;")
    return project


def midway(project):
    """Stops behind its first statement until there is a table `later`."""
    project.migration(MIDWAY,
                      "-- apus: no-transaction\nCREATE TABLE a (id INTEGER);\n"
                      "INSERT INTO later VALUES (1);\nCREATE TABLE b (id INTEGER);",
                      "-- apus: no-transaction\nDROP TABLE a;\nDROP TABLE later;\nDROP TABLE b;")


@pytest.fixture
def two(sqlite):
    return fill(sqlite)


def edit(project, before="name TEXT NOT NULL", after="name TEXT"):
    path = project.folder / "migrations/20250101_000000_1.0.0_houses.sql"
    path.write_text(path.read_text().replace(before, after))


def test_an_edit_is_accepted(two):
    two.apus("migrate", "--no-backup")
    edit(two)
    script = Transcript(two)
    for command in ["migrate", "repair accept 1.0.0 --dry-run",
                    "repair accept 1.0.0 --environment production",
                    "repair accept 1.0.0 --environment production --yes",
                    "migrate", "runs show 2", "repair accept 1.0.0", "repair accept 1.0.5",
                    "repair accept 1.0.0/house"]:
        script.run(*command.split())
    script.check("repair-accept")


def test_what_was_done_by_hand_is_marked(two):
    two.apus("migrate", "1.0.0", "--no-backup")
    two.query("CREATE TABLE rooms (id INTEGER);")
    script = Transcript(two)
    for command in ["repair mark-applied 1.1.0", "status", "repair mark-applied 1.1.0"]:
        script.run(*command.split())
    two.query("DROP TABLE houses;")
    (two.folder / "migrations/20250101_000000_1.0.0_houses.sql").unlink()
    for command in ["status", "repair mark-reverted 1.0.0", "repair mark-reverted 1.0.0", "status",
                    "runs list", "repair mark-reverted 1.1.0 --json"]:
        script.run(*command.split())
    script.check("repair-mark")


def test_what_stopped_midway_is_resumed(two):
    midway(two)
    two.apus("migrate", "--no-backup", expecting=4)
    two.migration("20250104_000000_1.3.0_more", "CREATE TABLE more (id INTEGER);", "DROP TABLE more;")
    script = Transcript(two)
    script.run("repair", "resume", "--no-backup")
    two.query("CREATE TABLE later (id INTEGER);")
    for command in ["repair resume --no-backup", "status", "repair resume"]:
        script.run(*command.split())
    two.query("DROP TABLE later;")
    script.run("rollback", "1.2.0", "--no-backup")
    two.query("CREATE TABLE later (id INTEGER);")
    for command in ["migrate", "repair resume --no-backup", "status"]:
        script.run(*command.split())
    script.check("repair-resume")


def status(project):
    return {m["name"]: m["status"] for m in json.loads(project.apus("status", "--json").stdout)["migrations"]}


def test_each_way_out_of_a_partial_state(project):
    """F6, F33, F61: resumed, finished by hand, taken back by hand; up and down."""
    fill(project)
    midway(project)

    def stop_up():
        project.apus("migrate", "--no-backup", expecting=4)
        assert status(project)["midway"] == "unfinished"

    stop_up()
    project.query("CREATE TABLE later (id INTEGER);")
    project.apus("repair", "resume", "--no-backup")
    assert status(project)["midway"] == "applied"

    # The way back stops as well, is finished by hand, and said to be.
    project.query("DROP TABLE later;")
    project.apus("rollback", "1.2.0", "--no-backup", expecting=4)
    project.apus("repair", "accept", "1.2.0", expecting=7)
    project.query("DROP TABLE b;")
    project.apus("repair", "mark-reverted", "1.2.0")
    assert status(project)["midway"] == "pending"

    stop_up()
    project.query("CREATE TABLE b (id INTEGER);")
    project.apus("repair", "mark-applied", "1.2.0")
    assert status(project)["midway"] == "applied"

    # The rollback that stopped is put back by hand: it counts as applied again.
    project.apus("rollback", "1.2.0", "--no-backup", expecting=4)
    project.query("CREATE TABLE a (id INTEGER);")
    project.apus("repair", "mark-applied", "1.2.0")
    assert status(project)["midway"] == "applied"
    project.query("CREATE TABLE later (id INTEGER);")
    project.apus("rollback", "1.2.0", "--no-backup")
    assert status(project)["midway"] == "pending"
    project.apus("repair", "resume")
    runs = json.loads(project.apus("runs", "list", "--json").stdout)["runs"]
    assert [run["kind"] for run in runs].count("repair") == 4


def test_an_accepted_edit_is_what_a_rollback_runs(project):
    """F55: the history takes text and checksums; nothing is run and nothing else changes."""
    fill(project)
    project.apus("migrate", "--no-backup")
    before = project.query(f"SELECT applied_at, applied_by, run FROM {registry(project)} ORDER BY position")
    edit(project, "DROP TABLE houses;", "DROP TABLE houses;\nCREATE TABLE proof (id INTEGER);")
    assert project.apus("verify", expecting=5).stderr.count("error[applied-changed]") == 1
    project.apus("repair", "accept", "1.0.0/houses")
    project.apus("verify")
    after = project.query(f"SELECT applied_at, applied_by, run FROM {registry(project)} ORDER BY position")
    assert after == before
    project.apus("rollback", "--to", "0.0.0", "--no-backup")
    assert project.query("SELECT count(*) FROM proof") == [["0"]]


def registry(project):
    return "apus_migrations" if project.engine == "sqlite" else "apus.migrations"


def double(project):
    """Applies a migration whose effect shows how often it was applied."""
    project.migration("20250101_000000_1.0.0_accounts", "CREATE TABLE accounts (balance integer);\n"
                      "INSERT INTO accounts VALUES (100);", "DROP TABLE accounts;")
    project.migration("20250102_000000_1.1.0_double", "UPDATE accounts SET balance = balance * 2;",
                      "UPDATE accounts SET balance = balance / 2;")
    project.apus("migrate", "--no-backup")


def test_a_deleted_row_of_the_history_applies_nothing_twice(project):
    """F60: the journal knows what was done."""
    double(project)
    project.query(f"DELETE FROM {registry(project)} WHERE id LIKE '%double'")
    refused = project.apus("migrate", "--no-backup", expecting=5)
    assert "error[history-contradicts-journal]: run 1 applied 1.1.0 double, nothing took it back" in refused.stderr
    assert project.query("SELECT balance FROM accounts") == [["200"]]
    assert "history-contradicts-journal" in project.apus("verify", expecting=5).stderr
    assert "history-contradicts-journal" in project.apus("doctor", "--json", expecting=5).stdout
    listed, = json.loads(project.apus("repair", "list", "--json").stdout)["repairs"]
    assert listed["kind"] == "history-contradicts-journal"
    project.apus("repair", "mark-applied", "1.1.0", "--yes")
    project.apus("verify")
    project.apus("repair", "mark-reverted", "1.1.0", "--yes")
    project.apus("migrate", "--no-backup")
    assert project.query("SELECT balance FROM accounts") == [["400"]]


def test_an_invented_row_of_the_history_undoes_nothing_twice(project):
    double(project)
    project.query(f"CREATE TABLE kept AS SELECT * FROM {registry(project)} WHERE id LIKE '%double'")
    project.apus("rollback", "1.1.0", "--no-backup", "--yes")
    overriding = "OVERRIDING SYSTEM VALUE " if project.engine == "postgres" else ""
    project.query(f"INSERT INTO {registry(project)} {overriding}SELECT * FROM kept")
    refused = project.apus("rollback", "1.1.0", "--no-backup", "--yes", expecting=5)
    assert "error[history-contradicts-journal]: run 2 took 1.1.0 double back" in refused.stderr
    assert project.query("SELECT balance FROM accounts") == [["100"]]
    project.apus("repair", "mark-reverted", "1.1.0", "--yes")
    project.apus("migrate", "--no-backup")
    assert project.query("SELECT balance FROM accounts") == [["200"]]


def drifted(project):
    """A database that was changed by hand, and a migration that fails or never ends."""
    project.migration("20250101_000000_1.0.0_houses", *UP_DOWN)
    project.apus("migrate", "--no-backup")
    project.query("CREATE TABLE by_hand (id integer)")
    return project


def by_hand(project):
    found = project.apus("verify", expecting=5).stderr
    return "since run 1" in found and "by_hand" in found and "by_hand" in project.apus("schema", "diff").stdout


def test_a_run_that_failed_hides_no_change_that_was_made_by_hand(project):
    drifted(project).migration("20250102_000000_1.1.0_fails", "INSERT INTO nowhere VALUES (1);")
    assert "by_hand" in project.apus("migrate", "--no-backup", expecting=3).stderr
    assert by_hand(project)
    project.apus("migrate", "--no-backup", expecting=3)
    assert by_hand(project)


def test_neither_does_one_that_was_killed(project):
    endless = ("SELECT pg_sleep(300);" if project.engine == "postgres" else
               "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;")
    drifted(project).migration("20250102_000000_1.1.0_endless", f"CREATE TABLE a (id integer);\n{endless}")
    process = project.start("migrate", "--no-backup", "--json-stream")
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "statement-started" and event["index"] == 1:
            break
    process.kill()
    process.communicate()
    assert by_hand(project)
    project.apus("repair", "resume", "--yes")
    assert by_hand(project)


def test_where_nothing_was_compared_nothing_is_said_to_agree(project):
    project.migration("20250101_000000_1.0.0_houses", *UP_DOWN)
    assert "1 migration file, 0 applied: there is nothing to compare yet.\n" in project.apus("verify").stdout
    project.query("CREATE TABLE by_hand (id integer)")
    found = project.apus("verify")
    assert "warning[tables-without-history]: the database has 1 table" in found.stderr


def test_a_damaged_history_is_not_called_somebody_elses(project):
    """F60: with another name for it, everything would be applied again."""
    project.migration("20250101_000000_1.0.0_houses", *UP_DOWN)
    project.apus("migrate", "--no-backup")
    project.query(f"DROP TABLE {registry(project).replace('migrations', 'journal')}")
    refused = project.apus("migrate", expecting=7).stderr
    assert "error[registry-foreign]" in refused and "damaged" in refused and "missing" in refused
    assert "another name" not in refused and "backup" in refused
