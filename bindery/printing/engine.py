"""The mends of the layout engine: faults of WeasyPrint 70.0 that would misprint a book, put right before it lays one out.

A mend replaces a few characters in the source of one function of the engine. It is made for that very source and knows it by
its digest: on any other version, or on a 70.0 that a distributor has changed, `mend` refuses rather than guess. Whether the
faults stay mended in a particular book is not taken on trust either: `bindery.printing.ledger` and `bindery.printing.layout_audit`
look at every page.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import weasyprint  # type: ignore[import-untyped]

VERSION = "70.0"

_MARK = "__mended_by_bindery__"


class EngineError(RuntimeError):
    """The installed layout engine is not the one the mends were made for. The message says what to do."""


@dataclass(frozen=True)
class Mend:
    """One fault of the engine and its cure.

    `module` and `function` (dotted if it is a method) say where the fault is, `digest` is the SHA-256 of the function's source
    with its indentation taken off, `was` the faulty piece, which must stand there exactly once, and `becomes` what replaces it.
    """

    name: str
    fault: str
    module: str
    function: str
    digest: str
    was: str
    becomes: str


MENDS: tuple[Mend, ...] = (
    Mend(
        name="note-area-overflows-itself",
        # The bottom of the note area and the bottom of its last note are the same sum, added up in a different order; for some
        # sizes they differ in the last bit of the float, and the note counts as not fitting. The engine has a tolerant comparison
        # for just this purpose, and uses it everywhere but here.
        fault="Whether the notes overflow their own area is asked of two floats without tolerance. With unlucky sizes of type, leading, "
        "padding and margin the answer is yes for an area that grew to fit: every page takes one note, and the others go to "
        "the pages after it.",
        module="weasyprint.layout",
        function="LayoutContext._update_footnote_area",
        digest="0fcc68f3897d5ef0d681d0c7105373ebcea7a030729ce1981a7b2734f32962b5",
        was="overflow = last_child_bottom > footnote_area_bottom\n",
        becomes="overflow = self.overflows(footnote_area_bottom, last_child_bottom)\n",
    ),
    Mend(
        name="notes-sent-away-for-a-line",
        # The notes sent away may belong to any line of the page. If the paragraph is then given up after all, they stay
        # sent away: their calls are on this page, and they on the next one, or on none, or on both. CSS lets an engine move a note
        # whose policy is `auto`, but a press never wants it: a note stands on the page of its call.
        fault="When a line does not fit, and breaking before it would leave too few lines at the foot of the page, notes already set on this "
        "page are sent to the next one to make room, whatever their footnote-policy. Notes are misplaced, printed twice or lost.",
        module="weasyprint.layout.block",
        function="_linebox_layout",
        digest="e07bbe000974787ee370be1f419a01a21b327a1a1e3025a65afd47589060883d",
        was="report = not context.in_column and can_break_now and not could_break_before\n",
        becomes="report = False\n",
    ),
    Mend(
        name="line-cut-at-hanging-space",
        # Pango lets the space at the end of a line hang over the measure and so reports one line; the engine counts the space
        # in the line's width, takes the line for too long, and looks for the break that Pango did not make: it finds the first.
        # The whole run is kept, with its space, as the engine does everywhere else that a space hangs: the caller
        # (`split_inline_box`) allows for the space of the last run on the line, and breaks before whatever comes next.
        # A run of nothing but spaces is left to the engine: it is not a line.
        # A no-break space Pango lets hang as well, though something follows that it holds on to. With a word joiner after it, it does not.
        fault="A run of text that ends in a space, before emphasis, a link, a note or an index mark, and fits the line but for that space, is cut "
        "after its first word: a line of one word, with a ragged end, in the middle of a justified paragraph.",
        module="weasyprint.text.line_break",
        function="split_first_line",
        digest="39ad1016863ca34de0bea4c9fcffb46da7e27813c87dd82b7011bfa19fe5504f",
        was="    # Step #3: Try to put the first word of the second line on the first line\n",
        becomes="""\
    if resume_index is None and space_collapse and text.endswith(' ') and text.strip(' '):
        fitted = create_layout(
            text.rstrip(' '), style, context, max_width, justification_spacing)
        fitted_line, fitted_resume = fitted.get_first_line()
        if fitted_resume is None and line_size(fitted_line, style)[0] <= max_width:
            return first_line_metrics(
                first_line, text, layout, resume_index, space_collapse, style)
    elif resume_index is None and text.endswith('\u00a0'):
        layout = create_layout(text + '\u2060', style, context, max_width, justification_spacing)
        first_line, resume_index = layout.get_first_line()
        first_line_width, _ = line_size(first_line, style)

    # Step #3: Try to put the first word of the second line on the first line
