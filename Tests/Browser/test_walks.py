"""The ways through `apus serve` that people go, on both engines."""

import re

from playwright.sync_api import expect

from Browser.screenshots import rehearse
from Browser.servers import serve
from Browser.visits import ENDED
from Faults.failpoints import pausing, wait_for

HERE = "/admin/migrations"
RUN = re.compile(r"/admin/migrations/runs/(\d+)")


def start(page):
    """From the overview to the run that its button starts."""
    page.goto(HERE)
    page.get_by_role("link", name=re.compile("Review and run")).click()
    page.get_by_role("button", name=re.compile("^Run ")).click()
    expect(page).to_have_url(RUN)


def test_look_plan_run_live_done(trips, visits, tmp_path):
    go_on = tmp_path / "go-on"
    with serve(trips, **pausing("run.before-step", go_on, tmp_path / "points")) as server:
        page = visits.page(server.base)
        page.goto(server.link)
        expect(page.get_by_role("heading", name="Migrations")).to_be_visible()
        expect(page.get_by_role("row", name=re.compile("1.1.0.*pending"))).to_be_visible()
        page.get_by_role("link", name="Review and run 2 migrations").click()
        expect(page.locator(".lead")).to_contain_text("Applies 2 migrations: 1.0.0 trips, 1.1.0 notes")
        expect(page.get_by_text("No backup is taken: the database is new")).to_be_visible()
        page.get_by_role("button", name="Run 2 migrations").click()

        expect(page).to_have_url(RUN)
        wait_for("run.before-step", tmp_path / "points", server.process)
        expect(page.locator("#connection")).to_have_text("live")
        expect(page.locator("#live .runstate")).to_contain_text("running")
        # Elsewhere nothing can be started meanwhile, and the page says why.
        other = page.context.new_page()
        other.goto(HERE)
        expect(other.get_by_role("link", name="Review and run")).to_have_count(0)
        expect(other.locator(".actions .reason")).to_contain_text("Run 1 is going on")

        go_on.touch()
        expect(page.locator("#live .runstate")).to_contain_text("2 of 2 steps done")
        expect(page.locator(ENDED)).to_contain_text("succeeded")
        page.get_by_role("link", name="Overview").first.click()
        expect(page.get_by_role("row", name=re.compile("1.1.0.*applied"))).to_be_visible()
        expect(page.get_by_role("link", name="Review and run")).to_have_count(0)
    assert trips.apus("status", "--exit-code").returncode == 0


def test_what_has_to_be_rehearsed_is_rehearsed_from_the_page_and_then_run(trips, visits):
    trips.apus("migrate", "1.0.0", "--no-backup")
    trips.apus("backup")
    trips.write("apus.yaml", "migrations: migrations\nrequire_rehearsal: true\n")
    with serve(trips) as server:
        page = visits.page(server.base)
        page.goto(server.link)
        page.goto(HERE + "/plan")
        expect(page.get_by_text("rehearsal gate closed")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("^Run "))).to_have_count(0)
        page.get_by_role("link", name="Rehearse…").click()
        expect(page.get_by_role("heading", name="Lint")).to_be_visible()
        rehearse(page, server.base + HERE, "latest")
        expect(page.locator(".assure")).to_contain_text("this plan may be run")
        expect(page.get_by_role("row", name=re.compile("1.1.0.*passed.*up again"))).to_be_visible()
        start(page)
        expect(page.locator(ENDED)).to_contain_text("succeeded")
        page.goto(HERE + "/audit")
        expect(page.get_by_role("row", name=re.compile("rehearse.*latest backup"))).to_be_visible()


