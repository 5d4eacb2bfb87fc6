"""Guest Registration from 1.0.0 to 2.0.0 and back, on every engine: by each declared path, with rows, and with nothing lost."""

import json
import subprocess
import sys

import pytest

from conftest import Project
from test_example import example, rows, seed

#: Who comes again, with another document and to another registration.
AGAIN = """INSERT INTO guest_reg_guests (id, registration_id, given_names, family_name, sex, birth_date, birth_place,
    birth_country, nationality, document_type, document_number, document_country, address_street, address_city,
    address_country, arrival_date, departure_date)
VALUES (101, 5, 'Markus', 'Schneider', 'M', '1982-05-17', 'Leipzig', 'DE', 'DE', 'passport', 'C01X00T48', 'DE',
    'Lindenstraße 14', 'Berlin', 'DE', '2025-02-15', '2025-03-02'), (102, 5, 'Katrín', 'Jónsdóttir', 'F', '1988-07-01',
    'Akureyri', 'IS', 'IS', 'passport', 'A0000012', 'IS', 'Hafnarstræti 3', 'Akureyri', 'IS', '2025-02-15', '2025-02-22');
INSERT INTO guest_reg_trips (id, host_id, reference, unit_name, unit_number, status, booker_name, arrival_date, departure_date)
VALUES (101, 1, 'BLED-2025-0101', 'Seeblick', '104512-01', 'booked', 'Ida Huber', '2025-03-01', '2025-03-04');"""

#: The columns that 2.0.0 takes out of trips, where they stand before and after.
UNITS = {"before": "SELECT id, unit_name, unit_number FROM guest_reg_trips ORDER BY id",
         "after": "SELECT t.id, coalesce(t.listing_name, u.unit_name), u.unit_number FROM guest_reg_trips AS t "
                  "JOIN guest_reg_units AS u ON u.id = t.unit_id ORDER BY t.id"}
GUESTS = ("SELECT id, registration_id, is_lead, given_names, family_name, second_family_name, birth_date, document_number, "
          "address_country, arrival_date, departure_date, accompanied_by_id, created_at FROM guest_reg_guests ORDER BY id")


@pytest.fixture
def road(project):
    """The example at 1.0.0, with its seed and more."""
    example(project).apus("migrate", "1.0.0", "-q", "--no-backup")
    seed(project)
    project.query(AGAIN)
    return project


def up(project, version, *options, **more):
    return project.apus("migrate", version, "--no-backup", "-q", "--application", "2.0.0", *options, **more)


def version(project):
    return json.loads(project.apus("version", "current", "--json").stdout).get("database_version")


def schema(project):
    return json.loads(project.apus("schema", "show", "--json").stdout)["objects"]


def nights(project, table, where, by):
    """Night by night: one row for each in its month, as SQL of the engine."""
    if project.engine == "postgres":
        return (f"SELECT date_trunc('month', night)::date AS month, {by} AS by_what, count(*) AS nights FROM {table}, "
                f"generate_series(arrival_date::timestamp, departure_date::timestamp - interval '1 day', interval '1 day') "
                f"AS night WHERE {where} GROUP BY 1, 2")
    return (f"SELECT date(night, 'start of month') AS month, by_what, count(*) AS nights FROM ("
            f"WITH RECURSIVE n (by_what, night, departure) AS (SELECT {by}, arrival_date, departure_date FROM {table} "
            f"WHERE {where} AND arrival_date < departure_date UNION ALL "
            f"SELECT by_what, date(night, '+1 day'), departure FROM n WHERE date(night, '+1 day') < departure) "
            f"SELECT * FROM n) GROUP BY 1, 2")


def both_ways(project, first, second):
    return project.query(f"SELECT * FROM (SELECT * FROM ({first}) AS a EXCEPT SELECT * FROM ({second}) AS b) AS c "
                         f"UNION ALL SELECT * FROM (SELECT * FROM ({second}) AS d EXCEPT SELECT * FROM ({first}) AS e) AS f")


def check_languages(project):
    assert project.query("SELECT count(*) FROM guest_reg_guests WHERE preferred_language IS NULL") == [["0"]]
    found = {country: language for country, language in project.query(
        "SELECT DISTINCT address_country, preferred_language FROM guest_reg_guests")}
    assert (found["DE"], found["IT"], found["GB"], found["PL"], found["IS"]) == ("de", "it", "en", "pl", "en")


