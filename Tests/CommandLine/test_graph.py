"""`apus graph`: what it prints can be read by who should read it, and says the same in every form."""

import json
import re
import xml.etree.ElementTree as ET

import pytest

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def two(sqlite):
    for number, table in enumerate(("houses", "rooms")):
        sqlite.migration(f"2025010{number + 1}_000000_1.{number}.0_{table}",
                         f"CREATE TABLE {table} (id INTEGER PRIMARY KEY);", f"DROP TABLE {table};")
    return sqlite


@pytest.fixture
def fork(two):
    """Two applied, one pending behind both, one that stands aside, and one that joins them."""
    two.apus("migrate", "--no-backup")
    two.migration("20250103_000000_1.2.0_größe", "SELECT 1;", "SELECT 1;")
    two.migration("20250104_000000_1.3.0-rc.1+b-7_side", "SELECT 1;", "SELECT 1;",
                  header="-- apus: depends-on 1.0.0/houses\n")
    two.migration("20250105_000000_1.4.0_end.x", "SELECT 1;", "SELECT 1;",
                  header="-- apus: depends-on 1.0.0/houses, 1.2.0/größe, 1.3.0-rc.1+b-7/side\n")
    return two


EDGES = {("houses", "rooms"), ("rooms", "größe"), ("houses", "side"), ("größe", "end.x"), ("side", "end.x")}


def name(identifier):
    return identifier.split("_", 3)[3]


def test_the_document_names_direct_needs_and_declared_ones(fork):
    document = json.loads(fork.apus("graph", "--json").stdout)
    assert document["format"] == "apus.graph/1"
    entries = document["migrations"]
    assert {(name(need), entry["name"]) for entry in entries for need in entry["needs"]} == EDGES
    assert {entry["name"]: (entry["layer"], entry["status"], entry["declares"]) for entry in entries} == {
        "houses": (1, "applied", False), "rooms": (2, "applied", False), "größe": (3, "pending", False),
        "side": (2, "pending", True), "end.x": (4, "pending", True)}
    end = next(entry for entry in entries if entry["name"] == "end.x")
    assert [name(need) for need in end["depends_on"]] == ["houses", "größe", "side"]
    assert "depends_on" not in entries[0]
    places = {entry["id"]: place for place, entry in enumerate(entries)}
    assert all(places[need] < places[entry["id"]] for entry in entries for need in entry["needs"])


def dot(text):
    """Nodes with their attributes, and edges, of a graph in DOT: read by its grammar, or refused."""
    token = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|(->|[{}\[\];,=])|([A-Za-z_][A-Za-z_0-9]*|-?[0-9.]+))')
    tokens, at = [], 0
    while text[at:].strip():
        found = token.match(text, at)
        assert found, f"no token of DOT: {text[at:at + 40]!r}"
        quoted, sign, word = found.groups()
        tokens.append(("id", re.sub(r"\\([\"\\])", r"\1", quoted[1:-1])) if quoted else
                      ("sign", sign) if sign else ("id", word))
        at = found.end()
    tokens.reverse()

    def take(kind, value=None):
        found = tokens.pop()
        assert found[0] == kind and value in (None, found[1]), (found, kind, value)
        return found[1]

    def attributes():
        found = {}
        if tokens[-1] == ("sign", "["):
            take("sign")
            while tokens[-1] != ("sign", "]"):
                key = take("id")
                take("sign", "=")
                found[key] = take("id")
                if tokens[-1] == ("sign", ","):
                    take("sign")
            take("sign", "]")
        return found

    take("id", "digraph")
    take("id")
    take("sign", "{")
    nodes, edges = {}, {}
    while tokens[-1] != ("sign", "}"):
        first = take("id")
        if tokens[-1] == ("sign", "="):
            take("sign")
            take("id")
        elif tokens[-1] == ("sign", "->"):
            take("sign")
            second = take("id")
            edges[first, second] = attributes()
        else:
            nodes[first] = attributes()
        take("sign", ";")
    take("sign", "}")
    assert not tokens
    nodes.pop("node")
    return nodes, edges


def test_dot_is_dot(fork):
    nodes, edges = dot(fork.apus("graph", "--format", "dot", "--all").stdout)
    assert {(name(a), name(b)) for a, b in edges} == EDGES
    assert nodes["20250104_000000_1.3.0-rc.1+b-7_side"]["label"] == "○ 1.3.0-rc.1+b-7\\nside"
    assert edges["20250104_000000_1.3.0-rc.1+b-7_side", "20250105_000000_1.4.0_end.x"] == {}
    assert edges["20250101_000000_1.0.0_houses", "20250102_000000_1.1.0_rooms"] == {"style": "dashed"}


