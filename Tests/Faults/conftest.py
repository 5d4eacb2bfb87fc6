"""What the fault methods share: a short and a long form, seeds that repeat a run, and figures.

Each method is a file test_METHOD.py. Its short form is run by scripts/test, its long form by
scripts/soak; both print the same table of figures.
"""

import os
import random
from dataclasses import asdict

import pytest

from CommandLine.conftest import postgres, project, sqlite  # noqa: F401  (fixtures)
from Faults.figures import Figure, Figures

FIGURES = pytest.StashKey[Figures]()


def pytest_addoption(parser):
    group = parser.getgroup("faults", "fault methods")
    group.addoption("--soak", action="store_true", help="the long form of every method")
    group.addoption("--rounds", type=int, help="rounds of every method, instead of its own number")
    group.addoption("--seed", type=int, help="repeats the choices of an earlier run")
    group.addoption("--only", type=int, metavar="N", help="only this round or point")


def pytest_configure(config):
    if config.option.seed is None:
        config.option.seed = random.SystemRandom().randrange(1_000_000)
    config.stash[FIGURES] = Figures()


def pytest_sessionfinish(session):
    """What a process of several has measured goes to the one that prints."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["figures"] = [asdict(line) for line in session.config.stash[FIGURES].lines]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Where there are several processes (`-n`), one prints the figures of all."""
    lines = getattr(node, "workeroutput", {}).get("figures", [])
    node.config.stash[FIGURES].lines += [Figure(**line) for line in lines]


class Effort:
    """How much of a method is done, and the choices of its chance."""

    def __init__(self, option, name):
        self.is_soak = option.soak
        self.seed = option.seed
        self.only = option.only
        self._rounds = option.rounds
        self._name = name
        self.chance = random.Random(f"{option.seed} {name}")

    def chance_of(self, number):
        """The choices of one round, whichever rounds came before it."""
        return random.Random(f"{self.seed} {self._name} {number}")

    def rounds(self, short, soak):
        """The numbers of the rounds to do, from 0."""
        count = self._rounds or (soak if self.is_soak else short)
        return range(count) if self.only is None else [self.only]

    def sample(self, points, short, soak=None):
        """Of many points some that are spread evenly; where `soak` is None, all in the long form."""
        if self.only is not None:
            return [point for point in points if point == self.only]
        long = len(points) if soak is None else soak
        count = self._rounds or (long if self.is_soak else short)
        if count == 0 or count >= len(points):
            return list(points)[:count]
        # From another place in each stretch, so that in time every point has its turn.
        stretch = len(points) / count
        return [points[int((number + self.chance.random()) * stretch)] for number in range(count)]


@pytest.fixture
def effort(request):
    return Effort(request.config.option, request.node.name)


@pytest.fixture
def figures(request):
    return request.config.stash[FIGURES]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        option = item.config.option
        method = item.path.stem.removeprefix("test_").replace("_", "-")
        more = "".join(
            f" {flag} {value}" for flag, value in [("--rounds", option.rounds), ("--only", option.only)]
            if value is not None)
        soak = " --soak" if option.soak else " --short"
        report.sections.append(
            ("to repeat", f"scripts/soak {method}{soak} --seed {option.seed}{more} -k '{item.name}'"))
    return report


def pytest_terminal_summary(terminalreporter, config):
    config.stash[FIGURES].lines.sort(key=lambda line: line.method)
    lines = config.stash[FIGURES].table()
    if not lines:
        return
    terminalreporter.section(f"figures, seed {config.option.seed}")
    for line in lines:
        terminalreporter.write_line(line)
    path = os.environ.get("APUS_SOAK_FIGURES")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
