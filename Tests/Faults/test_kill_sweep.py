"""SIGKILL at every numbered point of every kind of run: the next run ends with everything exactly once.

The short form takes some points of each kind, spread evenly, and always those around a change, its record
and their commit; the long form takes all of them. Both say how many of how many.
"""

from contextlib import ExitStack

import pytest

from Faults.databases import ENGINES, name_of, new_project
from Faults.sweep import Kind, Sweep, choose

#: How many points of one kind the short form takes, besides the crucial ones.
SHORT = 5


def write_steps(project, count):
    """A table that takes every row twice, and migrations that each leave one row in it."""
    project.migration(
        "20250101_000000_1.0.0_trace", "CREATE TABLE trace (step integer NOT NULL);",
        "DROP TABLE trace;")
    for step in range(1, count + 1):
        project.migration(
            f"20250101_0000{step:02d}_1.{step}.0_step{step}",
            f"INSERT INTO trace VALUES ({step});\nCREATE TABLE t{step} (id integer);",
            f"DROP TABLE t{step};\nDELETE FROM trace WHERE step = {step};")


def nothing_applied(project):
    write_steps(project, 2)


def one_applied(project):
    write_steps(project, 3)
    project.apus("migrate", "1.0.0")


def all_applied(project):
    write_steps(project, 3)
    project.apus("migrate")


def many_pending(project):
    """So many that they are taken together: no schema is recorded between them."""
    write_steps(project, 12)
    project.apus("migrate", "1.0.0")


def made_by_hand(project):
    write_steps(project, 2)
    project.query("CREATE TABLE trace (step integer NOT NULL); INSERT INTO trace VALUES (1);"
                  "CREATE TABLE t1 (id integer);")


def failing(project):
    one_applied(project)
    project.migration(
        "20250101_000002_1.2.0_step2",
        "INSERT INTO trace VALUES (2);\nCREATE TABLE t1 (id integer);", "DROP TABLE t2;")


def mended(project):
    write_steps(project, 3)


ALONE = {
    "sqlite": (
        "INSERT INTO trace VALUES (1);\nPRAGMA journal_mode = WAL;\nCREATE TABLE t1 (id integer);\n"
        "VACUUM;\nINSERT INTO trace VALUES (2);",
        "DELETE FROM trace WHERE step = 2;\nDROP TABLE t1;\nVACUUM;\n"
        "UPDATE trace SET step = step + 1;"),
    "postgres": (
        "INSERT INTO trace VALUES (1);\nCREATE INDEX CONCURRENTLY trace_step ON trace (step);\n"
        "ALTER TYPE mood ADD VALUE 'calm';\n"
        "CREATE UNIQUE INDEX CONCURRENTLY trace_again ON trace (step);\nVACUUM trace;\n"
        "CREATE SCHEMA aside;\nSET search_path = aside;\nCREATE TABLE t1 (id integer);\n"
        "RESET search_path;\nINSERT INTO trace VALUES (2);",
        "DELETE FROM trace WHERE step = 2;\nDROP INDEX CONCURRENTLY trace_again;\n"
        "DROP INDEX CONCURRENTLY trace_step;\nDROP SCHEMA aside CASCADE;\nUPDATE trace SET step = step + 1;"),
}


def write_alone(project):
    up, down = ALONE[project.engine]
    mood = "CREATE TYPE mood AS ENUM ('glad');" if project.engine == "postgres" else ""
    project.migration(
        "20250101_000000_1.0.0_trace", f"CREATE TABLE trace (step integer NOT NULL);\n{mood}",
        "DROP TABLE trace;")
    project.migration(
        "20250101_000001_1.1.0_alone", f"-- apus: no-transaction\n{up}",
        f"-- apus: no-transaction\n{down}")


def alone_pending(project):
    write_alone(project)
    project.apus("migrate", "1.0.0")
    if project.engine == "postgres":
        project.query("CREATE INDEX trace_step ON trace (step)")


def alone_applied(project):
    write_alone(project)
    project.apus("migrate")


def data_pending(project):
    """Forty rows, each of which leaves one row in the table that takes every row twice."""
    project.migration(
        "20250101_000000_1.0.0_trace",
        "CREATE TABLE trace (step integer NOT NULL);\nCREATE TABLE work (id integer PRIMARY KEY);\n"
        "INSERT INTO work WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) "
        "SELECT i FROM n;", "DROP TABLE work;\nDROP TABLE trace;")
    project.migration(
        "20250101_000001_1.1.0_fill",
        "CREATE TABLE t1 (id integer);\n-- apus: batch table=work key=id size=9 target=0\n"
        "INSERT INTO trace SELECT id FROM work WHERE id BETWEEN :start AND :end;\n"
        "-- apus: verify\nSELECT id FROM work WHERE id NOT IN (SELECT step FROM trace);",
        "DROP TABLE t1;\nDELETE FROM trace;")
    project.apus("migrate", "1.0.0")


def data_left(project):
    data_pending(project)
    project.apus("migrate", "--background", "--no-backup")


INVALID = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'trace_step'::regclass"

KINDS = [
    Kind("up", one_applied, ["migrate", "--no-backup"]),
    Kind("up, many at once", many_pending, ["migrate", "--no-backup"]),
    Kind("up with a backup", one_applied, ["migrate", "1.1.0"], has_backups=True),
    Kind("first run", nothing_applied, ["migrate"]),
    Kind("down", all_applied, ["rollback", "--to", "1.0.0", "--no-backup"]),
    Kind("down with a backup", all_applied, ["rollback", "--to", "1.2.0"], has_backups=True),
    Kind("up, a step fails", failing, ["migrate", "--no-backup"], mend=mended, code=3),
    Kind("up without a transaction", alone_pending, ["migrate", "--no-backup"],
         is_transactional=False, superuser=INVALID),
    Kind("down without a transaction", alone_applied, ["rollback", "1.1.0", "--no-backup"],
         is_transactional=False),
    Kind("data migration", data_pending, ["migrate", "--no-backup"], is_transactional=False),
    Kind("data migration in the background", data_left, ["work"], is_transactional=False),
    Kind("baseline", made_by_hand, ["baseline", "1.1.0"], is_transactional=False),
    Kind("backup", all_applied, ["backup"], has_backups=True),
]


#: Points that are swept at the same time.
WORKERS = 3


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
@pytest.mark.parametrize("engine", ENGINES)
def test_f1_f3_a_kill_at_any_point_is_mended_by_the_next_run(tmp_path, effort, figures, engine, kind):
    """F1, F3, F6, F7, F8, F29, F61: no kill leaves a half, a double or a lock."""
    with figures.method(f"kill sweep, {kind.name}", name_of(engine)) as figure, ExitStack() as stack:
        project, *others = [
            stack.enter_context(new_project(tmp_path / f"origin-{number}", engine))
            for number in range(1 + WORKERS)]
        urls = [other.url for other in others]
        sweep = Sweep(kind, project, tmp_path)
        sweep.count(urls[0])
        numbers = choose(effort, sweep.points, SHORT)
        failures = sweep.run(numbers, urls)
        assert not failures, "\n".join(failures)
        figure.rounds = 1
        figure.points = len(numbers) - sweep.unreached
        assert sweep.unreached <= 2, f"{sweep.unreached} points were not reached"
        figure.outcome = f"all of {figure.points} end well; there are {len(sweep.points)} points"
