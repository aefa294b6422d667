"""The page in a real Chromium: sign in, the wall, events, clips, live audio."""
from __future__ import annotations

import json
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from hearth_testing.browsers import PATIENCE, facts, sign_in, wait_for_picture
from hearth_testing.farm import CAMERAS, LOOP
from hearth_testing.household import OWNER, OWNER_PASSWORD, Hearth, House
from hearth_testing.media import difference, scene
from hearth_testing.paths import CACHE, REPORTS
from hearth_testing.waiting import rfc3339, unix_time, until

HELPERS = (Path(__file__).parent / "page.js").read_text()


@pytest.fixture()
def visitor(seen: House, context: BrowserContext) -> Page:
    """The page before anybody has signed in, with what it must never do being watched."""
    page = context.new_page()
    own = f"http://127.0.0.1:{seen.hearth.port}/"
    strangers: list[str] = []

    def guard(route: Route) -> None:
        if not route.request.url.startswith((own, "blob:", "data:")):
            strangers.append(route.request.url)
        route.continue_()

    page.route("**/*", guard)
    page.strangers = strangers          # type: ignore[attr-defined]
    page.goto(own)
    return page


@pytest.fixture()
def page(visitor: Page) -> Iterator[Page]:
    """The page of the owner."""
    sign_in(visitor, OWNER, OWNER_PASSWORD)
    expect(visitor.locator("camera-tile").first).to_be_visible()
    yield visitor
    assert not visitor.strangers        # type: ignore[attr-defined]


def test_signs_in_with_a_password(visitor: Page) -> None:
    sign_in(visitor, OWNER, "a wrong password")
    expect(visitor.get_by_role("alert")).to_contain_text("don't go together")
    expect(visitor.locator("camera-tile")).to_have_count(0)
    sign_in(visitor, OWNER, OWNER_PASSWORD)
    expect(visitor.locator("camera-tile")).to_have_count(len(CAMERAS))


def test_signs_in_once_with_a_link(seen: House, context: BrowserContext, chromium: Browser) -> None:
    link = seen.hearth.do("person", "link", OWNER)
    assert link.startswith(f"http://127.0.0.1:{seen.hearth.port}/#link=")
    page = context.new_page()
    page.goto(link)
    expect(page.locator("camera-tile")).to_have_count(len(CAMERAS))
    assert "link=" not in page.url
    second = chromium.new_context()
    again = second.new_page()
    again.goto(link)
    expect(again.get_by_label("Name")).to_be_visible(timeout=PATIENCE)
    expect(again.locator("camera-tile")).to_have_count(0)
    second.close()


def test_the_first_start_gives_a_link_that_makes_the_owner(tmp_path: Path, context: BrowserContext) -> None:
    hearth = Hearth(tmp_path)
    hearth.start()
    try:
        link = until("the set-up link in the log", 10, lambda: re.search(r"http://\S+/#setup=\S+", hearth.log.read_text()))[0]
        page = context.new_page()
        page.goto(link)
        page.get_by_label("Name").fill(OWNER)
        page.get_by_label("Password", exact=True).fill(OWNER_PASSWORD)
        page.get_by_role("button", name="Make me the owner").click()
        expect(page.get_by_text("No cameras yet.")).to_be_visible()
        assert [person["owner"] for person in json.loads(hearth.do("person", "list", "--json"))["people"]] == [True]
    finally:
        assert hearth.stop() == 0


