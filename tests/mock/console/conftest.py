"""A browser for the tests of the console: Debian's Chromium, headless."""

import shutil
import subprocess
from pathlib import Path

import pytest
from selenium import webdriver

INSTALL = Path(__file__).with_name("install_chromium.sh")


@pytest.fixture(scope="session")
def chromium():
    """Start the browser once; skip the tests, with the reason, where Chromium cannot be installed."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        done = subprocess.run(["sh", str(INSTALL)], capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.skip(f"Chromium cannot be installed: {done.stderr.strip()[-200:]}")
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--window-size=1500,1000",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(shutil.which("chromedriver"))))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def console_server(serve):
    """One server for all tests of the console."""
    with serve() as server:
        yield server
