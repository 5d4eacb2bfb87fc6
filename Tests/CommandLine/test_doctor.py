"""`apus doctor` and `apus repair list`: what they find, on databases that are well and on broken ones."""

import json
import re
import subprocess

import pytest

from conftest import ROOT, clean_environment
from golden import Transcript

HOUSES = ("20250101_000000_1.0.0_houses", "CREATE TABLE houses (id INTEGER PRIMARY KEY);", "DROP TABLE houses;")
MIDWAY = ("20250103_000000_1.2.0_midway", "-- apus: no-transaction\nCREATE TABLE a (id INTEGER);\nSELECT * FROM nowhere;",
          "DROP TABLE a;")


def findings(project, *arguments, expecting=None, **environment):
    """Area → the findings there, of what is not good."""
    document = json.loads(project.apus("doctor", "--json", *arguments, expecting=expecting, **environment).stdout)
    found = {}
    for finding in document["findings"]:
        if finding["level"] != "good":
            found.setdefault(finding["area"], []).append(finding)
    return found


def test_a_project_that_is_well_and_one_that_is_not(sqlite):
    script = Transcript(sqlite)
    sqlite.migration(*HOUSES)
    script.run("doctor")
    sqlite.apus("migrate")
    sqlite.apus("backup")
    for command in ["doctor", "doctor -q", "repair list"]:
        script.run(*command.split())
    sqlite.migration(*MIDWAY)
    sqlite.apus("migrate", "--no-backup", expecting=4)
    path = sqlite.folder / f"migrations/{HOUSES[0]}.sql"
    path.write_text(path.read_text().replace("INTEGER PRIMARY KEY", "INTEGER"))
    sqlite.write("migrations/20250104_000000_1.3.0_empty.sql", "")
    sqlite.write("backups/20250101T000000Z_run-9.sqlite.partial", "")
    sqlite.query("UPDATE apus_runs SET status = 'running', ended_at = NULL WHERE id = 1;"
                 "DELETE FROM apus_runs WHERE id = 2;")
    for command in ["doctor", "doctor --json", "repair list", "repair list --json", "repair"]:
        script.run(*command.split())
    script.check("doctor")


def test_postgres_from_every_side(postgres):
    postgres.migration(*HOUSES)
    postgres.apus("migrate")
    postgres.query("CREATE TABLE double (id integer); INSERT INTO double VALUES (1), (1);")
    subprocess.run(["psql", "-X", "-q", "-d", postgres.url, "-c", "CREATE UNIQUE INDEX CONCURRENTLY by_id ON double (id)"],
                   check=False, capture_output=True, env=clean_environment())
    holder = subprocess.Popen(["psql", "-X", "-q", "-d", postgres.url], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, env=clean_environment())
    try:
        holder.stdin.write("BEGIN; LOCK TABLE houses; SELECT 1;\n")
        holder.stdin.flush()
        holder.stdout.readline()
        assert "sessions" not in findings(postgres)
        found = findings(postgres, "--older-than", "0s")
        session = next(f for f in found["sessions"] if "public.houses" in f["message"])
        assert "idle in transaction" in session["message"] and session["level"] == "warning"
        # The command that mends it does.
        postgres.query(re.search(r"SELECT pg_terminate_backend\(\d+\);", session["help"][0])[0])
    finally:
        holder.kill()
        holder.communicate()
    assert "sessions" not in findings(postgres, "--older-than", "0s")
    index = found["indexes"][0]
    assert index["message"] == "public.by_id on public.double is not valid"
    listed = postgres.apus("repair", "list").stdout
    assert "invalid-index  public.by_id" in listed
    postgres.query(index["help"][1].split(": ")[1])
    assert "indexes" not in findings(postgres)


def test_what_lies_in_the_schema_of_the_history_is_told(postgres):
    """A role that is called like the schema makes its tables there: search_path begins with "$user"."""
    postgres.migration(*HOUSES)
    postgres.apus("migrate")
    assert "registry" not in findings(postgres)
    postgres.query("SET search_path = apus; CREATE VIEW by_name AS SELECT 1 AS a; CREATE TABLE mine (id bigserial);")
    found, = findings(postgres)["registry"]
    assert found["details"][:2] == ["view apus.by_name", "table apus.mine"] and found["level"] == "warning"
    for line in found["help"]:
        postgres.query(line.removeprefix("move it: "))
    assert "registry" not in findings(postgres)


def test_rights_come_with_grants_that_help(postgres):
    """F58: what is missing, and the statement that gives it."""
    postgres.migration(*HOUSES)
    postgres.query("DO $$ BEGIN CREATE ROLE apus_reader LOGIN PASSWORD 'reader'; "
                   "EXCEPTION WHEN duplicate_object THEN NULL; END $$", superuser=True)
    reader = postgres.url.replace("apus:apus-test@", "apus_reader:reader@")
    found = findings(postgres, expecting=7, DATABASE_URL=reader)
    assert {f["code"] for f in found["rights"] if "code" in f} == {"insufficient-privilege"}
    for finding in found["rights"]:
        postgres.query(finding["help"][0], superuser=True)
    assert "rights" not in findings(postgres, DATABASE_URL=reader)
    postgres.apus("migrate", DATABASE_URL=reader)


