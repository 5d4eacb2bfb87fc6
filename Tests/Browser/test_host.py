"""The example's application: its own pages, its gate, and Apus's pages under its sign-in."""

import re
import time

import pytest
from playwright.sync_api import expect

from Browser.accessibility import problems
from Browser.conftest import copied_example
from Browser.servers import Host
from Browser.visits import ENDED, actions, is_narrow_enough, tab_stops

FORM = "/registrations/5/guests/new"
GUEST = {
    "Given names": "Zofia <b>& co</b>", "Family name": "Wiśniewska", "Date of birth": "1990-04-30",
    "Place of birth": "Łódź", "Country of birth": "pl", "Nationality": "pl", "Issued by": "pl",
    "Number": "EH5550199", "Street and number": "Piotrkowska 10", "Town": "Łódź",
}


def fill(page, **changes):
    for label, value in {**GUEST, **changes}.items():
        page.get_by_label(label, exact=True).fill(value)
    page.locator("#address_country").fill("pl")
    page.get_by_label("Sex, as in the document").select_option("F")
    page.get_by_label("Document", exact=True).select_option("passport")


@pytest.fixture(params=["sqlite", "postgres"])
def both(request):
    """The application on both engines."""
    with Host(copied_example(request.getfixturevalue(request.param))) as host:
        yield host


def test_a_guest_is_registered(both, visits):
    page = visits.page(both.base)
    page.goto("/trips/5")
    expect(page).to_have_url(re.compile("/sign-in"))
    both.sign_in(page)
    page.goto("/")
    page.get_by_role("link", name="BLED-2025-0003").click()
    page.get_by_role("link", name="Register a guest").click()
    fill(page, **{"Date of birth": "2025-03-01"})
    page.get_by_role("button", name="Register the guest").click()
    expect(page.get_by_role("alert")).to_contain_text("It is after the arrival.")
    expect(page.get_by_label("Family name")).to_have_value("Wiśniewska")
    page.get_by_label("Date of birth").fill("1990-04-30")
    page.get_by_role("button", name="Register the guest").click()
    # Shown as it was written, and not as markup.
    expect(page.get_by_role("status")).to_contain_text("Zofia <b>& co</b> Wiśniewska is registered")
    expect(page.locator("main b")).to_have_count(0)

    page.goto(FORM)
    fill(page)
    page.get_by_role("button", name="Register the guest").click()
    expect(page.get_by_role("alert")).to_contain_text("registered already")
    page.get_by_role("link", name="Housekeeping").click()
    expect(page.get_by_role("row", name=re.compile("repair.*nobody yet"))).to_be_visible()


def test_a_viewer_looks_here_and_there_and_may_not_act(host, visits):
    page = visits.page(host.base)
    host.sign_in(page, "viewer")
    page.goto("/trips/5")
    expect(page.get_by_role("link", name="Register a guest")).to_have_count(0)
    assert page.goto(FORM).status == 403
    token = page.locator("input[name=token]").first.get_attribute("value")
    assert page.request.post("/registrations/5/guests", form={"token": token},
                             headers={"Origin": host.base}).status == 403
    page.get_by_role("link", name="Database").click()
    expect(page.locator(".who")).to_contain_text("viewer")
    expect(page.locator("main form[method=post]")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    page.goto("/")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_a_form_without_its_token_or_from_elsewhere_is_refused(host, visits):
    page = visits.page(host.base)
    host.sign_in(page)
    page.goto("/")
    cookie = page.context.cookies()[0]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    request = page.request
    form = {"given_names": "x"}
    ours = {"Origin": host.base}
    assert request.post("/registrations/5/guests", form=form, headers=ours).status == 403
    token = page.locator("input[name=token]").first.get_attribute("value")
    form["token"] = token
    assert request.post("/registrations/5/guests", form=form, headers=ours).status == 422
    assert request.post("/registrations/5/guests", form=form,
                        headers={"Origin": "https://evil.example"}).status == 403
    assert request.post("/registrations/5/guests", form=form).status == 403


def test_a_compatible_migration_goes_by_and_one_too_few_is_told(both, visits):
    """Runs and undoes from Apus's page, under the application's own sign-in."""
    page, guest = visits.page(both.base), visits.page(both.base)
    both.sign_in(page)
    both.sign_in(guest, "viewer")
    answers = []
    guest.on("response", lambda answer: answers.append(answer.status))

    def undo(version, *, cascade=""):
        page.goto(f"/admin/migrations/plan?undo={version}{cascade}")
        page.get_by_label(f"Type {version} to confirm").fill(version)
        page.get_by_role("button", name=re.compile("^Undo ")).click()
        expect(page.locator(ENDED)).to_contain_text("succeeded")

    undo("1.1.0")
    guest.goto("/housekeeping")
    page.goto("/admin/migrations/plan")
    locks = page.get_by_text(re.compile("locks guest_reg_guests.*: SHARE"))
    expect(locks).to_have_count(0) if both.engine == "sqlite" else expect(locks.first).to_be_visible()
    page.get_by_role("button", name="Run 1 migration").click()
    while "succeeded" not in page.locator("#live .runstate").inner_text():
        guest.goto("/")
    expect(page.locator(ENDED)).to_contain_text("succeeded")
    guest.goto("/trips/3")
    assert set(answers) == {200}

    undo("1.0.0", cascade="&cascade=1")
    assert guest.goto("/").status == 503
    expect(guest.get_by_role("heading", name="We are at work on the database")).to_be_visible()
    expect(guest.locator(".notice")).to_contain_text("1.0.0 needs database 1.0.0 or later")
    assert not problems(guest)
    stranger = visits.page(both.base)
    assert stranger.goto("/trips/1").status == 503

    page.goto("/admin/migrations/plan")
    page.get_by_role("button", name="Run 2 migrations").click()
    expect(page.locator(ENDED)).to_contain_text("succeeded")
    # The gate is asked every two seconds.
    deadline = time.monotonic() + 20
    while guest.goto("/").status == 503:
        assert time.monotonic() < deadline


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_sticks_out(host, visits, scheme):
    page = visits.page(host.base, color_scheme=scheme, viewport={"width": 320, "height": 700})
    page.goto("/sign-in")
    assert not problems(page)
    host.sign_in(page)
    for path in ("/", "/trips/4", "/trips/5", "/housekeeping", FORM, "/trips/99"):
        page.goto(path)
        assert not problems(page), f"{path}: {problems(page)}"
        assert is_narrow_enough(page) is True, f"{path}: {is_narrow_enough(page)}"
        assert len(tab_stops(page)) >= actions(page), path
    page.goto(FORM)
    page.get_by_role("button", name="Register the guest").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert not problems(page)
    assert is_narrow_enough(page) is True
    page.set_viewport_size({"width": 1280, "height": 900})
    assert not problems(page)


def test_everything_works_without_scripts(host, visits):
    page = visits.page(host.base, java_script_enabled=False)
    host.sign_in(page)
    page.goto(FORM)
    fill(page)
    page.get_by_role("button", name="Register the guest").click()
    expect(page.get_by_role("status")).to_contain_text("is registered")


def test_an_application_too_old_for_its_database_does_not_start(sqlite):
    project = copied_example(sqlite)
    project.query("UPDATE apus_migrations SET minimum_application = '9.0.0'")
    with pytest.raises(AssertionError, match="too old for its database"):
        Host(project)
