"""The API against its own OpenAPI description, with requests that schemathesis makes up."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from Browser.conftest import missing, with_trips
from Browser.servers import serve


@pytest.mark.parametrize(("engine", "scopes"), [
    ("sqlite", "[read, operate]"), ("postgres", "[read]")])
def test_schemathesis_finds_nothing(engine, scopes, tmp_path, request):
    found = subprocess.run([sys.executable, "-c", "import schemathesis"], capture_output=True)
    if found.returncode != 0:
        missing("no schemathesis")
    trips = with_trips(request.getfixturevalue(engine))
    trips.apus("migrate", "1.0.0", "--no-backup")
    token = json.loads(trips.apus("password", "--token", "--json").stdout)
    trips.write("versions.yaml", "releases:\n  - version: 1.0.0\n    features: [Trips]\n")
    trips.write("apus.yaml", f"""
versions: versions.yaml
web:
  tokens:
    ci: {{digest: "{token['digest']}", scopes: {scopes}}}
""")
    with serve(trips) as server:
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli",
             "--config-file", Path(__file__).with_name("schemathesis.toml"), "run",
             f"{server.base}/api/openapi.json", "--url", f"{server.base}/api",
             "--header", f"Authorization: Bearer {token['token']}",
             "--phases", "examples,coverage,fuzzing", "--max-examples", "25", "--seed", "1",
             "--no-color",
             # A stream stays open; what it brings to the pages is in test_walks.py.
             "--exclude-operation-id", "events"],
            cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
