"""A password that stands nowhere but where it has to: F18, F70, F71.

A role gets a password that nobody else has. Every command runs with it, in success and in failure,
and then it is looked for in whatever was written anywhere.
"""

import os
import secrets
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest

from CommandLine.conftest import Project, drop
from Faults.commands import COMMANDS
from Faults.databases import VERSIONS, name_of
from Faults.pages import Pages
from Faults.process_watch import ProcessWatch

#: PostgreSQL's own programs get the password in their environment, which nobody else can read; so do what
#: Debian puts before them, the shell that ends them when Apus dies, and what it notices that by.
MAY_KNOW = {"apus", "pg_dump", "pg_restore", "perl", Path("/bin/sh").resolve().name, "env"}

MIGRATIONS = ["20250101_000000_1.0.0_guests.sql", "20250101_000001_1.1.0_trips.sql"]

#: What an application asks the server; pages lead to each other.
ANSWERS = ["/health/live", "/health/ready", *(f"/api/{name}" for name in (
    "version", "version/compatibility?application=1.0.0", "version/changelog", "version/changelog/1.0.0",
    "migrations", "migrations/20250101_000000_1.0.0_guests", "runs", "runs/1", "backups", "openapi.json"))]

SESSIONS = "SELECT application_name, query FROM pg_stat_activity"


