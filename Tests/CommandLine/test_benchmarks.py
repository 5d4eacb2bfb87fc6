"""The benchmarks do what they measure: in their small form, whose figures mean nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import EXECUTABLE, ROOT, clean_environment, server


@pytest.mark.parametrize("part", ["backup", "core", "data", "lint", "scale", "web"])
def test_a_benchmark_runs_and_fills_its_table(part):
    servers = {key: value for key, value in os.environ.items() if key.startswith("APUS_TEST_POSTGRES_1")}
    assert server(15) and server(18)
    done = subprocess.run(
        [sys.executable, ROOT / f"Benchmarks/{part}.py", "--quick"], capture_output=True, text=True,
        timeout=600, check=False, env=clean_environment(
            APUS_BENCH_EXECUTABLE=EXECUTABLE, PYTHONDONTWRITEBYTECODE="1",
            APUS_BENCH_SQUAWK=str(Path(sys.executable).with_name("squawk")),
            APUS_BENCH_PLANNER=str(Path(EXECUTABLE).with_name("PlannerBenchmark")),
            APUS_BENCH_HOST_EXECUTABLE=str(Path(EXECUTABLE).with_name("GuestRegistration")), **servers))
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert len(rows) > (3 if part == "lint" else 4), done.stdout
