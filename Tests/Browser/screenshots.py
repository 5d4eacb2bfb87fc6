"""Takes a picture of every page, light and dark, wide and narrow, for somebody to look at.

    python3 Tests/Browser/screenshots.py [FOLDER]

The pictures go into a new temporary folder, unless one is named; it is printed. Needs what
`scripts/bootstrap --for test` installs, and a debug build of `apus` and `GuestRegistration`.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import expect

from Browser.chromium import open_chromium  # noqa: E402
from Browser.servers import Host, serve  # noqa: E402
from CommandLine.conftest import ROOT, Project, first_releases  # noqa: E402
from Faults.failpoints import pausing  # noqa: E402

SIZES = {"wide": (1280, 900), "narrow": (320, 700)}
FAILING = "20250301_090000_1.2.0_add_guest_languages"


def example(folder):
    """A copy of the example as it was at 1.1.0; the database at 1.0.0, with its sample rows."""
    shutil.copytree(ROOT / "Examples/GuestRegistration", folder,
                    ignore=shutil.ignore_patterns("Server", "guest_registration.db*", "backups"))
    first_releases(folder)
    project = Project(folder, "sqlite:guest_registration.db", "sqlite")
    project.apus("migrate", "1.0.0")
    project.query((folder / "seed/sqlite.sql").read_text())
    return project


def spoil(project):
    """A third migration, which fails, and an edit of the first after it ran."""
    project.write(f"migrations/sqlite/{FAILING}.sql", """-- Up Migration
ALTER TABLE guest_reg_guests ADD COLUMN language TEXT;
UPDATE guest_reg_guests SET language = langauge;

-- Down Migration (Rollback)
ALTER TABLE guest_reg_guests DROP COLUMN language;
""")
    project.apus("migrate", expecting=3)
    first = next((project.folder / "migrations/sqlite").glob("*_1.0.0_*"))
    first.write_text(first.read_text().replace("'housekeeper'))", "'housekeeper', 'cook'))"))


def measure(project):
    """Gives the journal of the example a past: forty runs over months, one far too long, waits for locks, and
    how fast rows went; and writes what another environment's journal says."""
    first, second = ("20250115_103000_1.0.0_initial_schema", "20250115_103100_1.1.0_add_performance_indexes")
    project.query(f"""
        INSERT INTO apus_runs (id, kind, status, summary, plan_digest, steps, started_at, ended_at, started_by,
            database_user, tool_version, failure_code, failure_message)
        WITH RECURSIVE n (i) AS (SELECT 101 UNION ALL SELECT i + 1 FROM n WHERE i < 140)
        SELECT i, iif(i % 2, 'migrate', 'rollback'), iif(i IN (117, 124), 'failed', 'succeeded'), 'Applies 1.1.0.',
            '{'0' * 64}', 1, strftime('%Y-%m-%dT%H:%M:%S.000000Z', '2025-02-01', ((i - 101) * 3) || ' days'),
            strftime('%Y-%m-%dT%H:%M:%S.000000Z', '2025-02-01', ((i - 101) * 3) || ' days',
                CASE i WHEN 133 THEN 340 WHEN 113 THEN 95 ELSE 4 + i * 7 % 11 END || ' seconds'),
            'ci@build-3', 'ci', '0.1.0', iif(i IN (117, 124), 'statement-failed', NULL),
            iif(i IN (117, 124), 'no such column', NULL) FROM n;
        INSERT INTO apus_journal (run, migration, direction, status, statements_done, statement_count, meaning,
            started_at, duration_us)
        SELECT id, '{second}', iif(kind = 'migrate', 'up', 'down'), iif(status = 'failed', 'failed', 'done'), 1, 1,
            '{'0' * 64}', started_at, CASE id WHEN 133 THEN 331000000 ELSE 2100000 + id * 7919 % 900000 END
            FROM apus_runs WHERE id > 100;
        INSERT INTO apus_step_waits (run, migration, direction, waited_us, retries, holder) VALUES
            (133, '{second}', 'up', 312000000, 6, 'pid 4121 (guests, psql, idle in transaction)'),
            (120, '{second}', 'down', 4200000, 0, 'pid 812 (report, pg_dump, active)'),
            (113, '{first}', 'up', 900000, 1, NULL);
        INSERT INTO apus_batches (migration, statement, meaning, state, key_types, size, batches_done, rows_done,
            busy_us, run, started_at, changed_at) VALUES ('{second}', 2, '{'0' * 64}', 'done', 'id INTEGER', 5000, 240,
            1200000, 96000000, 133, '2025-05-08T00:00:00.000000Z', '2025-05-08T00:02:00.000000Z');""")
    staging = project.apus("analytics", "--json", "--environment", "staging").stdout
    project.write("staging.json", staging)


