"""The link check behind ``check --online``: asks every web address in the book whether it is still there.

It is run by hand or by night, never by a build, and it is careful in three ways. It is *polite*: each host is asked one thing
at a time, with a pause between, and a host that asks for patience gets it. It *remembers*: answers are kept in ``links.json``
beside the book and committed with it, so that a good link is asked for once in thirty days. And it *cannot be led astray*: a
manuscript, or a server that redirects, may name any address it likes, but only public addresses are ever connected to.

What an answer means (RFC 9110, section 15): 2xx is there; 404 and 410 are gone; anything else says something about the server,
the network, or what the server thinks of a program that asks, and is no verdict on the link. Only what is certainly gone is a
fault.
"""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import json
import re
import socket
import ssl
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urldefrag

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bindery.problem import At, Faulty, Problem

NAME = "links.json"
USER_AGENT = "bindery-link-check/0.1"

Verdict = Literal["ok", "moved", "broken", "unknown", "not-checked"]

# How long an answer is believed, in days. What is broken is asked again in every run: the author is mending it.
TRUSTED: Mapping[Verdict, int] = {"ok": 30, "moved": 30, "unknown": 7}

Resolver = Callable[[str], Sequence[str]]
Progress = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    """The progress of a run that nobody watches."""


@dataclass(frozen=True)
class Answer:
    """What is known of one web address.

    ``status`` is the HTTP status that decided (0: there was none), ``date`` the ISO date on which it was asked ("" if it was
    not), ``location`` the new address if it has moved for good, and ``detail`` says why, for all but ``ok`` and ``moved``.
    """

    url: str
    status: int
    verdict: Verdict
    date: str
    location: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Checked:
    """The outcome of a run: faults, which fail it; notes, which are printed and do not fail it; and all answers, by address."""

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    answers: tuple[Answer, ...]
    asked: int

    @property
    def summary(self) -> str:
        count = Counter(answer.verdict for answer in self.answers)
        verdicts = ", ".join(f"{count[verdict]} {verdict.replace('-', ' ')}" for verdict in get_args(Verdict))
        return f"{len(self.answers)} links: {verdicts}; {self.asked} asked in this run"


@dataclass(frozen=True)
class Limits:
    """How far the check goes. All times are in seconds."""

    at_once: int = 8
    interval: float = 1.0
    connect: float = 10.0
    read: float = 10.0
    total: float = 20.0  # one request, from the look-up of the name to the last header
    retries: int = 2
    back_off: float = 2.0  # before the first retry; doubled for each further one
    patience: float = 60.0  # the longest Retry-After that is waited for
    redirects: int = 5
    budget: float = 300.0  # the whole run


def check_links(
    links: Mapping[str, Sequence[At]],
    cache: Path,
    *,
    today: datetime.date,
    limits: Limits | None = None,
    resolve: Resolver | None = None,
    transport: Callable[[], httpx.AsyncBaseTransport] | None = None,
    progress: Progress | None = None,
) -> Checked:
    """Ask for every address of which ``cache`` holds no fresh answer, and bring ``cache`` up to date.

    ``links`` gives, for each address, the places where it stands. ``resolve`` finds the IP addresses of a host name, and
    ``transport`` makes what carries a request to one of them; both are there for tests. ``progress`` is told how many are done,
    and of how many.

    Raises ``Faulty`` if the cache cannot be read: two branches may have been merged by halves.
    """
    places = _places_of_pages(links)
    known = read_answers(cache)
    answers = dict(_answers_without_asking(places, known, today))
    due = [url for url in places if url not in answers]
    if due:
        asker = _Asker(limits or Limits(), resolve or looked_up, transport or plain_transport, progress or _silent)
        found = asyncio.run(asker.answers(due, today.isoformat()))
        _write(cache, known | {url: answer for url, answer in found.items() if _worth_keeping(answer)}, keep=places)
        answers |= found
        answers |= {url: _not_reached(url) for url in due if url not in found}
        asked = len(found)
    else:
        _write(cache, known, keep=places)
        asked = 0
    return _checked([answers[url] for url in sorted(places)], places, asked)


def _places_of_pages(links: Mapping[str, Sequence[At]]) -> dict[str, list[At]]:
    """A fragment is never sent, so all links into one page are one question."""
    places: defaultdict[str, list[At]] = defaultdict(list)
    for url in sorted(links):
        places[urldefrag(url).url].extend(links[url])
    return places


