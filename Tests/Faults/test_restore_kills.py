"""A restore that is killed at any point leaves the live database, loses nothing, and is done by the next.

What each point must leave: the live database answers, either as it was or as the backup; what was
written after the backup is still in one of the databases; and the same command again ends with the
backup in the live one's place, and nothing half made.
"""

import json
from urllib.parse import urlsplit, urlunsplit

import pytest

from CommandLine.conftest import Project
from Faults.databases import ENGINES, new_project
from Faults.failpoints import killing, listing, recorded


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
            self.at("postgres").query(f'DROP DATABASE "{name}" WITH (FORCE)')


def kept(databases):
    """What holds the row that was written after the backup."""
    found = []
    for name in [databases.name, *databases.others()]:
        if "restored" not in name and "3" in databases.rows(name):
            found.append(name)
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_a_restore_killed_at_any_point(tmp_path, effort, figures, engine):
    """F8, F67: what a dead restore left is recognised, and nothing is lost."""
    with figures.method("kill sweep, restore", engine) as figure, \
            new_project(tmp_path / "project", engine) as project:
        fill(project)
        backup = json.loads(project.apus("backup", "--json").stdout)["backup"]["name"]
        databases = Databases(project)
        action = ["restore", backup, "--swap", "--end-connections"]

        def accident():
            for name in databases.others():
                databases.remove(name)
            project.query("DELETE FROM guests; INSERT INTO guests VALUES (3);")

        accident()
        log = tmp_path / "points"
        project.apus(*action, **listing(log))
        points = recorded(log)
        assert databases.rows() == ["1", "2"]
        numbers = effort.sample(list(range(1, len(points) + 1)), 25)
        failures = []
        for number in numbers:
            accident()
            killed = project.apus(*action, expecting=None, **killing(number, tmp_path / "killed"))
            (tmp_path / "killed").unlink(missing_ok=True)
            try:
                assert killed.returncode in (-9, 0), killed.stderr
                assert databases.rows() in (["3"], ["1", "2"])
                assert kept(databases), "what was written after the backup is nowhere"
                project.apus(*action)
                assert databases.rows() == ["1", "2"]
                assert kept(databases), "what was written after the backup is nowhere"
                left = [name for name in databases.others() if "replaced" not in name]
                assert not left, f"left over: {left}"
                project.apus("migrate", "-q")
            except AssertionError as problem:
                failures.append(f"point {number} ({points[number - 1]}): {problem}")
        figure.rounds, figure.points = len(numbers), len(points)
        assert not failures, "\n".join(failures)
        figure.outcome = f"{len(numbers)} of {len(numbers)} mended by the same command"