def with_data_migrations(project):
    """Five data migrations: done, paused, given up, failed, and one that is left to whoever works on it."""
    project.migration(
        "20250101_000000_1.0.0_guests",
        "CREATE TABLE guests (id INTEGER PRIMARY KEY, email TEXT, locale TEXT, nights INTEGER CHECK (nights > 0));\n"
        "INSERT INTO guests (id, email) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 4000) SELECT i, 'GUEST' || i || '@EXAMPLE.ORG' FROM n;", "DROP TABLE guests;")
    for version, name, change in [
        ("1.1.0", "lower_case_mail", "email = lower(email)"), ("1.2.0", "guess_locale", "locale = 'sl-SI'"),
        ("1.3.0", "forget_locale", "locale = NULL"), ("1.4.0", "count_nights", "nights = 3000 - id"),
        ("1.5.0", "add_prefix_to_every_address_that_has_none", "email = 'x' || email"),
    ]:
        project.migration(
            f"20250101_000000_{version}_{name}",
            f"-- apus: batch table=guests key=id size=500 target=0\nUPDATE guests SET {change}"
            " WHERE id BETWEEN :start AND :end;", "SELECT 1;")
    project.apus("migrate", "1.1.0", "--no-backup")
    for name, change in [("1.2.0/guess_locale", "pause"), ("1.3.0/forget_locale", "cancel")]:
        project.apus("migrate", name.split("/")[0], "--no-backup", "--background")
        project.apus("data", change, name)
    project.apus("migrate", "1.4.0", "--no-backup", "--background")
    project.apus("work", expecting=None)
    project.apus("migrate", "1.5.0", "--no-backup", "--background")
    return project


def rehearse(page, pages, start):
    """Holds a rehearsal from the page of checks and waits for its report."""
    page.goto(pages + "/checks")
    page.get_by_role("link", name="Rehearse…").click()
    page.get_by_label("Begin with").select_option(start)
    page.get_by_role("button", name="Rehearse").click()
    expect(page.locator(".runstate")).to_contain_text("passed", timeout=60_000)


class Camera:
    def __init__(self, browser, folder):
        self.folder = folder
        self.pages = {}
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme)
                self.pages[size, scheme] = context.new_page()

    def sign_in(self, enter):
        """Once in one of them; the others take its cookies."""
        first, *others = self.pages.values()
        enter(first)
        for page in others:
            page.context.add_cookies(first.context.cookies())

    def take(self, name, url, prepare=lambda page: None):
        for (size, scheme), page in self.pages.items():
            page.goto(url)
            prepare(page)
            page.screenshot(path=self.folder / f"{name}-{size}-{scheme}.png", full_page=True)


