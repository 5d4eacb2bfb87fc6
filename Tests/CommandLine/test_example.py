"""Guest Registration: both engines end with the same schema, and the way up and down loses nothing."""

import json
import shutil
import subprocess
import sys

import pytest

from conftest import EXECUTABLE, ROOT, Project, clean_environment, rehearsals

TABLES = ["users", "trips", "registrations", "guests", "invoices", "housekeeping"]


def example(project):
    shutil.copytree(ROOT / "Examples/GuestRegistration", project.folder, dirs_exist_ok=True)
    return project


def rows(project):
    return [project.query(f"SELECT count(*) FROM guest_reg_{table}")[0][0] for table in TABLES]


def seed(project):
    project.query((project.folder / f"seed/{project.engine}.sql").read_text())


@pytest.mark.parametrize("postgres", [15, 18], indirect=True, ids=["postgres-15", "postgres-18"])
@pytest.mark.parametrize("version", ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "2.0.0"])
def test_both_engines_end_with_the_same_logical_schema(postgres, tmp_path, version):
    example(postgres).apus("migrate", version, "--application", "2.0.0")
    folder = tmp_path / "sqlite"
    folder.mkdir()
    sqlite = example(Project(folder, "sqlite:guest_registration.db", "sqlite"))
    sqlite.apus("migrate", version, "--application", "2.0.0")
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


def integration(project):
    with rehearsals.going_on():
        return subprocess.run([project.folder / "ci"], capture_output=True, text=True, check=False, timeout=300,
                              env=clean_environment(DATABASE_URL=project.url, APUS=EXECUTABLE))


def test_its_continuous_integration_judges_and_rehearses_every_version(project):
    example(project)
    done = integration(project)
    assert done.returncode == 0, done.stdout + done.stderr
    files = sorted(path.stem for path in (project.folder / "migrations" / project.engine).glob("*.sql"))
    both = len(list((project.folder / "migrations").glob("*/*.sql")))
    assert f"{both} migration files, " in done.stdout
    # The rehearsal that it has just run, as a document: every version, up, down and up again.
    document = json.loads(project.apus("test", "--json").stdout)
    assert (document["status"], document["not_reached"]) == ("passed", [])
    assert sorted(one["id"] for one in document["migrations"]) == files


@pytest.mark.parametrize(("up", "down", "found"), [
    ("DROP TABLE guest_reg_housekeeping;", "SELECT 1;", "drop-table-loses-data"),
    ("CREATE TABLE guest_reg_notes (id integer);", "DROP TABLE guest_reg_note;", "guest_reg_note"),
])
def test_its_continuous_integration_stops_what_hurts_or_has_no_way_back(project, up, down, found):
    example(project).migration(f"../migrations/{project.engine}/20260101_000000_2.1.0_wrong", up, down)
    done = integration(project)
    assert done.returncode == 7, done.stdout + done.stderr
    assert found in done.stderr


def test_the_words_of_the_old_system_work(guest_registration):
    for command in ["status", "migrate", "migrate 1.1.0", "rollback 1.1.0", "backup",
                    "create-migration 1.2.0 add_new_feature", "create-initial", "version current",
                    "version info", "version changelog 1.1.0", "version compatibility 1.0.0"]:
        guest_registration.apus(*command.split())
    for engine in ["postgres", "sqlite"]:
        assert list((guest_registration.folder / f"migrations/{engine}").glob("*_1.2.0_*.sql"))
