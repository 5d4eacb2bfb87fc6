"""Rehearsals from outside: nothing is left, whatever ends them, and the gate holds."""

import json
import os
import pwd
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from conftest import ROOT, clean_environment, first_releases, psql, rehearsals, server
from test_example import example, rows, seed

MORE = ("20250102_000000_1.1.0_more", "CREATE TABLE more (id integer);", "DROP TABLE more;")


@pytest.fixture(autouse=True)
def no_others():
    with rehearsals.going_on(ours=True):
        yield


def fill(project, count=100):
    """A database at 1.0.0 with rows."""
    project.migration("20250101_000000_1.0.0_guests",
                      "CREATE TABLE guests (id integer, name text);", "DROP TABLE guests;")
    project.apus("migrate", "-q")
    project.query(f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
                  "INSERT INTO guests SELECT i, 'guest ' || i FROM n;")


def report(project, *arguments, expecting=0, **environment):
    return json.loads(project.apus("test", *arguments, "--json", expecting=expecting,
                                   **environment).stdout)


def leftovers(project):
    """The databases of rehearsals that are there now."""
    if project.engine == "sqlite":
        return sorted(path.name for path in project.folder.glob("*.rehearsal-*"))
    return [name for [name] in maintenance(
        project, "SELECT datname FROM pg_database WHERE datname ~ '^apus_rehearsal_' ORDER BY 1")]


def maintenance(project, sql):
    parts = urlsplit(os.environ[f"APUS_TEST_POSTGRES_{project.version}_SUPERUSER"])
    done = subprocess.run(
        ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-d",
         urlunsplit(parts._replace(path="/postgres")), "-c", sql],
        check=True, capture_output=True, text=True, env=clean_environment())
    return [line.split("\t") for line in done.stdout.splitlines()]


def private_folders():
    return sorted(Path(os.environ.get("TMPDIR", "/tmp")).glob("apus-rehearsal-*"))


def until(question, process=None, seconds=60):
    deadline = time.monotonic() + seconds
    while not question():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def test_a_rehearsal_touches_nothing_but_its_own_database(project):
    fill(project)
    project.migration(*MORE)
    before = project.apus("status", "--json").stdout
    result = report(project)
    assert result["status"] == "passed" and not result["findings"]
    assert [[step["phase"] for step in migration["steps"]] for migration in result["migrations"]] == [
        ["up", "down", "up-again"]] * 2
    assert all(step["duration_seconds"] > 0 for migration in result["migrations"]
               for step in migration["steps"])
    assert project.apus("status", "--json").stdout == before
    assert leftovers(project) == []


def test_a_backup_is_rehearsed_with_its_data(project):
    fill(project)
    project.apus("backup", "-q")
    project.query("DELETE FROM guests;")
    project.migration("20250102_000000_1.1.0_shout", "UPDATE guests SET name = upper(name);",
                      "UPDATE guests SET name = lower(name);")
    project.migration("20250103_000000_1.2.0_forget", "UPDATE guests SET name = NULL WHERE id < 4;",
                      "SELECT 1;")
    result = report(project, "--from", "latest")
    assert result["start"]["kind"] == "backup" and result["from"] == "1.0.0" and result["recorded"]
    shout, forget = result["migrations"]
    assert shout["rows_compared"] == 100 and shout["data_changes"] == []
    assert [change["column"] for change in forget["data_changes"]] == ["name"]
    assert [finding["code"] for finding in result["findings"]] == ["data-not-kept"]
    assert leftovers(project) == []


