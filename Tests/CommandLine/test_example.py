"""Guest Registration: both engines end with the same schema, and the way up and down loses nothing."""

import shutil
import subprocess
import sys

import pytest

from conftest import ROOT, Project

TABLES = ["users", "trips", "registrations", "guests", "invoices", "housekeeping"]


def example(project):
    shutil.copytree(ROOT / "Examples/GuestRegistration", project.folder, dirs_exist_ok=True)
    return project


def rows(project):
    return [project.query(f"SELECT count(*) FROM guest_reg_{table}")[0][0] for table in TABLES]


def seed(project):
    project.query((project.folder / f"seed/{project.engine}.sql").read_text())


@pytest.mark.parametrize("postgres", [15, 18], indirect=True, ids=["postgres-15", "postgres-18"])
@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_both_engines_end_with_the_same_logical_schema(postgres, tmp_path, version):
    example(postgres).apus("migrate", version)
    folder = tmp_path / "sqlite"
    folder.mkdir()
    sqlite = example(Project(folder, "sqlite:guest_registration.db", "sqlite"))
    sqlite.apus("migrate", version)
    compared = subprocess.run(
        [sys.executable, ROOT / "Tests/Example/same_schema.py", folder / "guest_registration.db",
         postgres.url],
        capture_output=True, text=True, check=False)
    assert compared.returncode == 0, compared.stdout + compared.stderr


def test_seeded_rows_survive_up_and_down(project):
    example(project).apus("migrate", "1.0.0")
    seed(project)
    before = rows(project)
    assert all(int(count) > 0 for count in before)
    project.apus("migrate")
    project.apus("rollback", "1.1.0")
    project.apus("migrate")
    assert rows(project) == before


def test_the_words_of_the_old_system_work(guest_registration):
    for command in ["status", "migrate", "migrate 1.1.0", "rollback 1.1.0", "backup",
                    "create-migration 1.2.0 add_new_feature", "create-initial", "version current",
                    "version info", "version changelog 1.1.0", "version compatibility 1.0.0"]:
        guest_registration.apus(*command.split())
    for engine in ["postgres", "sqlite"]:
        assert list((guest_registration.folder / f"migrations/{engine}").glob("*_1.2.0_*.sql"))
