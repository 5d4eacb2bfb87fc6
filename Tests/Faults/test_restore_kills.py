"""A restore that is killed at any point leaves the live database, loses nothing, and is done by the next.

What each point must leave: the live database answers, either as it was or as the backup; what was
written after the backup is still in one of the databases; and the same command again ends with the
backup in the live one's place, and nothing half made. Without an exchange it ends with the backup beside
the live one, which nothing has touched. Where the killed one had restored everything, and had not given
it the live one's place, the same command is refused because of what is there, and the command that its
refusal names goes on.
"""

import json
from urllib.parse import urlsplit, urlunsplit

import pytest

from CommandLine.conftest import Project
from Faults.databases import new_project
from Faults.failpoints import killing, listing, recorded

#: The engine, how the backup is made, and whether the restored one takes the live one's place.
FORMS = {
    "SQLite": ("sqlite", {}, True),
    "SQLite, beside": ("sqlite", {}, False),
    "PostgreSQL 15": ("postgres-15", {}, True),
    "PostgreSQL 15, beside": ("postgres-15", {}, False),
    "PostgreSQL 15, a folder": ("postgres-15", {"APUS_BACKUP_JOBS": "2"}, True),
    "PostgreSQL 18": ("postgres-18", {}, True),
    "PostgreSQL 18, a folder, beside": ("postgres-18", {"APUS_BACKUP_JOBS": "2"}, False),
}
#: How many points of one form the short form takes: of all, and of those at which something is made.
SHORT, MADE = 5, 5
#: Between these two the restored database, which is whole, comes to stand under its name.
NAMING, NAMED = {"restore.before-unmarking", "restore.before-complete"}, {"restore.unmarked", "restore.named"}


def fill(project):
    project.migration("20250101_000000_1.0.0_guests", "CREATE TABLE guests (id integer);",
                      "DROP TABLE guests;")
    project.apus("migrate", "-q")
    project.query("INSERT INTO guests VALUES (1), (2);")


class Databases:
    """The live database and those that bear its name with something behind it."""

    def __init__(self, project):
        self.project = project
        self.name = (project.url.removeprefix("sqlite:") if project.engine == "sqlite"
                     else urlsplit(project.url).path[1:])

    def others(self):
        """Names of what was put aside, restored, or left half made."""
        if self.project.engine == "sqlite":
            return sorted(path.name for path in self.project.folder.glob("test_*")
                          if path.suffix in (".db", ".restoring"))
        maintenance = self.at("postgres")
        return [row[0] for row in maintenance.query(
            "SELECT datname FROM pg_database WHERE starts_with(datname, "
            f"'{self.name}_') ORDER BY 1")]

    def at(self, name):
        url = (f"sqlite:{name}" if self.project.engine == "sqlite"
               else urlunsplit(urlsplit(self.project.url)._replace(path=f"/{name}")))
        return Project(self.project.folder, url, self.project.engine, self.project.version)

    def rows(self, name=None):
        return [row[0] for row in self.at(name or self.name).query(
            "SELECT id FROM guests ORDER BY id")]

    def remove(self, name):
        if self.project.engine == "sqlite":
            for path in self.project.folder.glob(f"{name}*"):
                path.unlink()
        else:
            self.at("postgres").query(f'DROP DATABASE "{name}" WITH (FORCE)', superuser=True)


def kept(databases):
    """What holds the row that was written after the backup."""
    found = []
    for name in [databases.name, *databases.others()]:
        if "restored" not in name and "3" in databases.rows(name):
            found.append(name)
    return found


def accident(databases):
    """Loses what the backup has, and writes what it has not."""
    for name in databases.others():
        databases.remove(name)
    databases.project.query("DELETE FROM guests; INSERT INTO guests VALUES (3);")


def swept(effort, points):
    """The numbers of the points to kill at: in the short form some of all, and more of those at which
    something is made or exchanged."""
    numbers = effort.sample(range(1, len(points) + 1), SHORT)
    if effort.is_soak or effort.only is not None:
        return numbers
    made = [number for number, name in enumerate(points, start=1)
            if name.startswith(("restore.", "exchange."))]
    return sorted({*numbers, *effort.chance.sample(made, min(MADE, len(made)))})


def again(databases, action, passed):
    """The same command once more: it ends well, or finds that the killed one had restored everything."""
    code = databases.project.apus(*action, expecting=None)
    if code.returncode == 0:
        return True
    assert code.returncode == 7 and "error[restore-occupied]" in code.stderr, code.stderr
    assert NAMING & set(passed), f"refused, though nothing whole is there: {code.stderr}"
    return False


def check_exchanged(databases, action, passed):
    """The backup comes into the live one's place, and nothing is lost."""
    assert databases.rows() in (["3"], ["1", "2"])
    assert kept(databases), "what was written after the backup is nowhere"
    if not again(databases, action, passed):
        exchange(databases)
    assert databases.rows() == ["1", "2"]
    assert kept(databases), "what was written after the backup is nowhere"
    left = [name for name in databases.others() if "replaced" not in name]
    assert not left, f"left over: {left}"


def exchange(databases):
    """As the refusal says: what was restored before, and is whole, takes the live one's place."""
    [restored] = [name for name in databases.others() if "restored" in name]
    assert databases.rows(restored) == ["1", "2"]
    databases.project.apus("restore", "--swap", "--end-connections", "--into", restored)


def check_beside(databases, action, passed):
    """The backup comes beside the live one, and what was there whole is not done again."""
    assert databases.rows() == ["3"]
    if again(databases, action, passed):
        assert not NAMED & set(passed), "what was there was restored over"
    assert databases.rows() == ["3"]
    [restored] = databases.others()
    assert "restored" in restored and databases.rows(restored) == ["1", "2"]
    exchange(databases)
    assert databases.rows() == ["1", "2"]


@pytest.mark.parametrize("form", FORMS)
def test_a_restore_killed_at_any_point(tmp_path, effort, figures, form):
    """F8, F67: what a dead restore left is recognised, and nothing is lost."""
    engine, environment, swaps = FORMS[form]
    with figures.method("kill sweep, restore", form) as figure, \
            new_project(tmp_path / "project", engine) as project:
        fill(project)
        backup = json.loads(project.apus("backup", "--json", **environment).stdout)["backup"]["name"]
        assert backup.endswith(".dir") == bool(environment), backup
        databases = Databases(project)
        action = ["restore", backup, *(["--swap", "--end-connections"] if swaps else [])]
        accident(databases)
        log = tmp_path / "points"
        project.apus(*action, **listing(log), **environment)
        points = recorded(log)
        assert databases.rows() == (["1", "2"] if swaps else ["3"])
        numbers = swept(effort, points)
        failures, unreached = [], 0
        for number in numbers:
            accident(databases)
            log = tmp_path / f"killed-{number}"
            killed = project.apus(*action, expecting=None, **killing(number, log), **environment)
            passed = recorded(log)
            try:
                if killed.returncode == 0 and len(passed) < number:
                    unreached += 1
                else:
                    assert killed.returncode == -9, f"it ended with {killed.returncode}: {killed.stderr}"
                (check_exchanged if swaps else check_beside)(databases, action, passed)
                project.apus("migrate", "-q")
            except AssertionError as problem:
                failures.append(f"point {number} ({passed[-1]}): {problem}")
        assert not failures, "\n".join(failures)
        assert unreached <= 2, f"{unreached} points were not reached"
        figure.rounds, figure.points = 1, len(numbers) - unreached
        figure.outcome = (f"all of {figure.points} end well; there are "
                          f"{len(points)} points")
