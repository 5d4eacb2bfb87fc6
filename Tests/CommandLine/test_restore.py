"""Backups and restores from outside: what a killed process leaves, what others see, a full disk."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import EXECUTABLE, REQUIRES_SERVERS, clean_environment


def fill(project, rows=2000):
    project.migration("20250101_000000_1.0.0_guests",
                      "CREATE TABLE guests (id integer, name text);", "DROP TABLE guests;")
    project.apus("migrate", "-q")
    numbers = {
        "sqlite": f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
                  "INSERT INTO guests SELECT i, 'guest ' || i FROM n;",
        "postgres": f"INSERT INTO guests SELECT i, md5(i::text) FROM generate_series(1, {rows}) i;",
    }
    project.query(numbers[project.engine])


def backup(project, *arguments, **environment):
    return json.loads(project.apus("backup", *arguments, "--json", **environment).stdout)["backup"]


def name_of(project):
    """The live database's name, and that of the one beside it."""
    if project.engine == "sqlite":
        return "test.db", "test_restored.db"
    name = project.url.rsplit("/", 1)[1]
    return name, f"{name}_restored"


def until(question, seconds=30):
    """Asks again and again until the answer is yes."""
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def test_the_whole_way_back(project):
    """Backup, accident, restore, exchange, migrate."""
    fill(project)
    name = backup(project)["name"]
    project.query("DELETE FROM guests;")
    project.migration("20250102_000000_1.1.0_more", "CREATE TABLE more (id integer);", "DROP TABLE more;")
    report = json.loads(project.apus("restore", name, "--swap", "--json").stdout)
    live, _ = name_of(project)
    assert report["swapped"] and report["target"]["name"] == live
    assert report["database_version"] == "1.0.0" and report["kept"].startswith(live.split(".")[0])
    assert project.query("SELECT count(*) FROM guests;") == [["2000"]]
    project.apus("migrate", "-q")
    status = json.loads(project.apus("status", "--json").stdout)
    assert status["database_version"] == "1.1.0" and not status["drift"]
    runs = json.loads(project.apus("runs", "list", "--json").stdout)["runs"]
    assert [run["kind"] for run in runs] == ["migrate", "restore", "migrate"]


def test_a_second_restore_beside_the_first_needs_a_name_of_its_own(project):
    """F67"""
    fill(project, 10)
    name = backup(project)["name"]
    project.apus("restore", name)
    refused = project.apus("restore", name, expecting=7)
    assert "restore-occupied" in refused.stderr
    live, _ = name_of(project)
    project.apus("restore", name, "--into", live.replace("test", "test2") if "." in live else f"{live}_2")


def there(folder):
    """What is below a folder while others come and go."""
    for path, folders, files in os.walk(folder):
        yield from (Path(path) / name for name in folders + files)


def test_f72_everything_is_for_the_owner_alone_while_it_is_written_too(project):
    """F72: seen at every moment, with an umask that would allow everything."""
    fill(project, 200_000)
    old = os.umask(0)
    try:
        process = project.start("backup", "-q", APUS_BACKUP_JOBS="2")
    finally:
        os.umask(old)
    seen = {}
    while process.poll() is None:
        folder = project.folder / "backups"
        for path in [folder, *there(folder)]:
            try:
                seen.setdefault(path.relative_to(project.folder).as_posix(), set()).add(
                    path.stat().st_mode & 0o077 if path.parent in (project.folder, folder) else 0)
            except FileNotFoundError:
                pass
    assert process.wait() == 0
    assert any(".partial" in path for path in seen), seen
    assert {mode for modes in seen.values() for mode in modes} == {0}, seen
    for path in (project.folder / "backups").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("postgres", [18], indirect=True)
