"""Ranges of a virtual MP4 over real HTTP, row by row from RFC 9110 sections 13.1.5 and 14; and that it is one file."""
from __future__ import annotations

import http.client
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from hearth_testing.household import House
from hearth_testing.waiting import rfc3339

WHOLE, NOTHING = "200", "416"

# Field value, what comes back. L is the file's length, M its last position; others count from them.
ROWS = [
    # 14.1.2, int-range: both ends belong to it.
    ("bytes=0-499", "0-499"),
    ("bytes=500-999", "500-999"),
    ("bytes=0-0", "0-0"),
    ("bytes=1-1", "1-1"),
    ("bytes={M}-{M}", "{M}-{M}"),
    ("bytes=0-{M}", "0-{M}"),
    # No last position, or one at or past the end: the remainder.
    ("bytes=0-", "0-{M}"),
    ("bytes=1000-", "1000-{M}"),
    ("bytes={M}-", "{M}-{M}"),
    ("bytes=0-{L}", "0-{M}"),
    ("bytes=1000-999999999999", "1000-{M}"),
    ("bytes=0-18446744073709551615", "0-{M}"),
    ("bytes=0-99999999999999999999999999999999", "0-{M}"),
    # suffix-range: the last bytes; longer than the file: all of it, still as a range.
    ("bytes=-1", "{M}-{M}"),
    ("bytes=-500", "{L-500}-{M}"),
    ("bytes=-{M}", "1-{M}"),
    ("bytes=-{L}", "0-{M}"),
    ("bytes=-999999999999", "0-{M}"),
    ("bytes=-99999999999999999999999999999999", "0-{M}"),
    # Not satisfiable: begins at or past the end, or no byte is asked for.
    ("bytes={L}-", NOTHING),
    ("bytes={L}-{L}", NOTHING),
    ("bytes=999999999999-", NOTHING),
    ("bytes=99999999999999999999999999999999-", NOTHING),
    ("bytes=-0", NOTHING),
    # Invalid: ignored.
    ("bytes=500-100", WHOLE),
    ("bytes=1-0", WHOLE),
    ("bytes=", WHOLE),
    ("bytes=-", WHOLE),
    ("bytes=abc-", WHOLE),
    ("bytes=0x10-0x20", WHOLE),
    ("bytes=5", WHOLE),
    ("bytes=--5", WHOLE),
    ("bytes=0-5-9", WHOLE),
    ("bytes=1.5-3", WHOLE),
    ("bytes", WHOLE),
    ("0-499", WHOLE),
    # 14.2: units that are not known are ignored; their names don't mind case (14.1).
    ("seconds=0-10", WHOLE),
    ("BYTES=0-499", "0-499"),
    # Several ranges: a server may ignore them. Empty elements of the list don't count (5.6.1.2).
    ("bytes=0-0,-1", WHOLE),
    ("bytes=0-499,500-999", WHOLE),
    ("bytes=0-499,", "0-499"),
    ("bytes=,0-499", "0-499"),
]


@dataclass
class Film:
    """One virtual MP4, and its bytes."""
    house: House
    path: str
    body: bytes
    etag: str

    def ask(self, *fields: tuple[str, str], method: str = "GET") -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.house.hearth.port, timeout=60)
        connection.putrequest(method, "/api/v1" + self.path)
        connection.putheader("Authorization", f"Bearer {self.house.hearth.token}")
        for name, value in fields:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body


@pytest.fixture(scope="module")
def film(seen: House) -> Film:
    query = urlencode({"from": rfc3339(seen.settled), "to": rfc3339(seen.settled + 12)})
    path = f"/cameras/{seen.ids['Living room']}/video.mp4?{query}"
    answer = seen.hearth.ask("GET", path)
    assert answer.status == 200
    return Film(seen, path, answer.body, answer.headers["etag"])


def expand(template: str, length: int) -> str:
    return template.replace("{L-500}", str(length - 500)).replace("{L}", str(length)).replace("{M}", str(length - 1))