def test_the_wall_shows_four_moving_pictures_each_of_its_own_camera(seen: House, page: Page) -> None:
    page.evaluate(HELPERS)
    expect(page.locator("camera-tile")).to_have_count(len(CAMERAS))
    pictures: dict[str, bytes] = {}
    for camera in CAMERAS:
        video = f'video[data-camera="{seen.ids[camera.name]}"]'
        wait_for_picture(page, video)
        expect(page.locator("camera-tile", has=page.locator(video))).to_contain_text(camera.name)
        pictures[camera.path] = bytes(page.evaluate("s => demo.small(document.querySelector(s), 32, 18)", video))
        frames = "s => document.querySelector(s).getVideoPlaybackQuality().totalVideoFrames"
        shown = [page.evaluate(frames, video)]
        page.wait_for_timeout(1000)
        shown.append(page.evaluate(frames, video))
        assert shown[0] != shown[1], f"{camera.name} stands still"
    REPORTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=REPORTS / "live-wall.png")
    for camera in CAMERAS:
        distances = {other.path: difference(pictures[camera.path], scene(other.path, CACHE)) for other in CAMERAS}
        assert min(distances, key=lambda name: distances[name]) == camera.path
        others = [difference(pictures[camera.path], pictures[other.path]) for other in CAMERAS if other is not camera]
        assert min(others) > 12 > distances[camera.path]


def test_the_wall_fits_a_phone(seen: House, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/")
    sign_in(page, OWNER, OWNER_PASSWORD)
    for camera in CAMERAS[:2]:
        wait_for_picture(page, f'video[data-camera="{seen.ids[camera.name]}"]')
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=REPORTS / "live-wall-phone.png")
    context.close()


def test_the_events_have_thumbnails_newest_first(seen: House, page: Page) -> None:
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/#/events")
    cards = page.locator("event-card")
    expect(cards.first).to_be_visible()
    page.wait_for_function("() => [...document.querySelectorAll('event-card img, event-card canvas')].some("
                           "(e) => (e.naturalWidth ?? e.width) > 0)")
    links = [link.split("/")[-1] for link in page.eval_on_selector_all(
        "event-card a[href*='#/event/']", "links => [...new Set(links.map((l) => l.getAttribute('href')))]")]
    known = [event["id"] for event in seen.hearth.events()]
    assert links and links == [event for event in known if event in links]
    page.screenshot(path=REPORTS / "events.png")


def test_a_clip_plays_with_sound_and_can_be_sought_in(seen: House, page: Page) -> None:
    event = seen.event("Living room")
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/#/event/{event['id']}")
    page.evaluate(HELPERS)
    video = "clip-player video"
    wait_for_picture(page, video)
    page.eval_on_selector(video, "v => { v.muted = false; return v.play() }")
    page.wait_for_function("s => document.querySelector(s).currentTime > 1.5", arg=video)
    assert page.eval_on_selector(video, "v => v.webkitAudioDecodedByteCount") > 0
    duration = page.eval_on_selector(video, "v => v.duration")
    assert duration >= unix_time(event["end"]) - unix_time(event["start"]) + 14
    # The picture at the place sought is the one that was taken then.
    head = seen.hearth.ask("HEAD", f"/events/{event['id']}/clip.mp4")
    camera = facts(seen, "living-room")
    for place in (duration * 0.75, duration * 0.25):
        assert page.evaluate("([s, place]) => demo.seek(document.querySelector(s), place)", [video, place]) is not None
        frame = page.evaluate("([s, strip]) => demo.frameOf(document.querySelector(s), strip)", [video, camera["strip"]])
        taken = (unix_time(head.headers["hearth-from"]) + place - camera["loopStart"]) % LOOP
        apart = abs(frame / camera["frameRate"] - taken)
        assert min(apart, LOOP - apart) < 0.2
    page.screenshot(path=REPORTS / "clip.png")


def test_an_owner_protects_an_event_and_gives_it_free_again(seen: House, page: Page) -> None:
    event = seen.event("Living room")
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/#/event/{event['id']}")
    mark = page.locator("event-page .mark")
    for button, is_protected in (("Protect it", True), ("No longer protect it", False)):
        page.get_by_role("button", name=button, exact=True).click()
        expect(mark).to_be_visible() if is_protected else expect(mark).to_be_hidden()
        assert seen.hearth.get(f"/events/{event['id']}")["protected"] == is_protected
        expect(page.locator("footage-protection button")).to_be_focused()      # for who has no mouse


