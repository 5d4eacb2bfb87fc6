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
from CommandLine.conftest import ROOT, Project  # noqa: E402
from Faults.failpoints import pausing  # noqa: E402

SIZES = {"wide": (1280, 900), "narrow": (320, 700)}
FAILING = "20250301_090000_1.2.0_add_guest_languages"


def example(folder):
    """A copy of the example, at 1.0.0 with its sample rows."""
    shutil.copytree(ROOT / "Examples/GuestRegistration", folder,
                    ignore=shutil.ignore_patterns("Server", "guest_registration.db*", "backups"))
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
                     "versions", "graph", "data", "health", "audit"):
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
    live_page(browser, work)


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
