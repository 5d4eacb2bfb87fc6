"""Browser windows that note what their pages asked for and complained of."""

from urllib.parse import urlsplit

# How a run stands on its page once the page has loaded itself for the last time. A test that leaves
# earlier races with that.
ENDED = "#live:not([data-events]) .runstate"


class Visits:
    def __init__(self, browser):
        self._browser = browser
        self._contexts = []
        self.elsewhere = []
        self.complaints = []

    def page(self, base, **options):
        """A page in a context of its own: nobody is signed in."""
        context = self._browser.new_context(base_url=base, **options)
        context.set_default_timeout(20_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: self._request(request, base))
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _request(self, request, base):
        if urlsplit(request.url).netloc != urlsplit(base).netloc:
            self.elsewhere.append(request.url)

    def _console(self, message):
        # Chromium also notes here every answer of 4xx and 5xx, which tests ask for.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def close(self):
        """Fails where a page asked another origin, or broke the policy or its script."""
        for context in self._contexts:
            context.close()
        assert not self.elsewhere, self.elsewhere
        assert not self.complaints, self.complaints


def is_narrow_enough(page):
    """Whether the page can be read without scrolling sideways; elsewise what sticks out."""
    return page.evaluate("""() => {
      const width = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= width) return true;
      return [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > width + 1)
        .slice(0, 5).map((element) => element.outerHTML.slice(0, 120));
    }""")


def tab_stops(page, limit=200):
    """Every element that the Tab key reaches, as `tag text-or-name`, in order; each is asserted to be
    visibly focused."""
    page.evaluate("document.activeElement && document.activeElement.blur()")
    stops, seen = [], set()
    for _ in range(limit):
        page.keyboard.press("Tab")
        stop = page.evaluate("""() => {
          const e = document.activeElement;
          if (!e || e === document.body) return null;
          e.dataset.stop = e.dataset.stop || String(Math.random());
          const style = getComputedStyle(e);
          return {id: e.dataset.stop, tag: e.tagName.toLowerCase(),
                  text: (e.innerText || e.name || e.ariaLabel || "").trim(),
                  outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0};
        }""")
        if stop is None or stops and stop["id"] == stops[0]["id"]:
            break
        if stop["id"] in seen:  # a date's field has a stop for each of its parts
            continue
        seen.add(stop["id"])
        assert stop["outlined"], f"focus cannot be seen on {stop}"
        stops.append(stop)
    return stops


def actions(page):
    """What can be done on a page: its visible links, buttons and fields."""
    return page.locator("a[href]:visible, button:visible, input:visible, select:visible, summary:visible").count()