def test_an_owner_protects_a_span_and_gives_it_free_again(seen: House, page: Page) -> None:
    camera = seen.ids["Living room"]
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/#/camera/{camera}")
    page.get_by_role("button", name="Watch", exact=True).click()
    mark = page.locator("watch-from .mark")
    for button, is_protected in (("Protect it", True), ("No longer protect it", False)):
        page.get_by_role("button", name=button, exact=True).click()
        expect(mark).to_be_visible() if is_protected else expect(mark).to_be_hidden()
        spans = seen.hearth.get(f"/cameras/{camera}/protected")["spans"]
        assert [unix_time(span["to"]) - unix_time(span["from"]) for span in spans] == ([600] if is_protected else [])
        if is_protected:
            page.locator("watch-from").screenshot(path=REPORTS / "protected.png")


def test_an_owner_tries_a_sensitivity_and_keeps_it(seen: House, page: Page) -> None:
    camera = seen.ids["Garage"]
    motion = seen.hearth.get(f"/cameras/{camera}")["settings"]["motion"]
    own = motion["sensitivity"]
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/#/camera/{camera}")
    trial = page.locator("motion-trial")
    slider, said, rows = trial.get_by_label("Sensitivity"), trial.get_by_role("status"), trial.locator(".sessions li")
    keep = trial.get_by_role("button", name="Keep this sensitivity")
    expect(slider).to_have_value(str(own))
    expect(keep).to_be_hidden()

    def tried(sensitivity: int) -> list[str]:
        """What is said of each event, which must be what the summary counts."""
        trial.get_by_role("button", name="Try on the last half hour").click()
        expect(said).to_contain_text(f"With {sensitivity}: ", timeout=90_000)
        words = rows.locator("b").all_inner_texts()
        assert sum(map(int, re.findall(r"(?:: |, )(\d+) ", said.inner_text()))) == len(words)
        return words

    try:
        assert {"stays", "would begin or end elsewhere"} & set(tried(own))
        recorded = {event["id"] for event in seen.hearth.events(camera=camera)}
        links = rows.get_by_role("link").evaluate_all("links => links.map((a) => a.getAttribute('href').split('/').pop())")
        assert links and set(links) <= recorded
        trial.screenshot(path=REPORTS / "motion-trial.png")
        slider.fill("0")
        assert set(tried(0)) <= {"stays", "would begin or end elsewhere", "would be gone", "would be new"}
        keep.click()
        expect(said).to_have_text("From now on the sensitivity is 0.")
        expect(keep).to_be_hidden()
        expect(slider).to_be_focused()          # for who has no mouse
        assert seen.hearth.get(f"/cameras/{camera}")["settings"]["motion"] == {**motion, "sensitivity": 0}
    finally:
        assert seen.hearth.ask("PATCH", f"/cameras/{camera}", body={"motion": motion}).status == 200


def strip_pictures(seen: House, camera: str) -> list[str]:
    """Today's, as the page finds them at first."""
    midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    query = {"from": rfc3339(max(midnight, seen.began)), "to": rfc3339(time.time()), "limit": 500}
    return seen.hearth.get(f"/cameras/{seen.ids[camera]}/filmstrip", **query)["pictures"]


def test_a_day_is_looked_through_and_played_from_a_picture(seen: House, page: Page) -> None:
    known = strip_pictures(seen, "Living room")
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/#/camera/{seen.ids['Living room']}")
    page.evaluate(HELPERS)
    strip = page.locator("film-strip")
    strip.scroll_into_view_if_needed()
    expect(strip).to_have_attribute("data-state", "painted")
    for index in (0, len(known) // 2):
        strip.get_by_role("slider").fill(str(index))
        expect(strip).to_have_attribute("data-shown", known[index])
        grey = bytes(page.evaluate("() => demo.small(document.querySelector('film-strip .screen canvas'), 32, 18)"))
        distances = {camera.path: difference(grey, scene(camera.path, CACHE)) for camera in CAMERAS}
        assert min(distances, key=lambda name: distances[name]) == "living-room"
    page.screenshot(path=REPORTS / "filmstrip.png")
    strip.get_by_role("button", name=re.compile(r"^Watch from \d\d:\d\d:\d\d$")).first.click()
    with page.expect_request(lambda request: "/video.mp4" in request.url) as asked:
        strip.locator(".few button").first.click()
    assert seen.ids["Living room"] in asked.value.url
    wait_for_picture(page, "watch-from clip-player video")


def test_a_filmstrip_of_another_camera_is_not_shown(seen: House, page: Page) -> None:
    def swap(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "hearth-camera": seen.ids["Garden"]})

    page.route("**/filmstrip.jpg*", swap)
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/#/camera/{seen.ids['Living room']}")
    strip = page.locator("film-strip")
    strip.scroll_into_view_if_needed()
    expect(strip).to_have_attribute("data-state", "refused")
    expect(strip).to_contain_text("Pictures of another camera were refused.")
    expect(strip.locator(".screen canvas")).to_be_hidden()


