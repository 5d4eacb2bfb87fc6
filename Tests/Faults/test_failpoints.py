"""Failpoints: they do what the fault tests build on, and a release build holds nothing of them."""

import subprocess

from CommandLine.conftest import ROOT
from Faults.failpoints import killing, listing, pausing, recorded, wait_for

SOURCE = ROOT / "Sources/ApusEngine/Failpoints/Failpoint.swift"


def test_the_points_of_a_run_are_listed_in_the_order_in_which_they_are_passed(sqlite):
    sqlite.migration("20250101_000000_1.0.0_guests", "CREATE TABLE guests (id integer);")
    sqlite.apus("migrate", **listing(sqlite.folder / "points"))
    lines = (sqlite.folder / "points").read_text().splitlines()
    assert [line.split()[0] for line in lines] == [str(n + 1) for n in range(len(lines))]
    names = [name for name in recorded(sqlite.folder / "points") if name.startswith("run.")]
    assert names == [
        "run.looked", "run.locked", "run.planned", "run.registry-ready", "run.begun",
        "run.before-step", "run.step-performed", "run.before-end", "run.ended", "run.released",
    ]


def test_a_process_is_killed_at_its_number_and_not_before(sqlite):
    sqlite.migration("20250101_000000_1.0.0_guests", "CREATE TABLE guests (id integer);")
    result = sqlite.apus("migrate", expecting=-9, **killing(4, sqlite.folder / "points"))
    assert result.returncode == -9
    assert len(recorded(sqlite.folder / "points")) == 4


def test_a_process_waits_at_a_point_until_the_file_is_there(sqlite):
    sqlite.migration("20250101_000000_1.0.0_guests", "CREATE TABLE guests (id integer);")
    go, points = sqlite.folder / "go", sqlite.folder / "points"
    process = sqlite.start("migrate", **pausing("run.begun", go, points))
    wait_for("run.begun", points, process)
    assert sqlite.query("SELECT status FROM apus_runs") == [["running"]]
    assert sqlite.query("SELECT count(*) FROM apus_migrations") == [["0"]]
    go.touch()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert sqlite.query("SELECT count(*) FROM apus_migrations") == [["1"]]


def test_only_the_debug_configuration_defines_them():
    lines = (ROOT / "Package.swift").read_text().splitlines()
    assert [line.strip() for line in lines if "APUS_FAILPOINTS" in line] == [
        '.define("APUS_FAILPOINTS", .when(configuration: .debug)),']


def compiled(folder, *flags):
    """Bytes of a module that passes one point, compiled against the one that declares it."""
    caller = folder / "Caller.swift"
    caller.write_text('import Points\npublic func caller() { failpoint("canary.point") }\n')
    shared = ["-O", "-wmo", "-parse-as-library", "-package-name", "points", *flags]
    subprocess.run(
        ["swiftc", *shared, "-module-name", "Points", "-emit-module", "-emit-object",
         *map(str, sorted(SOURCE.parent.glob("*.swift"))), "-o", "Points.o"],
        cwd=folder, check=True)
    subprocess.run(
        ["swiftc", *shared, "-module-name", "Caller", "-I", ".", "-emit-object", str(caller),
         "-o", "Caller.o"], cwd=folder, check=True)
    return (folder / "Caller.o").read_bytes(), (folder / "Points.o").read_bytes()


def test_an_optimised_build_without_the_flag_holds_neither_names_nor_calls(tmp_path):
    caller, points = compiled(tmp_path)
    assert b"canary.point" not in caller
    assert b"failpoint" not in caller
    assert b"getpid" not in points and b"usleep" not in points


def test_with_the_flag_the_name_is_there(tmp_path):
    """The control of the test above: what it looks for would be found."""
    caller, points = compiled(tmp_path, "-D", "APUS_FAILPOINTS")
    assert b"canary.point" in caller
    assert b"failpoint" in caller
    assert b"getpid" in points and b"usleep" in points