def apus_pages(browser, camera, work):
    project = example(work / "apus")
    here = "/admin/migrations"
    with serve(project) as server:
        camera.take("sign-in", server.base + here + "/sign-in")
        camera.sign_in(lambda page: page.goto(server.link))
        camera.take("overview-pending", server.base + here)
        camera.take("plan", server.base + here + "/plan")
        project.apus("backup")
        camera.take("rehearse", server.base + here + "/checks/rehearse")
        rehearse(next(iter(camera.pages.values())), server.base + here, "latest")
        camera.take("rehearsal-passed", server.base + here + "/checks/rehearsals/1")
        project.apus("migrate")
        project.apus("backup")
        project.apus("schedule", "rollback", "1.1.0", "--at", "2099-06-29 02:30 Europe/Ljubljana")
        spoil(project)
        rehearse(next(iter(camera.pages.values())), server.base + here, "nothing")
        camera.take("rehearsal-failed", server.base + here + "/checks/rehearsals/2")
        for name in ("checks", "runs", "schedule", "schedule/1", "schedule/new?undo=1.1.0", "backups",
                     "versions", "graph", "data", "analytics", "health", "audit"):
            camera.take(re.sub(r"\W+", "-", name), f"{server.base}{here}/{name}")
        camera.take("overview-edited", server.base + here)
        camera.take("plan-rollback", server.base + here + "/plan?undo=1.1.0")
        camera.take("run-done", server.base + here + "/runs/2")
        camera.take("run-failed", server.base + here + "/runs/3")
        camera.take("backup-new", server.base + here + "/backups/new")
        camera.take("problem", server.base + here + "/runs/99")
        links = "table a[href*='/migrations/migrations/']"
        page = next(iter(camera.pages.values()))
        page.goto(server.base + here)
        for name, link in {row.inner_text(): row.get_attribute("href")
                           for row in page.locator(links).all()}.items():
            camera.take(f"migration-{name}", server.base + link)
    measure(project)
    with serve(project, "--analytics-from", "staging.json") as server:
        camera.sign_in(lambda page: page.goto(server.link))
        camera.take("analytics", server.base + here + "/analytics")
    data_page(browser, work)
    live_page(browser, work)


def data_page(browser, work):
    """Data migrations in every state; the one that goes on is held behind its first batch."""
    folder = work / "data"
    (folder / "migrations").mkdir(parents=True)
    project = with_data_migrations(Project(folder, "sqlite:guests.db", "sqlite"))
    until = work / "go-on-data"
    with serve(project, **pausing("data.batch-done", until, work / "data-points")) as server:
        camera = Camera(browser, Path(work / "pictures"))
        camera.sign_in(lambda page: page.goto(server.link))
        camera.take("data-states", server.base + "/admin/migrations/data")
        camera.take("analytics-data", server.base + "/admin/migrations/analytics")
        until.touch()


def live_page(browser, work):
    """A run that is held in the middle."""
    project = example(work / "live")
    until = work / "go-on"
    held = pausing("run.before-step", until, work / "points")
    with serve(project) as server:
        camera = Camera(browser, Path(work / "pictures"))
        camera.sign_in(lambda page: page.goto(server.link))
        run = project.start("migrate", **held)
        page = next(iter(camera.pages.values()))
        url = server.base + "/admin/migrations/runs/2"
        while page.goto(url).status != 200:
            assert run.poll() is None
        camera.take("run-live", url)
        camera.take("run-live-overview", server.base + "/admin/migrations")
        camera.take("run-cancel", url + "/cancel")
        until.touch()
        run.communicate()


def host_pages(browser, camera, work):
    project = example(work / "host")
    with Host(project) as host:
        camera.take("host-sign-in", host.base + "/sign-in")
        camera.sign_in(host.sign_in)
        camera.take("host-trips", host.base + "/")
        camera.take("host-trip", host.base + "/trips/4")
        camera.take("host-housekeeping", host.base + "/housekeeping")
        form = host.base + "/registrations/5/guests/new"
        camera.take("host-guest", form)
        camera.take("host-guest-wrong", form, lambda page: (
            page.get_by_label("Date of birth").fill("2030-01-01"),
            page.get_by_role("button", name="Register the guest").click()))
        camera.take("host-problem", host.base + "/trips/99")
        camera.take("host-database", host.base + "/admin/migrations")
        project.apus("rollback", "1.0.0", "--cascade", "--yes", "--confirm", "guest_registration.db")
        page = next(iter(camera.pages.values()))
        while page.goto(host.base + "/trips/99").status != 503:
            pass
        camera.take("host-maintenance", host.base + "/")


def main():
    with tempfile.TemporaryDirectory() as work, open_chromium() as browser:
        work = Path(work)
        pictures = Path(sys.argv[1] if sys.argv[1:] else tempfile.mkdtemp(prefix="apus-pages."))
        pictures.mkdir(parents=True, exist_ok=True)
        (work / "pictures").symlink_to(pictures)
        apus_pages(browser, Camera(browser, pictures), work)
        host_pages(browser, Camera(browser, pictures), work)
        print(f"{len(list(pictures.glob('*.png')))} pictures in {pictures}")


if __name__ == "__main__":
    main()