def mermaid(text):
    """Labels by node, and edges, of a flowchart; any line that is none of its forms is refused."""
    lines = text.splitlines()
    assert lines[0] == "flowchart LR"
    nodes, edges, classes = {}, set(), {}
    for line in lines[1:]:
        if found := re.fullmatch(r'    (m\d+)(?:\["([^"\[\]]*)"\]|\[\["([^"\[\]]*)"\]\])(?::::(\w+))?', line):
            label = found[2] if found[2] is not None else found[3]
            plain = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label.replace("<br/>", "\n"))
            assert not re.search(r"[<>&`]", label.replace("<br/>", ""))
            nodes[found[1]] = plain
            classes.setdefault(found[4], []).append(found[1])
        elif found := re.fullmatch(r"    (m\d+) (-->|-\.->) (m\d+)", line):
            assert {found[1], found[3]} <= set(nodes)
            edges.add((found[1], found[3]))
        else:
            found = re.fullmatch(r"    classDef (\w+) [a-z-]+:[^;\"]+", line)
            assert found, f"no line of a flowchart: {line!r}"
            classes.pop(found[1])
    assert set(classes) <= {None}, "a class without a definition"
    return nodes, edges


def test_mermaid_is_a_flowchart(fork):
    nodes, edges = mermaid(fork.apus("graph", "--format", "mermaid", "--all").stdout)
    names = {key: label.splitlines()[1] for key, label in nodes.items()}
    assert {(names[a], names[b]) for a, b in edges} == EDGES
    assert sorted(nodes.values())[0] == "○ 1.2.0\ngröße\npending"


def test_svg_is_a_picture_that_says_what_it_shows(fork):
    text = fork.apus("graph", "--format", "svg", "--all").stdout
    root = ET.fromstring(text)
    assert root.tag == SVG + "svg"
    assert root.find(SVG + "title").text == "Dependencies of the migrations"
    description = root.find(SVG + "desc").text
    assert "5 migrations in 4 layers: 2 applied, 3 pending." in description
    assert "1.4.0 end.x (pending) needs 1.2.0 größe and 1.3.0-rc.1+b-7 side." in description
    width, height = (int(number) for number in root.get("viewBox").split()[2:])
    boxes = [[int(box.get(key)) for key in ("x", "y", "width", "height")] for box in root.iter(SVG + "rect")]
    assert len(boxes) == 5
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    for number, (x, y, w, h) in enumerate(boxes):
        for other in boxes[number + 1:]:
            assert x + w <= other[0] or other[0] + other[2] <= x or y + h <= other[1] or other[1] + other[3] <= y
    sheet = root.find(SVG + "style").text
    assert "prefers-color-scheme: dark" in sheet
    used = set(re.findall(r"var\((--[\w-]+)\)", sheet))
    light, dark = sheet.split("prefers-color-scheme: dark")
    assert all(f"{name}:" in light and f"{name}:" in dark for name in used)
    assert not re.search(r"\bhref|url\(|<script|@import", text)


def test_without_a_database_it_shows_the_files(fork):
    whole = json.loads(fork.apus("graph", "--json").stdout)
    for arguments, environment in ((["--files"], {}), (["--engine", "sqlite"], {"DATABASE_URL": ""})):
        done = fork.apus("graph", "--json", *arguments, **environment)
        document = json.loads(done.stdout)
        assert "target" not in document
        assert all("status" not in entry for entry in document["migrations"])
        assert [(entry["id"], entry["needs"]) for entry in document["migrations"]] == [
            (entry["id"], entry["needs"]) for entry in whole["migrations"]]


def test_only_the_picture_goes_to_standard_output(fork):
    for form in ("svg", "dot", "mermaid"):
        done = fork.apus("graph", "--format", form)
        assert done.stderr == ""
        assert done.stdout.startswith({"svg": "<?xml", "dot": "digraph", "mermaid": "flowchart"}[form])


def test_a_long_history_is_one_box(two):
    for number in range(30):
        two.migration(f"20250103_0000{number:02d}_1.2.{number}_m{number}", "SELECT 1;", "SELECT 1;")
    two.apus("migrate", "--no-backup")
    two.migration("20250201_000000_2.0.0_next", "SELECT 1;", "SELECT 1;")
    nodes, edges = dot(two.apus("graph", "--format", "dot").stdout)
    assert [node["label"] for node in nodes.values()] == [
        "✓ 31 applied, 1.0.0 to 1.2.28", "✓ 1.2.29\\nm29", "○ 2.0.0\\nnext"]
    assert len(edges) == 2
    assert len(dot(two.apus("graph", "--format", "dot", "--all").stdout)[0]) == 33


def test_what_cannot_be_ordered_is_no_graph(two):
    two.migration("20250103_000000_1.2.0_circle", "SELECT 1;", "SELECT 1;", header="-- apus: depends-on 1.3.0/round\n")
    two.migration("20250104_000000_1.3.0_round", "SELECT 1;", "SELECT 1;", header="-- apus: depends-on 1.2.0/circle\n")
    for arguments in ([], ["--files"], ["--format", "svg"]):
        done = two.apus("graph", *arguments, expecting=1)
        assert "1.2.0 circle → 1.3.0 round → 1.2.0 circle" in done.stderr
