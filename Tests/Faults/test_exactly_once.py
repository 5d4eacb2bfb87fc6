"""Many processes apply the same migrations at once and are killed at random: F7, F19, F20.

Each migration leaves a row in a table without a unique key, so that doing one twice shows.
"""

import threading
import time

import pytest

from Faults.databases import ENGINES, name_of, new_project
from Faults.holders import Holders

FULL, SMALL = (64, 200), (8, 12)


def fill(project, migrations):
    project.migration("20250101_000000_1.0.0_trace", "CREATE TABLE trace (step integer NOT NULL);",
                      "DROP TABLE trace;")
    for step in range(1, migrations):
        minute, second = divmod(step, 60)
        project.migration(
            f"20250101_00{minute:02d}{second:02d}_1.{step}.0_step",
            f"INSERT INTO trace VALUES ({step});\nCREATE TABLE t{step} (id integer);",
            f"DROP TABLE t{step};\nDELETE FROM trace WHERE step = {step};")


class Killer(threading.Thread):
    """Kills some of the processes at random moments; every other time the one that is at work."""

    def __init__(self, project, processes, deaths, mean, chance):
        super().__init__()
        self.project, self.processes, self.deaths = project, processes, deaths
        self.mean, self.chance = mean, chance
        self.are_started = False
        self.holders = 0
        self.error = None

    def run(self):
        try:
            with Holders(self.project) as holders:
                self.kill(holders)
        except Exception as error:  # told by the thread that waits
            self.error = error

    def kill(self, holders):
        deaths = 0
        while deaths < self.deaths:
            time.sleep(self.chance.uniform(0, 2 * self.mean))
            alive = [p for p in self.processes if p.poll() is None]
            if not alive and self.are_started:
                return
            if deaths % 2:
                victim = self.chance.choice(alive) if alive else None
            else:
                victim = holders.among(alive)
                self.holders += victim is not None
            if victim:
                victim.kill()
                deaths += 1


def race(project, processes, chance):
    """Starts processes at once while a third of them is killed; how they ended, and the killer."""
    started = []
    killer = Killer(project, started, processes // 3, 0.002 * processes, chance)
    killer.start()
    for _ in range(processes):
        started.append(project.start("migrate", "--no-backup", "--lock-wait", "300s", "-q"))
    killer.are_started = True
    ends = []
    for process in started:
        output, errors = process.communicate(timeout=600)
        ends.append((process.returncode, output + errors))
    killer.join()
    if killer.error:
        raise killer.error
    return ends, killer


def check(project, ends, migrations):
    """Whoever was not killed succeeded, and everything was done once; how many were killed."""
    for code, text in ends:
        assert code in (0, -9), f"a process ended with {code}: {text}"
    counts = project.query("SELECT count(*), count(DISTINCT step) FROM trace")
    assert counts == [[str(migrations - 1)] * 2], f"rows, and different ones: {counts}"
    prefix = "apus." if project.engine == "postgres" else "apus_"
    assert project.query(f"SELECT count(*) FROM {prefix}migrations") == [[str(migrations)]]
    assert project.query(f"SELECT name FROM {prefix}settings WHERE name = 'registry'") == [["registry"]]
    return sum(code == -9 for code, _ in ends)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_migration_is_applied_once_whoever_dies(tmp_path, effort, figures, engine):
    """F7, F19, F20: on a new database, so that the registry is made in the same race."""
    with figures.method("exactly once", name_of(engine)) as figure:
        killed = holders = 0
        # Over the three engines: 21 rounds in the short form, one of them of full size; 1,002 in the
        # long form, all of full size.
        its_turn = ENGINES[effort.seed % len(ENGINES)] == engine
        for number in effort.rounds(short=7, soak=334):
            is_full = effort.is_soak or (number == 0 and its_turn)
            processes, migrations = FULL if is_full else SMALL
            with new_project(tmp_path / f"round-{number}", engine) as project:
                fill(project, migrations)
                ends, killer = race(project, processes, effort.chance)
                killed += check(project, ends, migrations)
                holders += killer.holders
            figure.rounds += 1
            figure.points += processes
        assert holders > 0, "no process was killed while it held the lock"
        figure.outcome = f"every count is 1; {killed} killed, {holders} of them at work"