def _answers_without_asking(
    urls: Iterable[str], known: Mapping[str, Answer], today: datetime.date
) -> Iterator[tuple[str, Answer]]:
    for url in urls:
        if refusal := refused(url):
            yield url, Answer(url, 0, refusal.verdict, "", detail=refusal.why)
        elif url in known and _fresh(known[url], today):
            yield url, known[url]


def _fresh(answer: Answer, today: datetime.date) -> bool:
    """An answer from the future is not believed: some clock was wrong."""
    age = (today - datetime.date.fromisoformat(answer.date)).days
    return 0 <= age <= TRUSTED.get(answer.verdict, -1)


def _worth_keeping(answer: Answer) -> bool:
    """Where no server was reached nothing was learnt, least of all for seven days: this machine may have been offline."""
    return answer.status > 0 or answer.verdict == "broken"


def _not_reached(url: str) -> Answer:
    return Answer(url, 0, "not-checked", "", detail="the time for the whole check was used up before its turn came")


def _checked(answers: Sequence[Answer], places: Mapping[str, Sequence[At]], asked: int) -> Checked:
    problems, notes = [], []
    for answer in answers:
        for at in places[answer.url]:
            match answer.verdict:
                case "broken":
                    problems.append(Problem(at, f"{_shown(answer.url)} {answer.detail}", "dead-external-link"))
                case "moved":
                    notes.append(Problem(at, f"{answer.url} has moved for good; expected {answer.location}", "moved-link"))
                case "unknown":
                    notes.append(Problem(at, f"{answer.url} {answer.detail}; look yourself (asked {answer.date})", "unsure-link"))
                case "not-checked":
                    notes.append(Problem(at, f"{_shown(answer.url)} was not checked: {answer.detail}", "unchecked-link"))
    return Checked(tuple(sorted(set(problems))), tuple(sorted(set(notes))), tuple(answers), asked)


def _shown(url: str) -> str:
    """The address as a message may show it: logs are read by more people than manuscripts, so a password stays out of them."""
    return re.sub(r"^(\w+:)?//[^/?#]*@", r"\1//…@", url)


# What may be asked for


@dataclass(frozen=True)
class Refusal:
    """Why an address is not asked for: ``broken`` if no reader could follow it either, else ``not-checked``."""

    verdict: Verdict
    why: str


def refused(url: str) -> Refusal | None:
    """Say why an address must not be asked for, as far as its own text shows; None if it may be.

    An IPv4 address counts only as four decimal numbers. Its other spellings (``2130706433``, ``0x7f.1``, ``127.1``) hide where
    they lead; a browser takes any host that ends in a number for one (url.spec.whatwg.org/#ends-in-a-number-checker, as of
    whatwg/url at ab0e820, read 2026-11-25).
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return Refusal("broken", "is not an address; expected something like https://example.org/page")
    if parsed.scheme not in ("http", "https"):
        return Refusal("not-checked", "only http and https addresses are asked for")
    if parsed.userinfo:
        return Refusal("broken", "carries a user name or password; expected an address without one")
    host = _host(parsed)
    if not host:
        return Refusal("broken", "names no host; expected something like https://example.org/page")
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        if re.fullmatch(r"\d+|0x[0-9a-f]*", host.rpartition(".")[2]):
            return Refusal("broken", "writes an IP address in a disguised form; expected a host name, or four decimal numbers")
        if "%" in host:
            return Refusal("broken", "names no host; expected something like https://example.org/page")
        if host == "localhost" or host.endswith(".localhost"):
            return Refusal("broken", "leads to the reader's own computer; expected a public address")
    else:
        if not is_public(str(literal)):
            return Refusal("broken", "leads to an address that is not public; expected one that every reader can reach")
    if parsed.port not in (None, 80, 443):
        return Refusal("not-checked", f"only ports 80 and 443 are asked, not {parsed.port}")
    return None


# Python's own table (ipaddress.is_global) is IANA's special-purpose registry as it stood when that Python was made. These ranges
# are not for readers either, and some Python that we support calls them global.
_NEVER_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.88.99.0/24",  # the former 6to4 relays (RFC 7526)
            "168.63.129.16/32",  # public in form, but inside an Azure machine (so on GitHub's runners) it is the machine's keeper
            "3fff::/20",  # for examples in books (RFC 9637)
        ),
    )
)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that IANA has given out of IPv6
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody can reach; an IPv4 address inside an IPv6 one is looked at for itself."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF) if ip in _NAT64 else None)
        if inner is not None:
            return is_public(str(inner))
        if ip not in _GLOBAL_UNICAST or ip.scope_id is not None:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NEVER_PUBLIC)


def looked_up(host: str) -> list[str]:
    """The addresses of a host name, in the order in which this machine would try them. Raises ``socket.gaierror``."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _host(url: httpx.URL) -> str:
    """The host as it is looked up: in ASCII, lower case, without the dot that may end a full name."""
    return url.raw_host.decode("ascii").rstrip(".")


