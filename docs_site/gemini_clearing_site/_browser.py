"""
The check in a real browser: accessibility (axe), requests to other hosts, errors of scripts, overflow, and the search.

It needs Chromium, chromedriver, and axe-core from the npm lock file (`make check-docs` installs the last one).
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import attrs
from selenium import webdriver

__all__ = ["VIEWS", "View", "browser", "check_search", "check_view", "missing_tools", "served"]

_ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip


@attrs.frozen
class View:
    """A size of the window, and a color scheme."""

    name: str
    width: int
    height: int
    scheme: str


VIEWS = tuple(
    View(f"{name}-{scheme}", width, height, scheme)
    for name, width, height in (("desktop", 1440, 900), ("phone", 390, 844))
    for scheme in ("light", "dark")
)


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, *_args: object, **_named: object) -> None:
        """Log nothing."""


def missing_tools() -> list[str]:
    """Return the programs that the check needs and does not find."""
    return [*([] if _chromium() else ["chromium"]), *([] if shutil.which("chromedriver") else ["chromedriver"])]


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def served(html: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine, and yield its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(html))) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """Start a headless Chromium that logs its requests."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(_chromium())
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(shutil.which("chromedriver"))))
    try:
        yield driver
    finally:
        driver.quit()


def check_view(driver: webdriver.Chrome, url: str, view: View, axe: str) -> list[str]:
    """Open a page in a view, and return one line for each problem."""
    metrics = {"width": view.width, "height": view.height, "deviceScaleFactor": 1, "mobile": view.width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"features": [{"name": "prefers-color-scheme", "value": view.scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
    driver.get(url)
    wide = driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
    problems = [f"{wide} pixels wider than the window"] if wide > 0 else []
    problems += [f"error of a script: {entry['message']}" for entry in _log(driver, "browser")]
    problems += [f"request to another host: {one}" for one in _foreign(driver, url)]
    driver.execute_script(axe)
    return problems + list(_violations(driver))


def _log(driver: webdriver.Chrome, kind: str) -> list[dict[str, Any]]:
    """Return the entries of a log since the last call; selenium's own method has no types."""
    entries: list[dict[str, Any]] = driver.execute("getLog", {"type": kind})["value"]
    return entries


def _foreign(driver: webdriver.Chrome, url: str) -> Iterator[str]:
    """Yield the addresses of other hosts that the browser has requested."""
    for entry in _log(driver, "performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            requested = message["params"]["request"]["url"]
            if urlsplit(requested).netloc not in ("", urlsplit(url).netloc):
                yield requested


def _violations(driver: webdriver.Chrome) -> Iterator[str]:
    script = "const done = arguments[0]; axe.run(document).then(result => done(result.violations));"
    for violation in driver.execute_async_script(script):
        for node in violation["nodes"]:
            yield f"{violation['id']}: {' '.join(node['target'])}: {violation['help']}"


def check_search(driver: webdriver.Chrome, base_url: str, words: str, page: str) -> list[str]:
    """Search for some words, and return a problem if a page is not among the results."""
    driver.get(f"{base_url}/search.html?q={words}")
    # The results appear one by one, after their number.
    script = """
        const [page, done] = arguments, end = Date.now() + 20000;
        const look = () => {
          const links = [...document.querySelectorAll("#search-results a[href]")].map(one => one.getAttribute("href"));
          if (links.some(one => one.includes(page)) || Date.now() > end) done(links); else setTimeout(look, 50);
        };
        look();"""
    found = driver.execute_async_script(script, page)
    return [] if any(page in link for link in found) else [f"search for {words}: {page} not found in {found[:5]}"]
