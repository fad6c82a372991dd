"""The QR code of the colophon: modules as runs of a picture that a template draws."""

from __future__ import annotations

import re
from collections.abc import Iterable

import segno
from lxml import etree

from bindery.edition.passport import Passport
from bindery.edition.templates import Templates

# Its name among the pictures of a book, whose own are all in images/.
NAME = "qr-code.svg"
MEDIA_TYPE = "image/svg+xml"

# The side of a module in millimetres: four dots of a printer of 254 dpi, well above what telephones need; and the light around the code, in
# modules (ISO/IEC 18004, 6.3.8).
MODULE = 0.4
QUIET = 4


def is_shown(roots: Iterable[etree._Element], source: str) -> bool:
    """Whether a picture of the code is in one of these documents, by its source there: a book may have a colophon of its own, or none."""
    return any(image.get("src") == source for root in roots for image in root.iter("{*}img"))


def qr_code(passport: Passport, website: str, templates: Templates) -> bytes:
    """The picture, as SVG: black on white, without a grey or a colour. It can be read while at least 85 % of it can be seen (level M)."""
    code = segno.make(passport.address(website), error="m", micro=False, encoding="utf-8")
    rows = [bytes(row) for row in code.matrix]
    runs = [(run.start(), y, len(run[0])) for y, row in enumerate(rows) for run in re.finditer(rb"\x01+", row)]
    side = len(rows) + 2 * QUIET
    return templates.render("qr-code.svg.j2", side=side, size=round(side * MODULE, 1), quiet=QUIET, runs=runs).encode()
