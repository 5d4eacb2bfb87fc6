"""A rehearsal that is killed at any point leaves the database alone, and the next one removes what it left."""

import os
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from CommandLine.conftest import Project, rehearsals
from Faults.databases import new_project
from Faults.failpoints import killing, listing, recorded

#: The engine, and what the rehearsal is told besides.
FORMS = {
    "SQLite": ("sqlite", ["--from", "latest"]),
    "PostgreSQL 15": ("postgres-15", ["--from", "latest"]),
    "PostgreSQL 18": ("postgres-18", ["--from", "latest"]),
    "PostgreSQL 15, a private server": ("postgres-15", ["--private-server"]),
}
#: How many points of one form the short form takes: of all, and of those of the rehearsal itself.
SHORT, OWN = 4, 6


def fill(project):
    project.migration("20250101_000000_1.0.0_guests", "CREATE TABLE guests (id integer);",
                      "DROP TABLE guests;")
    project.apus("migrate", "-q")
    project.query("INSERT INTO guests VALUES (1), (2);")
    project.apus("backup", "-q")
    project.migration("20250102_000000_1.1.0_more", "ALTER TABLE guests ADD COLUMN name text;",
                      "ALTER TABLE guests DROP COLUMN name;")


def leftovers(project):
    private = sorted(path.name for path in Path(os.environ.get("TMPDIR", "/tmp")).glob("apus-rehearsal-*"))
    if project.engine == "sqlite":
        return private + sorted(path.name for path in project.folder.glob("*.rehearsal-*"))
    parts = urlsplit(project.url)
    others = Project(project.folder, urlunsplit(parts._replace(path="/postgres")), "postgres",
                     project.version)
    return private + [name for [name] in others.query(
        "SELECT datname FROM pg_database WHERE datname ~ '^apus_rehearsal_' ORDER BY 1")]


def chosen(effort, points):
    numbers = effort.sample(range(1, len(points) + 1), SHORT)
    if effort.is_soak or effort.only is not None:
        return numbers
    own = [number for number, name in enumerate(points, start=1) if "rehearsal" in name or "private" in name]
    return sorted({*numbers, *effort.chance.sample(own, min(OWN, len(own)))})


@pytest.mark.parametrize("form", FORMS)
def test_a_rehearsal_killed_at_any_point(tmp_path, effort, figures, form):
    engine, arguments = FORMS[form]
    with figures.method("kill sweep, rehearsal", form) as figure, \
            new_project(tmp_path / "project", engine) as project, rehearsals.going_on(ours=True):
        fill(project)
        log = tmp_path / "points"
        project.apus("test", *arguments, **listing(log))
        points = recorded(log)
        failures, unreached = [], 0
        numbers = chosen(effort, points)
        for number in numbers:
            log = tmp_path / f"killed-{number}"
            killed = project.apus("test", *arguments, expecting=None, **killing(number, log))
            passed = recorded(log)
            try:
                if killed.returncode == 0 and len(passed) < number:
                    unreached += 1
                else:
                    assert killed.returncode == -9, f"it ended with {killed.returncode}: {killed.stderr}"
                assert [row[0] for row in project.query("SELECT id FROM guests ORDER BY id")] == ["1", "2"]
                # A server may take a moment to see that its client is gone.
                for _ in range(5):
                    project.apus("test", *arguments)
                    if not leftovers(project):
                        break
                assert not leftovers(project), f"left over: {leftovers(project)}"
            except AssertionError as problem:
                failures.append(f"point {number} ({passed[-1] if passed else 'none'}): {problem}")
        assert not failures, "\n".join(failures)
        assert unreached <= 2, f"{unreached} points were not reached"
        project.apus("migrate", "-q")
        figure.rounds, figure.points = 1, len(numbers) - unreached
        figure.outcome = (f"after all of {figure.points} the next removes what was left; there are "
                          f"{len(points)} points")
