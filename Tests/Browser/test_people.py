"""Who may come in, and what they may do there."""

import json
import re
import subprocess

import pytest
from playwright.sync_api import expect

from Browser.servers import serve
from CommandLine.conftest import EXECUTABLE

HERE = "/admin/migrations"
PASSWORD = "correct horse battery"


@pytest.fixture
def two(trips):
    """The project with an operator, ana, and a viewer, luka."""
    made = subprocess.run([EXECUTABLE, "password", "--json"], input=PASSWORD + "\n",
                          capture_output=True, text=True, check=True)
    hashed = json.loads(made.stdout)["hash"]
    trips.write("apus.yaml", f"""
name: Trips
web:
  users:
    ana: {{password: "{hashed}", role: operator}}
    luka: {{password: "{hashed}", role: viewer}}
""")
    with serve(trips) as server:
        yield server


def sign_in(page, name, password=PASSWORD):
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_signing_in_leads_to_the_page_that_was_asked_for(two, visits):
    page = visits.page(two.base)
    page.goto(HERE + "/versions")
    expect(page).to_have_url(re.compile("/sign-in"))
    sign_in(page, "ana", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("Name or password is wrong")
    sign_in(page, "ana")
    expect(page).to_have_url(re.compile(HERE + "/versions$"))
    cookie, = (c for c in page.context.cookies() if c["name"].endswith("session"))
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    page.get_by_role("button", name="Sign out").click()
    page.goto(HERE)
    expect(page).to_have_url(re.compile("/sign-in"))


def test_a_viewer_sees_everything_and_may_do_nothing(two, visits):
    page = visits.page(two.base)
    page.goto(HERE)
    sign_in(page, "luka")
    expect(page.locator(".who")).to_contain_text("viewer")
    for path in ("", "/plan", "/runs", "/backups", "/versions", "/graph", "/health", "/audit"):
        assert page.goto(HERE + path).status == 200, path
        posts = page.locator("main form[method=post]")
        expect(posts).to_have_count(0)
    page.goto(HERE + "/plan")
    expect(page.locator("main .reason")).to_be_visible()

    # Nor with a form that is made up, from the page's own origin.
    token = page.locator("form[action$='/sign-out'] input[name=token]").get_attribute("value")
    answer = page.evaluate(
        """([url, token]) => fetch(url, {method: "POST", redirect: "manual",
             body: new URLSearchParams({token, digest: "0".repeat(64)})})
             .then((response) => response.status)""", [HERE + "/runs", token])
    assert answer == 403
    assert page.goto(HERE + "/backups/new").status == 403
    page.goto(HERE + "/runs")
    expect(page.locator("main")).to_contain_text("Nothing has run")


def test_the_link_signs_in_once(server, page, visits):
    other = visits.page(server.base)
    assert other.goto(server.link).status == 410
    other.goto(HERE)
    expect(other).to_have_url(re.compile("/sign-in"))
