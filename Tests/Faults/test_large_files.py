"""F49: a large file with long lines takes no more memory than a small one, beside the mapped file itself."""

import threading
import time
from pathlib import Path

import pytest

from Faults.databases import name_of, new_project

#: The length of a line, and how many of them the two forms have.
LINE = 100_000
SHORT, LONG = 2_000, 5_000
#: How much more memory the large file may take than the small one.
ROOM = 64 << 20


class Memory(threading.Thread):
    """The most memory that a process has of its own: what is mapped from files is not counted."""

    def __init__(self, process):
        super().__init__()
        self.process = process
        self.peak = 0
        self.looks = 0

    def run(self):
        status = Path(f"/proc/{self.process.pid}/status")
        while self.process.poll() is None:
            try:
                for line in status.read_text().splitlines():
                    if line.startswith("RssAnon:"):
                        self.peak = max(self.peak, int(line.split()[1]) << 10)
                        self.looks += 1
            except (FileNotFoundError, ProcessLookupError):
                return
            time.sleep(0.01)


def write(project, name, lines):
    """A migration of so many long lines, each a statement; its size."""
    path = project.folder / f"migrations/{name}.sql"
    with path.open("w") as file:
        file.write("-- Up Migration\n")
        for number in range(lines):
            file.write(f"UPDATE small SET number = {number} /* {'x' * LINE} */;\n")
        file.write("-- Down Migration (Rollback)\nSELECT 1;\n")
    return path.stat().st_size


def peak(project):
    """The most memory that the next run takes."""
    process = project.start("migrate", "--no-backup", "-q")
    memory = Memory(process)
    memory.start()
    output, errors = process.communicate(timeout=600)
    memory.join()
    assert process.returncode == 0, output + errors
    assert memory.looks > 3, "it was over before it was looked at"
    return memory.peak


@pytest.mark.parametrize("engine", ["sqlite", "postgres-18"])
def test_f49_a_large_file_takes_no_more_memory_than_a_small_one(tmp_path, effort, figures, engine):
    """F49: it is mapped, and its statements are cut where they lie."""
    lines = LONG if effort.is_soak else SHORT
    with figures.method("large files", name_of(engine)) as figure, new_project(tmp_path, engine) as project:
        project.migration("20250101_000000_1.0.0_small",
                          "CREATE TABLE small (number integer);\nINSERT INTO small VALUES (0);",
                          "DROP TABLE small;")
        small = peak(project)
        size = write(project, "20250101_000001_1.1.0_large", lines)
        large = peak(project)
        assert project.query("SELECT number FROM small") == [[str(lines - 1)]]
        figure.rounds, figure.points = 1, lines
        assert large - small < ROOM, f"{large >> 20} MiB instead of {small >> 20}"
        figure.outcome = f"{size / 1e6:.0f} MB: {large >> 20} MiB, a small one {small >> 20} MiB"
