"""The console in a real browser: what it shows, what its buttons do, and keyboard access."""

import json
import os
from pathlib import Path

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500.00"}
SCREENSHOTS = os.environ.get("CONSOLE_SCREENSHOTS")


class Page:
    """The console in the browser."""

    def __init__(self, driver, served):
        self.driver, self.served = driver, served
        driver.get(served.base_url + "/__mock__/")
        self.wait(lambda: self.text("#now") != "…")

    def wait(self, condition):
        """Wait until a condition holds."""
        WebDriverWait(self.driver, 10, poll_frequency=0.05).until(lambda _: condition())

    def text(self, selector: str) -> str:
        """Return the text of an element, in one step because the page may be redrawn at any time."""
        script = "return document.querySelector(arguments[0])?.innerText.trim() ?? ''"
        return self.driver.execute_script(script, selector)

    def all(self, selector: str) -> list:
        """Return all elements of a selector."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def click(self, selector: str) -> None:
        """Click a button."""
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def send(self, path: str, **parameters) -> dict:
        """Send a request as the initiator."""
        request = self.served.desk.request(path, **parameters)
        return httpx.post(self.served.base_url + path, headers=dict(request.headers)).json()

    def state(self) -> dict:
        """Return the state from the control API."""
        return httpx.get(self.served.base_url + "/__mock__/state").json()

    def color_scheme(self, scheme: str) -> None:
        """Set the browser's preferred color scheme."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def screenshot(self, name: str) -> None:
        """Save a screenshot if a folder for them is configured."""
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(str(Path(SCREENSHOTS) / f"{name}.png"))


@pytest.fixture
def page(chromium, console_server):
    """The console of an exchange that was reset; the test fails if the browser logs an error."""
    httpx.post(console_server.base_url + "/__mock__/reset")
    page = Page(chromium, console_server)
    yield page
    severe = [line["message"] for line in chromium.get_log("browser") if line["level"] == "SEVERE"]
    chromium.get("about:blank")
    assert severe == []


def test_console_shows_order_and_lifecycle(page):
    """An order appears with its terms, and its lifecycle follows the clock."""
    placed = page.send("/v1/clearing/new", **TERMS, side="buy", counterparty_id="OM9VNL1G", expires_in_hrs=1)

    page.wait(lambda: placed["clearing_id"] in page.text("#orders"))
    assert page.text("#orders [aria-current=step]") == "AwaitTargetConfirm"
    page.click("[data-advance='3600000']")
    page.wait(lambda: page.text("#orders [aria-current=step]") == "Expired")


def test_console_explains_rejected_request(page):
    """The log shows check and reason, and on opening an entry the expected value."""
    page.send("/v1/clearing/new", **TERMS, side="hold")

    page.wait(lambda: "schema: InvalidSide" in page.text("#log"))
    page.click("#log summary")
    assert 'side: "buy" or "sell"' in page.text("#log details")


def test_console_filters_rejected_requests(page):
    """The check box hides accepted requests."""
    page.send("/v1/clearing/list")
    page.send("/v1/clearing/list", side="hold")
    page.wait(lambda: len(page.all("#log details")) == 2)

    page.click("#rejected-only")

    shown = [item.text for item in page.all("#log details") if item.is_displayed()]
    assert len(shown) == 1
    assert "InvalidSide" in shown[0]


def test_console_freezes_and_resumes_clock(page):
    """The button freezes and resumes the clock."""
    page.click("#freeze")
    page.wait(lambda: page.text("#frozen") == "frozen")
    assert page.state()["frozen"]

    page.click("#freeze")
    page.wait(lambda: page.text("#frozen") == "running")


def test_console_injects_and_removes_fault(page):
    """The form injects a fault, and its button removes it."""
    Select(page.driver.find_element(By.NAME, "kind")).select_by_value("maintenance")
    count = page.driver.find_element(By.NAME, "count")
    count.clear()
    count.send_keys("2")
    page.click("#faults form button")
    page.wait(lambda: "maintenance" in page.text("#fault-list"))

    assert page.send("/v1/clearing/list")["reason"] == "Maintenance"
    page.wait(lambda: "fault: maintenance" in page.text("#log"))
    page.click("#fault-list button")
    page.wait(lambda: page.text("#faults .empty") == "No faults.")
    assert page.state()["faults"] == []


def test_console_shows_error_of_a_control(page):
    """The page shows the error message of a failed control."""
    page.driver.execute_script("document.querySelector('[name=count]').removeAttribute('min')")
    count = page.driver.find_element(By.NAME, "count")
    count.clear()
    count.send_keys("0")
    page.click("#faults form button")

    page.wait(lambda: "count must be at least 1" in page.text("#message"))
    page.driver.get_log("browser")  # the browser logs the rejected request