def check_reports(project, unit="unit_number"):
    if project.engine == "postgres":
        for report in ["guest_nights", "occupancy", "revenue"]:
            project.query(f"REFRESH MATERIALIZED VIEW CONCURRENTLY guest_reg_report_{report}")
    assert both_ways(project, "SELECT month, country, guest_nights FROM guest_reg_report_guest_nights WHERE guest_nights > 0",
                     nights(project, "guest_reg_guests", "TRUE", "address_country")) == []
    assert both_ways(project, "SELECT month, country, party_nights FROM guest_reg_report_guest_nights WHERE party_nights > 0",
                     nights(project, "guest_reg_guests", "is_lead", "address_country")) == []
    assert both_ways(project, f"SELECT month, {unit}, nights FROM guest_reg_report_occupancy WHERE nights > 0",
                     nights(project, "guest_reg_trips", "status IN ('booked', 'checked_in', 'checked_out')", unit)) == []
    arrivals = "SELECT sum(guests), sum(parties) FROM guest_reg_report_guest_nights"
    assert project.query(arrivals) == project.query(
        "SELECT count(*), sum(CASE WHEN is_lead THEN 1 ELSE 0 END) FROM guest_reg_guests")
    month = "date_trunc('month', issue_date::timestamp)::date" if project.engine == "postgres" else "date(issue_date, 'start of month')"
    assert both_ways(
        project, "SELECT month, country, currency, invoices, round(total_amount, 2) FROM guest_reg_report_revenue",
        f"SELECT {month}, billed_country, currency, count(*), round(sum(total_amount), 2) FROM guest_reg_invoices "
        "WHERE status IN ('issued', 'paid') GROUP BY 1, 2, 3") == []


def check_people(project):
    assert project.query("SELECT count(*) FROM guest_reg_guests AS g LEFT JOIN guest_reg_people AS p ON p.id = g.person_id "
                         "WHERE p.family_name IS NULL OR p.family_name <> g.family_name OR p.given_names <> g.given_names "
                         "OR p.birth_date <> g.birth_date") == [["0"]]
    # One person, two registrations, two documents; and everybody else once.
    assert project.query("SELECT p.family_name, count(DISTINCT g.registration_id), count(DISTINCT g.document_number) "
                         "FROM guest_reg_people AS p JOIN guest_reg_guests AS g ON g.person_id = p.id "
                         "GROUP BY p.id, p.family_name HAVING count(*) > 1") == [["Schneider", "2", "2"]]


def test_without_a_version_the_database_stays_where_the_application_is(road):
    road.apus("migrate", "-q", "--no-backup")
    assert version(road) == "1.1.0"
    status = road.apus("status", "--exit-code")
    assert "up to date · 10 beyond the target 1.1.0" in status.stdout
    assert json.loads(road.apus("status", "--json").stdout)["pending"] == 0
    assert "Nothing" in road.apus("plan").stdout or "up to date" in road.apus("plan").stdout


@pytest.mark.parametrize("at", ["nothing", "1.1.0", "1.3.0"])
def test_2_0_0_is_refused_to_an_application_that_it_would_not_serve(project, at):
    example(project)
    if at != "nothing":
        project.apus("migrate", at, "-q", "--no-backup")
    refused = project.apus("migrate", "2.0.0", "--no-backup", expecting=7)
    assert "error[application-incompatible]" in refused.stderr
    assert "needs application 2.0.0 or later; this application is 1.0.0" in refused.stderr
    assert "apus migrate --application 2.0.0" in refused.stderr
    assert version(project) == (None if at == "nothing" else at)


@pytest.mark.parametrize("path", [["1.1.0", "1.2.0", "1.3.0", "2.0.0"], ["1.2.0", "1.3.0", "2.0.0"], ["2.0.0", "2.0.0"]],
                         ids=" ".join)
def test_by_each_path_the_data_are_right_after_each_release_and_nothing_is_lost(road, path):
    counts, guests, units = rows(road), road.query(GUESTS), road.query(UNITS["before"])
    for goal in path:
        if goal == "2.0.0":
            plan = json.loads(road.apus("plan", goal, "--application", "2.0.0", "--json").stdout)
            wanted = {"1.0.0": (["1.2.0", "1.3.0"], "1.3.0"), "1.3.0": (["2.0.0"], None)}[version(road)]
            assert (plan["path"], plan.get("stop")) == wanted
        up(road, goal, "--accept-breaking", "2.0.0") if goal == "2.0.0" else road.apus("migrate", goal, "-q", "--no-backup")
        reached = version(road)
        assert reached == (goal if path[0] != "2.0.0" or plan.get("stop") is None else "1.3.0")
        assert rows(road) == counts and road.query(GUESTS) == guests
        assert road.query(UNITS["after" if reached == "2.0.0" else "before"]) == units
        if reached >= "1.2.0":
            check_languages(road)
        if reached >= "1.3.0":
            check_reports(road, "unit_id" if reached == "2.0.0" else "unit_number")
        if reached == "2.0.0":
            check_people(road)
    road.apus("verify")


