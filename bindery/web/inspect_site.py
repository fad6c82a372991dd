"""The gate of the finished site: every address in it leads somewhere in it, nothing is fetched from elsewhere, no page is heavy."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

import tinycss2  # type: ignore[import-untyped]
from lxml import etree

from bindery.epub.page_breaks import XHTML
from bindery.problem import At, Problem

HEAVIEST = 100_000  # bytes of a page before its pictures

# Elements that fetch what they name by themselves, and the attributes by which they name it. A link that a reader follows may lead elsewhere.
FETCHED = {"img": "src", "script": "src", "link": "href", "source": "src", "iframe": "src", "form": "action"}


def inspect_site(files: Mapping[str, bytes], foreign: str = "files/") -> list[Problem]:
    """All that is wrong with a site, given by its files; those below ``foreign`` are handed out as they are, and not looked into."""
    roots = {path: etree.fromstring(data) for path, data in files.items() if _is_page(path, foreign)}
    ids = {path: Counter(str(value) for value in root.xpath("//@id")) for path, root in roots.items()}
    problems: list[Problem] = []
    for path, root in roots.items():
        twice = sorted(name for name, count in ids[path].items() if count > 1)
        problems += [Problem(At(path), f"has the id '{name}' more than once; expected it once", "id") for name in twice]
        if len(files[path]) > HEAVIEST:
            message = f"weighs {len(files[path])} bytes; expected no more than {HEAVIEST}: divide the chapter"
            problems.append(Problem(At(path), message, "page-weight"))
        for address, fetched in _addresses(root):
            if fault := _fault(path, address, files, ids, fetched=fetched):
                problems.append(Problem(At(path), f"'{address}' {fault}", "link"))
    for path in (path for path in files if path.endswith(".css")):
        for address in _of_sheet(files[path].decode()):
            if fault := _fault(path, address, files, ids, fetched=True):
                problems.append(Problem(At(path), f"'{address}' {fault}", "link"))
    return problems


def _is_page(path: str, foreign: str) -> bool:
    return path.endswith(".html") and not path.startswith(foreign)


def _addresses(root: etree._Element) -> Iterator[tuple[str, bool]]:
    for element in root.iter(f"{XHTML}*"):
        name = etree.QName(element).localname
        if name in FETCHED and (address := element.get(FETCHED[name])) is not None:
            yield address, True
        elif name == "a" and (address := element.get("href")) is not None:
            yield address, False


def _of_sheet(text: str) -> Iterator[str]:
    def walk(tokens: object) -> Iterator[str]:
        for token in tokens or ():  # type: ignore[attr-defined]
            if token.type == "url":
                yield token.value
            elif token.type == "function" and token.lower_name == "url":
                yield from (inner.value for inner in token.arguments if inner.type == "string")
            yield from walk(getattr(token, "content", None) or getattr(token, "arguments", None))
            yield from walk(getattr(token, "prelude", None))

    yield from walk(tinycss2.parse_stylesheet(text))


def _fault(path: str, address: str, files: Mapping[str, bytes], ids: Mapping[str, Counter[str]], *, fetched: bool) -> str:
    """What is wrong with an address that stands in a file; empty if nothing is."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return "is fetched from elsewhere; expected a file of the site" if fetched else ""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path))) if parts.path else path
    if target not in files:
        return "leads to no file of the site"
    fragment = unquote(parts.fragment)
    if fragment and fragment not in ids.get(target, {}):
        return f"leads to no id of {target}"
    return ""