def test_what_a_backup_may_not_read_is_told_with_what_helps(postgres):
    """pg_dump reads everything or fails: tables, sequences, and rows behind policies."""
    postgres.migration(*HOUSES)
    postgres.apus("migrate")
    postgres.query("DO $$ BEGIN CREATE ROLE apus_saver LOGIN PASSWORD 'saver'; "
                   "EXCEPTION WHEN duplicate_object THEN NULL; END $$; ALTER ROLE apus_saver NOBYPASSRLS;"
                   "GRANT apus TO apus_saver; CREATE SCHEMA vault; CREATE TABLE vault.keys (id serial);"
                   "CREATE TABLE mine (id int); ALTER TABLE mine ENABLE ROW LEVEL SECURITY", superuser=True)
    saver = postgres.url.replace("apus:apus-test@", "apus_saver:saver@")
    postgres.apus("backup", expecting=1, DATABASE_URL=saver)
    told = [f for f in findings(postgres, DATABASE_URL=saver)["rights"] if "backup" in f["message"]]
    assert [f["message"] for f in told] == [
        "apus_saver may not read public.mine, which a backup does",
        "apus_saver may not read 2 tables and sequences of schema vault, such as vault.keys, which a backup does",
        "apus_saver may not read all rows of public.mine, which has policies for rows, for a backup",
    ]
    for finding in told:
        postgres.query(finding["help"][0], superuser=True)
    assert not [f for f in findings(postgres, DATABASE_URL=saver)["rights"] if "backup" in f["message"]]
    postgres.apus("backup", DATABASE_URL=saver)


def test_backups_that_others_may_read_and_a_place_that_is_none(sqlite):
    """F72: a mode that somebody changed, and a folder that no backup can be written to."""
    sqlite.migration(*HOUSES)
    sqlite.apus("migrate")
    name = json.loads(sqlite.apus("backup", "--json").stdout)["backup"]["name"]
    assert "backups" not in findings(sqlite)
    (sqlite.folder / "backups" / name).chmod(0o644)
    assert "backups" not in findings(sqlite), "nobody else may enter the folder"
    (sqlite.folder / "backups").chmod(0o755)
    found, = findings(sqlite)["backups"]
    assert found["message"] == f"other users of this machine may read backups/{name}" and found["level"] == "warning"
    subprocess.run(["sh", "-c", found["help"][0].split(": ", 1)[1]], cwd=sqlite.folder, check=True)
    assert "backups" not in findings(sqlite)
    (sqlite.folder / "a file").write_text("")
    found, = [f for f in findings(sqlite, expecting=1, APUS_BACKUPS="a file/backups")["backups"] if f["level"] == "error"]
    assert found["message"] == "no backup can be written to a file: it is no folder"
    assert found["code"] == "backup-failed"


def test_no_secret_is_shown(postgres):
    """F71: also not where a password is written with escapes, or in a command."""
    postgres.migration(*HOUSES)
    url = postgres.url.replace(":apus-test@", ":p%40ss-word@")
    for arguments in (["doctor"], ["doctor", "--json"]):
        result = postgres.apus(*arguments, expecting=8, DATABASE_URL=url, APUS_BACKUP_COMMAND="dump --key=s3cret $OUT")
        shown = result.stdout + result.stderr
        assert "p%40ss" not in shown and "p@ss" not in shown and "s3cret" not in shown
        assert "password=•••" in shown


def test_every_setting_is_shown_with_its_source_and_default(sqlite):
    """The defaults are those of FORMATS.md."""
    sqlite.migration(*HOUSES)
    sqlite.write("apus.yaml", "lock_timeout: 7s\nbackups: elsewhere\n")
    sqlite.write(".env", "APUS_LOCK_WAIT=9s\n")
    document = json.loads(sqlite.apus("doctor", "--json", "--statement-timeout", "3s", APUS_TARGET="1.0.0").stdout)
    settings = {s["name"]: (s.get("value"), s["source"]) for s in document["settings"]}
    assert settings["lock_timeout"] == ("7s", "apus.yaml")
    assert settings["backups"] == ("elsewhere", "apus.yaml")
    assert settings["lock_wait"] == ("9s", ".env")
    assert settings["statement_timeout"] == ("3s", "--statement-timeout")
    assert settings["target"] == ("1.0.0", "APUS_TARGET")
    assert settings["database_url"] == ("sqlite:test.db", "DATABASE_URL")
    table = (ROOT / "FORMATS.md").read_text().split("## `apus.yaml`")[1].split("## `versions.yaml`")[0]
    documented = dict(re.findall(r"^\| `(\w+)` \| `(?:APUS_\w+|DATABASE_URL)` \| [^|]* \| ([^|]*) \|", table, re.MULTILINE))
    (sqlite.folder / "apus.yaml").unlink()
    (sqlite.folder / ".env").unlink()
    plain = json.loads(sqlite.apus("doctor", "--json").stdout)
    for setting in plain["settings"]:
        if setting["source"] != "default":
            continue
        default = documented[setting["name"]]
        shown = setting.get("value")
        # `–` or words: none, or worked out elsewhere.
        assert shown is None and not default.startswith("`") or f"`{shown}`" in default, setting


def test_dangerous_configuration_is_told(postgres):
    postgres.migration(*HOUSES)
    postgres.write("apus.yaml", f"database_url: {postgres.url}\nbackup: never\nenvironment: production\n")
    found = findings(postgres, DATABASE_URL="")
    assert [f["message"] for f in found["configuration"]] == [
        "a password stands in apus.yaml", "no backup is taken in production: backup is never"]


@pytest.mark.parametrize("command", ["doctor", "repair list", "wait --timeout 0", "status"])
def test_looking_makes_nothing(project, command):
    project.migration(*HOUSES)
    project.apus(*command.split(), expecting=None)
    if project.engine == "sqlite":
        assert [path.name for path in project.folder.iterdir()] == ["migrations"]
    else:
        assert project.query("SELECT count(*) FROM pg_namespace WHERE nspname = 'apus'") == [["0"]]