class _LookupError(Exception):
    """A host name gave no address to ask."""


class _NoSuchHostError(_LookupError):
    """The name does not exist."""


class _NoWordError(_LookupError):
    """Nobody could say whether the name exists: this machine may be offline."""


class _NotPublicError(_LookupError):
    """The name leads to an address that must not be asked."""


class PinnedTransport(httpx.AsyncBaseTransport):
    """Carries each request to an IP address that was looked up once and found public, and to no other.

    The connection is opened to the number, not the name, so no second look-up can give another answer ("DNS rebinding"). The Host
    header still names the host, and so does the TLS handshake, where the certificate is checked against it (httpcore's extension
    ``sni_hostname``).
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, resolve: Resolver) -> None:
        self._inner = inner
        self._resolve = resolve
        self._addresses: dict[str, tuple[str, ...]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = _host(request.url)
        *others, last = await self._public_addresses(host)
        for address in others:
            try:
                return await self._inner.handle_async_request(_pinned(request, host, address))
            except httpx.ConnectError:
                continue  # this machine may have no IPv6, or the host's may be down
        return await self._inner.handle_async_request(_pinned(request, host, last))

    async def _public_addresses(self, host: str) -> tuple[str, ...]:
        if host not in self._addresses:
            # A look-up that hangs holds its thread until the system gives it up (resolv.conf: 30 s at most), not the check.
            self._addresses[host] = _all_public(await asyncio.to_thread(self._looked_up, host))
        return self._addresses[host]

    def _looked_up(self, host: str) -> Sequence[str]:
        try:
            return self._resolve(host)
        except socket.gaierror as error:
            if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
                raise _NoSuchHostError from error
            raise _NoWordError from error
        except UnicodeError as error:  # a part of the name is empty, or longer than 63 characters
            raise _NoSuchHostError from error

    async def aclose(self) -> None:
        await self._inner.aclose()


def _all_public(addresses: Sequence[str]) -> tuple[str, ...]:
    """One private address among public ones is no accident: then none is used."""
    if not addresses:
        raise _NoSuchHostError
    if not all(map(is_public, addresses)):
        raise _NotPublicError
    return tuple(addresses)


def _pinned(request: httpx.Request, host: str, address: str) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        extensions={**request.extensions, "sni_hostname": host},
    )


def plain_transport(verify: ssl.SSLContext | bool = True) -> httpx.AsyncBaseTransport:
    """What carries a request over the network: no proxy, and each connection for one request."""
    # No connection is kept: they are pooled by address, and one address may serve several hosts, each with its own certificate.
    return httpx.AsyncHTTPTransport(
        verify=verify, trust_env=False, limits=httpx.Limits(max_connections=None, max_keepalive_connections=0)
    )


# Asking


@dataclass(frozen=True)
class _Reply:
    """What came back for one request: a status, or 0 if there was none; ``fault`` says what is wrong if the status does not."""

    status: int
    location: str = ""
    retry_after: float | None = None
    fault: str = ""
    dead: bool = False  # there is nobody to answer, and there will not be
    of_host: bool = False  # true of every page of this host
    passing: bool = False  # may be different in a moment

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def redirects(self) -> bool:
        return self.status in (301, 302, 303, 307, 308) and bool(self.location)

    @property
    def permanent(self) -> bool:
        return self.status in (301, 308)

    @property
    def verdict(self) -> Verdict:
        if self.good:
            return "ok"
        return "broken" if self.dead or self.status in (404, 410) else "unknown"

    @property
    def detail(self) -> str:
        if self.good:
            return ""
        expected = "; expected a page that is there" if self.verdict == "broken" else ""
        return self.fault or f"answers {self.status}{expected}"


@dataclass
class _Host:
    """A host's queue. Who has the turn may ask once the event loop's clock shows ``free_at``.

    ``closed`` holds, for http or https, the answer that goes for all pages, so that none needs to ask any more.
    """

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    closed: dict[str, _Reply] = field(default_factory=dict)


class _Asker:
    """Asks for many addresses at once, but for one at a time of each host."""

    def __init__(
        self, limits: Limits, resolve: Resolver, transport: Callable[[], httpx.AsyncBaseTransport], progress: Progress
    ) -> None:
        self._limits = limits
        self._resolve = resolve
        self._transport = transport
        self._progress = progress
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)
        self._slots = asyncio.Semaphore(limits.at_once)

    async def answers(self, urls: Sequence[str], date: str) -> dict[str, Answer]:
        """Ask for all of them; those for which the time did not suffice are missing from what is returned."""
        found: dict[str, Answer] = {}

        async def ask(url: str) -> None:
            found[url] = await self._answer(url, date)
            self._progress(len(found), len(urls))

        async with PinnedTransport(self._transport(), self._resolve) as self._pinned:
            tasks = [asyncio.create_task(ask(url)) for url in urls]
            done, late = await asyncio.wait(tasks, timeout=self._limits.budget)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            for task in done:
                task.result()  # an error in here is ours, and must not pass for an address that was not reached
        return found

    async def _answer(self, url: str, date: str) -> Answer:
        """Follow an address to its end. It has moved for good as far as permanent redirects lead from it without a break."""
        start = here = httpx.URL(url)
        moved_to, moved_status, lasting = "", 0, True
        for _ in range(self._limits.redirects + 1):
            reply = await self._ask(here)
            if not reply.redirects:
                if reply.good and moved_to:
                    return Answer(url, moved_status, "moved", date, location=moved_to)
                where = f"redirects to {here}, which " if here != start and reply.detail else ""
                return Answer(url, reply.status, reply.verdict, date, detail=where + reply.detail)
            target = _target(here, reply.location)
            if isinstance(target, str):
                return Answer(url, reply.status, "unknown", date, detail=target)
            lasting = lasting and reply.permanent
            if lasting:
                moved_to, moved_status = str(target), moved_status or reply.status
            here = target
        return Answer(url, reply.status, "unknown", date, detail=f"redirects more than {self._limits.redirects} times")

    async def _ask(self, url: httpx.URL) -> _Reply:
        """Wait for the host's turn and ask. What is true of the whole host is found out once."""
        host = self._hosts[_host(url)]
        async with host.turn:
            if url.scheme in host.closed:
                return host.closed[url.scheme]
            reply = await self._ask_until_sure(url, host)
            if reply.of_host:
                host.closed[url.scheme] = reply
            return reply

    async def _ask_until_sure(self, url: httpx.URL, host: _Host) -> _Reply:
        """Ask with HEAD, which costs least; but servers refuse it or get it wrong, so only GET can say that a page is gone."""
        method, retries = "HEAD", 0
        while True:
            reply = await self._request(method, url, host)
            if method == "HEAD" and reply.status >= 400 and reply.status not in (429, 503):
                method = "GET"
                continue
            pause = self._limits.back_off * 2**retries if reply.retry_after is None else reply.retry_after
            if not reply.passing or retries == self._limits.retries or pause > self._limits.patience:
                return reply
            await asyncio.sleep(pause)
            method, retries = "GET", retries + 1

    async def _request(self, method: str, url: httpx.URL, host: _Host) -> _Reply:
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, host.free_at - clock()))
        async with self._slots:
            try:
                async with asyncio.timeout(self._limits.total):
                    response = await self._pinned.handle_async_request(self._bare_request(method, url))
                    await response.aclose()  # of the body nothing is read: an endless one, or a bomb, costs nothing
                    return _read_reply(response)
            except (TimeoutError, httpx.TransportError, _LookupError) as error:
                return _no_reply(error)
            finally:
                host.free_at = clock() + self._limits.interval

    def _bare_request(self, method: str, url: httpx.URL) -> httpx.Request:
        """A request with no memory and no papers.

        It is handed to the transport, not to an ``httpx.Client``: that would keep cookies and read .netrc, and it follows every
        Location far enough to stumble over a bad one, even if told to follow none (httpx 0.28.1).
        """
        timeout = httpx.Timeout(self._limits.read, connect=self._limits.connect)
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*"}
        return httpx.Request(method, url, headers=headers, extensions={"timeout": timeout.as_dict()})


