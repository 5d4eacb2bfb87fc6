"""The servers that the browser tests look at: `apus serve`, and the example's own application."""

import os
import re
import signal
import subprocess
from pathlib import Path

from CommandLine.conftest import EXECUTABLE, clean_environment

#: The host application stands beside the command line: both are built together.
HOST_EXECUTABLE = os.environ.get(
    "APUS_TEST_HOST_EXECUTABLE", str(Path(EXECUTABLE).with_name("GuestRegistration")))


class Server:
    """A server process that has said where it listens."""

    def __init__(self, command, folder, **environment):
        self.log = Path(folder) / f"{Path(command[0]).name}.log"
        with self.log.open("a") as errors:
            self.process = subprocess.Popen(
                command, cwd=folder, env=clean_environment(**environment),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
        self.said = []
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            found = re.search(r"http://\S+", line)
            if found:
                self.link = found.group(0)
                break
        else:
            raise AssertionError(f"{command} ended: {self.log.read_text()}")
        self.base = re.match(r"http://[^/]+", self.link).group(0)

    def stop(self):
        """Ends it in order; fails where it does not."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0, self.log.read_text()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            self.process.kill()
            self.process.communicate()


def serve(project, *arguments, **environment):
    """`apus serve` for a project; its link signs somebody in once, as an operator."""
    return Server([EXECUTABLE, "serve", "--port", "0", *arguments], project.folder,
                  **{"DATABASE_URL": project.url, **environment})


class Host(Server):
    """The Guest Registration application. Without users in its configuration it makes two."""

    def __init__(self, project, **environment):
        super().__init__([HOST_EXECUTABLE, "--port", "0"], project.folder,
                         **{"DATABASE_URL": project.url, **environment})
        self.engine = project.engine
        found = (re.match(r"Sign in as (\S+) \((\S+)\): (\S+)", line) for line in self.said)
        self.people = {match[2]: (match[1], match[3]) for match in found if match}

    def sign_in(self, page, role="operator"):
        name, password = self.people[role]
        page.goto(self.base + "/sign-in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
