"""What a language's readers expect: quotation marks, the form of dates, what stays together on a line."""

from __future__ import annotations

import re

# Outer marks, then inner ones. British English takes single marks first (New Hart's Rules, 9.2.1), as citeproc does for en-GB.
QUOTES = {
    "en": ("“", "”", "‘", "’"),
    "en-GB": ("‘", "’", "“", "”"),
    "de": ("„", "“", "‚", "‘"),
    "fr": ("«\u202f", "\u202f»", "“", "”"),
    "es": ("«", "»", "“", "”"),
    "it": ("«", "»", "“", "”"),
    "nl": ("‘", "’", "“", "”"),
    "pl": ("„", "”", "«", "»"),
    "pt": ("“", "”", "‘", "’"),
    "ru": ("«", "»", "„", "“"),
    "sv": ("”", "”", "’", "’"),
}
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# Signs of units that nothing else looks like; alternatives of a pattern.
UNITS = "[kMGT]?B|[KMGT]iB|[mk]g|[nmck]m|[kMG]?Hz|[kMG]W|kWh|ms|°C"
BOUND = re.compile(rf"(?<=\d) (?=(?:{UNITS}|%|(?:m|b|tr)illion|per cent)(?!\w))")


def quote_marks(language: str) -> tuple[str, str, str, str]:
    """The marks of a language (BCP 47), outer and inner; the English ones where none are known."""
    return QUOTES.get(language) or QUOTES.get(language.split("-")[0].lower()) or QUOTES["en"]


def quoted(text: str, language: str) -> str:
    left, right, _, _ = quote_marks(language)
    return f"{left}{text}{right}"


def bind_units(text: str) -> str:
    """Text in which a number and its unit are not parted at a line's end (The SI Brochure, 9th edition, 5.4.3)."""
    return BOUND.sub("\u00a0", text)


def long_date(date: str, language: str) -> str:
    """An ISO 8601 date, perhaps shortened, as a reader writes it: "14 February 2019" in English; elsewhere as it is."""
    parts = [int(part) for part in date.split("-")]
    if not language.startswith("en") or len(parts) == 1:
        return date
    month = MONTHS[parts[1] - 1]
    if len(parts) == 2:
        return f"{month} {parts[0]}"
    return f"{month} {parts[2]}, {parts[0]}" if language == "en-US" else f"{parts[2]} {month} {parts[0]}"