def test_the_example_passes_from_nothing_and_with_its_seed(project):
    example(project)
    # All of its releases are rehearsed by its own continuous integration (test_example.py).
    first_releases(project.folder)
    result = report(project)
    assert result["status"] == "passed", result["findings"]
    assert len(result["assertions"]) == 6
    project.apus("migrate", "1.0.0", "-q")
    seed(project)
    before = rows(project)
    project.apus("backup", "-q")
    result = report(project, "--from", "latest")
    assert result["status"] == "passed", result["findings"]
    [migration] = result["migrations"]
    # The seed, and the fixture's six rows... less what the fixture has no table for.
    assert migration["rows_compared"] == sum(int(count) for count in before) + 5
    assert migration["data_changes"] == []
    assert len(result["assertions"]) == 4
    assert rows(project) == before


def test_an_assertion_that_fails_shows_rows_and_ends_with_7(project):
    fill(project)
    project.migration(*MORE)
    project.write("tests/1.1.0_guests.sql", """-- Fixture
INSERT INTO guests VALUES (1, NULL), (2, 'Zoë');

-- Assert every guest has a name
SELECT id, name FROM guests WHERE name IS NULL;
-- Assert nobody is called Zoë
SELECT id, name FROM guests WHERE name = 'Zoë';
""")
    result = report(project, "--junit", "results.xml", expecting=7)
    assert [(one["name"], one["status"], one["first_rows"]) for one in result["assertions"]] == [
        ("every guest has a name", "failed", [["1", None]]),
        ("nobody is called Zoë", "failed", [["2", "Zoë"]])]
    assert [finding["line"] for finding in result["findings"]] == [5, 7]
    suites = ElementTree.parse(project.folder / "results.xml").getroot()
    assert suites.get("failures") == "2" and int(suites.get("tests")) == len(suites.findall(".//testcase"))
    assert [case.get("name") for case in suites.findall(".//testcase[failure]")] == [
        "every guest has a name", "nobody is called Zoë"]
    assert leftovers(project) == []


def test_a_query_may_not_write(project):
    fill(project)
    project.write("tests/1.0.0_guests.sql",
                  "-- Assert it is left alone\nINSERT INTO guests VALUES (1, 'x');\n")
    result = report(project, expecting=7)
    assert result["assertions"][0]["status"] == "failed" and "rows" not in result["assertions"][0]


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)],
                         ids=["SIGINT", "SIGTERM"])
