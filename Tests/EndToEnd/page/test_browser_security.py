"""The page in a real Chromium against hostile names, other sites, and the next person at the same browser."""
from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hearth_testing.browsers import PATIENCE, sign_in
from hearth_testing.household import OWNER, OWNER_PASSWORD, Hearth

MARKUP = '<img src=x onerror="document.title=\'owned\'">'
NAMES = [MARKUP, "</script><script>alert(1)</script>", "{{7*7}} ${7*7}", "javascript:alert(1)", "🏡👨‍👩‍👧 Küche", "a" * 64]
HOSTILE_PERSON = '<b onmouseover=alert(1)>Kim</b>'


@pytest.fixture(scope="module")
def hearth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hearth]:
    """A household whose cameras have hostile names, and nothing behind them."""
    hearth = Hearth(tmp_path_factory.mktemp("hostile"))
    hearth.token = hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    hearth.start()
    for name in NAMES:
        answer = hearth.ask("POST", "/cameras", body={
            "settings": {"name": name, "main": {"host": "127.0.0.1", "port": 9, "path": "/x"}, "record": "off"}})
        assert answer.status == 201, (name, answer.body)
    hearth.add_person(HOSTILE_PERSON, OWNER_PASSWORD, "--grant", f"{NAMES[0]}:live,playback")
    hearth.add_person("Ben", OWNER_PASSWORD, "--grant", f"{NAMES[4]}:live,playback")
    yield hearth
    hearth.stop()


def address(hearth: Hearth) -> str:
    return f"http://127.0.0.1:{hearth.port}/"


@pytest.fixture()
def page(hearth: Hearth, context: BrowserContext) -> Iterator[Page]:
    """The owner's page; what names make it run is found."""
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(address(hearth))
    sign_in(page, OWNER, OWNER_PASSWORD)
    expect(page.locator("camera-tile")).to_have_count(len(NAMES))
    yield page
    assert not dialogs
    assert page.title() != "owned"


# ---------------------------------------------------------------- hostile names
@pytest.mark.parametrize("hash_", ["#/wall", "#/events", "#/views"])
def test_names_are_only_text(hearth: Hearth, page: Page, hash_: str) -> None:
    hearth.get("/events")                               # a row of the log for each camera
    page.goto(address(hearth) + hash_)
    expect(page.locator("main h1")).to_be_visible()
    text = page.locator("main").inner_text() if hash_ != "#/events" else page.locator("main select").inner_text()
    for name in NAMES:
        assert name in text or name in page.content().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"), name
    assert page.locator("main img[src='x'], main b[onmouseover], main script").count() == 0


def test_a_cameras_own_page_has_its_name_as_text(hearth: Hearth, page: Page) -> None:
    page.get_by_role("link", name=MARKUP).first.click()
    expect(page.locator("camera-page h1")).to_have_text(MARKUP)
    assert page.locator("main img[src='x']").count() == 0
    assert page.title().startswith(MARKUP)


