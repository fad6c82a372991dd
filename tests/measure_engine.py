"""Counts the faults of the layout engine in made-up books, with and without its mends.

    python tests/measure_engine.py                  20 books, as the engine is and mended
    python tests/measure_engine.py 100 --first 500  other books

Each book has its own page, type, leading and note area, and mixes what books mix: notes dense and sparse, in text, lists, quotations and
tables, of one paragraph or several; emphasis, links, index marks, drop caps, headings, pictures, page references. Each is laid out
in a process of its own for each set of mends. What is counted is what `bindery.printing.ledger` and `bindery.printing.layout_audit` find, and besides
`early-break`: a justified line that could have held the first word of the next one.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bindery.printing import engine, forme, layout_audit, ledger, typeset
from bindery.printing.forme import Box, Forme

FONTS = files("fontpkg_eb_garamond") / "files"
PICTURE = "bindery:images/plan.svg"
RESOURCES = {
    "bindery:fonts/roman.ttf": (FONTS / "EBGaramond[wght].ttf").read_bytes(),
    "bindery:fonts/italic.ttf": (FONTS / "EBGaramond-Italic[wght].ttf").read_bytes(),
    PICTURE: b'<svg xmlns="http://www.w3.org/2000/svg" width="160" height="90"><rect width="160" height="90"/></svg>',
}

SHEET = Template("""
@font-face { font-family: Body; src: url("bindery:fonts/roman.ttf") }
@font-face { font-family: Body; font-style: italic; src: url("bindery:fonts/italic.ttf") }
@page {
  size: $page; margin: 54pt 54pt 66pt 63pt;
  @footnote { border-top: $rule solid; padding-top: $padding; margin-top: $gap }
  @left-middle { content: counter(page); visibility: hidden }
  @bottom-center { content: counter(page) }
}
html { font: 400 $size/$leading Body; hyphens: auto; hyphenate-limit-chars: 6 3 3 }
a { color: inherit; text-decoration: none }
p { margin: 0; text-align: justify; text-indent: 1.2em; orphans: 2; widows: 2 }
h1, h2 { font: 400 1.4em/$leading Body; margin: $leading 0; text-align: left; hyphens: none }
section { break-before: right }
blockquote { margin: $leading 2em; font-size: .9em }
aside { border: 1pt solid; padding: 6pt; margin: $leading 0; break-inside: avoid }
figure { margin: $leading 0; text-align: center; break-inside: avoid }
table { border-collapse: collapse; width: 100%; margin: $leading 0 }
td, th { border-bottom: .5pt solid; text-align: left; padding: 2pt 4pt; font-weight: 400 }
fn-note { float: footnote; footnote-policy: line; font: 400 $small/$tight Body; text-align: justify }
fn-note .p { display: block; text-indent: 1.2em }
fn-note::footnote-call { content: counter(footnote); vertical-align: baseline; font-feature-settings: "sups"; line-height: 0 }
fn-note::footnote-marker { content: counter(footnote) ". " }
.cap { float: left; font: 400 calc(3.6 * $size)/calc(3 * $leading) Body; margin-right: 3pt }
.toc a::after { content: leader(". ") target-counter(attr(href), page) }
.see::after { content: " (page " target-counter(attr(href), page) ")" }
""")

# Words of all lengths; none with a hyphen of its own.
WORDS = """a an and are as at but by for from had he her his in is it no not of on or she so that the their they this to was were with you
again against almost another archive because between brought carried certain chapter children company computer corpus counted danger
decision described different document evening everything example experiment generation government happened however imagination important
individual information instance investigation knowledge language laboratory learned letters library machine manuscript mathematics measure
memory morning nevertheless newspaper nothing notwithstanding observation operation paragraph parameters particular perhaps possibility
prediction probability published question reader remarkable replication representation researchers responsibility sentence sequence several
something staircase statistical straightforward sufficiently temperature thousand through together training transformation translation
uncertainty understanding universities unprecedented vocabulary weather whatever whether without""".split()


class Author:
    """Writes one made-up book; the same number, the same book."""

    def __init__(self, number: int) -> None:
        self.chance = random.Random(number)
        self.notes = self.marks = 0
        self.density = self.chance.choice((0.01, 0.03, 0.08))
        self.sections = self.chance.randint(2, 3)

    def sheet(self) -> str:
        size = self.chance.choice((9.5, 10, 10.5, 11, 11.3))
        small = round(size * self.chance.choice((0.8, 0.82, 0.85)), 2)
        return SHEET.substitute(
            page=self.chance.choice(("6in 9in", "5.5in 8.5in", "129mm 198mm", "5in 8in")),
            size=f"{size}pt",
            leading=f"{round(size * self.chance.choice((1.2, 1.27, 1.3, 1.35)), 2)}pt",
            small=f"{small}pt",
            tight=f"{round(small * self.chance.choice((1.2, 1.22, 1.25)), 2)}pt",
            rule=self.chance.choice(("0", ".4pt", ".5pt")),
            padding=self.chance.choice(("0", "3pt", "4pt", "4.5pt")),
            gap=self.chance.choice(("6pt", "7pt", "9.3pt", "14pt")),
        )

    def book(self) -> str:
        sections = [self.section(number) for number in range(self.sections)]
        entries = "".join(f'<li><a href="#s{number}">{self.words(3)}</a></li>' for number in range(self.sections))
        contents = f'<ul class="toc">{entries}</ul>' if self.chance.random() < 0.6 else ""
        return f'<html lang="en"><head><title>Book</title></head><body>{contents}{"".join(sections)}</body></html>'

    def section(self, number: int) -> str:
        blocks = [self.block() for _ in range(self.chance.randint(12, 26))]
        cap = f'<p><span class="cap">T</span>{self.run(120)}</p>' if self.chance.random() < 0.7 else ""
        return f'<section id="s{number}"><h1>{self.words(4)}</h1>{cap}{"".join(blocks)}</section>'

    def block(self) -> str:
        kind = self.chance.choices(("p", "h2", "list", "quote", "aside", "figure", "table"), (16, 2, 1, 2, 1, 1, 1))[0]
        if kind == "h2":
            return f"<h2>{self.words(4)}{self.note() if self.chance.random() < 0.1 else ''}</h2><p>{self.run(60)}</p>"
        if kind == "list":
            return f"<ul>{''.join(f'<li>{self.run(30)}</li>' for _ in range(4))}</ul>"
        if kind == "quote":
            return f"<blockquote><p>{self.run(60)}</p></blockquote>"
        if kind == "aside":
            return f"<aside><p>{self.run(40)}</p><p>{self.run(40)}</p></aside>"
        if kind == "figure":
            return f'<figure><img src="{PICTURE}" alt=""><figcaption>{self.run(12)}</figcaption></figure>'
        if kind == "table":
            head = f"<tr><th>{self.words(1)}</th><th>{self.words(1)}{self.note()}</th></tr>"
            rows = "".join(f"<tr><td>{self.run(3)}</td><td>{self.run(5)}</td></tr>" for _ in range(self.chance.randint(4, 30)))
            return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
        return f"<p>{self.run(self.chance.randint(8, 160))}</p>"

    def run(self, length: int) -> str:
        """About so many words with what stands in a line; spaces inside and outside of the marks, as authors leave them."""
        done: list[str] = []
        while length > 0:
            some = self.chance.randint(1, 5)
            length -= some
            text = self.words(some)
            kind = self.chance.choices(
                ("", "em", "a", "mark", "see", "br", "pic", "span", "b"), (40, 9, 4, 4, 1, 0.4, 0.4, 2, 2)
            )[0]
            text = {
                "em": f"<em>{text}</em>",
                "b": f"<b>{text} </b>",
                "a": f'<a href="https://example.org/">{text}</a>',
                "mark": f'{text} <span id="{self.mark()}"></span>{self.words(1)}',
                "see": f'<a class="see" href="#s{self.chance.randrange(self.sections)}">{text}</a>',
                "br": f"{text}<br>",
                "pic": f'{text} <img src="{PICTURE}" alt="" style="height:.6em">',
                "span": f"<span>{text} <i>{self.words(2)} </i></span>",
            }.get(kind, text)
            done.append(text + (self.note() if self.chance.random() < self.density * some else ""))
        return " ".join(done) + "."

    def note(self) -> str:
        self.notes += 1
        first = self.words(self.chance.choice((3, 8, 20, 45)))
        emphasis = f" <em>{self.words(3)}</em> {self.words(6)}" if self.chance.random() < 0.5 else ""
        more = f'<span class="p">{self.words(15)}</span>' if self.chance.random() < 0.15 else ""
        return f'<fn-note id="n{self.notes}"><span class="p0">{first}{emphasis}</span>{more}</fn-note>'

    def mark(self) -> str:
        self.marks += 1
        return f"m{self.marks}"

    def words(self, count: int) -> str:
        return " ".join(self.chance.choices(WORDS, k=count))


def early_breaks(pages: Forme) -> Iterator[str]:
    """Justified lines that leave more room than the first word of the next line needs."""
    from weasyprint.text.line_break import create_layout, line_size  # type: ignore[import-untyped]

    for page in pages.pages:
        for block in (box for box in forme.walk(page) if forme.holds_lines(box)):
            for line, following in pairwise(child for child in block.children if forme.is_line(child)):
                if line.style["text_align_all"] != "justify":
                    continue
                texts = [box for box in forme.walk(line) if forme.is_text(box) and box.text]
                after = next(
                    (box for box in forme.walk(following) if forme.is_atom(box) or (forme.is_text(box) and box.text.strip())),
                    None,
                )
                if after is None or not texts or forme.is_atom(after) or " " not in after.text.strip():
                    continue
                slack = sum(box.justification_spacing * (box.text.count(" ") + box.text.count("\xa0")) for box in texts)
                # A space goes before the word, unless the line ends in a hyphen or a mark; counting it always errs on the safe side.
                layout = create_layout(" " + after.text.split()[0], after.style, None, None, 0)
                needed = line_size(layout.get_first_line()[0], after.style)[0]
                if slack > needed + 0.5:
                    yield f"{forme.text_of(line)} | {after.text.split()[0]} ({slack:.1f} > {needed:.1f})"


def lines(pages: Forme) -> Iterator[Box]:
    return (box for page in pages.pages for box in forme.walk(page) if forme.is_line(box))


def measure(first: int, count: int, mends: tuple[engine.Mend, ...], *, show: bool) -> dict[str, int]:
    """Lay out so many books in this process with these mends."""
    apply = engine.mend
    engine.mend = lambda: apply(mends)  # type: ignore[assignment, misc]
    tally: Counter[str] = Counter()
    for number in range(first, first + count):
        author = Author(number)
        sheet, book = author.sheet(), author.book()
        layout = typeset.lay_out(book, stylesheets=[sheet], resources=RESOURCES)
        found = [*ledger.keep(layout.forme), *layout_audit.look_over(layout.forme), *layout.problems]
        early = list(early_breaks(layout.forme))
        tally.update(problem.check for problem in set(found))
        tally.update(
            {
                "early-break": len(early),
                "notes": author.notes,
                "pages": len(layout.pages),
                "lines": sum(1 for _ in lines(layout.forme)),
            }
        )
        if show:
            for text in [*map(str, sorted(set(found))), *(f"early-break: {one}" for one in early)]:
                print(f"  book {number}: {text}", file=sys.stderr)
    return dict(tally)


def child(first: int, count: int, mends: str, show: bool) -> dict[str, int]:
    command = [sys.executable, __file__, str(count), "--first", str(first), "--mends", mends, *(["--show"] if show else [])]
    answer: dict[str, int] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=20, help="how many books")
    parser.add_argument("--first", type=int, default=0, help="the number of the first book")
    parser.add_argument(
        "--mends", help="only this set, as JSON: letters of the mends a, b, c in the order of engine.MENDS; '-' for none"
    )
    parser.add_argument("--show", action="store_true", help="print every fault")
    asked: Any = parser.parse_args()
    if asked.mends:
        mends = tuple(one for letter, one in zip("abcdefgh", engine.MENDS, strict=False) if letter in asked.mends)
        print(json.dumps(measure(asked.first, asked.count, mends, show=asked.show)))
        return
    everything = "abcdefgh"[: len(engine.MENDS)]
    tallies = {
        name: child(asked.first, asked.count, mends, asked.show)
        for name, mends in {"as it is": "-", "mended": everything}.items()
    }
    for what in sorted({key for tally in tallies.values() for key in tally}):
        print(f"{what:18}", *(f"{name}: {tally.get(what, 0):6}" for name, tally in tallies.items()), sep="   ")


if __name__ == "__main__":
    main()
