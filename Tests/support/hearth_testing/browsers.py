"""What tests do in the page, in a real Chromium."""
from __future__ import annotations

from playwright.sync_api import Browser, Page, Playwright

from hearth_testing.household import House

PATIENCE = 20_000           # milliseconds
# Other names lead here, as a hostile name server would have it.
NAMES = "--host-resolver-rules=MAP *.example 127.0.0.1"


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[NAMES])


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def facts(house: House, path: str) -> dict:
    """What the simulated camera says of itself, by its path."""
    return next(camera for camera in house.farm.get("/truth")["cameras"] if camera["name"] == path)


def wait_for_picture(page: Page, selector: str) -> None:
    page.wait_for_function("s => { const v = document.querySelector(s); return v && v.readyState >= 2 && v.videoWidth > 0 }",
                           arg=selector)
