"""Runs the console blocks of the guide and of the readme, and compares what they show.

A block is fenced with ```console. Each line that begins with `$ ` is a command, run by bash in the
folder of its scene; the lines below it are what it prints, standard error included, with times,
sizes, digests and versions left out of the comparison. A line `…` stands for any lines. A command
without lines below it may print anything.

Comments above a block say what differs from the ordinary:

    <!-- guide: folder=new -->        begins a scene in an empty folder
    <!-- guide: folder=example -->    begins a scene in a copy of Examples/GuestRegistration as it was at 1.1.0
    <!-- guide: releases=all -->      with the above: in a copy of all of it
    <!-- guide: engine=postgres -->   with the above: the scene runs against PostgreSQL 15
    <!-- guide: exit=3 -->            the block's last command ends with 3; all others with 0
    <!-- guide: file=GLOB -->         the fenced block below is written to that file
    <!-- guide: skip -->              the block below is shown, not run
"""

import os
import re
import shutil
import subprocess
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conftest import EXECUTABLE, FIRST_RELEASES, ROOT, clean_environment, drop, first_releases, psql, server
from golden import REPLACEMENTS

FENCED = re.compile(
    r"(?P<marks>(?:^<!-- guide: [^>]* -->\n)*)\n?^```(?P<language>\w*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
EXTRA = [
    (r"\b\d{8}_\d{6}(?=_\d)", "<now>"),
    (r"\bby [\w.() -]*[\w.-]+@[\w.-]+\)?", "by <person>"),
    (r"(?<=database user )\S+(?=,)", "<user>"),
    (r"(?<=apus )\d+\.\d+\.\d+$", "<version>"),
    (r"\b\d+ B\b", "<size>"),
    (r"/tmp/[\w./-]+", "<path>"),
]


@dataclass
class Block:
    line: int
    marks: dict
    language: str
    body: str


@dataclass
class Scene:
    document: str
    title: str
    marks: dict
    blocks: list = field(default_factory=list)

    def __str__(self):
        return f"{self.document}: {self.title}"


def scenes(document):
    text = (ROOT / document).read_text()
    found = []
    for match in FENCED.finditer(text):
        marks = dict(
            (part.split("=", 1) + [""])[:2]
            for mark in re.findall(r"<!-- guide: (.*?) -->", match["marks"])
            for part in mark.split()
        )
        block = Block(text.count("\n", 0, match.start("body")) + 1, marks, match["language"], match["body"])
        if "folder" in marks:
            above = text[: match.start()]
            title = re.findall(r"^#+ (.*)$", above, re.MULTILINE)[-1]
            found.append(Scene(document, title, marks))
        if block.language == "console" or "file" in marks:
            assert found, f"{document}:{block.line}: a block before any `folder=` mark"
            found[-1].blocks.append(block)
    return found


ALL = [scene for document in ("README.md", "docs/guide.md") for scene in scenes(document)]


class Stage:
    """The folder, the environment and the database that a scene is played in."""

    def __init__(self, folder, scene):
        self.folder = folder
        self.names = {}
        binaries = folder.parent / "bin"
        binaries.mkdir()
        (binaries / "apus").symlink_to(Path(EXECUTABLE).resolve())
        path = f"{binaries}:{os.environ['PATH']}"
        if scene.marks.get("engine") == "postgres":
            self.server = urlsplit(server(15))
            tools = os.environ.get("APUS_TEST_POSTGRES_15_BIN")
            path = f"{tools}:{path}" if tools else path
            self.suffix = uuid.uuid4().hex[:8]
        self.environment = clean_environment(PATH=path)

    def database(self, name):
        """The name on the test server for a database of the guide."""
        return self.names.setdefault(name, f"{name}_{self.suffix}")

    def derived(self, name):
        """The same for a database that Apus named after another one: NAME_restored."""
        for known, real in self.names.items():
            if name.startswith(f"{known}_"):
                return name.replace(known, real, 1)
        return self.database(name)

    def there(self, command):
        """A command of the guide as it is run here: other hosts, other database names."""
        if not hasattr(self, "suffix"):
            return command
        exported = re.fullmatch(r"export (\w+)=postgres://[^/]*/(\w+)", command)
        if exported:
            address = self.server._replace(path=f"/{self.database(exported[2])}").geturl()
            return f"export {exported[1]}={address}"
        return re.sub(
            r"(\b(?:createdb|dropdb)(?: .*)?|--into) (\w+)$",
            lambda m: f"{m[1]} {self.derived(m[2])}", command)

    def here(self, text):
        """What was printed, with the names of the guide."""
        for shown, real in sorted(self.names.items(), key=lambda item: -len(item[1])):
            text = text.replace(real, shown)
        if hasattr(self, "suffix"):
            text = text.replace(f"{self.server.hostname}:{self.server.port}", "db-1:5432")
        return text

    def run(self, command):
        exported = re.fullmatch(r"export (\w+)=(\S+)", self.there(command))
        if exported:
            self.environment[exported[1]] = exported[2]
            return subprocess.CompletedProcess(command, 0, "")
        return subprocess.run(
            ["bash", "-c", self.there(command)], cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=120, check=False,
        )

    def close(self):
        for real in self.names.values():
            drop(15, real)


def normalised(text):
    for pattern, replacement in EXTRA + REPLACEMENTS:
        text = re.sub(pattern, replacement, text)
    return [line.rstrip() for line in text.rstrip().splitlines()]


def fits(expected, printed):
    """Whether the lines are those expected, `…` standing for any."""
    if not expected:
        return not printed
    if expected[0] == "…":
        return any(fits(expected[1:], printed[skip:]) for skip in range(len(printed) + 1))
    return bool(printed) and expected[0] == printed[0] and fits(expected[1:], printed[1:])


def commands(block):
    """Each command of a block with the lines below it."""
    found = []
    for line in block.body.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            assert found, f"line {block.line}: output before any command"
            found[-1][1].append(line)
    return found


def play(scene, stage):
    for block in scene.blocks:
        if "skip" in block.marks:
            continue
        if "file" in block.marks:
            there = list(stage.folder.glob(block.marks["file"]))
            assert len(there) <= 1, f"line {block.line}: several files {block.marks['file']}"
            path = there[0] if there else stage.folder / block.marks["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body)
            continue
        listed = commands(block)
        for index, (command, below) in enumerate(listed):
            is_last = index + 1 == len(listed)
            wanted = int(block.marks.get("exit", 0)) if is_last else 0
            result = stage.run(command)
            printed = stage.here(result.stdout)
            where = f"{scene.document}:{block.line}: $ {command}\n{printed}"
            assert result.returncode == wanted, f"{where}ended with {result.returncode}, not {wanted}"
            if below:
                expected = normalised("\n".join(below))
                found = normalised(printed)
                assert fits(expected, found), f"{where}is not what the page shows:\n" + "\n".join(below)


@pytest.mark.parametrize("scene", ALL, ids=str)
def test_what_the_pages_show_is_what_happens(scene, tmp_path):
    folder = tmp_path / "guests"
    if scene.marks["folder"] == "example":
        shutil.copytree(
            ROOT / "Examples/GuestRegistration", folder,
            ignore=shutil.ignore_patterns("guest_registration.db*", "backups", ".env"))
        if "releases" not in scene.marks:
            first_releases(folder)
    else:
        folder.mkdir()
    stage = Stage(folder, scene)
    if scene.marks.get("engine") == "postgres":
        psql(stage.server.geturl(), f'CREATE DATABASE "{stage.database("guests")}"')
    try:
        play(scene, stage)
    finally:
        stage.close()


def test_the_guide_says_how_its_scenes_begin():
    told = [command for scene in ALL for block in scene.blocks if block.language == "console"
            for command, _ in commands(block)]
    assert all(command in told for command in FIRST_RELEASES)


class TestTheTestItself:
    """It fails when a command fails, or prints something else."""

    def scene(self, body, **marks):
        return Scene("here", "", {"folder": "new"}, [Block(1, marks, "console", body)])

    def play(self, tmp_path, scene):
        (tmp_path / "folder").mkdir()
        play(scene, Stage(tmp_path / "folder", scene))

    def test_right(self, tmp_path):
        self.play(tmp_path, self.scene("$ echo one; echo two in 0.21 s\none\ntwo in 3.00 s\n"))
        assert fits(["a", "…", "z"], ["a", "b", "c", "z"])

    def test_a_command_that_fails(self, tmp_path):
        with pytest.raises(AssertionError, match="ended with 1, not 0"):
            self.play(tmp_path, self.scene("$ false\n"))

    def test_a_command_that_should_have_failed(self, tmp_path):
        with pytest.raises(AssertionError, match="ended with 0, not 3"):
            self.play(tmp_path, self.scene("$ true\n", exit="3"))

    @pytest.mark.parametrize("shown", ["other", "one\ntwo", "…\ntwo"])
    def test_another_output(self, tmp_path, shown):
        with pytest.raises(AssertionError, match="is not what the page shows"):
            self.play(tmp_path, self.scene(f"$ echo one\n{shown}\n"))

    def test_there_is_something_to_run(self):
        counts = [sum(len(commands(b)) for b in s.blocks if b.language == "console") for s in ALL]
        assert len(ALL) >= 6 and sum(counts) >= 40
