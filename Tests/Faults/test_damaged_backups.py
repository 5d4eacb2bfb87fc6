"""F65: a backup that is cut short or in which a bit is flipped is always found out, before anything is
restored from it."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from Faults.databases import new_project

#: Checks that go on at the same time.
WORKERS = 3

FORMS = {
    "sqlite": ("sqlite", {}),
    "pg_dump custom": ("postgres-15", {}),
    "pg_dump directory": ("postgres-15", {"APUS_BACKUP_JOBS": "2"}),
    "pg_dump 18 custom": ("postgres-18", {}),
}


class Damage:
    """One way of damaging a backup: where, and how."""

    def __init__(self, number, files, chance):
        total = sum(size for _, size in files)
        place = chance.randrange(total)
        for self.file, size in files:
            if place < size:
                break
            place -= size
        self.place = place
        self.cuts = number % 4 == 0
        # Without its last line break a manifest says what it said.
        if self.cuts and self.file.endswith(".json"):
            self.place = min(self.place, size - 2)
        self.bit = 1 << chance.randrange(8)

    def do(self, folder):
        path = folder / self.file
        data = path.read_bytes()
        if self.cuts:
            path.write_bytes(data[:self.place])
        else:
            path.write_bytes(data[:self.place] + bytes([data[self.place] ^ self.bit])
                             + data[self.place + 1:])

    def __str__(self):
        return f"{self.file} cut at {self.place}" if self.cuts else (
            f"bit {self.bit} of byte {self.place} of {self.file}")


def fill(project):
    project.migration("20250101_000000_1.0.0_guests",
                      "CREATE TABLE guests (id integer PRIMARY KEY, name text NOT NULL);\n"
                      "CREATE INDEX guests_name ON guests (name);", "DROP TABLE guests;")
    project.apus("migrate", "-q")
    project.query(
        "INSERT INTO guests SELECT i, md5(i::text) FROM generate_series(1, 4000) i;"
        if project.engine == "postgres" else
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) "
        "INSERT INTO guests SELECT i, hex(randomblob(12)) FROM n;")


@pytest.mark.parametrize("form", FORMS)
def test_every_damage_is_found(tmp_path, effort, figures, form):
    engine, environment = FORMS[form]
    with figures.method("damaged backups", form) as figure, \
            new_project(tmp_path / "project", engine) as project:
        fill(project)
        project.apus("backup", "-q", **environment)
        backups = project.folder / "backups"
        name = next(backups.glob("*.json")).name.removesuffix(".json")
        files = sorted((path.relative_to(backups).as_posix(), path.stat().st_size)
                       for path in backups.rglob("*") if path.is_file() and path.stat().st_size)

        def check(number):
            damage = Damage(number, files, effort.chance_of(number))
            folder = tmp_path / f"backups-{number}"
            shutil.copytree(backups, folder)
            damage.do(folder)
            command = ["verify"] if number % 10 else ["restore"]
            if command == ["verify"]:
                result = project.apus("backup", "verify", name, expecting=None, APUS_BACKUPS=str(folder))
            else:
                result = project.apus("restore", name, expecting=None, APUS_BACKUPS=str(folder))
            shutil.rmtree(folder)
            found = result.returncode in (1, 7) and any(
                f"error[{code}]" in result.stderr for code in ("backup-damaged", "backup-format"))
            return None if found else f"{number}: {damage}: {result.stdout}{result.stderr}"

        numbers = effort.rounds(100, 1000)
        with ThreadPoolExecutor(WORKERS) as pool:
            missed = [line for line in pool.map(check, numbers) if line]
        figure.rounds, figure.points = len(numbers), len(numbers)
        assert not missed, "\n".join(missed)
        figure.outcome = "all detected"
        project.apus("backup", "verify", name)