@pytest.mark.parametrize("missing, found", [((), "zstd"), (("zstd",), "gzip"), (("zstd", "gzip"), "none")])
def test_a_pg_dump_is_asked_for_the_quickest_compression_that_it_has(postgres, missing, found):
    """Builds may lack zstd, and gzip as well."""
    fill(postgres)
    tools = os.environ["APUS_TEST_POSTGRES_18_BIN"]
    refusal = 'echo "pg_dump: error: this build does not support compression with %s" >&2; exit 1'
    zstd = refusal % "zstd" if "zstd" in missing else ":"
    gzip = refusal % "gzip" if "gzip" in missing else ":"
    # What a build without gzip does when it is not asked for anything.
    own = "--compress=none" if "gzip" in missing else ""
    program = postgres.write("tools/pg_dump", f'''#!/bin/sh
case " $* " in *--compress=zstd*) {zstd} ;; *--compress=*) {gzip} ;; esac
case " $* " in *--compress=* | *--version*) own= ;; *) own={own} ;; esac
exec "{tools}/pg_dump" $own "$@"
''')
    program.chmod(0o755)
    taken = backup(postgres, PATH=os.pathsep.join([str(program.parent), clean_environment()["PATH"]]))
    path = postgres.folder / "backups" / taken["name"]
    listed = subprocess.run([f"{tools}/pg_restore", "--list", path], capture_output=True, text=True, check=True)
    assert f"Compression: {found}\n" in listed.stdout


@pytest.mark.parametrize("postgres", [15], indirect=True)
def test_f26_a_killed_backup_takes_its_pg_dump_along(postgres):
    """F8, F26: no orphan holds locks, and what it left is never listed and is cleared."""
    fill(postgres, 10)
    # A lock that pg_dump waits for, so that it is there for as long as it is wanted.
    holder = subprocess.Popen(
        ["psql", "-X", "-q", "-d", postgres.url], stdin=subprocess.PIPE, text=True,
        env=clean_environment())
    holder.stdin.write("BEGIN; LOCK TABLE guests; SELECT 1;\n")
    holder.stdin.flush()
    waiting = ("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'apus backup' "
               "AND datname = current_database() AND wait_event_type = 'Lock'")
    process = postgres.start("backup")
    until(lambda: postgres.query(waiting) == [["1"]])
    process.send_signal(signal.SIGKILL)
    process.wait()
    here = str(postgres.folder)

    def dumps():
        found = []
        for entry in Path("/proc").iterdir():
            try:
                line = (entry / "cmdline").read_bytes().decode() if entry.name.isdigit() else ""
                if "pg_dump" in line and f"{here}/" in (line + os.readlink(entry / "cwd") + "/"):
                    found.append(entry.name)
            except OSError:
                continue
        return found

    until(lambda: not dumps())
    holder.stdin.close()
    holder.wait()
    until(lambda: postgres.query(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'apus backup' "
        "AND datname = current_database()") == [["0"]])
    partials = list((postgres.folder / "backups").glob("*.partial"))
    assert len(partials) == 1
    assert json.loads(postgres.apus("backup", "list", "--json").stdout)["backups"] == []
    assert "backup-unknown" in postgres.apus(
        "restore", partials[0].name.removesuffix(".partial"), expecting=1).stderr
    pruned = json.loads(postgres.apus("backup", "prune", "--keep", "1", "--json").stdout)
    assert pruned["leftovers"] == [partials[0].name]
    assert not partials[0].exists()


@pytest.mark.parametrize("postgres", [15, 18], indirect=True)
def test_f26_the_backup_of_a_run_has_ended_before_its_first_step(postgres):
    """F26: what the first step sees, while the backup is held up for as long as it is wanted."""
    fill(postgres, 10)
    dumps = ("SELECT count(*) AS dumps FROM pg_stat_activity "
             "WHERE application_name = 'apus backup' AND datname = current_database()")
    postgres.migration("20250102_000000_1.1.0_seen", f"CREATE TABLE seen AS {dumps};", "DROP TABLE seen;")
    # pg_dump waits for this table, and the step wants another one.
    holder = postgres.client("BEGIN; LOCK TABLE guests")
    process = postgres.start("migrate")
    until(lambda: postgres.query(f"{dumps} AND wait_event_type = 'Lock'") == [["1"]])
    time.sleep(2)
    assert postgres.query("SELECT to_regclass('seen') IS NULL") == [["t"]]
    assert process.poll() is None
    holder.communicate("COMMIT;")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert postgres.query("SELECT dumps FROM seen") == [["0"]]