class Canary:
    """A role with a password of its own, its database, and all that was written meanwhile."""

    def __init__(self, folder, version):
        self.version = version
        self.name = f"canary_{secrets.token_hex(4)}"
        # With what a URL has to escape, so that both spellings are looked for.
        self.password = f"kanari/{secrets.token_hex(8)}@=%"
        self.superuser = os.environ[f"APUS_TEST_POSTGRES_{version}_SUPERUSER"]
        self.needles = [self.password, quote(self.password, safe=""), quote(self.password)]
        self.folder = folder
        self.project = Project(folder / "project", self.url(), "postgres", version)
        self.said = []

    def url(self, password=None, port=None, database=None):
        parts = urlsplit(self.superuser)
        secret = quote(self.password if password is None else password, safe="")
        return urlunsplit(parts._replace(
            netloc=f"{self.name}:{secret}@{parts.hostname}:{port or parts.port}",
            path=f"/{database or self.name}"))

    def ask(self, sql, database="postgres"):
        """As the superuser, and by way of standard input: arguments can be read."""
        url = urlunsplit(urlsplit(self.superuser)._replace(path=f"/{database}"))
        return subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url],
                              input=sql, check=True, capture_output=True, text=True).stdout

    def run(self, *words, **environment):
        """One command; what it said is kept, its code returned."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        done = self.project.apus(*words, expecting=None, HOME=str(home), TMPDIR=str(home),
                                 **environment)
        self.said.append((words, done.stdout + done.stderr))
        return done.returncode

    def serve(self, **environment):
        """All pages and answers of the server; what it prints is kept too. The paths that it served."""
        home = self.folder / "home"
        process = self.project.start("serve", "--port", "0", HOME=str(home), TMPDIR=str(home), **environment)
        with Pages(process) as pages:
            for path, text in pages.crawl("/admin/migrations", "/admin/migrations/plan", *ANSWERS):
                self.said.append((("serve", path), text))
        self.said.append((("serve",), pages.printed))
        return pages.paths

    def __enter__(self):
        log = Path(self.ask("SHOW data_directory").strip()).parent / "log"
        self.log, self.log_begin = log, log.stat().st_size
        self.ask(f"SET log_statement = 'none'; SET log_min_error_statement = 'panic';\n"
                 f"CREATE ROLE {self.name} LOGIN CREATEDB PASSWORD '{self.password}';\n")
        self.ask(f"CREATE DATABASE {self.name} OWNER {self.name}")
        return self

    def __exit__(self, *_):
        for [name] in [row.split("|") for row in self.ask(
                f"SELECT datname FROM pg_database WHERE datname LIKE '{self.name}%'").splitlines()]:
            drop(self.version, name)
        self.ask(f"DROP ROLE {self.name}")

    @contextmanager
    def sessions(self):
        """Everything that the server says of sessions while the block runs."""
        is_done, seen = threading.Event(), set()

        def look():
            while not is_done.is_set():
                seen.add(self.ask(f"{SESSIONS} WHERE usename = '{self.name}'"))
                time.sleep(0.05)

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield seen
        finally:
            is_done.set()
            thread.join()

    def places(self, seen):
        """(name, text) of everything that was written."""
        for words, text in self.said:
            yield f"the output of apus {' '.join(words)}", text
        for text in seen:
            yield "the server's view of a session", text
        with self.log.open(errors="replace") as log:
            log.seek(self.log_begin)
            yield "the server's log", log.read()
        for file in self.folder.rglob("*"):
            yield "a file's name", file.name
            if not file.is_file():
                continue
            yield f"{file.name}", file.read_bytes().decode(errors="replace")
            if file.suffix == ".dump" or file.name == "toc.dat":
                # Its content is compressed.
                yield f"what {file.name} holds", subprocess.run(
                    [self.project.tool("pg_restore"), "-f", "-",
                     str(file.parent if file.name == "toc.dat" else file)], check=True,
                    capture_output=True, text=True).stdout
        for database in (self.name, f"{self.name}_restored"):
            yield f"the database {database}", subprocess.run(
                [self.project.tool("pg_dump"), "-d",
                 urlunsplit(urlsplit(self.superuser)._replace(path=f"/{database}"))],
                check=True, capture_output=True, text=True).stdout

    def hits(self, seen):
        return [place for place, text in self.places(seen)
                for needle in self.needles if needle in text]


def fill(project):
    project.write("versions.yaml", "releases:\n  - version: 1.0.0\n  - version: 1.1.0\n")
    for file in MIGRATIONS:
        name = file.removesuffix(".sql").split("_")[-1]
        project.migration(file.removesuffix(".sql"), f"CREATE TABLE {name} (id integer);",
                          f"DROP TABLE {name};")


def tidy(project):
    """Without what commands have written beside the migrations: the next ones are to go on."""
    for file in [*project.folder.glob("migrations/*"), *project.folder.glob("*.lock")]:
        if file.name not in MIGRATIONS:
            file.unlink()


def fail(canary, environment, some):
    """Failures that have the connection's text at hand; each ends with the code that it should."""
    run, project = canary.run, canary.project
    wrong = canary.url(password=canary.password + "x")
    nowhere = canary.url(port=1)
    missing = canary.url(database="no_such_database")
    for words in (["status"], ["migrate", "--yes"], ["backup", "now"]):
        for flags in some([[], ["--json"], ["-v"]]):
            for url in (wrong, nowhere, missing):
                assert run(*words, *flags, DATABASE_URL=url) == 8
    for url in (canary.url().replace("postgres:", "postgress:"),
                f"host=127.0.0.1 password='{canary.password}", f"postgres://u:{canary.password}@h/d",
                canary.url().replace("@", "@@")):
        assert run("status", DATABASE_URL=url) in (1, 8, 64)

    # The server's own words may quote it: here because a table holds it. It writes them into its log too,
    # which no client can help.
    canary.ask(f"ALTER ROLE {canary.name} SET log_min_messages = 'panic'")
    canary.ask(f"CREATE TABLE texts AS SELECT '{canary.url()}'::text AS url, "
               f"'{canary.password}'::text AS word; GRANT ALL ON texts TO {canary.name};",
               canary.name)
    for name, sql in {
        "cast": "SELECT url::integer FROM texts;",
        "raise": "DO $$ BEGIN RAISE EXCEPTION '%', (SELECT word FROM texts) "
                 "USING DETAIL = (SELECT url FROM texts), HINT = (SELECT word FROM texts); END $$;",
        "warning": "DO $$ BEGIN RAISE WARNING '%', (SELECT url FROM texts); END $$;\nSELECT 1/0;",
    }.items():
        for header in ("", "-- apus: no-transaction\n"):
            file = project.migration(f"20250101_000009_1.9.0_{name}", header + sql)
            for flags in some([[], ["--json"], ["--json-stream"], ["-v"]]):
                code = run("migrate", "--yes", "--no-backup", *flags, **environment)
                assert code in (3, 4), canary.said[-1][1]
                assert name == "warning" or "•••" in canary.said[-1][1], canary.said[-1][1]
            file.unlink()
            run("rollback", "1.9.0", "--yes", "--no-backup", **environment)
    canary.ask(f"DROP TABLE texts; ALTER ROLE {canary.name} RESET log_min_messages", canary.name)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_password_is_nowhere_but_where_it_has_to_be(tmp_path, effort, figures, version):
    """F18, F70, F71: in the short form one way to give it, and one form of each command's output."""
    def some(choices):
        return choices if effort.is_soak else [effort.chance.choice(choices)]

    with (figures.method("canary secret", name_of(f"postgres-{version}")) as figure,
          Canary(tmp_path, version) as canary):
        project = canary.project
        fill(project)
        ways = {"variable": {}, ".env": {"DATABASE_URL": ""}, "keywords": {
            "DATABASE_URL": f"host=127.0.0.1 port={urlsplit(canary.superuser).port} "
                            f"user={canary.name} dbname={canary.name} password='{canary.password}'"},
            "PGPASSWORD": {"DATABASE_URL": canary.url(password="").replace(":@", "@"),
                           "PGPASSWORD": canary.password}}
        with (ProcessWatch(canary.needles, MAY_KNOW) as watch, canary.sessions() as seen):
            for way, environment in some(list(ways.items())):
                # As in a new database: what belongs to the superuser, nobody else restores.
                canary.ask("DROP SCHEMA IF EXISTS apus, public CASCADE; "
                           "CREATE SCHEMA public AUTHORIZATION pg_database_owner", canary.name)
                dotenv = project.folder / ".env"
                if way == ".env":
                    dotenv.write_text(f"DATABASE_URL={canary.url()}\n")
                assert canary.run("migrate", "1.0.0", "--yes", **environment) == 0
                for jobs in ("1", "2"):
                    assert canary.run("backup", "now", APUS_BACKUP_JOBS=jobs, **environment) == 0
                for command in COMMANDS:
                    if command.effect == "serves":
                        continue
                    words = first_backup(project, command)
                    streams = [["--json-stream"]] if command.streams else []
                    for flags in some([[], ["--json"], ["-v"], *streams]):
                        code = canary.run(*words, *flags, **environment)
                        # Its database is looked through in the end; a second one is refused.
                        assert command.name != "restore" or code in (0, 7), canary.said[-1]
                        tidy(project)
                # The repairs have left it reverted, below one that is applied: no run would begin.
                assert canary.run("repair", "mark-applied", "1.0.0", "--yes", **environment) == 0
                fail(canary, environment, some)
                paths = canary.serve(**environment)
                dotenv.unlink(missing_ok=True)
        hits = sorted({*watch.hits, *canary.hits(seen)})
        assert not hits, f"the password was found in: {hits}"
        # What was not looked at cannot have been clean.
        assert {"apus", "pg_dump"} <= watch.seen, watch.seen
        assert "apus" in watch.knowing and watch.looks > 10
        assert any("apus" in text for text in seen)
        assert list(project.folder.glob("backups/*.dir")) and list(project.folder.glob("backups/*.dump"))
        pages = {"", "/health", "/runs", "/runs/1", "/migrations/20250101_000000_1.0.0_guests", "/versions",
                 "/backups", "/audit", "/plan"}
        assert {f"/admin/migrations{page}" for page in pages} | set(ANSWERS) <= set(paths), paths
        figure.rounds, figure.points = 1, len(canary.said)
        figure.outcome = f"0 hits; {len(paths)} pages and answers, {watch.looks} looks at all processes"


def first_backup(project, command):
    """The command's words, with the name of the oldest backup."""
    backup = min(file.name.removesuffix(".json") for file in project.folder.glob("backups/*.json"))
    return [word.replace("{backup}", backup) for word in command.line]
