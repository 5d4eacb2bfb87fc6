"""What is scheduled, cancelled and confirmed from the page and by programs, on both engines."""

import json
import re
import urllib.error
import urllib.request
import uuid

from playwright.sync_api import expect

from Browser.servers import serve

HERE = "/admin/migrations"


def test_a_plan_is_scheduled_from_its_page_and_cancelled(trips, visits):
    trips.apus("migrate", "1.0.0", "--no-backup")
    with serve(trips) as server:
        page = visits.page(server.base)
        page.goto(server.link)
        page.goto(HERE + "/plan")
        page.get_by_role("link", name="At another time…").click()
        page.get_by_label("At one time").fill("2099-03-29 02:30 Europe/Ljubljana")
        page.get_by_role("button", name="Schedule it").click()
        # That hour does not exist in a year whose last Sunday of March is the 29th.
        expect(page.get_by_role("alert")).to_contain_text("Nothing was scheduled.")
        page.get_by_label("At one time").fill("2099-06-29 02:30 Europe/Ljubljana")
        page.get_by_role("button", name="Schedule it").click()
        expect(page).to_have_url(re.compile("/schedule/1$"))
        expect(page.get_by_text("29 Jun 2099 00:30 to 00:45 UTC")).to_be_visible()
        page.goto(HERE)
        expect(page.get_by_text("Scheduled: Applies 1 migration")).to_be_visible()
        page.get_by_role("link", name="Schedule", exact=True).click()
        page.get_by_role("link", name="#1").click()
        page.get_by_role("link", name="Cancel…").click()
        page.get_by_role("button", name="Cancel the entry").click()
        expect(page.locator("dl .state")).to_contain_text("cancelled")
        page.goto(HERE + "/audit")
        expect(page.get_by_role("row", name=re.compile("schedule.*everything pending.*done"))).to_be_visible()
        expect(page.get_by_role("row", name=re.compile("cancel scheduled.*entry 1.*done"))).to_be_visible()
    shown = json.loads(trips.apus("schedule", "show", "1", "--json").stdout)
    assert shown["state"] == "cancelled"


def test_a_run_is_confirmed_from_its_page(trips, visits):
    trips.apus("migrate", "--no-backup", "--revert-unless-confirmed", "1h", "--no-wait")
    with serve(trips) as server:
        page = visits.page(server.base)
        page.goto(server.link)
        expect(page.get_by_text("Run 1 is taken back in 59 min unless it is confirmed")).to_be_visible()
        page.get_by_role("link", name="Look at it, and confirm").click()
        page.get_by_role("button", name="Confirm the run").click()
        expect(page.get_by_role("button", name="Confirm the run")).to_have_count(0)
        page.goto(HERE + "/audit")
        expect(page.get_by_role("row", name=re.compile("confirm.*run 1.*done"))).to_be_visible()
    shown = json.loads(trips.apus("schedule", "show", "1", "--json").stdout)
    assert shown["state"] == "confirmed"


def asking(server, token, method, path, body=None, **headers):
    request = urllib.request.Request(
        f"{server.base}/api{path}", method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def test_a_program_schedules_once_for_each_key_and_takes_it_away(trips):
    token = json.loads(trips.apus("password", "--token", "--json").stdout)
    trips.write("apus.yaml", f"""
web:
  tokens:
    ci: {{digest: "{token['digest']}", scopes: [read, operate]}}
""")
    with serve(trips) as server:
        def ask(*arguments, **headers):
            return asking(server, token["token"], *arguments, **headers)

        plan = ask("POST", "/plans", {})[1]
        key = {"Idempotency-Key": uuid.uuid4().hex}
        wanted = {"digest": plan["digest"], "at": "2099-06-29T02:30Z"}
        status, entry = ask("POST", "/schedule", wanted, **key)
        assert (status, entry["state"], entry["entry"]) == (201, "waiting", 1), entry
        assert ask("POST", "/schedule", wanted, **key)[1]["entry"] == 1
        other = {"Idempotency-Key": uuid.uuid4().hex}
        assert ask("POST", "/schedule", wanted, **other)[0] == 409
        for wrong, code in (({"at": "2020-01-01T00:00Z"}, 409), ({"at": "soon"}, 400),
                            ({"window": "Sun 02:00-04:00 Europe/Lubljana"}, 400), ({}, 400)):
            status, problem = ask("POST", "/schedule", {"digest": plan["digest"], **wrong},
                                  **{"Idempotency-Key": uuid.uuid4().hex})
            assert status == code, problem
        assert len(ask("GET", "/schedule")[1]["entries"]) == 1
        assert ask("DELETE", "/schedule/1")[1]["state"] == "cancelled"
        assert ask("DELETE", "/schedule/9")[0] == 404
        assert ask("POST", "/runs/1/confirm")[0] == 404
