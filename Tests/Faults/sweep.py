"""The parts of the kill sweep: what is run, on which database, and what it must have come to."""

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Callable

from CommandLine.conftest import Project
from Faults.databases import remade, until_gone
from Faults.failpoints import killing, listing, recorded


@dataclass
class Kind:
    """One way of running Apus, to be killed at every point that it passes."""

    name: str
    #: Makes the files and the state that the run begins with.
    prepare: Callable[[Project], None]
    #: The run that is killed.
    action: list
    #: The run that ends what was begun; without it, the same again.
    finish: list = None
    #: What a person does in between, such as mending a file.
    mend: Callable[[Project], None] = lambda project: None
    #: The exit code of the run where nothing kills it.
    code: int = 0
    #: Whether every step stands in one transaction with its record.
    is_transactional: bool = True
    #: Whether backups are in play, and are looked at.
    has_backups: bool = False
    engines: tuple = ("sqlite", "postgres")
    #: PostgreSQL: run by a superuser once the state is made.
    superuser: str = ""


class Database:
    """A state that can be had again as often as it is wanted, in any number of copies."""

    def __init__(self, project, kind):
        self.origin = project
        self.kind = kind
        #: PostgreSQL: the SQL that makes it.
        self.state = None

    def keep(self):
        """Takes the project's present state as the one that every copy begins with."""
        if self.origin.engine == "postgres":
            self.state = remade(self.origin)

    def copy(self, folder, url):
        """A project in a folder of its own, in the state that was kept."""
        shutil.rmtree(folder, ignore_errors=True)
        if self.origin.engine == "sqlite":
            shutil.copytree(self.origin.folder, folder)
            return Project(folder, self.origin.url, "sqlite")
        shutil.copytree(self.origin.folder, folder)
        project = Project(folder, url, "postgres", self.origin.version)
        project.query(self.state)
        if self.kind.superuser:
            project.query(self.kind.superuser, superuser=True)
        return project


def history(project):
    """What the database says is applied, and where it has no history, nothing."""
    status = json.loads(project.apus("status", "--json").stdout)
    return {m["id"] for m in status["migrations"] if m["status"] in ("applied", "baseline")}


def trace(project):
    """What the migrations wrote into a table that would take every row twice."""
    table = "to_regclass('public.trace')" if project.engine == "postgres" else (
        "(SELECT name FROM sqlite_master WHERE name = 'trace')")
    if project.query(f"SELECT {table} IS NULL")[0][0] in ("t", "1"):
        return None
    return [row[0] for row in project.query("SELECT step FROM trace ORDER BY step")]


SIGNATURES = {
    "sqlite": """
        SELECT type, name, sql FROM sqlite_master
          WHERE name NOT LIKE 'apus_%' AND name NOT LIKE 'sqlite_%' ORDER BY 1, 2;
        SELECT 'migration', id, is_baseline, up_meaning FROM apus_migrations ORDER BY id;
        SELECT 'open', migration, status FROM apus_journal WHERE status = 'started';
        SELECT 'journal mode', journal_mode FROM pragma_journal_mode;
        SELECT 'sound', integrity_check FROM pragma_integrity_check;
        """,
    "postgres": """
        SELECT 'column', c.oid::regclass, c.relkind, a.attname, a.atttypid::regtype, a.attnotnull
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
          WHERE c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'aside'))
          AND NOT a.attisdropped ORDER BY 2, 4;
        SELECT 'index', c.relname, i.indisvalid, i.indisunique FROM pg_index i
          JOIN pg_class c ON c.oid = i.indexrelid
          WHERE c.relnamespace = 'public'::regnamespace ORDER BY 2;
        SELECT 'label', enumlabel FROM pg_enum ORDER BY 2;
        SELECT 'migration', id, is_baseline, up_meaning FROM apus.migrations ORDER BY id;
        SELECT 'open', migration, status FROM apus.journal WHERE status = 'started';
        SELECT 'lock', pid FROM pg_locks WHERE locktype = 'advisory'
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
        """,
}


def signature(project):
    """Everything that must be as if nothing had been killed."""
    return project.query(SIGNATURES[project.engine]), trace(project)


def wait_until_gone(project):
    """Until the server has noticed that the killed process is gone."""
    if project.engine == "postgres":
        project.query(until_gone("application_name LIKE 'apus%'", 30))