@pytest.mark.parametrize("postgres", [15, 18], indirect=True)
def test_f74_a_lock_session_that_is_cut_during_a_backup_ends_the_run(postgres):
    """F74: nothing is migrated behind a lock that is gone."""
    fill(postgres, 10)
    postgres.migration("20250102_000000_1.1.0_more", "CREATE TABLE more (id integer);", "DROP TABLE more;")
    # The backup itself ends the session that holds the lock.
    command = ("psql -X -q -c \"SELECT pg_terminate_backend(l.pid) FROM pg_locks l "
               "WHERE l.locktype = 'advisory' AND l.database = "
               "(SELECT oid FROM pg_database WHERE datname = current_database())\"")
    result = postgres.apus("migrate", expecting=8, APUS_BACKUP_COMMAND=command)
    assert "connection-lost" in result.stderr
    assert postgres.query("SELECT count(*) FROM pg_tables WHERE tablename = 'more'") == [["0"]]
    postgres.apus("migrate", "-q")


def test_f64_a_full_disk_is_told_and_leaves_nothing(sqlite):
    """F64, on a disk that is really full."""
    fill(sqlite, 200_000)
    (sqlite.folder / "backups").mkdir()
    script = ("mount -t tmpfs -o size=2m tmpfs backups || exit 77\n"
              '"$APUS" backup; status=$?; ls backups >&2; exit $status')
    # Whoever is not root is root of a namespace of their own, where the system lets them.
    mapped = [] if os.geteuid() == 0 else ["-r"]
    done = subprocess.run(
        ["unshare", *mapped, "-m", "sh", "-c", script], cwd=sqlite.folder, capture_output=True,
        text=True, env=clean_environment(DATABASE_URL=sqlite.url, APUS=EXECUTABLE), timeout=120,
        check=False)
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        (pytest.fail if REQUIRES_SERVERS else pytest.skip)(f"no disk can be mounted here: {done.stderr}")
    assert done.returncode == 1, done.stderr
    assert "backup-space" in done.stderr and "sqlite" not in done.stderr.splitlines()[-1]


#: A migration that adds something, one that takes nothing away that holds rows, one that does.
STEPS = [("20250102_000000_1.1.0_more", "CREATE TABLE more (id integer);", "DROP TABLE more;"),
         ("20250103_000000_1.2.0_column", "ALTER TABLE guests ADD COLUMN note text;",
          "ALTER TABLE guests DROP COLUMN note;"),
         ("20250104_000000_1.3.0_gone", "DROP TABLE guests;", "CREATE TABLE guests (id integer);")]


def backups_of(project, *arguments, steps=STEPS):
    """How many backups a run over some migrations takes, and how many it remembers."""
    for step in steps:
        project.migration(*step)
    before = json.loads(project.apus("backup", "list", "--json", *arguments).stdout)["backups"]
    report = json.loads(project.apus("migrate", "--json", "--yes", *arguments).stdout)
    assert len(report["steps"]) == len(steps)
    after = json.loads(project.apus("backup", "list", "--json", *arguments).stdout)["backups"]
    new = [backup for backup in after if backup not in before]
    prefix = "apus." if project.engine == "postgres" else "apus_"
    [[recorded]] = project.query(f"SELECT count(*) FROM {prefix}backups")
    assert recorded == str(len(after)), "what was taken is not what was recorded"
    return len(new)


POLICY = "backup: {}\nenvironments:\n  ci:\n    backup: {}\n"