""",
    ),
    Mend(
        name="line-beside-float-overjustified",
        # The engine asks a second time how much room the line has, now with the line's true width; but it asks before it has taken
        # the trailing space off the width that it asks with. The answer is then the room below the float, and the line is
        # stretched to that, while it stays beside the float.
        fault="A line beside a float, such as a drop cap, that fits but for the space at its end, is justified to the full measure: it "
        "reaches out of the type area by the width of the float.",
        module="weasyprint.layout.inline",
        function="get_next_linebox",
        digest="67af458c2545e74f0803072103c6c5d392d5e353dfdaa4f5bac5a96e20ed024d",
        was="        remove_last_whitespace(context, line)\n",
        becomes="        remove_last_whitespace(context, line)\n        linebox.width = line.width\n",
    ),
    Mend(
        name="notes-of-a-kept-page-forgotten",
        # Before each round of layout all notes are put back on the list of those still to be set; setting a page takes its notes off.
        # A page that is kept from the round before is not set again, so its notes must be taken off without that.
        fault="When page numbers that the text prints make the engine lay out some pages again, the notes of the pages that it keeps count as not "
        "printed. If a table runs on from a kept page to a new one, the note in its head is printed on both.",
        module="weasyprint.layout.page",
        function="make_all_pages",
        digest="b5e4034894841caa9581fa5d33338c71a7d8948be65618d358ab4b946f367edb",
        was="            reported_footnotes = None\n            yield pages[i]\n",
        becomes="""\
            reported_footnotes = None
            _, footnote_area, _ = pages[i].children
            printed = [note.element for note in footnote_area.children]
            context.footnotes = [
                note for note in context.footnotes if note.element not in printed]
            yield pages[i]
""",
    ),
    Mend(
        name="break-taken-for-forced",
        # What is handed over to the next page is the page name of the text that it goes on with, and a forced break, if there was one.
        # A name that changes is handed over with a break already.
        fault="On pages that have a name, every break counts as one that the stylesheet forces. The margin of a heading, table or quotation that "
        "such a page begins with is kept, and the page begins a line or two too low (CSS Fragmentation Level 3, 5.2).",
        module="weasyprint.layout.page",
        function="remake_page",
        digest="1ff09b2dffa17839c03aec1150866068066c43e76a5cace0ea298e68909c6d31",
        was="context.forced_break = (next_page['break'] != 'any' or next_page['page'])\n",
        becomes="context.forced_break = next_page['break'] != 'any'\n",
    ),
)


def mend(mends: Iterable[Mend] = MENDS) -> None:
    """Mend the engine in this process; a second call does nothing.

    Raises EngineError when the engine is not WeasyPrint 70.0 as it was published.
    """
    if weasyprint.__version__ != VERSION:
        raise EngineError(
            f"the press needs WeasyPrint {VERSION}, and {weasyprint.__version__} is installed: install the locked requirements, or, "
            f"to move to the new version, check each mend in {__name__} against it (tests/measure_engine.py counts what is left of the faults)"
        )
    for one in mends:
        _apply(one)


def is_mended(one: Mend) -> bool:
    """Whether this mend has been applied in this process."""
    return getattr(_function(one), _MARK, "") == one.name


def _apply(one: Mend) -> None:
    function = _function(one)
    if is_mended(one):
        return
    source = _source(one, function)
    mended = _compile(one, function, source.replace(one.was, one.becomes))
    setattr(mended, _MARK, one.name)
    # Other modules of the engine have taken the function by name: each must get the mended one.
    for module in [module for name, module in sorted(sys.modules.items()) if name.partition(".")[0] == "weasyprint"]:
        for name, value in list(vars(module).items()):
            if value is function:
                setattr(module, name, mended)
    owner, name = _owner(one)
    setattr(owner, name, mended)


def _owner(one: Mend) -> tuple[Any, str]:
    owner: Any = import_module(one.module)
    *classes, name = one.function.split(".")
    for class_name in classes:
        owner = getattr(owner, class_name)
    return owner, name


def _function(one: Mend) -> Callable[..., Any]:
    owner, name = _owner(one)
    function: Callable[..., Any] = getattr(owner, name)
    return function


def _source(one: Mend, function: Callable[..., Any]) -> str:
    """The function's source, once it is known to be what the mend was made for."""
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError) as error:
        raise EngineError(f"the source of {one.module}.{one.function} cannot be read ({error}): {_REINSTALL}") from error
    if hashlib.sha256(source.encode()).hexdigest() != one.digest or source.count(one.was) != 1:
        raise EngineError(f"{one.module}.{one.function} is not the one of WeasyPrint {VERSION} as published: {_REINSTALL}")
    return source


_REINSTALL = f"install weasyprint=={VERSION} from its wheel, with the locked requirements"


def _compile(one: Mend, function: Callable[..., Any], source: str) -> Callable[..., Any]:
    """Compile in the function's own module, with its own file and lines, so that a traceback still leads to the engine's source."""
    code = function.__code__
    scope: dict[str, Any] = {}
    exec(compile("\n" * (code.co_firstlineno - 1) + source, code.co_filename, "exec"), function.__globals__, scope)
    mended: Callable[..., Any] = scope[one.function.rpartition(".")[2]]
    return mended


def pango() -> str:
    """The version of the system's Pango, which breaks the lines."""
    from weasyprint.text.ffi import pango  # type: ignore[import-untyped]

    return str(pango.pango_version())
