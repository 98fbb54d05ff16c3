"""Fixtures for the checks on the built site."""

import functools
import http.server
import os
import shutil
import threading

import pytest
from built import HTML, PAGES, soup

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_generate_tests(metafunc):
    if "page" in metafunc.fixturenames:
        # what reads a page is kept in the process that has parsed it; what opens it in a browser goes where time is
        group = (lambda page: ()) if "chromium" in metafunc.fixturenames else pytest.mark.xdist_group
        metafunc.parametrize("page", [pytest.param(page, marks=group(page)) for page in PAGES])


@pytest.fixture
def parsed(page):
    return soup(page)


@pytest.fixture(scope="session")
def server():
    """Serve the built site on the loopback address; yield its base address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        timeout = 10  # seconds for one connection

        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        httpd.daemon_threads = True
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}/"
        httpd.shutdown()
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium; without one the tests are skipped, or fail where VGP_BROWSER=require."""
    from playwright.sync_api import sync_playwright

    # the shell is the same engine without windows, and opens a page at a third of the cost
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        if os.environ.get("VGP_BROWSER") == "require":
            pytest.fail("no Chromium in the path")
        pytest.skip("no Chromium in the path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, timeout=60_000)
        yield browser
        browser.close()
