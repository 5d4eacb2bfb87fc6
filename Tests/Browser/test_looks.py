"""How every page looks and is used: axe, contrast schemes, narrow screens, keyboard, weight."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from Browser.accessibility import problems
from Browser.screenshots import example, measure, rehearse, spoil, with_data_migrations
from Browser.servers import serve
from Browser.visits import ENDED, actions, is_narrow_enough, tab_stops
from Faults.failpoints import pausing

HERE = "/admin/migrations"
#: Of the example with a failed third migration and an edited first one.
PAGES = ("", "/plan", "/plan?undo=1.1.0", "/runs", "/runs/2", "/runs/3", "/runs/99", "/schedule", "/schedule/1", "/schedule/1/cancel",
         "/schedule/new?undo=1.1.0", "/backups", "/backups/new",
         "/versions", "/graph", "/data", "/analytics", "/health", "/audit", "/checks", "/checks/rehearse", "/checks/rehearsals/1",
         "/migrations/20250115_103000_1.0.0_initial_schema",
         "/migrations/20250115_103100_1.1.0_add_performance_indexes",
         "/migrations/20250301_090000_1.2.0_add_guest_languages")


@pytest.fixture(scope="module")
def shown(tmp_path_factory, browser):
    """A server with something on every page, and who is signed in there."""
    project = example(tmp_path_factory.mktemp("looks") / "example")
    project.apus("migrate")
    project.apus("schedule", "rollback", "1.1.0", "--at", "2099-06-29 02:30 Europe/Ljubljana")
    spoil(project)
    measure(project)
    with serve(project, "--analytics-from", "staging.json") as server:
        context = browser.new_context()
        page = context.new_page()
        page.goto(server.link)
        rehearse(page, server.base + HERE, "nothing")
        yield SimpleNamespace(base=server.base, cookies=context.cookies())


@pytest.fixture
def looking(shown, visits):
    def look(**options):
        page = visits.page(shown.base, **options)
        page.context.add_cookies(shown.cookies)
        return page
    return look


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_and_nothing_sticks_out(looking, scheme, width):
    page = looking(color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in PAGES:
        page.goto(HERE + path)
        for summary in page.locator("summary").all():
            if not summary.locator("xpath=..").get_attribute("open"):
                summary.evaluate("(element) => { element.parentElement.open = true }")
        assert not problems(page), f"{path}: {problems(page)}"
        assert is_narrow_enough(page) is True, f"{path}: {is_narrow_enough(page)}"


def test_data_migrations_in_every_state_too(sqlite, visits, tmp_path):
    """Where one waits for its server's first batch, which is held."""
    project, until = with_data_migrations(sqlite), tmp_path / "go-on"
    with serve(project, **pausing("data.batch-done", until, tmp_path / "points")) as server:
        for scheme, width in (("light", 1280), ("dark", 320)):
            page = visits.page(server.base, color_scheme=scheme, viewport={"width": width, "height": 700})
            if width == 1280:
                page.goto(server.link)
                cookies = page.context.cookies()
            page.context.add_cookies(cookies)
            page.goto(HERE + "/data")
            expect(page.locator("tbody tr")).to_have_count(5)
            states = page.locator("tbody .state").all_inner_texts()
            assert [state.split()[-1] for state in states] == ["complete", "paused", "cancelled", "failed", "open"]
            assert not problems(page), problems(page)
            assert is_narrow_enough(page) is True, is_narrow_enough(page)
        until.touch()


def test_sign_in_and_problem_pages_too(shown, visits):
    for scheme in ("light", "dark"):
        page = visits.page(shown.base, color_scheme=scheme, viewport={"width": 320, "height": 700})
        page.goto(HERE + "/sign-in")
        assert not problems(page)
        assert is_narrow_enough(page) is True


def test_pages_weigh_little_and_have_nothing_inline(looking):
    for path in PAGES:
        page = looking()
        weights = {}
        page.on("response", lambda response, weights=weights: weights.__setitem__(
            response.url, response))
        page.goto(HERE + path)
        weight = sum(len(response.body()) for response in list(weights.values()))
        assert weight < 100_000, f"{path}: {weight} bytes"
        text = page.content()
        assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|<style|\son[a-z]+=", text), path
        page.context.close()


def test_dark_is_dark_and_a_theme_that_was_chosen_stays(looking):
    def paper(page):
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    light, dark = looking(color_scheme="light"), looking(color_scheme="dark")
    for page in (light, dark):
        page.goto(HERE)
    bright, dim = paper(light), paper(dark)
    assert bright != dim
    light.get_by_role("button", name="dark theme").click()
    expect(light.get_by_role("button", name="dark theme")).to_have_attribute("aria-pressed", "true")
    assert paper(light) == dim
    light.goto(HERE + "/versions")
    assert paper(light) == dim
    light.get_by_role("button", name="light theme").click()
    assert paper(light) == bright


def test_the_keyboard_reaches_every_action_and_shows_where_it_is(looking):
    page = looking()
    for path in PAGES:
        page.goto(HERE + path)
        stops = tab_stops(page)
        # Regions that scroll can be reached as well, so there may be more.
        assert len(stops) >= actions(page), (path, [stop["text"] for stop in stops])


def test_a_rollback_with_the_keyboard_alone(server, page, trips):
    trips.apus("migrate", "--no-backup")
    page.goto(HERE)

    def tab_to(text):
        for _ in range(60):
            page.keyboard.press("Tab")
            if text in page.evaluate("document.activeElement.textContent || document.activeElement.name || ''"):
                return
        raise AssertionError(f"Tab does not reach {text}")

    tab_to("Undo 1.1.0")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/plan"))
    tab_to("confirm")
    page.keyboard.type("1.1.0")
    tab_to("Undo 1 migration")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/runs/2"))
    expect(page.locator(ENDED)).to_contain_text("succeeded")


def test_keys_lead_about(looking):
    page = looking()
    page.goto(HERE)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert not problems(page)
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page).to_have_url(re.compile(HERE + "/runs$"))


def test_pages_without_scripts_say_the_same(looking):
    with_scripts, without = looking(), looking(java_script_enabled=False)
    # What doctor finds may change between two looks; its page is asked for in the other tests.
    for path in (path for path in PAGES if path != "/health"):
        texts = []
        for page in (with_scripts, without):
            page.goto(HERE + path)
            texts.append(re.sub(r"\d\d:\d\d|just now|\d+ (s|min) (ago|old)|\d+ s", "", page.locator("main").inner_text()))
        assert texts[0] == texts[1], path
