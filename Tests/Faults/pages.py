"""A browser of sorts: signs in to `apus serve` and reads every page that the pages lead to."""

import re
import signal
import urllib.error
import urllib.request
from html import unescape
from urllib.parse import urljoin, urlsplit


class Pages:
    """A running `apus serve`, which is stopped when its block ends."""

    def __init__(self, process):
        self.process = process
        self.printed = ""
        #: The paths that were answered, and how.
        self.paths = {}
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def __enter__(self):
        for line in self.process.stdout:
            self.printed += line
            if link := re.search(r"http://\S+", line):
                self._base = "http://{0.netloc}".format(urlsplit(link[0]))
                self._ask(link[0])
                return self
        raise AssertionError(f"it serves nothing: {self.process.communicate()}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        output, errors = self.process.communicate(timeout=60)
        self.printed += output + errors

    def crawl(self, *begin):
        """(path, text) of these paths, and of all that links lead to; event streams, which do not end,
        are left out."""
        waiting, known = list(begin), set(begin)
        while waiting:
            path = waiting.pop(0)
            self.paths[path], text = self._ask(self._base + path)
            yield path, text
            if not path.startswith("/admin/"):
                continue
            for link in re.findall(r'(?:href|src)="([^"]+)"', text):
                parts = urlsplit(urljoin(path, unescape(link)))
                there = parts.path + (f"?{parts.query}" if parts.query else "")
                if not parts.netloc and not there.endswith("/events") and there not in known:
                    known.add(there)
                    waiting.append(there)

    def _ask(self, url):
        """The status, and headers and body as one text."""
        try:
            answer = self._browser.open(url, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, f"{answer.headers}{answer.read().decode(errors='replace')}"
