"""The link check, against a small web on loopback: names are looked up in a table, and the wire ends at 127.0.0.1."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import itertools
import json
import socket
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from bindery.problem import At, Faulty
from bindery.proof import link_check
from bindery.proof.link_check import Answer, Checked, Limits, check_links, is_public, refused, retry_after

TODAY = datetime.date(2026, 11, 24)
HERE = At("manuscript/01.md", 7)
PUBLIC = "93.184.215.14"
BRISK = Limits(interval=0.0, back_off=0.01, connect=2.0, read=2.0, total=2.0, budget=8.0)


@dataclass
class Say:
    """What a page answers: a status, headers, and a body written piece by piece."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Iterator[bytes] = field(default_factory=lambda: iter(()))


@dataclass(frozen=True)
class Seen:
    """A request as the server saw it, with the times (monotonic, in seconds) between which it was busy with it."""

    method: str
    host: str
    path: str
    headers: dict[str, str]
    start: float
    end: float


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # so that a connection could be kept
    server: _Server

    def do_HEAD(self) -> None:
        start = time.monotonic()
        time.sleep(self.server.web.pause)
        say = self.server.web.next_for(self.command, self.path)
        # Written down before the answer: once that is sent, the test may go on, and look.
        self.server.web.seen.append(
            Seen(self.command, self.headers["Host"], self.path, dict(self.headers), start, time.monotonic())
        )
        if isinstance(say, Say):
            # Not send_response, which would add Server and Date of its own: the pages say all there is.
            self.send_response_only(say.status)
            for name, value in say.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in say.body if self.command == "GET" else ():
                self.wfile.write(piece)
        else:
            say(self)
            self.close_connection = True

    do_GET = do_HEAD  # noqa: N815 (http.server's name)

    def log_message(self, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    web: Web

    def handle_error(self, *args: Any) -> None:
        """The check hangs up on pages that do not end; that is no fault of the server's."""


class _Wire(httpx.AsyncBaseTransport):
    """Carries every request to the loopback server, and notes for which address it was meant."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.inner = link_check.plain_transport(web.trust)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.web.called.append(request.url.host)
        assert is_public(request.url.host), f"a connection to {request.url.host} was tried"
        if request.url.host in self.web.unreachable:
            raise httpx.ConnectError("no route")
        request.url = request.url.copy_with(host="127.0.0.1", port=self.web.ports[request.url.scheme])
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


Page = Say | Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """The pages of all hosts by "path", or "METHOD path"; of several answers each is given once and the last for ever."""

    book: Path
    ports: dict[str, int] = field(default_factory=dict)
    pages: dict[str, list[Page]] = field(default_factory=dict)
    names: dict[str, Sequence[str] | Exception] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    trust: ssl.SSLContext = field(default_factory=lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))  # trusts nobody
    pause: float = 0.0
    seen: list[Seen] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    lookups: list[str] = field(default_factory=list)

    def next_for(self, method: str, path: str) -> Page:
        answers = self.pages.get(f"{method} {path}") or self.pages.get(path) or [Say(404)]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def resolve(self, host: str) -> Sequence[str]:
        self.lookups.append(host)
        found = self.names.get(host, [PUBLIC])
        if isinstance(found, Exception):
            raise found
        return found

    @property
    def cache(self) -> Path:
        return self.book / link_check.NAME

    @property
    def asked(self) -> list[str]:
        return [f"{seen.method} {seen.path}" for seen in self.seen]

    def check(self, *urls: str, today: datetime.date = TODAY, limits: Limits = BRISK) -> Checked:
        return check_links(
            {url: [HERE] for url in urls},
            self.cache,
            today=today,
            limits=limits,
            resolve=self.resolve,
            transport=lambda: _Wire(self),
        )

    def answer(self, url: str, limits: Limits = BRISK) -> Answer:
        (answer,) = self.check(url, limits=limits).answers
        return answer


@contextlib.contextmanager
def served(web: Web, scheme: str, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.web = web
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    web.ports[scheme] = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.002})
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    web = Web(tmp_path)
    with served(web, "http"):
        yield web


# What an answer means


def test_a_page_that_is_there(web: Web) -> None:
    web.pages["/a"] = [Say(200)]
    checked = web.check("http://book.test/a")
    assert checked.answers == (Answer("http://book.test/a", 200, "ok", "2026-11-24"),)
    assert checked.problems == checked.notes == ()
    assert web.asked == ["HEAD /a"]
    assert checked.summary == "1 links: 1 ok, 0 moved, 0 broken, 0 unknown, 0 not checked; 1 asked in this run"


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_is_a_fault_wherever_it_is_linked(web: Web, status: int) -> None:
    web.pages["/a"] = [Say(status)]
    places = {"http://book.test/a": [At("01.md", 3)], "http://book.test/a#part": [At("02.md", 5), At("02.md", 9)]}
    checked = check_links(places, web.cache, today=TODAY, limits=BRISK, resolve=web.resolve, transport=lambda: _Wire(web))
    message = f"http://book.test/a answers {status}; expected a page that is there (dead-external-link)"
    assert [str(problem) for problem in checked.problems] == [f"01.md:3: {message}", f"02.md:5: {message}", f"02.md:9: {message}"]
    assert web.asked == ["HEAD /a", "GET /a"], "links that differ in their fragment alone are one question"


@pytest.mark.parametrize("status", [400, 401, 403, 429, 451, 500, 503, 999])
def test_an_answer_that_says_nothing_of_the_page_is_no_fault(web: Web, status: int) -> None:
    web.pages["/a"] = [Say(status)]
    checked = web.check("http://book.test/a")
    assert checked.answers[0].verdict == "unknown"
    assert checked.answers[0].status == status
    assert checked.problems == ()
    assert [(note.at, note.check) for note in checked.notes] == [(HERE, "unsure-link")]


@pytest.mark.parametrize("status", [403, 404, 405, 500, 501])
def test_get_has_the_last_word_where_head_is_refused(web: Web, status: int) -> None:
    web.pages |= {"HEAD /a": [Say(status)], "GET /a": [Say(200)]}
    assert web.answer("http://book.test/a").verdict == "ok"
    assert web.asked == ["HEAD /a", "GET /a"]


def test_a_server_in_trouble_is_asked_again(web: Web) -> None:
    web.pages["/a"] = [Say(500), Say(502), Say(500), Say(200)]
    assert web.answer("http://book.test/a").verdict == "ok"
    assert web.asked == ["HEAD /a", "GET /a", "GET /a", "GET /a"]


def test_a_server_in_lasting_trouble_is_given_up(web: Web) -> None:
    web.pages["/a"] = [Say(503)]
    web.answer("http://book.test/a")
    assert web.asked == ["HEAD /a", "GET /a", "GET /a"]


@pytest.mark.parametrize("status", [501, 505])
def test_a_server_that_cannot_is_not_asked_again(web: Web, status: int) -> None:
    web.pages["/a"] = [Say(status)]
    web.answer("http://book.test/a")
    assert web.asked == ["HEAD /a", "GET /a"]


def test_retries_back_off(web: Web) -> None:
    web.pages["/a"] = [Say(503)]
    web.answer("http://book.test/a", Limits(interval=0.0, back_off=0.1))
    first, second, third = web.seen
    assert second.start - first.end >= 0.1
    assert third.start - second.end >= 0.2


def test_words_that_are_not_http(web: Web) -> None:
    def mumble(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"220 mail.book.test ESMTP\r\n")

    web.pages["/a"] = [mumble]
    assert web.answer("http://book.test/a").detail == "answers in broken HTTP"


# Patience


def test_retry_after_in_seconds_is_obeyed(web: Web) -> None:
    web.pages["/a"] = [Say(429, {"Retry-After": "1"}), Say(200)]
    assert web.answer("http://book.test/a").verdict == "ok"
    assert web.seen[1].start - web.seen[0].end >= 1.0


def test_retry_after_as_a_date_is_obeyed_by_the_servers_own_clock(web: Web) -> None:
    clock = {"Date": "Fri, 01 Jan 1999 00:00:00 GMT", "Retry-After": "Fri, 01 Jan 1999 00:00:01 GMT"}
    web.pages["/a"] = [Say(503, clock), Say(200)]
    assert web.answer("http://book.test/a").verdict == "ok"
    assert web.seen[1].start - web.seen[0].end >= 1.0


def test_a_host_that_wants_more_patience_than_we_have_is_left_alone(web: Web) -> None:
    web.pages |= {"/a": [Say(429, {"Retry-After": "61"})], "/b": [Say(200)]}
    checked = web.check("http://book.test/a", "http://book.test/b")
    assert [answer.verdict for answer in checked.answers] == ["unknown", "unknown"]
    assert checked.answers[1].detail == "is at a host that asks for patience (429)"
    assert web.asked == ["HEAD /a"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Tue, 24 Nov 2026 10:00:30 GMT", 30.0),
        ("Tuesday, 24-Nov-26 10:00:30 GMT", 30.0),
        ("Tue Nov 24 10:00:30 2026", 30.0),
        ("Tue, 24 Nov 2026 09:00:00 GMT", 0.0),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("soon", None),
        ("Tue, 99 Nov 2026 10:00:30 GMT", None),
        ("", None),
        ("9" * 5000, float("inf")),
    ],
)
def test_retry_after_is_read_in_all_its_forms(value: str, seconds: float | None) -> None:
    headers = httpx.Headers([(b"Date", b"Tue, 24 Nov 2026 10:00:00 GMT"), (b"Retry-After", value.encode("utf-8"))])
    assert retry_after(headers) == seconds


def test_a_retry_after_date_without_a_clock_is_not_understood() -> None:
    assert retry_after(httpx.Headers({"Retry-After": "Tue, 24 Nov 2026 10:00:30 GMT"})) is None


# Politeness


def test_one_host_is_never_asked_two_things_at_once(web: Web) -> None:
    web.pages["/end"] = [Say(200)]
    for n in range(4):
        web.pages[f"/{n}"] = [Say(302, {"Location": "http://b.test/end"})]
    web.pause = 0.02
    limits = Limits(interval=0.05)
    checked = web.check(*(f"http://{host}.test/{n}" for host in "abc" for n in range(4)), limits=limits)
    assert {answer.verdict for answer in checked.answers} == {"ok"}
    by_host = defaultdict(list)
    for seen in sorted(web.seen, key=lambda seen: seen.start):
        by_host[seen.host].append(seen)
    assert [len(by_host[f"{host}.test"]) for host in "abc"] == [4, 16, 4]
    for requests in by_host.values():
        assert all(later.start - earlier.end >= limits.interval for earlier, later in itertools.pairwise(requests))
    assert _most_at_once(web.seen) > 1, "hosts do not wait for each other"


def test_no_more_requests_at_once_than_allowed(web: Web) -> None:
    web.pages["/"] = [Say(200)]
    web.pause = 0.03
    web.check(*(f"http://host{n}.test/" for n in range(12)), limits=Limits(at_once=3))
    assert len(web.seen) == 12
    assert _most_at_once(web.seen) == 3


def _most_at_once(seen: Sequence[Seen]) -> int:
    return max(sum(other.start <= one.start < other.end for other in seen) for one in seen)


def test_it_says_who_it_is_and_brings_nothing_along(web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine book.test login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    cookie = {"Set-Cookie": "id=1; Path=/"}
    web.pages |= {"/a": [Say(302, cookie | {"Location": "/b"})], "/b": [Say(200, cookie)]}
    assert web.answer("http://book.test/a").verdict == "ok"
    assert web.asked == ["HEAD /a", "HEAD /b"]
    for seen in web.seen:
        assert seen.headers["User-Agent"] == "bindery-link-check/0.1"
        assert seen.headers["Host"] == "book.test"
        assert not {"Cookie", "Authorization", "Referer"} & set(seen.headers)


# Redirects


@pytest.mark.parametrize("status", [301, 308])
def test_a_page_that_has_moved_for_good_is_noted_with_its_new_address(web: Web, status: int) -> None:
    web.pages |= {"/old": [Say(status, {"Location": "/new#part"})], "/new": [Say(200)]}
    checked = web.check("http://book.test/old")
    assert checked.answers == (Answer("http://book.test/old", status, "moved", "2026-11-24", location="http://book.test/new"),)
    assert checked.problems == ()
    note = "http://book.test/old has moved for good; expected http://book.test/new (moved-link)"
    assert [str(note) for note in checked.notes] == [f"manuscript/01.md:7: {note}"]


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_passing_redirect_is_no_news(web: Web, status: int) -> None:
    web.pages |= {"/a": [Say(status, {"Location": "/b"})], "/b": [Say(301, {"Location": "/c"})], "/c": [Say(200)]}
    assert web.answer("http://book.test/a").verdict == "ok"


def test_a_page_has_moved_only_as_far_as_redirects_are_permanent(web: Web) -> None:
    web.pages |= {"/a": [Say(301, {"Location": "/b"})], "/b": [Say(302, {"Location": "/c"})], "/c": [Say(200)]}
    assert web.answer("http://book.test/a").location == "http://book.test/b"


def test_a_page_that_has_moved_into_nothing_is_gone(web: Web) -> None:
    web.pages["/a"] = [Say(301, {"Location": "/nowhere"})]
    answer = web.answer("http://book.test/a")
    assert (answer.verdict, answer.status) == ("broken", 404)
    assert answer.detail == "redirects to http://book.test/nowhere, which answers 404; expected a page that is there"


def test_redirects_end_somewhere(web: Web) -> None:
    web.pages |= {"/a": [Say(302, {"Location": "/b"})], "/b": [Say(302, {"Location": "/a"})]}
    answer = web.answer("http://book.test/a")
    assert (answer.verdict, answer.detail) == ("unknown", "redirects more than 5 times")
    assert len(web.seen) == 6


@pytest.mark.parametrize("hops", [5, 6])
def test_five_redirects_are_followed_and_six_are_not(web: Web, hops: int) -> None:
    web.pages[f"/{hops}"] = [Say(200)]
    for n in range(hops):
        web.pages[f"/{n}"] = [Say(302, {"Location": f"/{n + 1}"})]
    assert web.answer("http://book.test/0").verdict == ("ok" if hops == 5 else "unknown")


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "//127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/",
        "http://inside.test/",
        "http://book.test:8080/",
        "http://me:secret@book.test/b",
        "file:///etc/passwd",
        "ftp://book.test/",
        "javascript:alert(1)",
        "http://a b/",
        "http://[::1",
        "http://book.test/" + "x" * 2000,
    ],
)
def test_a_redirect_is_looked_at_as_closely_as_a_link(web: Web, location: str) -> None:
    web.names["inside.test"] = ["10.0.0.1"]
    web.pages |= {"/a": [Say(302, {"Location": location})], "/b": [Say(200)]}
    answer = web.answer("http://book.test/a")
    assert answer.verdict == "unknown"
    assert answer.detail.startswith("redirects to ")
    assert "secret" not in answer.detail
    assert web.called == [PUBLIC], "only the first page was asked for"


# Bodies and clocks


def test_of_an_endless_page_nothing_is_read(web: Web) -> None:
    sent = []

    def endless() -> Iterator[bytes]:
        while True:
            sent.append(65536)
            yield b"x" * 65536

    web.pages |= {"HEAD /a": [Say(405)], "GET /a": [Say(200, body=endless())]}
    began = time.monotonic()
    assert web.answer("http://book.test/a").verdict == "ok"
    assert time.monotonic() - began < 1
    assert sum(sent) < 32 * 2**20, "what the system's buffers hold, and no more"


@pytest.mark.parametrize("piece", [b"X-More: x\r\n", b"x"])
def test_a_page_that_drips_is_cut_off(web: Web, piece: bytes) -> None:
    """Each byte comes in good time, so that no wait for a single one is too long: only the total is."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            time.sleep(0.02)
            handler.wfile.write(piece)

    web.pages["/a"] = [drip]
    began = time.monotonic()
    answer = web.answer("http://book.test/a", Limits(interval=0, retries=1, back_off=0.0, read=1.0, total=0.2))
    assert (answer.verdict, answer.detail) == ("unknown", "did not answer in time")
    assert 0.4 <= time.monotonic() - began < 1.5, "twice the total: one retry"


def test_headers_without_end_are_cut_off(web: Web) -> None:
    def headers(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            handler.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")

    web.pages["/a"] = [headers]
    assert web.answer("http://book.test/a").verdict == "unknown"


def test_a_page_that_says_nothing_is_asked_again_and_given_up(web: Web) -> None:
    web.pages["/a"] = [lambda handler: time.sleep(0.3)]
    answer = web.answer("http://book.test/a", Limits(interval=0, back_off=0.0, read=0.1))
    assert (answer.verdict, answer.status, answer.detail) == ("unknown", 0, "did not answer in time")
    assert web.called == [PUBLIC] * 3


def test_the_whole_check_has_a_budget(web: Web) -> None:
    web.pages |= {"/0": [Say(200)], "/1": [Say(200)], "/2": [Say(200)]}
    web.pause = 0.2
    began = time.monotonic()
    checked = web.check(*(f"http://book.test/{n}" for n in range(3)), limits=Limits(interval=0.0, budget=0.3))
    assert time.monotonic() - began < 1
    assert [answer.verdict for answer in checked.answers] == ["ok", "not-checked", "not-checked"]
    assert checked.problems == ()
    assert [note.check for note in checked.notes] == ["unchecked-link"] * 2
    assert list(json.loads(web.cache.read_text())) == ["http://book.test/0"]


def test_an_error_of_our_own_does_not_pass_for_a_link_that_was_not_reached(web: Web) -> None:
    web.names["book.test"] = KeyError("a mistake")
    with pytest.raises(KeyError, match="a mistake"):
        web.check("http://book.test/")


# Names and addresses


@pytest.mark.parametrize("errno", [socket.EAI_NONAME, socket.EAI_NODATA])
def test_a_host_that_does_not_exist_is_a_fault(web: Web, errno: int) -> None:
    web.names["gone.test"] = socket.gaierror(errno, "no such name")
    checked = web.check("http://gone.test/a", "http://gone.test/b")
    assert [answer.verdict for answer in checked.answers] == ["broken", "broken"]
    assert len(checked.problems) == 2
    assert web.lookups == ["gone.test"], "what is true of the host is found out once"
    assert web.called == []


def test_a_name_too_long_to_be_one_does_not_exist(web: Web) -> None:
    web.names["a" * 64 + ".test"] = UnicodeError("label too long")
    assert web.answer(f"http://{'a' * 64}.test/").verdict == "broken"


def test_being_offline_says_nothing_about_a_link_and_is_not_remembered(web: Web) -> None:
    web.names["book.test"] = socket.gaierror(socket.EAI_AGAIN, "try again")
    answer = web.answer("http://book.test/")
    assert (answer.verdict, answer.detail) == ("unknown", "is at a host that could not be looked up")
    assert not web.cache.exists()


def test_a_host_that_takes_no_connection_is_no_fault(web: Web) -> None:
    web.unreachable = {PUBLIC}
    checked = web.check("http://book.test/a", "http://book.test/b")
    assert {(answer.verdict, answer.detail) for answer in checked.answers} == {
        ("unknown", "is at a host that takes no connection")
    }
    assert len(web.called) == 3, "one try and two retries, for the host and not for each page"


def test_the_next_address_is_tried_where_one_cannot_be_reached(web: Web) -> None:
    web.names["book.test"] = ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", PUBLIC]
    web.unreachable = {"2606:2800:21f:cb07:6820:80da:af6b:8b2c"}
    web.pages["/"] = [Say(200)]
    assert web.answer("http://book.test/").verdict == "ok"
    assert web.called == ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", PUBLIC]


def test_a_name_is_looked_up_once_so_that_its_address_cannot_change_under_us(web: Web) -> None:
    """DNS rebinding: the first look-up gives a public address, to be let in, and the next a private one, to be connected to."""
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])

    def rebinding(host: str) -> Sequence[str]:
        web.lookups.append(host)
        return next(answers)

    web.pages |= {"/a": [Say(302, {"Location": "/b"})], "HEAD /b": [Say(405)], "GET /b": [Say(200)]}
    checked = check_links(
        {"http://book.test/a": [HERE]}, web.cache, today=TODAY, limits=BRISK, resolve=rebinding, transport=lambda: _Wire(web)
    )
    assert checked.answers[0].verdict == "ok"
    assert web.lookups == ["book.test"]
    assert web.called == [PUBLIC] * 3


