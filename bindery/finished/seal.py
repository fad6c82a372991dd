"""The seal: a passport in a finished file, with a digest of all that is in it, so that a change is noticed.

It is no signature: who changes a file can seal it anew. Against that helps the list of digests that a release publishes (docs/passport.md).

- In an EPUB the passport is a file in META-INF: no reading system may fail at one there that it does not know (EPUB Reading Systems 3.3, 4.1.3).
  The digest is that of the list of all files, so that it does not matter how they are zipped.
- In a PDF it is a property of the XMP packet, which can be read whatever else is compressed (ISO 32000-1, 14.3.2). The digest is that of the file.

The digest is taken while noughts stand in its own place.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace

import pikepdf
from lxml import etree

from bindery.edition.passport import Passport
from bindery.edition.sources import list_digest
from bindery.edition.templates import Templates
from bindery.finished import opened_epub
from bindery.manuscript.book import HOUSE
from bindery.problem import At, Faulty, Problem

MEMBER = "META-INF/passport.json"
NAMESPACE = "https://bindery.invalid/passport/1/"  # a name, no address: nobody can own it (RFC 2606, section 2)
BLANK = "0" * 64

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
# What the XMP packet repeats of the older information dictionary: a reader believes the packet where there are both.
_INFORMATION = ("/Title", "/Author", "/Subject", "/Keywords", "/Creator", "/Producer", "/CreationDate", "/ModDate")
_MOST = 1_000_000  # bytes of a packet; beyond it, it is none of ours


@dataclass(frozen=True)
class Sealed:
    """A passport as it was found in a file; ``whole``: the file is as it was bound."""

    passport: Passport
    whole: bool


def sealed(data: bytes, passport: Passport) -> bytes:
    """A finished EPUB or PDF with its passport. Same arguments, same bytes."""
    return _sealed_epub(data, passport) if passport.format == "epub" else _sealed_pdf(data, passport)


def unseal(data: bytes, name: str) -> Sealed:
    """The passport of a file, and whether the file is as it was bound. Raises :class:`Faulty` for what has none, or is neither EPUB nor PDF."""
    kinds: dict[str, Callable[[bytes, str], Sealed]] = {"epub": _unseal_epub, "print": _unseal_pdf}
    kind = "epub" if data.startswith(b"PK") else "print" if b"%PDF-" in data[:1024] else ""
    if not kind:
        raise Faulty([Problem(At(name), "is neither an EPUB nor a PDF", "file-format")])
    return kinds[kind](data, name)


def _read(text: str | bytes | None, name: str) -> Passport:
    if text is None:
        raise Faulty([Problem(At(name), "has no passport; expected a file that the press bound", "no-passport")])
    try:
        return Passport.from_json(text)
    except ValueError as error:
        first = str(error).splitlines()[1:2] or [str(error)]
        message = f"its passport cannot be read: {' '.join(first).strip()}; expected one as docs/passport.md describes it"
        raise Faulty([Problem(At(name), message, "no-passport")]) from None


def _field(digest: str) -> bytes:
    """The digest as it stands in a passport."""
    return f'"content": "{digest}"'.encode()


def _filled(blank: bytes, digest: str) -> bytes:
    assert blank.count(_field(BLANK)) == 1, "the passport is there once, and not compressed"
    return blank.replace(_field(BLANK), _field(digest))


def _blanked(filled: bytes, digest: str) -> bytes:
    return filled.replace(_field(digest), _field(BLANK))


# --- EPUB ----------------------------------------------------------------------------------------------------------------------


def _sealed_epub(data: bytes, passport: Passport) -> bytes:
    finished = io.BytesIO(data)
    with zipfile.ZipFile(finished, "a") as container:
        infos = container.infolist()
        members = {info.filename: container.read(info) for info in infos}
        entry = zipfile.ZipInfo(MEMBER, infos[0].date_time)
        entry.create_system, entry.external_attr = infos[0].create_system, infos[0].external_attr
        blank = replace(passport, content=BLANK).to_json().encode()
        text = _filled(blank, list_digest({**members, MEMBER: blank}))
        container.writestr(entry, text, zipfile.ZIP_DEFLATED, compresslevel=9)
    return finished.getvalue()


def _unseal_epub(data: bytes, name: str) -> Sealed:
    try:
        book = opened_epub.open_epub(data, name, None)
    except opened_epub.Broken as broken:
        raise Faulty([Problem(At(name), str(broken), "container")]) from None
    passport = _read(book.members.get(MEMBER), name)
    members = {**book.members, MEMBER: _blanked(book.members[MEMBER], passport.content)}
    single = len(book.infos) == len(book.members)  # of two files of one name a reader may show the other
    return Sealed(passport, single and list_digest(members) == passport.content)


# --- PDF -----------------------------------------------------------------------------------------------------------------------


def _sealed_pdf(data: bytes, passport: Passport) -> bytes:
    blank = replace(passport, content=BLANK).to_json()
    finished = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        if "/Metadata" not in pdf.Root:
            with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as packet:
                packet.load_from_docinfo({key: pdf.docinfo[key] for key in _INFORMATION if key in pdf.docinfo})
        tree = etree.parse(io.BytesIO(pdf.Root.Metadata.read_bytes()))
        rdf = next(tree.iter(_RDF))
        rdf.extend(etree.fromstring(Templates(HOUSE).render("passport.xmp.j2", namespace=NAMESPACE, passport=blank)))
        pdf.Root.Metadata.write(etree.tostring(tree, encoding="utf-8"))
        pdf.save(finished, deterministic_id=True)
    drawn = finished.getvalue()
    return _filled(drawn, hashlib.sha256(drawn).hexdigest())


def _unseal_pdf(data: bytes, name: str) -> Sealed:
    passport = _read(_property(data, name), name)
    return Sealed(passport, hashlib.sha256(_blanked(data, passport.content)).hexdigest() == passport.content)


def _property(data: bytes, name: str) -> str | None:
    """The text of the passport in the XMP packet."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            packet = pdf.Root.get("/Metadata")
            xmp = packet.read_bytes() if isinstance(packet, pikepdf.Stream) else b""
    except (pikepdf.PdfError, ValueError, RuntimeError) as error:
        raise Faulty([Problem(At(name), f"cannot be opened: {error}", "pdf")]) from None
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        root = etree.fromstring(xmp[:_MOST], parser)
    except etree.XMLSyntaxError:
        return None
    return root.findtext(f".//{{{NAMESPACE}}}passport")
