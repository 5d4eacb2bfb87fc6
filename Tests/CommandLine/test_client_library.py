"""PostgreSQL's client library is loaded by what asks a PostgreSQL, and by nothing else."""

import json

import pytest


@pytest.fixture
def broken(tmp_path_factory):
    """The loader finds a library of that name first, which is none."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "libpq.so.5").write_text("no library")
    return {"LD_LIBRARY_PATH": str(folder)}


def test_where_it_cannot_be_loaded_that_is_told_and_no_more_is_done(postgres, broken):
    (postgres.folder / "migrations").mkdir(exist_ok=True)
    answer = json.loads(postgres.apus("status", "--json", expecting=8, **broken).stdout)
    problem = answer["problems"][0]
    assert problem["code"] == "cannot-connect"
    assert "libpq.so.5" in problem["details"][0]
    assert problem["help"] == ["install it: apt-get install libpq5"]


def test_a_database_in_a_file_and_files_alone_do_without_it(sqlite, broken):
    sqlite.migration("20250101_000000_1.0.0_guests", "CREATE TABLE guests (id integer);", "DROP TABLE guests;")
    sqlite.apus("migrate", **broken)
    sqlite.apus("lint", **broken)
    assert "apus" in sqlite.apus("--help", **broken).stdout