def test_it_comes_back_to_1_0_0_with_everything_and_goes_up_again(road):
    counts, guests, units, begun = rows(road), road.query(GUESTS), road.query(UNITS["before"]), schema(road)
    up(road, "1.3.0")
    between = schema(road)
    up(road, "2.0.0")
    after = schema(road)
    road.apus("rollback", "--to", "1.3.0", "--yes", "--no-backup", "-q")
    assert schema(road) == between
    check_reports(road)
    road.apus("rollback", "--to", "1.0.0", "--yes", "--no-backup", "-q")
    assert schema(road) == begun
    assert (rows(road), road.query(GUESTS), road.query(UNITS["before"])) == (counts, guests, units)
    up(road, "1.3.0")
    up(road, "2.0.0")
    assert schema(road) == after
    check_people(road)
    check_reports(road, "unit_id")
    # New rows get numbers that nobody had.
    road.query("INSERT INTO guest_reg_trips (host_id, reference, status, booker_name, arrival_date, departure_date, unit_id) "
               "SELECT 1, 'NEW', 'booked', 'Ida Huber', '2025-04-01', '2025-04-03', min(id) FROM guest_reg_units")
    check_reports(road, "unit_id")


def test_in_the_background_the_contract_waits_for_every_fill(road):
    up(road, "1.3.0", "--background")
    assert version(road) == "1.3.0"
    assert road.query("SELECT count(*) FROM guest_reg_guests WHERE preferred_language IS NULL") != [["0"]]
    held = road.apus("migrate", "2.0.0", "--background", "--no-backup", "--application", "2.0.0")
    assert "2.0.0 check_units_and_people requires the data migration 1.2.0 add_preferred_language" in held.stdout + held.stderr
    assert road.query(UNITS["before"])
    refused = up(road, "2.0.0", expecting=7)
    assert "data-incomplete" in refused.stderr and "apus work" in refused.stderr
    road.apus("work")
    done = json.loads(road.apus("data", "list", "--json").stdout)["data_migrations"]
    assert {found["state"] for found in done} == {"done"}
    assert {found["migration"].split("_", 2)[2] for found in done} == {
        "1.2.0_add_preferred_language", "2.0.0_add_properties_and_units", "2.0.0_add_people"}
    check_languages(road)
    up(road, "2.0.0")
    assert version(road) == "2.0.0"
    check_people(road)


def test_an_application_of_1_0_0_goes_on_at_1_3_0(road):
    up(road, "1.3.0")
    compatible = json.loads(road.apus("version", "compatibility", "--json").stdout)["compatibility"]
    assert compatible["compatible"], compatible
    # It knows no language, and no report.
    road.query(AGAIN.split("INSERT INTO guest_reg_trips")[0].replace("(101, 5", "(201, 5").replace("(102, 5", "(202, 5")
               .replace("C01X00T48", "C01X00T49").replace("A0000012", "A0000013"))
    check_languages(road)
    road.query("UPDATE guest_reg_guests SET departure_date = '2025-04-01' WHERE id = 201;"
               "UPDATE guest_reg_guests SET address_country = 'AT', is_lead = FALSE WHERE id IN (1, 4);"
               "UPDATE guest_reg_trips SET status = 'cancelled', cancelled_at = '2025-01-14 10:00:00' WHERE id = 4;"
               "UPDATE guest_reg_trips SET unit_number = '104512-09', departure_date = '2025-02-23' WHERE id = 5;"
               "UPDATE guest_reg_invoices SET net_amount = 100.10, vat_amount = 9.51, total_amount = 109.61 + tourist_tax_amount "
               "WHERE status = 'paid';"
               "DELETE FROM guest_reg_invoices WHERE status = 'draft'; DELETE FROM guest_reg_guests WHERE id = 202;")
    check_reports(road)


@pytest.mark.parametrize("postgres", [15, 18], indirect=True, ids=["postgres-15", "postgres-18"])
def test_many_generated_rows_are_the_same_on_both_engines_and_go_the_whole_way(postgres, tmp_path):
    folder = tmp_path / "sqlite"
    folder.mkdir()
    engines = [example(postgres), example(Project(folder, "sqlite:guest_registration.db", "sqlite"))]
    for project in engines:
        project.apus("migrate", "-q", "--no-backup")
        made = subprocess.run([sys.executable, project.folder / "seed/generate.py", "5000", project.url, "--seed", "7"],
                              cwd=project.folder, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
    one, other = ([project.query(f"SELECT {columns} FROM guest_reg_{table} ORDER BY id") for table, columns in [
        ("trips", "id, host_id, unit_number, booker_name, arrival_date, adults, status"),
        ("guests", "id, registration_id, given_names, family_name, birth_date, address_country, document_number"),
        ("invoices", "id, guest_id, invoice_number, issue_date"), ("housekeeping", "id, trip_id, task, scheduled_date")]]
        for project in engines)
    assert one == other and 1000 < len(one[1]) < 3000
    for project in engines:
        units = project.query(UNITS["before"])
        up(project, "1.3.0")
        check_reports(project)
        up(project, "2.0.0")
        assert project.query(UNITS["after"]) == units
        check_reports(project, "unit_id")
        [[people, guests]] = project.query("SELECT (SELECT count(*) FROM guest_reg_people), count(DISTINCT person_id) FROM guest_reg_guests")
        assert people == guests and int(people) < len(one[1])
    again = subprocess.run([sys.executable, postgres.folder / "seed/generate.py", "5000", folder / "nothing.db"],
                           capture_output=True, text=True, check=False)
    assert again.returncode == 1 and "there is no file" in again.stderr