def test_a_signal_ends_a_rehearsal_in_order(project, tmp_path, number, code):
    fill(project)
    slow = {"sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                      "SELECT count(*) FROM n;", "postgres": "SELECT pg_sleep(300);"}
    project.migration("20250102_000000_1.1.0_slow", slow[project.engine], "SELECT 1;")
    log = tmp_path / "points"
    process = project.start("test", APUS_FAILPOINTS_LOG=str(log))
    step = "sqlite.begun" if project.engine == "sqlite" else "postgres.statement-sent"
    until(lambda: log.exists() and "rehearsal.migration-done" in log.read_text(), process)
    time.sleep(0.2)
    assert leftovers(project), step
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert "error[interrupted]: the rehearsal was interrupted" in errors
    assert "the rehearsal's database was removed" in errors
    assert leftovers(project) == []


def test_what_a_killed_rehearsal_left_is_removed_by_the_next_and_a_living_one_is_left_alone(
        project, tmp_path):
    fill(project)
    project.migration(*MORE)

    def paused(name):
        log = tmp_path / f"log {name}"
        process = project.start("test", APUS_FAILPOINTS_LOG=str(log),
                                APUS_FAILPOINTS_PAUSE=f"rehearsal.migration-done:{tmp_path / name}")
        until(lambda: log.exists() and "rehearsal.migration-done" in log.read_text(), process)
        return process

    dead = paused("dead")
    [there] = {name.removesuffix(".owner").removesuffix(".apus-lock") for name in leftovers(project)}
    if project.engine == "postgres":
        [[comment]] = maintenance(project, "SELECT shobj_description(oid, 'pg_database') "
                                  f"FROM pg_database WHERE datname = '{there}'")
        assert comment.startswith(f"apus: rehearsal {there[-12:]}, begun ")
    dead.kill()
    dead.communicate()
    assert leftovers(project)
    living = paused("living")
    assert not any(name.startswith(there) for name in leftovers(project)), "the next removes it"
    kept = leftovers(project)
    assert report(project)["cleared"] == []
    assert leftovers(project) == kept
    (tmp_path / "living").touch()
    output, errors = living.communicate(timeout=60)
    assert living.returncode == 0, errors
    assert "Passed" in output and leftovers(project) == []


@pytest.mark.parametrize("postgres", [15, 18], indirect=True, ids=["postgres-15", "postgres-18"])
def test_a_database_of_somebody_else_is_never_removed(postgres):
    fill(postgres)
    own = urlsplit(server(postgres.version))
    names = ["apus_rehearsal_0123456789ab", "apus_rehearsal_0123456789ac", "apus_rehearsal_mine"]
    try:
        for name in names:
            psql(urlunsplit(own), f'CREATE DATABASE "{name}"')
        psql(urlunsplit(own), f"COMMENT ON DATABASE \"{names[0]}\" IS 'mine'")
        psql(urlunsplit(own._replace(path=f"/{names[1]}")), "CREATE TABLE mine (id integer)")
        assert report(postgres)["cleared"] == []
        assert leftovers(postgres) == names
    finally:
        for name in names:
            psql(urlunsplit(own), f'DROP DATABASE IF EXISTS "{name}"')


@pytest.fixture
def poor(postgres):
    """A project whose role may make no database."""
    own = server(postgres.version)
    psql(os.environ[f"APUS_TEST_POSTGRES_{postgres.version}_SUPERUSER"],
         "DO $$ BEGIN CREATE ROLE apus_poor LOGIN PASSWORD 'poor' NOCREATEDB; "
         "EXCEPTION WHEN duplicate_object THEN END $$")
    name = urlsplit(postgres.url).path[1:]
    psql(own, f'GRANT CREATE ON DATABASE "{name}" TO apus_poor')
    psql(postgres.url, "GRANT CREATE, USAGE ON SCHEMA public TO apus_poor")
    parts = urlsplit(postgres.url)
    place = parts.netloc.split("@")[-1]
    postgres.url = urlunsplit(parts._replace(netloc=f"apus_poor:poor@{place}"))
    return postgres


@pytest.mark.parametrize("postgres", [15], indirect=True)
def test_without_the_right_to_make_databases_a_private_server_is_started(poor):
    fill(poor)
    poor.migration("20250102_000000_1.1.0_more",
                   "CREATE TABLE more (who text DEFAULT current_user);\n"
                   "INSERT INTO more DEFAULT VALUES;\nGRANT SELECT ON more TO apus_poor;",
                   "DROP TABLE more;")
    poor.write("tests/1.1.0_role.sql", "-- Assert it is the same role\n"
               "SELECT who FROM more WHERE who <> 'apus_poor';\n")
    result = report(poor)
    assert result["status"] == "passed", result["findings"]
    assert result["place"].startswith("a private PostgreSQL 15")
    assert private_folders() == []


@pytest.mark.parametrize("postgres", [15, 18], indirect=True, ids=["postgres-15", "postgres-18"])
def test_a_private_server_is_nobodys_but_ours_and_gone_afterwards(postgres, tmp_path):
    fill(postgres)
    postgres.apus("backup", "-q")
    postgres.migration(*MORE)
    log = tmp_path / "points"
    process = postgres.start("test", "--from", "latest", "--private-server", "--json",
                             APUS_FAILPOINTS_LOG=str(log),
                             APUS_FAILPOINTS_PAUSE=f"rehearsal.filled:{tmp_path / 'go'}")
    until(lambda: log.exists() and "rehearsal.filled" in log.read_text(), process)
    [folder] = private_folders()
    assert folder.stat().st_mode & 0o777 == 0o700
    if os.geteuid() == 0:
        assert pwd.getpwuid(folder.stat().st_uid).pw_name in ("postgres", "nobody")
    postmaster = int((folder / "data/postmaster.pid").read_text().split()[0])
    assert Path(f"/proc/{postmaster}").stat().st_uid == folder.stat().st_uid
    assert leftovers(postgres) == []
    (tmp_path / "go").touch()
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    result = json.loads(output)
    assert result["recorded"] and result["migrations"][0]["rows_compared"] == 100
    assert private_folders() == [] and not Path(f"/proc/{postmaster}").exists()


@pytest.mark.parametrize("postgres", [15], indirect=True)
def test_a_private_server_whose_owner_was_killed_ends_and_is_removed(postgres, tmp_path):
    fill(postgres)
    log = tmp_path / "points"
    process = postgres.start("test", "--private-server", APUS_FAILPOINTS_LOG=str(log),
                             APUS_FAILPOINTS_PAUSE=f"rehearsal.migration-done:{tmp_path / 'never'}")
    until(lambda: log.exists() and "rehearsal.migration-done" in log.read_text(), process)
    [folder] = private_folders()
    postmaster = int((folder / "data/postmaster.pid").read_text().split()[0])
    process.kill()
    process.communicate()
    assert report(postgres)["cleared"] == [folder.name]
    assert private_folders() == []
    # It was told to end at once, and its owner, which would have waited for it, is no more.
    until(lambda: not Path(f"/proc/{postmaster}").exists())


def gated(**more):
    return {"APUS_REQUIRE_REHEARSAL": "true", **more}


def test_the_gate_holds_until_the_plan_was_rehearsed_with_a_backup(project):
    fill(project)
    project.migration(*MORE)
    plan = json.loads(project.apus("plan", "--json", **gated()).stdout)
    assert plan["rehearsal"] == {"open": False, "reason": "never-rehearsed"}
    refused = project.apus("migrate", expecting=7, **gated())
    assert "error[rehearsal-needed]" in refused.stderr and "apus test --from latest" in refused.stderr
    assert not report(project)["recorded"]
    project.apus("backup", "-q")
    assert report(project, "--from", "latest")["recorded"]
    plan = json.loads(project.apus("plan", "--json", **gated()).stdout)
    assert plan["rehearsal"]["open"] and plan["rehearsal"]["backup"]
    old = project.apus("migrate", expecting=7, **gated(APUS_REHEARSAL_MAX_AGE="0"))
    assert "old" in old.stderr
    project.apus("migrate", "-q", **gated())
    project.apus("rollback", "1.1.0", "-q", **gated())
    project.apus("rollback", "1.0.0", expecting=7, **gated())
    project.apus("rollback", "1.0.0", "-q", **gated(APUS_REQUIRE_REHEARSAL="false"))


def test_columns_that_come_back_in_another_order_fail_nothing(project):
    project.migration("20250101_000000_1.0.0_start", "CREATE TABLE t (n text, a integer, b integer);", "DROP TABLE t;")
    project.migration("20250102_000000_1.1.0_less", "ALTER TABLE t DROP COLUMN n;", "ALTER TABLE t ADD COLUMN n text;")
    [finding] = report(project)["findings"]
    assert (finding["code"], finding["severity"]) == ("schema-not-restored", "warning")
    assert finding["message"] == "the down section of 1.1.0 less brings columns back in another order"
    assert "columns in another order after down" in project.apus("test").stdout


def test_what_is_named_opens_the_gate(sqlite):
    fill(sqlite)
    sqlite.apus("migrate", "-q")
    sqlite.migration(*MORE)
    wanted = "apus backup, then apus test --from latest"
    dry = sqlite.apus("migrate", "--dry-run", **gated()).stdout
    assert f"Not rehearsed. It may not be run before this has passed: {wanted}" in dry
    sqlite.apus("backup", "-q")
    old = sqlite.apus("test", "--from", "latest", **gated(APUS_REHEARSAL_MAX_AGE="0"))
    assert "warning[rehearsal-needed]: the gate stays closed" in old.stdout + old.stderr, old
    assert wanted in old.stdout + old.stderr
    sqlite.apus("migrate", "-q")
    sqlite.apus("backup", "-q")
    sqlite.apus("rollback", "1.1.0", "--yes", "-q")
    # The newest backup knows more than the database: nothing of the plan is rehearsed with it.
    told = sqlite.apus("test", "--from", "latest").stdout
    assert "has every migration already" in told and wanted in told
    back = sqlite.apus("rollback", "1.0.0", "--dry-run", **gated())
    assert "apus backup list, then apus test --from BACKUP" in back.stdout, back


def test_the_gate_is_set_for_one_environment(sqlite):
    fill(sqlite)
    sqlite.migration(*MORE)
    for text in ["environments:\n  production:\n    require_rehearsal: true\n",
                 "require-rehearsal: production\n"]:
        sqlite.write("apus.yaml", text)
        sqlite.apus("migrate", "--yes", expecting=7, APUS_ENVIRONMENT="production")
        assert "rehearsal" not in json.loads(sqlite.apus("plan", "--json").stdout)
    sqlite.write("apus.yaml", "require_rehearsal: producton\n")
    assert "must be true, false or production" in sqlite.apus("plan", expecting=1).stderr


def test_budgets_stand_in_the_configuration(sqlite):
    fill(sqlite)
    for text in ["test:\n  max_duration: 0\n", "test:\n  max-duration: 0\n",
                 "environments:\n  development:\n    test: {max_duration: 0}\n"]:
        sqlite.write("apus.yaml", text)
        result = report(sqlite, expecting=7)
        assert {finding["code"] for finding in result["findings"]} == {"budget-exceeded"}
    sqlite.write("apus.yaml", "test:\n  max_duration: 10min\n  max_lock: 200ms\n")
    assert "Locks were not measured" in sqlite.apus("test").stdout
    sqlite.write("apus.yaml", "test:\n  max_durations: 5min\n")
    assert "did you mean `max_duration`?" in sqlite.apus("test", expecting=1).stderr
    sqlite.write("apus.yaml", "test: 5min\n")
    assert "`test` must be a map" in sqlite.apus("test", expecting=1).stderr


def test_a_newer_backup_that_is_not_to_be_counted_on_is_passed_over_and_told(project):
    fill(project)
    project.apus("backup", "-q")
    [good] = json.loads(project.apus("backup", "list", "--json").stdout)["backups"]
    time.sleep(1.1)
    project.apus("backup", "-q")
    newest = json.loads(project.apus("backup", "list", "--json").stdout)["backups"][0]["name"]
    assert newest != good["name"]
    path = project.folder / "backups" / newest
    path.write_bytes(path.read_bytes()[:-20])
    project.migration(*MORE)
    result = report(project, "--from", "latest")
    assert result["status"] == "passed" and good["name"] in json.dumps(result)
    [finding] = [one for one in result["findings"] if one["code"] == "backup-damaged"]
    assert finding["severity"] == "warning" and finding["message"] == f"{newest} is newer, and passed over"


def test_a_backup_that_does_not_restore_is_told_and_leaves_nothing(postgres):
    fill(postgres)
    postgres.apus("backup", "-q")
    postgres.migration(*MORE)
    # What lies in the backup needs an extension's function that the new database refuses to load.
    [path] = (postgres.folder / "backups").glob("*.dump")
    manifest = path.with_name(path.name + ".json")
    text = path.read_bytes()
    path.write_bytes(text[:-20])
    refused = postgres.apus("test", "--from", "latest", expecting=1)
    assert "backup" in refused.stderr
    path.write_bytes(text)
    manifest.unlink()
    refused = postgres.apus("test", "--from", str(path), expecting=1)
    assert "has no manifest beside it" in refused.stderr
    assert leftovers(postgres) == []


SLOW = ("20250102_000000_1.1.0_slow",
        "ALTER TABLE guests ALTER COLUMN id TYPE bigint;\nSELECT pg_sleep(0.4);",
        "ALTER TABLE guests ALTER COLUMN id TYPE integer;")


def test_the_locks_of_a_rehearsal_are_told_and_held_to_their_budget(postgres):
    fill(postgres)
    postgres.migration(*SLOW)
    postgres.write("apus.yaml", "test:\n  max_lock: 10min\n")
    result = report(postgres)
    up = result["migrations"][1]["steps"][0]
    [lock] = up["locks"]
    assert 0.4 <= lock.pop("held_seconds") <= up["duration_seconds"]
    assert lock == {"relation": "public.guests", "mode": "ACCESS EXCLUSIVE", "statement": 1,
                    "rewrite": True, "scan": True}
    # A table that the migration itself makes is nobody's yet.
    assert result["migrations"][0]["steps"][0]["locks"] == []

    postgres.write("apus.yaml", "test:\n  max_lock: 300ms\n")
    refused = postgres.apus("test", "--junit", "locks.xml", expecting=7)
    assert "up, statement 1 locked public.guests: ACCESS EXCLUSIVE for " in refused.stdout
    assert "up: ACCESS EXCLUSIVE on public.guests was held for " in refused.stderr
    assert "and the budget is 300 ms" in refused.stderr
    suite = ElementTree.parse(postgres.folder / "locks.xml").getroot()[1]
    cases = {case.get("name"): case for case in suite}
    assert "statement 1 locked public.guests: ACCESS EXCLUSIVE" in cases["up"].findtext("system-out")
    assert cases["budget"].find("failure") is not None


def test_of_a_step_without_a_transaction_it_is_said_that_its_locks_were_not_read(postgres):
    fill(postgres)
    postgres.migration("20250102_000000_1.1.0_index",
                       "-- apus: no-transaction\nCREATE INDEX CONCURRENTLY by_id ON guests (id);",
                       "DROP INDEX by_id;")
    postgres.write("apus.yaml", "test:\n  max_lock: 10min\n")
    told = postgres.apus("test", "--junit", "locks.xml").stdout
    assert "      up, its locks were not read: it has no transaction to be asked about\n" in told
    assert "The budget of locks was not looked at in 2 steps without a transaction.\n" in told
    suite = ElementTree.parse(postgres.folder / "locks.xml").getroot()[1]
    cases = {case.get("name"): case for case in suite}
    assert "its locks were not read" in cases["up again"].findtext("system-out")
    steps = {step["phase"]: step for step in report(postgres)["migrations"][1]["steps"]}
    assert "locks" not in steps["up"] and "locks" in steps["down"]


def test_a_run_traces_its_locks_on_request(postgres):
    fill(postgres)
    postgres.migration(*SLOW)
    done = postgres.apus("migrate", "--trace-locks", "--no-backup")
    assert "Locks are traced" in done.stdout
    assert "statement 1 locked public.guests: ACCESS EXCLUSIVE for " in done.stdout
    postgres.migration("20250103_000000_1.2.0_again", "ALTER TABLE guests ADD COLUMN note text;",
                       "ALTER TABLE guests DROP COLUMN note;")
    text = postgres.apus("migrate", "--trace-locks", "--no-backup", "--json").stdout
    [step] = json.loads(text)["steps"]
    assert [lock["mode"] for lock in step["locks"]] == ["ACCESS EXCLUSIVE"]
    postgres.migration("20250104_000000_1.3.0_more", "ALTER TABLE guests ADD COLUMN more text;",
                       "ALTER TABLE guests DROP COLUMN more;")
    [step] = json.loads(postgres.apus("migrate", "--no-backup", "--json").stdout)["steps"]
    assert "locks" not in step