def test_a_persons_name_is_only_text(hearth: Hearth, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(address(hearth))
    sign_in(page, HOSTILE_PERSON, OWNER_PASSWORD)
    expect(page.locator(".person span")).to_have_text(HOSTILE_PERSON)
    assert page.locator("b").count() == 0 or page.locator("header b").count() == 0
    page.goto(address(hearth) + "#/views")
    expect(page.locator("main h1")).to_be_visible()
    assert page.locator("b[onmouseover]").count() == 0


@pytest.mark.parametrize("name", ["Anna\u202egpj.exe", "\u2066Anna\u2069", "An\u200bna", "Anna\n", "\u0000"])
def test_names_that_would_deceive_the_eye_are_refused(hearth: Hearth, name: str) -> None:
    """Marks that turn the direction of text, and what can't be seen, make two names look like one."""
    assert hearth.ask("POST", "/people", body={"name": name}).status == 422
    if name != "An\u200bna":             # a camera's name may hold what can't be seen, not what turns the rest around
        settings = {"name": name, "main": {"host": "127.0.0.1", "port": 9, "path": "/x"}}
        assert hearth.ask("POST", "/cameras", body={"settings": settings}).status == 422


# ---------------------------------------------------------------- another site
class OtherSite(BaseHTTPRequestHandler):
    """A page of another origin: whatever is asked of it, it answers with an empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>evil</title><body></body>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def evil() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), OtherSite)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://evil.example:{server.server_port}/"
    server.shutdown()


@pytest.fixture()
def stranger(hearth: Hearth, page: Page, context: BrowserContext, evil: str) -> Page:
    """Another site's page in the browser in which the owner is signed in."""
    other = context.new_page()
    other.goto(evil)
    return other


def test_another_sites_form_changes_nothing(hearth: Hearth, stranger: Page, page: Page) -> None:
    before = hearth.get("/people")
    for target, fields in (("people", {"name": "Eve", "owner": "true"}), ("session", {})):
        stranger.evaluate(
            """([url, fields]) => new Promise((done) => {
                 const frame = document.createElement("iframe"); frame.name = "f" + Math.random();
                 const form = document.createElement("form");
                 form.method = "POST"; form.action = url; form.target = frame.name; form.enctype = "text/plain";
                 for (const [name, value] of Object.entries(fields)) {
                   const input = document.createElement("input"); input.name = name; input.value = value; form.append(input);
                 }
                 frame.onload = () => done(); document.body.append(frame, form); form.submit(); setTimeout(done, 2000);
               })""", [f"{address(hearth)}api/v1/{target}", fields])
    assert hearth.get("/people") == before
    page.reload()
    expect(page.locator("camera-tile").first).to_be_visible()


def test_another_sites_fetch_gets_nothing(hearth: Hearth, stranger: Page) -> None:
    asked = """async ([url, options]) => {
      try { const answer = await fetch(url, options); return [answer.type, answer.status, await answer.text()]; }
      catch (error) { return ["error", 0, ""]; }
    }"""
    url = f"{address(hearth)}api/v1/cameras"
    for options in ({"credentials": "include"}, {"credentials": "include", "mode": "no-cors"},
                    {"credentials": "include", "method": "POST", "headers": {"Content-Type": "application/json", "Hearth-Request": "1"},
                     "body": json.dumps({"name": "Eve"})}):
        kind, status, text = stranger.evaluate(asked, [url, options])
        assert (kind in ("error", "opaque"), status, text) == (True, 0, ""), options


def test_another_site_shows_no_picture_of_ours(hearth: Hearth, stranger: Page) -> None:
    """Not even the page's own sign: resources are same-origin."""
    loaded = """(url) => new Promise((done) => {
      const image = new Image(); image.onload = () => done(true); image.onerror = () => done(false); image.src = url;
    })"""
    camera = next(iter(hearth.cameras().values()))["id"]
    assert stranger.evaluate(loaded, f"{address(hearth)}favicon.svg") is False
    assert stranger.evaluate(loaded, f"{address(hearth)}api/v1/cameras/{camera}/snapshot.jpg") is False


@pytest.mark.parametrize("path", ["feed", "live?camera={camera}"])
def test_another_sites_socket_is_not_opened(hearth: Hearth, stranger: Page, path: str) -> None:
    camera = next(iter(hearth.cameras().values()))["id"]
    url = f"ws://127.0.0.1:{hearth.port}/api/v1/{path.format(camera=camera)}"
    assert stranger.evaluate("""(url) => new Promise((done) => {
      const socket = new WebSocket(url); socket.onopen = () => done("open"); socket.onerror = () => done("refused");
    })""", url) == "refused"


def test_another_site_cannot_frame_the_page(hearth: Hearth, stranger: Page) -> None:
    stranger.evaluate("""(url) => new Promise((done) => {
      const frame = document.createElement("iframe"); frame.src = url; frame.onload = done; document.body.append(frame);
      setTimeout(done, 3000);
    })""", address(hearth))
    for frame in stranger.frames[1:]:
        assert frame.locator("hearth-app").count() == 0


def test_a_name_that_was_turned_to_this_address_opens_nothing(hearth: Hearth, page: Page, context: BrowserContext) -> None:
    """DNS rebinding: the browser believes that it is still with evil.example."""
    other = context.new_page()
    answer = other.goto(f"http://evil.example:{hearth.port}/")
    assert answer and answer.status == 421
    assert "hearth house set --host-name" in other.content()
    assert other.evaluate("fetch('/api/v1/cameras').then((answer) => answer.status)") == 421


# ---------------------------------------------------------------- the next person
def test_after_signing_out_back_and_cache_show_nothing(hearth: Hearth, page: Page, context: BrowserContext) -> None:
    page.goto(address(hearth) + "#/views")
    expect(page.locator("main h1")).to_be_visible()
    page.goto(address(hearth) + "#/wall")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Name")).to_be_visible()
    for _ in range(2):
        page.go_back()
        expect(page.get_by_label("Name")).to_be_visible()
        for name in NAMES:
            assert name not in page.locator("body").inner_text()
    # Nothing that was answered may come out of the browser's memory: asked for with the cache alone, nothing is there.
    for path in ("cameras", "views", "events", "session"):
        assert page.evaluate("""(path) => fetch(`/api/v1/${path}`, {cache: "only-if-cached", mode: "same-origin"})
          .then((answer) => answer.status, () => 504)""", path) == 504
    page.reload()
    expect(page.get_by_label("Name")).to_be_visible()


def test_leaving_and_coming_back_after_a_sign_out_elsewhere_shows_nothing(hearth: Hearth, page: Page, evil: str) -> None:
    """The page may come whole out of the back-forward cache: it asks who is signed in before anything else."""
    page.goto(evil)
    hearth.do("person", "signout", OWNER)
    page.go_back()
    expect(page.get_by_label("Name")).to_be_visible()
    assert page.locator("camera-tile").count() == 0


def test_of_the_first_person_nothing_is_left_for_the_second(hearth: Hearth, page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, "Ben", OWNER_PASSWORD)
    expect(page.locator("camera-tile")).to_have_count(1)
    expect(page.locator(".person span")).to_have_text("Ben")
    for hash_ in ("#/wall", "#/events", "#/views"):
        page.goto(address(hearth) + hash_)
        expect(page.locator("main h1")).to_be_visible()
        page.wait_for_timeout(500)
        text = page.locator("body").inner_text()
        for name in [*NAMES[:4], NAMES[5]]:
            assert name not in text, f"{hash_} shows {name}"
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert kept == '[{},{},""]'


def test_another_tabs_sign_in_as_somebody_else_leaves_nothing_here(hearth: Hearth, page: Page, context: BrowserContext) -> None:
    second = context.new_page()
    second.goto(address(hearth))
    second.get_by_role("button", name="Sign out").click()
    sign_in(second, "Ben", OWNER_PASSWORD)
    expect(second.locator("camera-tile")).to_have_count(1)
    expect(page.locator("camera-tile")).to_have_count(1)
    expect(page.locator(".person span")).to_have_text("Ben")


# ---------------------------------------------------------------- one's own account
def test_a_person_ends_their_other_sessions_and_changes_their_password_on_the_page(hearth: Hearth, chromium: Browser) -> None:
    name, anew = "Cleo", "another long password"
    hearth.add_person(name, OWNER_PASSWORD)
    devices = [chromium.new_context() for _ in range(3)]
    pages = [device.new_page() for device in devices]
    for page in pages:
        page.goto(address(hearth))
        sign_in(page, name, OWNER_PASSWORD)
        expect(page.locator(".person span")).to_have_text(name)
    here, other, third = pages
    here.get_by_role("link", name=name).click()
    rows = here.locator("account-page .sessions li")
    expect(rows).to_have_count(3)
    rows.get_by_role("button", name="Sign out").first.click()
    expect(rows).to_have_count(2)
    here.get_by_role("button", name="Sign out everywhere else").click()
    expect(rows).to_have_count(1)
    for page in (other, third):
        expect(page.get_by_label("Name")).to_be_visible(timeout=PATIENCE)
    sign_in(other, name, OWNER_PASSWORD)
    expect(other.locator(".person span")).to_have_text(name)
    here.get_by_label("The old one").fill("not this one")
    here.get_by_label("The new one").fill(anew)
    here.get_by_role("button", name="Change the password").click()
    expect(here.get_by_role("alert")).to_contain_text("old password is wrong")
    here.get_by_label("The old one").fill(OWNER_PASSWORD)
    here.get_by_role("button", name="Change the password").click()
    expect(here.get_by_text("Everywhere else you are signed out.")).to_be_visible()
    expect(other.get_by_label("Name")).to_be_visible(timeout=PATIENCE)
    here.reload()
    expect(here.locator(".person span")).to_have_text(name)
    for device in devices:
        device.close()