def check(film: Film, status: int, headers: http.client.HTTPMessage, body: bytes, expected: str) -> None:
    length = len(film.body)
    assert headers["Accept-Ranges"] == "bytes"
    if expected == WHOLE:
        assert (status, headers["Content-Range"], body) == (200, None, film.body)
    elif expected == NOTHING:
        assert (status, headers["Content-Range"]) == (416, f"bytes */{length}")
        return
    else:
        expected = expand(expected, length)
        first, last = map(int, expected.split("-"))
        assert (status, headers["Content-Range"]) == (206, f"bytes {expected}/{length}")
        assert body == film.body[first:last + 1]
    assert headers["Content-Length"] == str(len(body))
    assert headers["Content-Type"] == "video/mp4"
    assert headers["Cache-Control"] == "no-store"
    assert headers["ETag"] == film.etag


@pytest.mark.parametrize(("field", "expected"), ROWS)
def test_a_range_gives_what_rfc_9110_says(film: Film, field: str, expected: str) -> None:
    status, headers, body = film.ask(("Range", expand(field, len(film.body))))
    check(film, status, headers, body, expected)


def test_two_range_fields_are_no_request_for_a_range(film: Film) -> None:
    check(film, *film.ask(("Range", "bytes=0-1"), ("Range", "bytes=2-3")), WHOLE)


@pytest.mark.parametrize(("condition", "expected"), [("{etag}", "10-19"), ('"another"', WHOLE), ("W/{etag}", WHOLE)])
def test_if_range_decides_whether_the_range_counts(film: Film, condition: str, expected: str) -> None:
    condition = condition.replace("{etag}", film.etag)
    check(film, *film.ask(("Range", "bytes=10-19"), ("If-Range", condition)), expected)


def test_a_date_in_if_range_is_not_the_files(film: Film) -> None:
    check(film, *film.ask(("Range", "bytes=10-19"), ("If-Range", "Mon, 23 Nov 2026 10:00:00 GMT")), WHOLE)


def test_head_says_what_get_would(film: Film) -> None:
    """Range has no meaning for HEAD (14.2)."""
    for fields in ([], [("Range", "bytes=0-9")]):
        status, headers, body = film.ask(*fields, method="HEAD")
        assert (status, body, headers["Content-Length"]) == (200, b"", str(len(film.body)))
        assert (headers["ETag"], headers["Content-Range"]) == (film.etag, None)


def test_the_same_span_is_the_same_file_each_time(film: Film) -> None:
    status, headers, body = film.ask()
    assert (status, headers["ETag"]) == (200, film.etag)
    assert body == film.body


def test_pieces_make_the_whole(film: Film) -> None:
    step, pieces = 300_001, []
    for first in range(0, len(film.body), step):
        status, _, body = film.ask(("Range", f"bytes={first}-{first + step - 1}"))
        assert status == 206
        pieces.append(body)
    assert b"".join(pieces) == film.body


def test_the_moov_stands_in_front(film: Film) -> None:
    assert film.body[4:8] == b"ftyp"
    second = int.from_bytes(film.body[:4], "big")
    assert film.body[second + 4:second + 8] == b"moov"
    assert b"moof" not in film.body[:second + int.from_bytes(film.body[second:second + 4], "big")]


@pytest.mark.parametrize(("query", "status"), [
    ({}, 400),
    ({"from": "2026-01-01T00:00:00Z"}, 400),
    ({"from": "yesterday", "to": "today"}, 400),
    ({"from": "2026-01-01T00:01:00Z", "to": "2026-01-01T00:00:00Z"}, 400),
    ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T04:00:01Z"}, 400),
    ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:01:00Z", "stream": "other"}, 400),
    ({"from": "2001-01-01T00:00:00Z", "to": "2001-01-01T00:01:00Z"}, 404),
])
def test_a_span_that_makes_no_sense_is_refused_with_words(seen: House, query: dict[str, str], status: int) -> None:
    answer = seen.hearth.ask("GET", f"/cameras/{seen.ids['Garden']}/video.mp4?{urlencode(query)}")
    assert answer.status == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json["status"] == status and answer.json["title"] and answer.json["detail"]
