"""A finished EPUB opened: its members, its documents parsed, and the fair copy that it should say the same as."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from bindery.edition.fair_copy import FairCopy
from bindery.problem import At

MAX_TOTAL = 500_000_000  # bytes once unpacked; beyond it the file is a bomb
X = "{http://www.w3.org/1999/xhtml}"
OPS = "{http://www.idpf.org/2007/ops}"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class Broken(Exception):
    """The file cannot be read far enough to be checked."""


@dataclass(frozen=True)
class Opened:
    """An EPUB as it was read: members by name, documents parsed, the package, and the fair copy it should say the same as."""

    name: str
    members: dict[str, bytes]
    infos: tuple[zipfile.ZipInfo, ...]
    opf_path: str
    opf: etree._Element
    documents: dict[str, etree._Element]
    spine: tuple[str, ...]
    nav: str
    copy: FairCopy | None

    def at(self, member: str, line: int | None = 0) -> At:
        return At(f"{self.name}!{member}", line or 0)

    def items(self) -> Iterator[etree._Element]:
        return self.opf.iter(f"{OPF}item")

    def path(self, href: str, *, base: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(href)))


def open_epub(data: bytes, name: str, copy: FairCopy | None) -> Opened:
    """An EPUB read from its bytes. Raises :class:`Broken`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = tuple(archive.infolist())
            if sum(info.file_size for info in infos) > MAX_TOTAL:
                raise Broken(f"unpacks to more than {MAX_TOTAL:,} bytes")
            members = {info.filename: archive.read(info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Broken(f"is no whole zip file: {error}") from None
    container = _parsed(members, "META-INF/container.xml")
    rootfile = container.find(".//{*}rootfile")
    opf_path = "" if rootfile is None else rootfile.get("full-path", "")
    opf = _parsed(members, opf_path)
    hrefs = {
        item.get("id"): posixpath.normpath(posixpath.join(posixpath.dirname(opf_path), item.get("href", "")))
        for item in opf.iter(f"{OPF}item")
    }
    documents = {
        path: _parsed(members, path)
        for item in opf.iter(f"{OPF}item")
        if item.get("media-type") == "application/xhtml+xml" and (path := hrefs[item.get("id")]) in members
    }
    spine = tuple(hrefs.get(ref.get("idref"), "") for ref in opf.iter(f"{OPF}itemref"))
    nav = next((hrefs[item.get("id")] for item in opf.iter(f"{OPF}item") if "nav" in item.get("properties", "").split()), "")
    return Opened(name, members, infos, opf_path, opf, documents, spine, nav, copy)


def _parsed(members: dict[str, bytes], path: str) -> etree._Element:
    if path not in members:
        raise Broken(f"has no member '{path}'")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(members[path], parser)
    except etree.XMLSyntaxError as error:
        raise Broken(f"its member '{path}' is not well-formed: {error}") from None


def text_of(element: etree._Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())
