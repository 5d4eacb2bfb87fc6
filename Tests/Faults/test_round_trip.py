"""Up, down and up again; dump, restore and dump again: the same catalogue and the same rows."""

import json
import re
import subprocess

import pytest

from CommandLine.conftest import clean_environment
from Faults.databases import ENGINES, name_of, new_project, other_database
from Faults.migration_generator import MigrationGenerator

#: How many migrations make one life of a database, and after how many of them it is looked at.
LIFE, STRETCH = 50, 10


def catalogue(project):
    """What the engine's own tools say of the schema, without Apus's own tables, and without what SQLite
    makes for the numbers of their rows."""
    if project.engine == "sqlite":
        rows = project.query("SELECT type, name, tbl_name, replace(sql, char(10), ' ') "
                             "FROM sqlite_schema WHERE tbl_name NOT LIKE 'apus\\_%' ESCAPE '\\' "
                             "AND tbl_name <> 'sqlite_sequence' ORDER BY type, name")
        # ADD and DROP COLUMN edit the text and leave other white space, RENAME COLUMN puts quotes.
        texts = [re.sub(r'"(\w+)"', r"\1", " ".join(" ".join(row).split())) for row in rows]
        return [re.sub(r"\s*([,()])\s*", r"\1", text) for text in texts]
    text = dump(project, "--schema-only", "--exclude-schema=apus")
    return [line for line in text.splitlines()
            if line and not line.startswith(("--", "\\restrict", "\\unrestrict"))]


def rows(project):
    """Every row of every table, by the names of its columns."""
    if project.engine == "sqlite":
        found = {}
        for [table] in project.query("SELECT name FROM sqlite_schema WHERE type = 'table' "
                                     "AND name NOT LIKE 'apus\\_%' ESCAPE '\\' "
                                     "AND name <> 'sqlite_sequence' ORDER BY name"):
            columns = project.query(f"SELECT name FROM pragma_table_info('{table}') ORDER BY name")
            names = ", ".join(f'quote("{name}")' for [name] in columns)
            found[table] = project.query(f'SELECT {names} FROM "{table}" ORDER BY id')
        return found
    tables = project.query(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n "
        "ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|apus$|information_)' "
        "ORDER BY 1")
    return project.query("".join(
        f"SELECT '{table}', to_jsonb(t) FROM {table} t ORDER BY t.id;\n" for [table] in tables))


def dump(project, *arguments):
    return subprocess.run(
        [project.tool("pg_dump"), "--no-password", *arguments, "-d", project.url], check=True,
        capture_output=True, text=True, env=clean_environment()).stdout


def snapshot(project):
    """What Apus itself says of the schema."""
    document = json.loads(project.apus("schema", "show", "--json").stdout)
    return {key: document[key] for key in ("digest", "objects")}


def look(project):
    return catalogue(project), snapshot(project), rows(project)


def compare(project, expected, when):
    found = look(project)
    for what, before, after in zip(("catalogue", "snapshot", "rows"), expected, found):
        assert before == after, f"{when}: another {what}"


def live(project, chance):
    """One database's life: up, down, up; then a backup and its restored twin."""
    engine = project.engine
    ids = []
    for identifier, up, down in MigrationGenerator(chance, engine).migrations(LIFE):
        project.migration(identifier, up, down)
        ids.append(identifier)
    versions = [identifier.split("_")[2] for identifier in ids][STRETCH - 1::STRETCH]
    seen = {None: look(project)}
    for version in versions:
        project.apus("migrate", version, "--no-backup", "-q")
        seen[version] = look(project)
    for version in reversed(versions[:-1]):
        project.apus("rollback", "--to", version, "--no-backup", "-q")
        compare(project, seen[version], f"down to {version}")
    project.apus("rollback", "--steps", str(STRETCH), "--no-backup", "-q")
    compare(project, seen[None], "all the way down")
    for version in versions:
        project.apus("migrate", version, "--no-backup", "-q")
        compare(project, seen[version], f"up again to {version}")

    project.apus("backup", "now", "-q")
    [backup] = [file.name.removesuffix(".json") for file in project.folder.glob("backups/*.json")]
    with other_database(project, "twin") as twin:
        project.apus("restore", backup, "--into", twin.name, "-q")
        compare(twin.project, seen[versions[-1]], "restored")
        # What was restored can be gone on with.
        twin.project.apus("rollback", "--to", versions[-2], "--no-backup", "-q")
        compare(twin.project, seen[versions[-2]], f"restored, and down to {versions[-2]}")
        twin.project.apus("migrate", "--no-backup", "-q")
        compare(twin.project, seen[versions[-1]], "restored, down and up")


@pytest.mark.parametrize("engine", ENGINES)
def test_there_and_back_and_there_again(tmp_path, effort, figures, engine):
    """Round trip: generated migrations leave the same database whichever way it was come to."""
    with figures.method("round trip", name_of(engine)) as figure:
        # 2,000 migrations and more over the three engines in the long form.
        for number in effort.rounds(short=1, soak=14):
            with new_project(tmp_path / f"round-{number}", engine) as project:
                live(project, effort.chance_of(number))
            figure.rounds += 1
            figure.points += LIFE
        figure.outcome = "catalogue and rows equal: up, down, up; dump, restore, dump"