def _read_reply(response: httpx.Response) -> _Reply:
    status = response.status_code
    return _Reply(
        status,
        location=response.headers.get("Location", ""),
        retry_after=retry_after(response.headers),
        passing=status == 429 or (500 <= status < 600 and status not in (501, 505)),
        of_host=status == 429,
        fault="is at a host that asks for patience (429)" if status == 429 else "",
    )


def _no_reply(error: Exception) -> _Reply:
    match error:
        case _NoSuchHostError():
            return _Reply(0, fault="is at a host that does not exist; expected a host that does", dead=True, of_host=True)
        case _NoWordError():
            return _Reply(0, fault="is at a host that could not be looked up", of_host=True)
        case _NotPublicError():
            return _Reply(0, fault="leads to an address that is not public", of_host=True)
        case httpx.ConnectTimeout():
            return _Reply(0, fault="is at a host that does not answer", of_host=True, passing=True)
        case httpx.ConnectError() if _is_about_the_certificate(error):
            return _Reply(0, fault="is at a host whose certificate is not valid", of_host=True)
        case httpx.ConnectError():
            return _Reply(0, fault="is at a host that takes no connection", of_host=True, passing=True)
        case TimeoutError() | httpx.TimeoutException():
            return _Reply(0, fault="did not answer in time", passing=True)
        case _:
            return _Reply(0, fault="answers in broken HTTP", passing=True)


