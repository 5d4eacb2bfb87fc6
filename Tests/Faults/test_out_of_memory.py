"""F11: memory runs out, on the server's side or on ours: a failure with a name, and no record of it."""

import json
import os
import pwd
import resource
import subprocess

import pytest

from CommandLine.conftest import EXECUTABLE, clean_environment
from Faults.databases import VERSIONS, new_project
from Faults.failpoints import pausing, wait_for

#: Enough for everything but the one statement.
ROOM = 150 << 20


def migrate(project, statement):
    """A migration that makes a table and then needs far too much memory, on a known history."""
    project.migration("20250101_000000_1.0.0_first", "CREATE TABLE first (id integer);")
    project.apus("migrate", "--no-backup")
    project.migration("20250101_000001_1.1.0_greedy",
                      f"CREATE TABLE greedy (id integer);\n{statement};")


def check_unchanged(project):
    """The migration is pending and left nothing, and the next run does it where there is room."""
    status = json.loads(project.apus("status", "--json").stdout)
    assert [m["status"] for m in status["migrations"]] == ["applied", "pending"]
    tables = ("SELECT relname FROM pg_class WHERE relname = 'greedy'" if project.engine == "postgres"
              else "SELECT name FROM sqlite_master WHERE name = 'greedy'")
    assert project.query(tables) == []
    project.apus("migrate", "--no-backup")
    assert project.query(tables) == [["greedy"]]


@pytest.mark.parametrize("version", VERSIONS)
def test_f11_the_server_runs_out_of_memory(tmp_path, version):
    with new_project(tmp_path, f"postgres-{version}") as project:
        migrate(project, "SELECT length(string_agg(repeat('x', 1000000), '')) "
                         "FROM generate_series(1, 300)")
        go, points = tmp_path / "go", tmp_path / "points"
        process = project.start("migrate", "--no-backup", "--json",
                                **pausing("postgres.step.before-begin", go, points))
        wait_for("postgres.step.before-begin", points, process)
        [[server]] = project.query(
            "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'apus run%' "
            "AND datname = current_database()")
        limit_server(int(server), size_of(server) + ROOM)
        go.touch()
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 3, output
        failure = json.loads(output)["failure"]
        assert failure["code"] == "statement-failed"
        assert "out of memory (SQLSTATE 53200)" in failure["message"]
        check_unchanged(project)


def limit_server(process, size):
    """Only a process's own user may do that, and root perhaps."""
    owner = os.stat(f"/proc/{process}").st_uid
    user = [] if owner == os.getuid() else ["runuser", "-u", pwd.getpwuid(owner).pw_name, "--"]
    subprocess.run([*user, "prlimit", f"--pid={process}", f"--as={size}"], check=True)


def size_of(process):
    """The address space of a process in bytes."""
    with open(f"/proc/{process}/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def limited(project, *arguments):
    """Runs `apus` with no more address space than it needs for a small run, and some room."""
    process = project.start("status")
    peak = 0
    while process.poll() is None:
        try:
            peak = max(peak, size_of(process.pid))
        except (OSError, IndexError):
            break
    process.communicate()
    assert peak > 0
    return subprocess.run(
        ["bash", "-c", 'ulimit -v "$1"; shift; exec "$@"', "limited", str((peak + ROOM) >> 10),
         EXECUTABLE, *arguments],
        cwd=project.folder, env=clean_environment(DATABASE_URL=project.url), capture_output=True,
        text=True, timeout=120, check=False)


@pytest.mark.parametrize("version", VERSIONS)
def test_f11_an_answer_is_larger_than_our_memory(tmp_path, version):
    with new_project(tmp_path, f"postgres-{version}") as project:
        migrate(project, "SELECT repeat('x', 300000000)")
        result = limited(project, "migrate", "--no-backup", "--json")
        failure = json.loads(result.stdout)["failure"]
        assert result.returncode == 8, result
        assert failure["message"] == "there is not enough memory here for the server's answer", failure
        check_unchanged(project)


def test_f11_sqlite_runs_out_of_memory(sqlite):
    migrate(sqlite, "SELECT length(hex(zeroblob(400000000)))")
    result = limited(sqlite, "migrate", "--no-backup", "--json")
    assert result.returncode == 3, result
    failure = json.loads(result.stdout)["failure"]
    assert failure["code"] == "statement-failed"
    assert "SQLITE_NOMEM" in failure["message"]
    check_unchanged(sqlite)