def test_a_policy_of_never_takes_no_backup(project):
    """And holds for its environment alone."""
    fill(project, 10)
    project.write("apus.yaml", POLICY.format("always", "never"))
    assert backups_of(project, "--environment", "ci", steps=STEPS[:1]) == 0
    assert backups_of(project, steps=STEPS[1:]) == 1


def test_a_policy_of_each_step_takes_a_backup_before_each_migration(project):
    fill(project, 10)
    project.write("apus.yaml", POLICY.format("never", "each-step"))
    assert backups_of(project, steps=STEPS[:1]) == 0
    assert backups_of(project, "--environment", "ci", steps=STEPS[1:]) == 2


def test_a_policy_of_destructive_takes_a_backup_where_rows_would_go(project):
    fill(project, 10)
    project.write("apus.yaml", POLICY.format("never", "destructive"))
    assert backups_of(project, "--environment", "ci", steps=STEPS[:2]) == 0
    assert backups_of(project, "--environment", "ci", steps=STEPS[2:]) == 1


def test_a_setting_of_one_environment(sqlite):
    fill(sqlite, 10)
    sqlite.write("apus.yaml", "backup: always\nenvironments:\n  production:\n    backup_keep: 1\n"
                              "  ci:\n    backup: never\n    backups: elsewhere\n")
    kept = lambda: sorted(path.name for path in (sqlite.folder / "backups").glob("*.sqlite"))
    for _ in range(2):
        backup(sqlite)
    assert len(kept()) == 2
    backup(sqlite, "--environment", "production")
    assert len(kept()) == 1
    assert "elsewhere" in sqlite.apus("backup", "list", "--environment", "ci").stdout
    assert "elsewhere" not in sqlite.apus("backup", "list").stdout
    assert "elsewhere" in sqlite.apus("backup", "list", APUS_ENVIRONMENT="ci").stdout
    # The environment's variables go before the file.
    assert "third" in sqlite.apus("backup", "list", "--environment", "ci", APUS_BACKUPS="third").stdout


@pytest.mark.parametrize("postgres", [15, 18], indirect=True)
def test_an_interrupted_restore_removes_what_it_made(postgres):
    """F9: SIGINT in the middle."""
    project = postgres
    fill(project, 100_000)
    name = backup(project)["name"]
    process = project.start("restore", name)
    live, restored = name_of(project)

    def begun():
        return project.query(f"SELECT 1 FROM pg_database WHERE datname = '{restored}'") != []

    until(begun)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert f"{live} was not touched" in errors
    assert not begun()
    project.apus("restore", name)


def test_an_exchange_in_production_wants_to_be_confirmed(sqlite):
    fill(sqlite, 10)
    name = backup(sqlite)["name"]
    refused = sqlite.apus("restore", name, "--swap", "--environment", "production", expecting=7)
    assert "apus restore … --confirm test.db --yes" in refused.stderr
    sqlite.apus("restore", name, "--swap", "--environment", "production", "--yes", "--confirm", "test.db")