def _is_about_the_certificate(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def _target(here: httpx.URL, location: str) -> httpx.URL | str:
    """Where a redirect leads; or, if it must not be followed, why. It is looked at as closely as an address of the author's."""
    # The new address may end up in links.json and in a log, which a stranger shall not fill; no real page needs 2,000 characters.
    if len(location) > 2000:
        return "redirects to an address that is too long"
    try:
        target = here.join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError):
        return "redirects to something that is not an address"
    refusal = refused(str(target))
    return f"redirects to {_shown(str(target))}, which was not asked for: {refusal.why}" if refusal else target


def retry_after(headers: httpx.Headers) -> float | None:
    """The pause in seconds for which a server asks (RFC 9110, section 10.2.3: seconds, or a date); None if it does not.

    A date is counted from the server's own ``Date``, so that it does not matter whether its clock and ours agree.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    until, now = (_http_date(text) for text in (value, headers.get("Date", "")))
    return max(0.0, (until - now).total_seconds()) if until and now else None


def _http_date(text: str) -> datetime.datetime | None:
    try:
        return parsedate_to_datetime(text).replace(tzinfo=datetime.UTC)  # an HTTP date is always in GMT
    except (ValueError, TypeError, OverflowError):
        return None


# links.json: one line per address, in order, so that two branches that each checked a few links merge


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    date: datetime.date
    status: int
    verdict: Literal["ok", "moved", "broken", "unknown"]
    location: str = ""
    detail: str = ""


_ENTRIES = TypeAdapter(dict[str, _Entry])


def read_answers(cache: Path) -> dict[str, Answer]:
    """The answers that were kept, by address. Raises ``Faulty`` when the file cannot be read."""
    try:
        entries = _ENTRIES.validate_json(cache.read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "".join(f"{part}: " for part in first["loc"])
        what = f"cannot be read: {where}{first['msg']}; expected what the link check wrote, or no file at all"
        raise Faulty([Problem(At(cache.name), what, "links-file")]) from None
    return {
        url: Answer(url, entry.status, entry.verdict, entry.date.isoformat(), entry.location, entry.detail)
        for url, entry in entries.items()
    }


def _write(cache: Path, answers: Mapping[str, Answer], *, keep: Mapping[str, object]) -> None:
    """Write the answers for the addresses that the book still has; if they are what the file holds, leave it alone."""
    lines = [f"  {_json(url)}: {_json(_entry(answers[url]))}" for url in sorted(answers) if url in keep]
    text = "{\n" + ",\n".join(lines) + "\n}\n" if lines else "{}\n"
    before = cache.read_text(encoding="utf-8") if cache.exists() else "{}\n"
    if text != before:
        aside = cache.with_name(cache.name + ".new")
        aside.write_text(text, encoding="utf-8", newline="\n")
        aside.replace(cache)


def _entry(answer: Answer) -> dict[str, str | int]:
    entry: dict[str, str | int] = {"date": answer.date, "status": answer.status, "verdict": answer.verdict}
    return entry | {name: text for name, text in (("location", answer.location), ("detail", answer.detail)) if text}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