def check_backups(project):
    """Nothing half written is listed, and everything that is listed can be read."""
    listed = json.loads(project.apus("backup", "list", "--json").stdout)["backups"]
    for backup in listed:
        assert not backup["name"].endswith(".partial")
        assert not backup.get("problem"), backup
        project.apus("backup", "verify", backup["name"])
    return len(listed)


#: Where a change, its record and their commit are made, and the point right behind a change that is made
#: for good. Taking out what holds these together must show in every sweep, whatever its chance.
CRUCIAL = re.compile(
    r"\.(statement-done|statement-noted|intent|built|before-record|history-written|recorded|step-released|before-commit)$"
    r"|^(postgres|sqlite)\.(step\.|batch\.|group\.)?committed$|\.batch\.noted$|^data\.done$")
#: Of these every one, because each statement of a section without a transaction is guarded its own way.
EACH = re.compile(r"\.alone\.statement-done$")


def crucial(points, chance):
    """The numbers of some points that a sweep never leaves out: of each crucial name one, or each one."""
    places = {}
    for number, name in enumerate(points, start=1):
        if CRUCIAL.search(name):
            places.setdefault(name, []).append(number)
    chosen = set()
    for name, numbers in places.items():
        chosen |= set(numbers if EACH.search(name) else [chance.choice(numbers)])
    return chosen


def choose(effort, points, short):
    """The numbers of the points to kill at: in the short form some of all, and the crucial ones."""
    chosen = effort.sample(range(1, len(points) + 1), short=short)
    if effort.is_soak or effort.only is not None:
        return chosen
    return sorted({*chosen, *crucial(points, effort.chance)})


class Sweep:
    """Kills one kind of run at its points, one after the other."""

    def __init__(self, kind, project, work):
        self.kind = kind
        self.project = project
        self.work = work
        self.database = Database(project, kind)
        #: The names of the points, in order, and the state that the run comes to.
        self.points, self.expected = [], None
        #: How many points the killed run did not come to, because it passed fewer than the counted one:
        #: a session that has been quiet for a second looks again whether the lock is its own.
        self.unreached = 0

    def count(self, url):
        """Runs without a kill, and keeps what it passes and where it ends."""
        self.kind.prepare(self.project)
        self.database.keep()
        project = self.database.copy(self.work / "counted", url)
        log = self.work / "points"
        project.apus(*self.kind.action, expecting=self.kind.code, **listing(log))
        if self.kind.code != 0:
            self.kind.mend(project)
            project.apus(*self.finish)
        self.points, self.expected = recorded(log), signature(project)

    def run(self, numbers, urls):
        """Kills at each of the numbers, with a worker for each of the databases; what went wrong."""
        shares = [numbers[worker::len(urls)] for worker in range(len(urls))]
        with ThreadPoolExecutor(len(urls)) as pool:
            failures = pool.map(self.take, shares, urls, range(len(urls)))
            return [failure for share in failures for failure in share]

    @property
    def finish(self):
        return self.kind.finish or self.kind.action

    def take(self, numbers, url, worker):
        failures = []
        for number in numbers:
            try:
                self.kill(number, url, self.work / f"worker-{worker}")
            except Exception as problem:  # told with the others, at the end
                failures.append(f"point {number} ({self.points[number - 1]}): {problem}")
        return failures

    def kill(self, number, url, folder):
        project = self.database.copy(folder, url)
        log = folder.with_suffix(f".{number}")
        killed = project.apus(*self.kind.action, expecting=None, **killing(number, log))
        if killed.returncode == self.kind.code and len(recorded(log)) < number:
            self.unreached += 1
            return
        assert killed.returncode == -9, f"it ended with {killed.returncode}\n{killed.stderr}"
        # Every other time at once, while the server may still be busy with the killed one's work.
        if number % 2 == 0:
            wait_until_gone(project)
            if self.kind.is_transactional:
                self.check_between(project)
        self.kind.mend(project)
        project.apus(*self.finish, APUS_LOCK_WAIT="60s")
        wait_until_gone(project)
        found = signature(project)
        assert found == self.expected, f"found {found}\ninstead of {self.expected}"
        if self.kind.has_backups:
            check_backups(project)

    def check_between(self, project):
        """Between the kill and the next run: what is done is recorded, and the other way round."""
        rows = trace(project)
        if rows is None:
            assert history(project) == set()
        else:
            assert len(rows) == len(set(rows)), rows
            steps = {identifier for identifier in history(project) if "_step" in identifier}
            assert {row for row in rows} == {identifier.rsplit("_step", 1)[1]
                                             for identifier in steps}
