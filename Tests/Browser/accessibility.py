"""What axe says of a page."""

from axe_playwright_python.sync_playwright import Axe

AXE = Axe()
RULES = {"resultTypes": ["violations"],
         "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def problems(page):
    """Every violation of WCAG 2.2 AA, and of axe's own good practice, in a line each."""
    found = AXE.run(page, options=RULES).response["violations"]
    return [f"{rule['id']}: {rule['help']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
            for rule in found for node in rule["nodes"]]
