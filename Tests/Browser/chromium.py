"""Debian's Chromium, driven by playwright; nothing is downloaded."""

import os
import shutil
from contextlib import contextmanager

EXECUTABLE = os.environ.get("APUS_TEST_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


@contextmanager
def open_chromium():
    from playwright.sync_api import sync_playwright

    # Root, as in a container, may not use the sandbox.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=arguments)
        yield browser
        browser.close()
