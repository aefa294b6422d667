"""Behind the owner's own proxy or VPN: by setting, and a refusal names the setting that is missing."""
from __future__ import annotations

import http.client
import json
from typing import Iterator

import pytest

from hearth_testing.household import OWNER, OWNER_PASSWORD, Answer, Hearth

VPN, STRANGER, HOME = "100.64.7.7", "203.0.113.9", "192.168.1.55"


@pytest.fixture(scope="module")
def hearth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hearth]:
    hearth = Hearth(tmp_path_factory.mktemp("reach"))
    hearth.token = hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    hearth.start("--host-name", "hearth.lan")
    answer = hearth.ask("POST", "/cameras", body={
        "settings": {"name": "Porch", "main": {"host": "127.0.0.1", "port": 9, "path": "/x"}, "record": "off"}})
    assert answer.status == 201, answer.body
    yield hearth
    hearth.stop()


@pytest.fixture(autouse=True)
def as_before(hearth: Hearth) -> Iterator[None]:
    """Each test begins with nothing set."""
    hearth.do("house", "set", "--clear", "host-name", "--clear", "trusted-proxy", "--clear", "client-range")
    yield


def ask(hearth: Hearth, method: str = "GET", path: str = "/health", host: str | None = None, body: object = None,
        **headers: str) -> Answer:
    """A request whose headers are all the test's own."""
    connection = http.client.HTTPConnection("127.0.0.1", hearth.port, timeout=30)
    try:
        connection.putrequest(method, "/api/v1" + path, skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{hearth.port}")
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        text = json.dumps(body).encode() if body is not None else b""
        if body is not None:
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Hearth-Request", "1")
            connection.putheader("Content-Length", str(len(text)))
        connection.endheaders(text or None)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def test_a_name_that_is_not_set_is_refused_with_the_setting_that_is_missing(hearth: Hearth) -> None:
    answer = ask(hearth, host="hearth.example")
    assert answer.status == 421 and "hearth house set --host-name" in answer.json["detail"]
    hearth.do("house", "set", "--host-name", "Hearth.Example")
    for host in ("hearth.example", "HEARTH.example:8443", "hearth.lan", "hearth.lan:80", f"localhost:{hearth.port}"):
        assert ask(hearth, host=host).status == 200, host
    for host in ("hearth.example.evil.example", "evil.example", "hearth.example:x", "127.0.0.1", "[::1]:1"):
        assert ask(hearth, host=host).status == 421, host


def test_who_is_no_trusted_proxy_is_not_believed(hearth: Hearth) -> None:
    """This very machine says that it speaks for somebody: nobody asked it to."""
    for _ in range(3):
        assert ask(hearth, X_Forwarded_For=STRANGER).status == 200
    assert hearth.log.read_text().count("if this is your proxy: hearth house set --trusted-proxy") == 1
    answer = ask(hearth, "POST", "/session", body={"name": OWNER, "password": OWNER_PASSWORD}, X_Forwarded_Proto="https")
    assert answer.status == 200 and answer.headers["set-cookie"].startswith("hearth=")


def test_an_address_beyond_the_house_is_refused_with_the_setting_that_is_missing(hearth: Hearth) -> None:
    hearth.do("house", "set", "--trusted-proxy", "127.0.0.1")
    assert ask(hearth, X_Forwarded_For=HOME).status == 200
    refused = ask(hearth, X_Forwarded_For=VPN)
    assert refused.status == 403 and "hearth house set --client-range" in refused.json["detail"]
    hearth.do("house", "set", "--client-range", "100.64.0.0/10")
    assert ask(hearth, X_Forwarded_For=VPN).status == 200
    assert ask(hearth, X_Forwarded_For=STRANGER).status == 403
    # Who writes the house's address himself is still the one that the proxy saw.
    assert ask(hearth, X_Forwarded_For=f"{HOME}, {STRANGER}").status == 403


def test_a_proxy_that_passes_on_what_it_does_not_write_is_told_so(hearth: Hearth) -> None:
    hearth.do("house", "set", "--trusted-proxy", "127.0.0.1")
    answer = ask(hearth, X_Forwarded_For=STRANGER, Forwarded=f"for={HOME}")
    assert answer.status == 400 and "Forwarded" in answer.json["detail"]


def test_over_https_the_cookie_is_one_that_plain_http_cannot_set(hearth: Hearth) -> None:
    hearth.do("house", "set", "--trusted-proxy", "127.0.0.1", "--host-name", "hearth.example")
    proxied = {"X_Forwarded_For": HOME, "X_Forwarded_Proto": "https", "X_Forwarded_Host": "hearth.example"}
    answer = ask(hearth, "POST", "/session", body={"name": OWNER, "password": OWNER_PASSWORD}, Origin="https://hearth.example", **proxied)
    assert answer.status == 200, answer.body
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-hearth=") and "; Secure" in cookie and "Domain" not in cookie
    pair = cookie.split(";")[0]
    assert ask(hearth, path="/session", Cookie=pair, **proxied).status == 200
    # The name alone counts on HTTPS, and that cookie counts nowhere else.
    assert ask(hearth, path="/session", Cookie=pair.replace("__Host-", ""), **proxied).status == 401
    assert ask(hearth, path="/session", Cookie=pair).status == 401
    # Once the proxy said https, a page of plain http is another site.
    refused = ask(hearth, "POST", "/session", body={}, Origin="http://hearth.example", **proxied)
    assert refused.status == 403


def test_the_view_log_and_the_sessions_name_the_real_client(hearth: Hearth) -> None:
    hearth.do("house", "set", "--trusted-proxy", "127.0.0.1")
    camera = hearth.cameras()["Porch"]["id"]
    span = "from=2026-11-23T00:00:00Z&to=2026-11-23T00:01:00Z"
    headers = {"X_Forwarded_For": "192.168.1.201", "Authorization": f"Bearer {hearth.token}"}
    assert ask(hearth, path=f"/cameras/{camera}/coverage?{span}", **headers).status == 200
    assert hearth.get("/views")["views"][0]["address"] == "192.168.1.201"
    answer = ask(hearth, "POST", "/session", body={"name": OWNER, "password": OWNER_PASSWORD}, X_Forwarded_For="192.168.1.202")
    assert answer.status == 200
    assert "192.168.1.202" in {session["address"] for session in hearth.get("/session/list")["sessions"]}


def test_throttling_counts_the_real_client_and_never_the_console(hearth: Hearth) -> None:
    hearth.do("house", "set", "--trusted-proxy", "127.0.0.1")
    guess = {"name": "Nobody of this house", "password": "a wrong password"}
    statuses = [ask(hearth, "POST", "/session", body={**guess, "name": f"Nobody {index}"}, X_Forwarded_For="192.168.1.66").status
                for index in range(7)]
    assert statuses[:5] == [401] * 5 and 429 in statuses[5:]
    # Another client behind the same proxy is not held back for it, and the owner signs in.
    assert ask(hearth, "POST", "/session", body={"name": OWNER, "password": OWNER_PASSWORD}, X_Forwarded_For="192.168.1.67").status == 200
    # Many guesses at the owner's own account: the owner waits on the page, and never at the server itself.
    for index in range(8):
        ask(hearth, "POST", "/session", body={"name": OWNER, "password": "a wrong password"}, X_Forwarded_For=f"192.168.2.{index}")
    held = ask(hearth, "POST", "/session", body={"name": OWNER, "password": OWNER_PASSWORD}, X_Forwarded_For="192.168.3.1")
    assert held.status == 429 and int(held.headers["retry-after"]) > 0
    hearth.do("person", "password", OWNER, "--password-stdin", text=OWNER_PASSWORD + "\n")
    assert hearth.do("person", "link", OWNER).startswith("http://")


def test_a_vpns_own_address_can_be_listened_on_once_it_is_the_houses(hearth: Hearth) -> None:
    done = hearth.run("serve", "--data", str(hearth.data), "--listen", f"{VPN}:8780")
    assert done.code == 64 and "hearth house set --client-range" in done.err


@pytest.mark.parametrize(("option", "value"), [
    ("--client-range", "0.0.0.0/0"), ("--client-range", "everywhere"), ("--trusted-proxy", "10.0.0.0/33"),
    ("--host-name", "http://hearth.example"), ("--host-name", "hearth.example:8780")])
def test_a_setting_that_cannot_be_is_refused_with_words(hearth: Hearth, option: str, value: str) -> None:
    done = hearth.run("house", "set", option, value, "--data", str(hearth.data))
    assert done.code == 64 and " — " in done.err
    assert "none" in hearth.do("house", "set")


# ---------------------------------------------------------------- what another site may send
@pytest.mark.parametrize("headers", [
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}])
def test_another_sites_change_is_refused(hearth: Hearth, headers: dict[str, str]) -> None:
    assert ask(hearth, "POST", "/session", body={"name": OWNER, "password": OWNER_PASSWORD}, **headers).status == 403


def test_another_sites_question_is_refused_where_the_browser_tells(hearth: Hearth) -> None:
    assert ask(hearth, Sec_Fetch_Site="cross-site").status == 403
    for site in ("same-origin", "none"):
        assert ask(hearth, Sec_Fetch_Site=site).status == 200


@pytest.mark.parametrize("type_", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_what_a_form_can_send_is_no_request(hearth: Hearth, type_: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", hearth.port, timeout=30)
    body = json.dumps({"name": OWNER, "password": OWNER_PASSWORD})
    connection.request("POST", "/api/v1/session", body, {"Content-Type": type_, "Hearth-Request": "1"})
    assert connection.getresponse().status == 415
    connection.close()
    connection.request("POST", "/api/v1/session", body, {"Content-Type": type_})
    assert connection.getresponse().status == 403
    connection.close()


def test_no_answer_allows_another_origin_or_is_kept(hearth: Hearth) -> None:
    for path, status in (("/health", 200), ("/cameras", 401), ("/nothing", 404)):
        answer = ask(hearth, path=path, Origin="http://evil.example")
        assert answer.status == status
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