@pytest.mark.parametrize("addresses", [["10.0.0.1"], [PUBLIC, "127.0.0.1"], ["64:ff9b::a9fe:a9fe"], ["fe80::1%eth0"]])
def test_a_name_that_leads_inside_is_never_asked(web: Web, addresses: Sequence[str]) -> None:
    web.names["inside.test"] = addresses
    answer = web.answer("http://inside.test/")
    assert (answer.verdict, answer.detail) == ("unknown", "leads to an address that is not public")
    assert web.called == []


PRIVATE_V4 = (
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
)


def _wrappings(address: str) -> list[str]:
    """An IPv4 address, and the IPv6 addresses that lead to it: mapped, compatible, NAT64, NAT64 of the own network, 6to4."""
    number = int(ipaddress.IPv4Address(address))
    wrapped = [0xFFFF << 32 | number, number, 0x64FF9B << 96 | number, 0x64FF9B0001 << 80 | number, 0x2002 << 112 | number << 80]
    return [address, *(str(ipaddress.IPv6Address(ip)) for ip in wrapped)]


@pytest.mark.parametrize("address", PRIVATE_V4)
def test_a_private_address_is_not_public_in_any_wrapping(address: str) -> None:
    assert [wrapped for wrapped in _wrappings(address) if is_public(wrapped)] == []