def test_a_failing_migration_says_what_and_where_and_leaves_the_database_as_it_was(
        trips, server, page):
    trips.migration("20250103_000000_1.2.0_languages",
                    "ALTER TABLE trips ADD COLUMN language text;\nUPDATE trips SET language = langauge;",
                    "ALTER TABLE trips DROP COLUMN language;")
    start(page)
    expect(page.locator(ENDED)).to_contain_text("failed")
    expect(page.locator("#live")).to_contain_text("langauge")
    page.goto(HERE)
    expect(page.get_by_role("row", name=re.compile("1.1.0.*applied"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("1.2.0.*pending"))).to_be_visible()
    assert "1.1.0" in trips.apus("version", "current").stdout


def test_a_rollback_wants_the_version_typed(trips, server, page):
    trips.apus("migrate", "--no-backup")
    page.goto(HERE)
    page.get_by_role("link", name=re.compile("Undo 1.1.0")).click()
    expect(page.get_by_role("heading", name="This loses data")).to_be_visible()
    page.get_by_role("button", name="Undo 1 migration").click()
    expect(page).to_have_url(re.compile("/plan"))  # the browser itself wants the field filled

    page.get_by_label("Type 1.1.0 to confirm").fill("1.0.0")
    page.get_by_role("button", name="Undo 1 migration").click()
    expect(page.get_by_role("alert")).to_contain_text("1.1.0")
    assert "1.1.0" in trips.apus("version", "current").stdout

    page.get_by_label("Type 1.1.0 to confirm").fill("1.1.0")
    page.get_by_role("button", name="Undo 1 migration").click()
    expect(page).to_have_url(RUN)
    expect(page.locator(ENDED)).to_contain_text("succeeded")
    page.goto(HERE)
    expect(page.get_by_role("row", name=re.compile("1.1.0.*pending"))).to_be_visible()


def test_a_double_click_makes_one_run(trips, server, page):
    page.goto(HERE + "/plan")
    page.get_by_role("button", name="Run 2 migrations").dblclick()
    expect(page).to_have_url(RUN)
    expect(page.locator(ENDED)).to_contain_text("succeeded")
    page.goto(HERE + "/runs")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_two_tabs_make_one_run_and_the_second_is_shown_the_first_one(trips, server, page):
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(HERE + "/plan")
    page.get_by_role("button", name="Run 2 migrations").click()
    expect(page.locator(ENDED)).to_contain_text("succeeded")
    other.get_by_role("button", name="Run 2 migrations").click()
    # What it would do was done meanwhile: it is told so, and nothing runs.
    expect(other.locator("main")).to_contain_text(re.compile("run 1|changed", re.IGNORECASE))
    page.goto(HERE + "/runs")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_run_of_the_command_line_is_seen_live(trips, server, page, tmp_path):
    go_on = tmp_path / "go-on"
    run = trips.start("migrate", **pausing("run.before-step", go_on, tmp_path / "points"))
    wait_for("run.before-step", tmp_path / "points", run)
    page.goto(HERE)
    page.get_by_role("link", name="Watch it").click()
    expect(page).to_have_url(RUN)
    expect(page.locator("#connection")).to_have_text("live")
    expect(page.locator("#live .runstate")).to_contain_text("running")
    expect(page.get_by_text("runs in another process")).to_be_visible()
    go_on.touch()
    expect(page.locator(ENDED)).to_contain_text("succeeded")
    assert run.wait(timeout=60) == 0, run.communicate()


def test_closing_the_page_stops_nothing(trips, visits, tmp_path):
    go_on = tmp_path / "go-on"
    with serve(trips, **pausing("run.before-step", go_on, tmp_path / "points")) as server:
        page = visits.page(server.base)
        page.goto(server.link)
        start(page)
        wait_for("run.before-step", tmp_path / "points", server.process)
        again = page.context.new_page()
        page.close()
        go_on.touch()
        again.goto(HERE + "/runs/1")
        expect(again.locator(ENDED)).to_contain_text("succeeded")


def test_a_lock_is_waited_for_with_the_name_of_its_holder(postgres, visits):
    postgres.migration("20250101_000000_1.0.0_trips",
                       "CREATE TABLE trips (id integer PRIMARY KEY);", "DROP TABLE trips;")
    postgres.apus("migrate", "--no-backup")
    postgres.migration("20250102_000000_1.1.0_notes",
                       "ALTER TABLE trips ADD COLUMN note text;",
                       "ALTER TABLE trips DROP COLUMN note;")
    holder = postgres.client("BEGIN; SELECT * FROM trips")
    with serve(postgres, APUS_LOCK_TIMEOUT="60s", APUS_BACKUP="never") as server:
        page = visits.page(server.base)
        page.goto(server.link)
        start(page)
        waiting = page.locator("#live .notice.warn")
        expect(waiting).to_contain_text("Waiting for a lock")
        expect(waiting).to_contain_text("somebody else")
        holder.communicate("COMMIT;\n", timeout=60)
        expect(page.locator(ENDED)).to_contain_text("succeeded")


def test_a_run_is_stopped_from_the_page(postgres, visits):
    postgres.migration("20250101_000000_1.0.0_sleep", "SELECT pg_sleep(600);", "SELECT 1;")
    with serve(postgres, APUS_BACKUP="never") as server:
        page = visits.page(server.base)
        page.goto(server.link)
        start(page)
        expect(page.locator("#live")).to_contain_text("pg_sleep")
        page.get_by_role("link", name="Stop…").click()
        page.get_by_role("button", name="Stop the run").click()
        expect(page.locator(ENDED)).to_contain_text(re.compile("interrupted|stopped"))
    assert "1.0.0" not in postgres.apus("version", "current").stdout


def test_the_walk_without_scripts(trips, server, visits):
    page = visits.page(server.base, java_script_enabled=False)
    page.goto(server.link)
    start(page)
    # The page loads itself again until the run is over.
    expect(page.locator(ENDED)).to_contain_text("succeeded")
    page.goto(HERE)
    expect(page.get_by_role("row", name=re.compile("1.1.0.*applied"))).to_be_visible()