def test_the_filmstrip_fits_a_phone(seen: House, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/")
    sign_in(page, OWNER, OWNER_PASSWORD)
    expect(page.locator("camera-tile").first).to_be_visible()
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/#/camera/{seen.ids['Front door']}")
    strip = page.locator("film-strip")
    strip.scroll_into_view_if_needed()
    expect(strip).to_have_attribute("data-state", "painted")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=REPORTS / "filmstrip-phone.png")
    context.close()


def test_an_h265_clip_is_a_sentence_and_not_a_black_box(seen: House, page: Page) -> None:
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/#/event/{seen.event('Garden')['id']}")
    player = page.locator("clip-player")
    expect(player.get_by_role("alert")).to_contain_text("H.265")
    expect(player.locator("video")).to_have_count(0)
    page.screenshot(path=REPORTS / "h265-clip.png")
    player.get_by_role("button", name="smaller").click()
    wait_for_picture(page, "clip-player video")
    assert page.eval_on_selector("clip-player video", "v => [v.videoWidth, v.videoHeight]") == [640, 360]


@pytest.mark.parametrize("name", ["Living room", "Garage"])
def test_live_sound_is_heard_when_asked_for(seen: House, page: Page, name: str) -> None:
    """AAC as it comes, and G.711 turned into AAC: the browser decodes it while the picture goes on."""
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/#/camera/{seen.ids[name]}")
    video = f'camera-page live-picture video[data-camera="{seen.ids[name]}"]'
    wait_for_picture(page, video)
    heard = "s => document.querySelector(s).webkitAudioDecodedByteCount"
    assert page.eval_on_selector(video, "v => v.muted")
    assert page.evaluate(heard, video) == 0
    page.get_by_role("button", name="Turn sound on").click()
    page.wait_for_function("s => document.querySelector(s).webkitAudioDecodedByteCount > 5000", arg=video)
    assert not page.eval_on_selector(video, "v => v.muted")
    first = page.eval_on_selector(video, "v => [v.currentTime, v.webkitAudioDecodedByteCount]")
    page.wait_for_timeout(6000)
    then = page.eval_on_selector(video, "v => [v.currentTime, v.webkitAudioDecodedByteCount]")
    assert 4 < then[0] - first[0] < 8 and then[1] > first[1] + 5000
    page.get_by_role("button", name="Turn sound off").click()
    page.wait_for_function("s => { const v = document.querySelector(s); return v.muted && v.readyState >= 3 && v.webkitAudioDecodedByteCount === 0 }",
                           arg=video)


def test_a_camera_whose_sound_is_not_recorded_offers_none(seen: House, page: Page) -> None:
    page.goto(f"http://127.0.0.1:{seen.hearth.port}/#/camera/{seen.ids['Front door']}")
    wait_for_picture(page, "camera-page live-picture video")
    expect(page.get_by_role("button", name="Turn sound on")).to_be_hidden()


def test_signing_out_ends_what_the_page_may_see(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Name")).to_be_visible()
    expect(page.locator("video")).to_have_count(0)
    assert page.evaluate("fetch('/api/v1/cameras').then((answer) => answer.status)") == 401
