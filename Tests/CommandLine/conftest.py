"""What the command line's tests share: the executable, folders, and databases of their own."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLE = os.environ.get("APUS_TEST_EXECUTABLE", str(ROOT / ".build/debug/apus"))
REQUIRES_SERVERS = os.environ.get("APUS_TEST_REQUIRE_SERVERS") == "1"


def clean_environment(**extra):
    """The environment without any setting of Apus's, and with nothing that changes wording."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("APUS_", "DATABASE_", "PG"))}
    # The servers' own programs first: Debian's psql is a Perl program that looks for the one to run.
    tools = [os.environ[key] for key in sorted(os.environ)
             if key.startswith("APUS_TEST_POSTGRES_") and key.endswith("_BIN")]
    path = os.pathsep.join([*tools, os.environ["PATH"]])
    return {**kept, "PATH": path, "LC_ALL": "C.UTF-8", "TZ": "UTC", **extra}


class Rehearsals:
    """Some tests look at every rehearsal that there is on a server. While one of them runs, the tests
    of other processes begin none."""

    def __init__(self):
        self.is_ours = False

    @contextlib.contextmanager
    def going_on(self, *, ours=False):
        if self.is_ours:
            yield
            return
        path = Path(os.environ.get("APUS_TEST_STATE", tempfile.gettempdir())) / "rehearsals.lock"
        with open(path, "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX if ours else fcntl.LOCK_SH)
            self.is_ours = ours
            try:
                yield
            finally:
                self.is_ours = False


rehearsals = Rehearsals()


class Project:
    """A folder with migrations and a database, and `apus` run inside it."""

    def __init__(self, folder, url, engine, version=None):
        self.folder = Path(folder)
        self.url = url
        self.engine = engine
        #: PostgreSQL's major version.
        self.version = version

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def migration(self, identifier, up, down="SELECT 1;", header=""):
        """Writes one migration file from the SQL of its sections."""
        return self.write(
            f"migrations/{identifier}.sql",
            f"{header}-- Up Migration\n{up}\n\n-- Down Migration (Rollback)\n{down}\n",
        )

    def start(self, *arguments, **environment):
        return subprocess.Popen(
            [EXECUTABLE, *arguments],
            cwd=self.folder,
            env=clean_environment(**{"DATABASE_URL": self.url, **environment}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def apus(self, *arguments, expecting=0, **environment):
        is_rehearsal = arguments[0] == "test" and self.engine == "postgres"
        with rehearsals.going_on() if is_rehearsal else contextlib.nullcontext():
            process = self.start(*arguments, **environment)
            output, errors = process.communicate(timeout=120)
        result = subprocess.CompletedProcess(process.args, process.returncode, output, errors)
        if expecting is not None:
            assert process.returncode == expecting, (
                f"apus {' '.join(arguments)} ended with {process.returncode}, "
                f"not {expecting}\n{output}{errors}"
            )
        return result

    def tool(self, name):
        """One of the programs of the PostgreSQL server's own version."""
        return str(Path(os.environ[f"APUS_TEST_POSTGRES_{self.version}_BIN"]) / name)

    def client(self, sql):
        """Somebody else's connection, which has done `sql` and stays open until it is spoken to."""
        process = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=clean_environment(PGAPPNAME="somebody else"))
        process.stdin.write(f"{sql};\n\\echo done\n")
        process.stdin.flush()
        line = process.stdout.readline()
        while line not in ("done\n", ""):
            line = process.stdout.readline()
        assert line, process.communicate()
        return process

    def query(self, sql, superuser=False):
        """Rows as lists of text, asked with the engine's own client."""
        environment = clean_environment()
        if self.engine == "sqlite":
            command = ["sqlite3", "-bail", "-separator", "\t", self.url.removeprefix("sqlite:")]
        else:
            # The role has the name of the registry's schema, which "$user" would lead to.
            environment["PGOPTIONS"] = "-c search_path=public"
            url = self.url
            if superuser:
                server = urlsplit(os.environ[f"APUS_TEST_POSTGRES_{self.version}_SUPERUSER"])
                url = urlunsplit(server._replace(path=urlsplit(url).path))
            command = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
                       "-d", url]
        done = subprocess.run(
            command, input=sql, cwd=self.folder, capture_output=True, text=True, check=False,
            timeout=60, env=environment,
        )
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]


def server(version):
    """The address of a test server, or a visible skip (in CI: a failure)."""
    url = os.environ.get(f"APUS_TEST_POSTGRES_{version}")
    if url is None:
        if REQUIRES_SERVERS:
            pytest.fail(f"APUS_TEST_POSTGRES_{version} is not set")
        pytest.skip(f"no PostgreSQL {version}: run scripts/postgres-up")
    return url


def psql(url, sql):
    subprocess.run(
        ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql],
        check=True, capture_output=True, env=clean_environment(),
    )


def drop(version, name):
    """With what was restored beside it, or put aside for it. As the superuser, because autovacuum may
    be at work in the database."""
    url = os.environ[f"APUS_TEST_POSTGRES_{version}_SUPERUSER"]
    found = subprocess.run(
        ["psql", "-X", "-q", "-A", "-t", "-d", url, "-c",
         f"SELECT datname FROM pg_database WHERE starts_with(datname, '{name}')"],
        check=True, capture_output=True, text=True, env=clean_environment())
    for database in found.stdout.splitlines():
        psql(url, f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


@pytest.fixture
def sqlite(tmp_path):
    (tmp_path / "migrations").mkdir()
    return Project(tmp_path, "sqlite:test.db", "sqlite")


@pytest.fixture
def postgres(tmp_path, request):
    """A new database on the server whose version the test is parametrised with (default 15)."""
    version = getattr(request, "param", 15)
    url = server(version)
    name = f"apus_{uuid.uuid4().hex[:12]}"
    psql(url, f'CREATE DATABASE "{name}"')
    (tmp_path / "migrations").mkdir(exist_ok=True)
    yield Project(tmp_path, urlunsplit(urlsplit(url)._replace(path=f"/{name}")), "postgres", version)
    drop(version, name)


@pytest.fixture(params=["sqlite", "postgres-15", "postgres-18"])
def project(request, tmp_path):
    """The same test on SQLite and on each PostgreSQL."""
    if request.param == "sqlite":
        (tmp_path / "migrations").mkdir()
        yield Project(tmp_path, "sqlite:test.db", "sqlite")
        return
    version = request.param.removeprefix("postgres-")
    url = server(version)
    name = f"apus_{uuid.uuid4().hex[:12]}"
    psql(url, f'CREATE DATABASE "{name}"')
    (tmp_path / "migrations").mkdir()
    yield Project(tmp_path, urlunsplit(urlsplit(url)._replace(path=f"/{name}")), "postgres", version)
    drop(version, name)


#: What the guide tells its readers to begin with: the example as it was at 1.1.0, before its later releases.
FIRST_RELEASES = [
    "rm migrations/*/*_1.[23].0_* migrations/*/*_2.0.0_* tests/*/1.[23].0_* tests/*/2.0.0_*",
    "sed -i '/^target:/d' apus.yaml",
]


def first_releases(folder):
    for command in FIRST_RELEASES:
        subprocess.run(["bash", "-c", command], cwd=folder, check=True)


@pytest.fixture
def guest_registration(tmp_path):
    """A copy of the example as it was at 1.1.0, on a SQLite file beside it."""
    folder = tmp_path / "GuestRegistration"
    shutil.copytree(ROOT / "Examples/GuestRegistration", folder)
    first_releases(folder)
    return Project(folder, "sqlite:guest_registration.db", "sqlite")