@pytest.mark.parametrize(
    "address",
    [
        "2606:2800:21f::1%eth0",
        "::",
        "::1",
        "fc00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "100::1",
    ],
)
def test_a_private_ipv6_address_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_a_public_address_is_public() -> None:
    mapped, _, nat64, _, six_to_four = _wrappings(PUBLIC)[1:]
    assert all(map(is_public, [PUBLIC, mapped, nat64, six_to_four, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1./",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0X7F.0.0.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://0/",
        "http://a.1.0x/",
        "http://127。0。0。1/",
        "http://１２７.0.0.1/",
        "http://127%2e0%2e0%2e1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1%25eth0]/",
        "http://localhost/",
        "HTTP://LOCALHOST./",
        "http://a.localhost/",
        "http://me@book.test/",
        "http://me:secret@book.test/",
        "http://book.test\\@127.0.0.1/",
        "http:///a",
        "http:book.test",
        "http://[::1",
        "http://a b/",
        "http://a\nb/",
    ],
)
def test_a_link_that_no_reader_could_follow_is_a_fault_and_is_not_asked_for(web: Web, url: str) -> None:
    checked = web.check(url)
    assert [problem.check for problem in checked.problems] == ["dead-external-link"]
    assert "expected" in checked.problems[0].message
    assert "secret" not in str(checked.problems[0])
    assert web.lookups == web.called == []
    assert not web.cache.exists()


@pytest.mark.parametrize("url", ["http://book.test:8080/", "https://book.test:22/", "ftp://book.test/", "mailto:me@book.test"])
def test_a_link_that_is_none_of_our_business_is_not_asked_for(web: Web, url: str) -> None:
    checked = web.check(url)
    assert checked.problems == ()
    assert [note.check for note in checked.notes] == ["unchecked-link"]
    assert web.lookups == web.called == []


@pytest.mark.parametrize(
    "url", ["http://book.test:80/", "https://book.test:443/", "https://bücher.test/ä?ö#ü", f"http://{PUBLIC}/"]
)
def test_an_honest_link_is_not_refused(url: str) -> None:
    assert refused(url) is None


def test_the_systems_own_look_up_lets_no_disguise_through() -> None:
    """The rule on spellings aside: what the system makes of such a number is an address, and the address is looked at."""
    for disguise in ("2130706433", "0x7f.1", "127.1"):
        assert link_check.looked_up(disguise) == ["127.0.0.1"]
    with pytest.raises(link_check._NotPublicError):
        link_check._all_public(link_check.looked_up("2130706433"))


# TLS


def test_certificates_are_checked_for_the_host_and_not_for_its_address(web: Web) -> None:
    authority = trustme.CA()
    web.trust = ssl.create_default_context()
    authority.configure_trust(web.trust)
    contexts = {name: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for name in ("a.test", "b.test")}
    for name, context in contexts.items():
        authority.issue_cert(name).configure_cert(context)
    asked_for = []

    def choose(connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        asked_for.append(name)
        connection.context = contexts.get(name or "", contexts["a.test"])

    front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    front.sni_callback = choose
    authority.issue_cert("a.test").configure_cert(front)
    web.pages["/"] = [Say(200)]
    with served(web, "https", front):
        one_by_one = Limits(at_once=1, interval=0.0)
        checked = web.check("https://a.test/", "https://b.test./", "https://c.test/", limits=one_by_one)
    assert [answer.verdict for answer in checked.answers] == ["ok", "ok", "unknown"]
    assert checked.answers[2].detail == "is at a host whose certificate is not valid"
    assert sorted(asked_for, key=str) == ["a.test", "b.test", "c.test"], "one address, but a connection for each host"
    assert sorted(seen.host for seen in web.seen) == ["a.test", "b.test."]


# links.json


def test_answers_are_remembered_in_order_and_in_one_line_each(web: Web) -> None:
    web.pages |= {"/ü": [Say(200)], "/old": [Say(301, {"Location": "/%C3%BC"})], "/%C3%BC": [Say(200)], "/no": [Say(403)]}
    web.check("http://book.test/ü", "http://book.test/old", "http://book.test/no", "http://book.test/gone")
    assert web.cache.read_text(encoding="utf-8") == (
        "{\n"
        '  "http://book.test/gone": {"date": "2026-11-24", "status": 404, "verdict": "broken", '
        '"detail": "answers 404; expected a page that is there"},\n'
        '  "http://book.test/no": {"date": "2026-11-24", "status": 403, "verdict": "unknown", "detail": "answers 403"},\n'
        '  "http://book.test/old": {"date": "2026-11-24", "status": 301, "verdict": "moved", "location": "http://book.test/%C3%BC"},\n'
        '  "http://book.test/ü": {"date": "2026-11-24", "status": 200, "verdict": "ok"}\n'
        "}\n"
    )
    assert [path.name for path in web.book.iterdir()] == ["links.json"], "nothing is left lying about"


@pytest.mark.parametrize(
    ("page", "days", "again"),
    [
        (Say(200), 30, False),
        (Say(200), 31, True),
        (Say(301, {"Location": "/b"}), 30, False),
        (Say(301, {"Location": "/b"}), 31, True),
        (Say(403), 7, False),
        (Say(403), 8, True),
        (Say(404), 0, True),
        (Say(200), -1, True),
    ],
)
def test_an_answer_is_believed_for_its_time(web: Web, page: Say, days: int, again: bool) -> None:
    web.pages |= {"/a": [page], "/b": [Say(200)]}
    first = web.check("http://book.test/a")
    before = web.cache.read_bytes(), len(web.seen)
    second = web.check("http://book.test/a", today=TODAY + datetime.timedelta(days))
    assert (len(web.seen) > before[1]) == again == bool(second.asked)
    assert (second.problems, [note.check for note in second.notes]) == (first.problems, [note.check for note in first.notes])
    if not again:
        assert web.cache.read_bytes() == before[0]
        assert second.answers == first.answers


def test_a_run_that_learns_nothing_leaves_the_file_alone(web: Web) -> None:
    web.pages |= {"/a": [Say(200)]}
    web.check("http://book.test/a", "http://book.test/gone")
    before = web.cache.stat()
    web.check("http://book.test/gone", "http://book.test/a")
    assert (web.cache.stat().st_ino, web.cache.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_links_that_the_book_no_longer_has_are_forgotten(web: Web) -> None:
    web.pages |= {"/a": [Say(200)], "/b": [Say(200)]}
    web.check("http://book.test/a", "http://book.test/b")
    web.check("http://book.test/b")
    assert list(json.loads(web.cache.read_text())) == ["http://book.test/b"]
    web.check()
    assert web.cache.read_text() == "{}\n"


def test_where_no_server_was_reached_the_older_answer_stays(web: Web) -> None:
    web.pages["/a"] = [Say(200)]
    web.check("http://book.test/a")
    before = web.cache.read_bytes()
    web.unreachable = {PUBLIC}
    later = web.check("http://book.test/a", today=TODAY + datetime.timedelta(40))
    assert later.answers[0].verdict == "unknown"
    assert web.cache.read_bytes() == before


def test_a_book_without_links_needs_no_file(web: Web) -> None:
    assert web.check().answers == ()
    assert not web.cache.exists()


@pytest.mark.parametrize(
    "text",
    [
        '<<<<<<< HEAD\n{"http://a.test/": {}}',
        "[]",
        '{"http://a.test/": {"date": "yesterday", "status": 200, "verdict": "ok"}}',
        '{"http://a.test/": {"date": "2026-11-24", "status": 200, "verdict": "fine"}}',
        '{"http://a.test/": {"date": "2026-11-24", "status": 200, "verdict": "ok", "more": 1}}',
        "",
    ],
)
def test_a_file_that_cannot_be_read_is_a_fault_and_is_kept(web: Web, text: str) -> None:
    web.cache.write_text(text)
    with pytest.raises(Faulty, match=r"^links\.json:0: cannot be read: .*expected .* \(links-file\)$"):
        web.check("http://book.test/a")
    assert web.cache.read_text() == text
    assert web.called == []


def test_progress_is_told(web: Web) -> None:
    told = []
    web.pages["/a"] = [Say(200)]
    check_links(
        {"http://a.test/a": [HERE], "http://b.test/a": [HERE], "http://127.0.0.1/": [HERE]},
        web.cache,
        today=TODAY,
        limits=BRISK,
        resolve=web.resolve,
        transport=lambda: _Wire(web),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]