def test_a_database_that_another_program_has_open_is_not_swapped_away(sqlite):
    """SQLite has no server that knows who is connected: the system does."""
    fill(sqlite, 10)
    name = backup(sqlite)["name"]
    program = subprocess.Popen(["sqlite3", "test.db"], cwd=sqlite.folder, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    program.stdin.write("SELECT count(*) FROM guests;\n")
    program.stdin.flush()
    assert program.stdout.readline() == "10\n"
    refused = sqlite.apus("restore", name, "--swap", expecting=6)
    assert f"process {program.pid} (sqlite3)" in refused.stderr
    program.stdin.close()
    program.wait()
    sqlite.apus("restore", "--swap", "--into", "test_restored.db")


def test_a_log_that_is_not_written_back_yet_goes_with_the_old_database(sqlite):
    """F76, F77: the new database does not get the old one's log, and keeps its journal mode."""
    fill(sqlite, 10)
    sqlite.query("PRAGMA journal_mode = WAL; INSERT INTO guests VALUES (11, 'in the log');")
    name = backup(sqlite)["name"]
    # Left open without a checkpoint, and killed: the log stays behind.
    program = subprocess.Popen(["sqlite3", "test.db"], cwd=sqlite.folder, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    program.stdin.write("PRAGMA wal_autocheckpoint = 0; DELETE FROM guests; SELECT 'done';\n")
    program.stdin.flush()
    while program.stdout.readline() != "done\n":
        pass
    program.kill()
    program.wait()
    assert (sqlite.folder / "test.db-wal").stat().st_size > 0
    report = json.loads(sqlite.apus("restore", name, "--swap", "--json").stdout)
    assert not (sqlite.folder / "test.db-wal").exists()
    assert sqlite.query("SELECT count(*) FROM guests; PRAGMA journal_mode;") == [["11"], ["wal"]]
    sqlite.url = f"sqlite:{report['kept']}"
    assert sqlite.query("SELECT count(*) FROM guests; PRAGMA journal_mode;") == [["0"], ["wal"]]


def test_a_backup_of_another_database_takes_no_place_without_a_word(project, tmp_path):
    """Two databases share one folder of backups."""
    fill(project, 10)
    name = backup(project)["name"]
    live, restored = name_of(project)
    if project.engine == "sqlite":
        other = "sqlite:other.db"
        assert project.apus("baseline", "1.0.0", DATABASE_URL=other, expecting=None).returncode in (0, 7)
        place = "other_restored.db"
    else:
        project.apus("restore", name, "--into", f"{live}_2")
        other, place = f"{project.url}_2", f"{live}_2_restored"
    before = set(project.folder.iterdir())
    refused = project.apus("restore", name, "--swap", DATABASE_URL=other, expecting=7)
    assert f"error[backup-of-another]: {name} was taken of {live}, and the live database is " in refused.stderr
    assert f"apus restore {name} --swap --from-another" in refused.stderr
    assert set(project.folder.iterdir()) == before
    warned = project.apus("restore", name, DATABASE_URL=other)
    assert "warning[backup-of-another]" in warned.stderr and place in warned.stdout
    meant = place.replace("_restored", "_3")
    project.apus("restore", name, "--into", meant, "--swap", "--from-another", DATABASE_URL=other)


def test_an_exchange_asks_what_was_restored_where_it_came_from(project):
    """Restored one day and exchanged on another: a name that was mistyped is a database all the same."""
    fill(project, 10)
    name = backup(project)["name"]
    live, restored = name_of(project)
    other, third = (("other.db", "third.db") if project.engine == "sqlite" else (f"{live}_2", f"{live}_3"))
    address = (f"sqlite:{other}" if project.engine == "sqlite" else project.url.replace(live, other))
    project.apus("restore", name, "--into", other)
    # As the live one of other: what was restored from another's backup does not take its place.
    project.apus("restore", name, "--into", third, DATABASE_URL=address)
    refused = project.apus("restore", "--swap", "--into", third, DATABASE_URL=address, expecting=7)
    assert f"error[backup-of-another]: {third} was restored from {name}: " in refused.stderr
    # Backups that cannot be looked at are no reason to pass over the question.
    project.write("a file", "")
    unseen = project.apus("restore", "--swap", "--into", third, DATABASE_URL=address, APUS_BACKUPS="a file",
                          expecting=1)
    assert "error[file-unreadable]: the backup folder a file cannot be read" in unseen.stderr
    command = refused.stderr.splitlines()[-1].split(": apus ")[1]
    project.apus(*command.split(), DATABASE_URL=address)
    # A database that lives, and that nobody ever restored.
    refused = project.apus("restore", "--swap", "--into", live, DATABASE_URL=address, expecting=7)
    assert f"{live} was not restored by apus: its history tells of no restore" in refused.stderr


def test_what_a_role_may_not_give_to_its_owner_is_restored_without_owners(postgres):
    fill(postgres, 10)
    name = backup(postgres)["name"]
    postgres.query("DO $$ BEGIN CREATE ROLE apus_restorer LOGIN CREATEDB PASSWORD 'restorer'; "
                   "EXCEPTION WHEN duplicate_object THEN NULL; END $$", superuser=True)
    restorer = postgres.url.replace("apus:apus-test@", "apus_restorer:restorer@")
    refused = postgres.apus("restore", name, DATABASE_URL=restorer, expecting=1)
    command = next(line for line in refused.stderr.splitlines() if "--no-owner" in line).split(": apus ")[1]
    postgres.apus(*command.split(), DATABASE_URL=restorer)


def test_printed_commands_lead_to_what_was_restored(sqlite):
    """The name as it was given, as one word of a shell."""
    fill(sqlite, 10)
    name = backup(sqlite)["name"]
    (sqlite.folder / "it's a; folder").mkdir()
    output = sqlite.apus("restore", name, "--into", "it's a; folder/x $1.db").stdout
    lines = [line.strip() for line in output.splitlines()]
    swap = next(line for line in lines if line.startswith("apus restore --swap"))
    moves = [line for line in lines if line.startswith(("sqlite3 ", "mv "))]
    assert len(moves) == 3
    for command in (swap.replace("apus", EXECUTABLE, 1), "mv test_replaced_*.db 'a copy.db'"):
        subprocess.run(["sh", "-ec", command], cwd=sqlite.folder, check=True,
                       env=clean_environment(DATABASE_URL=sqlite.url))
    sqlite.apus("restore", name, "--into", "it's a; folder/x $1.db")
    subprocess.run(["sh", "-ec", "\n".join(moves)], cwd=sqlite.folder, check=True)
    assert sqlite.query("SELECT count(*) FROM guests;") == [["10"]]


def test_several_damaged_backups_are_told_apart(project):
    fill(project, 10)
    names = [backup(project)["name"] for _ in range(2)]
    for name in names:
        path = project.folder / "backups" / name
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    told = project.apus("backup", "verify", expecting=1).stderr
    errors = [line for line in told.splitlines() if line.startswith("error[")]
    assert len(errors) == 2
    assert all(any(name in error for error in errors) for name in names)


def test_what_a_command_kept_is_not_called_good_where_nothing_read_it(sqlite):
    fill(sqlite, 10)
    sqlite.write("apus.yaml", "backup_command: cp \"$APUS_DATABASE_FILE\" \"$APUS_BACKUP_FILE\"\n")
    name = backup(sqlite)["name"]
    output = sqlite.apus("backup", "verify", name).stdout
    assert "is not verified" in output and "SHA-256 equal" in output and "good" not in output


@pytest.mark.parametrize("postgres", [15, 18], indirect=True)
def test_an_index_that_a_broken_build_left_keeps_no_backup_from_being_restored(postgres):
    """pg_dump leaves it out."""
    fill(postgres, 10)
    postgres.query("CREATE TABLE twice (id integer); INSERT INTO twice VALUES (1), (1);")
    subprocess.run(["psql", "-X", "-q", "-d", postgres.url, "-c", "CREATE UNIQUE INDEX CONCURRENTLY by_id ON twice (id)"],
                   check=False, capture_output=True, env=clean_environment())
    assert postgres.query("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [["1"]]
    restored = postgres.apus("restore", backup(postgres)["name"], "--swap")
    assert "warning[invalid-index]" in restored.stderr and "public.by_id" in restored.stderr
    assert postgres.query("SELECT count(*) FROM twice") == [["2"]]


def test_a_damaged_history_keeps_nobody_from_a_backup(project):
    fill(project, 10)
    journal = "apus_journal" if project.engine == "sqlite" else "apus.journal"
    project.query(f"DROP TABLE {journal}")
    name = backup(project)["name"]
    project.apus("backup", "verify", name)
