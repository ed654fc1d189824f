"""The check of every built page in every view, and of the search, in a real browser."""

from pathlib import Path

from ._browser import VIEWS, browser, check_search, check_view, missing_tools, served

__all__ = ["check_in_browser", "missing"]

AXE = Path(".build/npm/node_modules/axe-core/axe.min.js")
# Words, and a page that the search must find with them.
_SEARCHES = {"nonce": "docs/signing", "InsufficientFunds": "http/", "resolve": "python/"}


def missing() -> list[str]:
    """Return what the check needs and does not find."""
    return missing_tools() + ([] if AXE.is_file() else ["axe-core"])


def check_in_browser(html: Path, screenshots: Path | None) -> list[str]:
    """Open the pages of a folder, and return one line for each problem. Pictures go to `screenshots`."""
    axe, found = AXE.read_text(encoding="utf-8"), []
    pages = sorted(path.relative_to(html).as_posix() for path in html.rglob("*.html"))
    with served(html) as base_url, browser() as driver:
        driver.set_script_timeout(120)
        for page in pages:
            for view in VIEWS:
                problems = check_view(driver, f"{base_url}/{page}", view, axe)
                found += [f"{page} ({view.name}): {problem}" for problem in problems]
                if screenshots:
                    picture = screenshots / view.name / Path(page).with_suffix(".png")
                    picture.parent.mkdir(parents=True, exist_ok=True)
                    driver.save_screenshot(str(picture))
        for words, page in _SEARCHES.items():
            found += check_search(driver, base_url, words, page)
    return found
