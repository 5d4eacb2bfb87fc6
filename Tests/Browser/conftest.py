"""What the browser tests share: one Chromium, projects on both engines, and pages that keep count."""

import os
from pathlib import Path

import pytest

from Browser.chromium import EXECUTABLE as CHROMIUM
from Browser.chromium import open_chromium
from Browser.servers import HOST_EXECUTABLE, Host, serve
from Browser.visits import Visits
from CommandLine.conftest import REQUIRES_SERVERS, postgres, sqlite  # noqa: F401  (fixtures)


def missing(what):
    """A visible skip, or in CI a failure."""
    (pytest.fail if REQUIRES_SERVERS else pytest.skip)(f"{what}: run scripts/bootstrap --for test")


@pytest.fixture(scope="session")
def browser():
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        missing("no playwright")
    if not os.access(CHROMIUM, os.X_OK):
        missing(f"no Chromium at {CHROMIUM}")
    # Machines of continuous integration are slow; whoever waits for an event waits no longer for that.
    playwright.sync_api.expect.set_options(timeout=30_000)
    with open_chromium() as browser:
        yield browser


@pytest.fixture(params=["sqlite", "postgres"])
def project(request):
    """The same test on SQLite and on PostgreSQL."""
    return request.getfixturevalue(request.param)


def with_trips(project):
    """Two migrations that go well."""
    project.migration("20250101_000000_1.0.0_trips",
                      "CREATE TABLE trips (id integer PRIMARY KEY);", "DROP TABLE trips;")
    project.migration("20250102_000000_1.1.0_notes",
                      "ALTER TABLE trips ADD COLUMN note text;",
                      "ALTER TABLE trips DROP COLUMN note;")
    return project


@pytest.fixture
def trips(project):
    return with_trips(project)


@pytest.fixture
def server(trips):
    with serve(trips) as server:
        yield server


@pytest.fixture
def visits(browser):
    visits = Visits(browser)
    yield visits
    visits.close()


@pytest.fixture
def page(visits, server):
    """An operator's page, signed in with the link."""
    page = visits.page(server.base)
    page.goto(server.link)
    return page


@pytest.fixture
def example(sqlite):
    """A copy of the example at its newest version, with its sample rows."""
    return copied_example(sqlite)


@pytest.fixture
def host(example):
    if not Path(HOST_EXECUTABLE).exists():
        pytest.fail(f"{HOST_EXECUTABLE} was not built: swift build --product GuestRegistration")
    with Host(example) as host:
        yield host


def copied_example(project):
    import shutil

    from CommandLine.conftest import ROOT

    shutil.copytree(ROOT / "Examples/GuestRegistration", project.folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("Server", "guest_registration.db*", "backups"))
    project.apus("migrate", "--no-backup")
    project.query((project.folder / f"seed/{project.engine}.sql").read_text())
    return project