def test_console_resets_after_confirmation(page):
    """Reset requires a confirmation, and then removes orders and requests."""
    page.send("/v1/clearing/new", **TERMS, side="buy")
    page.wait(lambda: len(page.all("#orders tbody tr")) == 1)

    page.click("#reset")
    page.driver.switch_to.alert.accept()

    page.wait(lambda: not page.all("#orders tbody tr") and not page.all("#log details"))
    assert page.state()["order_count"] == 0


def test_console_is_usable_with_the_keyboard(page):
    """Every control is reached with Tab, shows its focus, and reacts to the keyboard."""
    page.send("/v1/clearing/list", side="hold")
    page.wait(lambda: page.all("#log summary"))
    body = page.driver.find_element(By.TAG_NAME, "body")
    reached: list[str] = []
    for _ in range(40):
        body.send_keys(Keys.TAB) if not reached else page.driver.switch_to.active_element.send_keys(Keys.TAB)
        element = page.driver.switch_to.active_element
        if element.tag_name == "body":
            break
        assert element.value_of_css_property("outline-style") != "none", element.get_attribute("outerHTML")
        reached.append(element.get_attribute("id") or element.get_attribute("name") or element.text.split("\n")[0])
        if element.get_attribute("id") == "freeze":
            element.send_keys(Keys.SPACE)
        if element.tag_name == "summary":
            element.send_keys(Keys.ENTER)
    expected = {"freeze", "+30 s", "reset", "kind", "operation", "status", "count", "Inject", "rejected-only"}

    assert expected <= set(reached)
    page.wait(lambda: page.text("#frozen") == "frozen")
    assert "Expected" in page.text("#log details")


def test_console_keeps_focus_on_refresh(page):
    """A refresh of the page does not move the focus."""
    button = page.driver.find_element(By.CSS_SELECTOR, "[data-advance='30000']")
    button.send_keys("")
    before = page.text("#now")
    page.wait(lambda: page.text("#now") != before)

    assert page.driver.switch_to.active_element == button


CONTRAST = """
const luminance = (color) => {
  const parts = color.match(/[0-9.]+/g).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
};
const ground = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const color = getComputedStyle(each).backgroundColor;
    if (!/, 0\\)$/.test(color)) return color;
  }
  return "rgb(255, 255, 255)";
};
const insufficient = [];
for (const element of document.querySelectorAll("body *")) {
  const has_text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!has_text || !element.checkVisibility() || ["SCRIPT", "OPTION"].includes(element.tagName)) continue;
  const both = [luminance(getComputedStyle(element).color), luminance(ground(element))];
  const [lighter, darker] = both.sort((a, b) => b - a);
  const ratio = (lighter + 0.05) / (darker + 0.05);
  if (ratio < 4.5) insufficient.push(`${element.outerHTML.slice(0, 80)} ${ratio.toFixed(2)}`);
}
return insufficient;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_console_has_sufficient_contrast(page, scheme):
    """In dark and light mode every text has the contrast of WCAG AA, 4.5 to 1, and nothing is wider than the window."""
    fill_exchange(page)
    page.color_scheme(scheme)
    page.wait(lambda: len(page.all("#orders tbody tr")) == 3 and len(page.all("#log details")) == 6)
    page.screenshot(scheme)

    assert page.driver.execute_script(CONTRAST) == []
    assert page.driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_console_fits_a_narrow_window(page):
    """At the width of a phone the page does not scroll horizontally."""
    fill_exchange(page)
    metrics = {"width": 390, "height": 1600, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.wait(lambda: len(page.all("#orders tbody tr")) == 3)
    page.screenshot("narrow")

    fits = page.driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert fits


def fill_exchange(page) -> None:
    """Create some of everything that the page shows."""
    page.send("/v1/clearing/new", **TERMS, side="buy", counterparty_id="OM9VNL1G")
    canceled = page.send("/v1/clearing/new", **TERMS, side="sell")
    page.send("/v1/clearing/cancel", clearing_id=canceled["clearing_id"])
    page.send("/v1/clearing/new", **TERMS | {"amount": "123456789012345678901234567890"}, side="buy")
    page.send("/v1/clearing/new", **TERMS, side="hold")
    page.send("/v1/clearing/status", clearing_id=json.loads("7"))
    fault = {"kind": "html", "operation": "list_trades", "count": None}
    httpx.post(page.served.base_url + "/__mock__/faults", json=fault)


def test_console_escapes_markup(page):
    """Markup in a request is shown as text, and is not executed."""
    page.send("/v1/clearing/new", **TERMS, side="<img src=x onerror=document.title='run'>")

    page.wait(lambda: page.all("#log details"))
    page.click("#log summary")
    assert "<img src=x" in page.text("#log details")
    assert page.driver.title == "Mock exchange"
