"""A plate: a chart while it is drawn, as wide as the text of the page and measured in points."""

from __future__ import annotations

import io
import itertools
import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox, IdentityTransform

from bindery.edition.engraving.style import Style
from bindery.foundry.lettering import SVG
from bindery.nodes import Chart
from bindery.problem import Faulty, Problem

# The text of a page of 6 by 9 inches; on a narrower page, and on a screen, the whole plate is made smaller or larger.
WIDTH = 315.0
GAP = 4.0
LEADING = 1.2
# Between two things said on one line that are no sentence.
SPACE = "\u00a0\u00a0"
# Half the height of figures and capitals, in parts of their size: by so much the baseline is below the middle.
HALF = 0.33

# Which end of words stands at a place.
Side = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Plate:
    """A figure of matplotlib with its one field."""

    chart: Chart
    style: Style
    language: str
    figure: Figure
    axes: Axes
    renderer: RendererSVG
    letters: frozenset[str]

    @classmethod
    def of(cls, chart: Chart, style: Style, language: str, height: float) -> Plate:
        """A plate whose field is so many points high and as yet as wide as the whole."""
        figure = Figure(figsize=(WIDTH / 72, height / 72))
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.spines[:].set_visible(False)
        axes.patch.set_visible(False)
        axes.tick_params(length=0)
        letters = frozenset(map(chr, get_font(findfont(FontProperties())).get_charmap()))
        return cls(chart, style, language, figure, axes, RendererSVG(WIDTH, height, io.StringIO()), letters)  # type: ignore[no-untyped-call]

    @property
    def size(self) -> float:
        """How large words are."""
        return float(self.style["font.size"])

    @property
    def dot(self) -> float:
        """From the middle of a point to its rim."""
        return float(self.style["lines.markersize"]) / 2

    @property
    def height(self) -> float:
        return float(self.figure.get_size_inches()[1]) * 72

    def say(
        self, text: str, at: tuple[float, float], end: Side, shift: tuple[float, float] = (0.0, 0.0), **looks: Any
    ) -> Annotation:
        """Words with one end, or their middle, at a place in the field, their baseline at its height; ``shift`` points away from there."""
        looks = {"xycoords": "data", **looks}
        return self.axes.annotate(
            self.spelled(text), at, shift, textcoords="offset points", ha=end, va="baseline", annotation_clip=False, **looks
        )

    def beside(
        self, text: str, at: tuple[float, float], end: Side, shift: tuple[float, float] = (0.0, 0.0), **looks: Any
    ) -> Annotation:
        """Words whose figures and capitals have their middle at the height of a place."""
        return self.say(text, at, end, (shift[0], shift[1] - HALF * float(looks.get("size", self.size))), **looks)

    def spelled(self, text: str) -> str:
        """Words in letters that their face has; a space that it has not becomes a plain one. Raises :class:`Faulty`."""
        text = "".join(" " if unicodedata.category(letter) == "Zs" and letter not in self.letters else letter for letter in text)
        if strange := sorted({*text} - self.letters - {"\n"}):
            face = self.style["font.family"][0]
            message = f"the chart has the letter “{strange[0]}” (U+{ord(strange[0]):04X}), which {face} has not; expected another"
            raise Faulty([Problem(self.chart.at, message, "lettering")])
        return text

    @property
    def as_head(self) -> dict[str, Any]:
        """The looks of the heads of columns."""
        return {"color": self.style["axes.labelcolor"], "size": self.style["axes.labelsize"]}

    def mask(self, text: Text) -> None:
        """A ground of their own for words, so that no rule runs through them. Only where the field has its last width."""
        box = self.box(text)
        looks = {"color": self.style["figure.facecolor"], "linewidth": 0, "zorder": 1, "clip_on": False}
        self.axes.add_artist(
            Rectangle((box.x0 - 1.5, box.y0), box.width + 3.0, box.height, transform=IdentityTransform(), **looks)
        )

    def box(self, text: Text) -> Bbox:
        """What words take up of the plate, from ascenders to descenders. The lines of their font, by which matplotlib goes, are higher."""
        lines = text.get_window_extent(self.renderer)
        font = text.get_fontproperties()
        alone = Text(0, 0, "lp", fontproperties=font, figure=self.figure).get_window_extent(self.renderer)
        _, height, below = self.renderer.get_text_width_height_descent("lp", font, False)  # type: ignore[no-untyped-call]
        return Bbox.from_extents(lines.x0, lines.y0 - alone.y0 - below, lines.x1, lines.y1 - alone.y1 + height - below)

    def width(self, text: str, **looks: Any) -> float:
        """How wide words are."""
        words = Text(0, 0, self.spelled(text), figure=self.figure, **looks)
        return float(self.box(words).width)

    def fit(self) -> None:
        """Make the field as wide, and the plate as high, as leaves room for all that stands around the field."""
        before = None
        for _ in range(20):
            inner = self.axes.get_window_extent(self.renderer).frozen()
            outer = self.axes.get_tightbbox(self.renderer) or inner
            left, right = max(0.0, inner.x0 - outer.x0), max(0.0, outer.x1 - inner.x1)
            below, above = max(0.0, inner.y0 - outer.y0), max(0.0, outer.y1 - inner.y1)
            if (
                before is not None
                and max(abs(one - other) for one, other in zip(before, (left, right, below, above), strict=True)) < 0.005
            ):
                return
            before = (left, right, below, above)
            if left + right > 0.9 * WIDTH:
                raise self.no_room("its words have no room", "shorter ones")
            height = math.ceil(inner.height + below + above - 1e-6)
            self.figure.set_size_inches(WIDTH / 72, height / 72)
            self.axes.set_position((left / WIDTH, below / height, 1 - (left + right) / WIDTH, inner.height / height))

    def to_points(self, x: float, y: float) -> tuple[float, float]:
        """A place in the field, in points of the plate."""
        found = self.axes.transData.transform((x, y))
        return float(found[0]), float(found[1])

    def words(self) -> Iterable[Text]:
        """All words that are seen."""
        return [text for text in self.figure.findobj(Text) if isinstance(text, Text) and text.get_visible() and text.get_text()]

    def no_room(self, what: str, expected: str) -> Faulty:
        return Faulty([Problem(self.chart.at, f"{what}; expected {expected}", "chart-room")])

    def check_words(self) -> None:
        """No words may lie on others. Raises :class:`Faulty`."""
        for one, other in itertools.combinations(self.words(), 2):
            if meet(self.box(one), self.box(other), by=1.5):
                raise self.no_room(f"“{one.get_text()}” and “{other.get_text()}” lie on each other in the chart", "shorter words")

    def svg(self) -> bytes:
        file = io.BytesIO()
        self.figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
        drawing = etree.fromstring(file.getvalue())
        for path in drawing.iter(f"{SVG}path"):
            if not path.get("d"):
                path.set("d", "M0 0")  # a space: it has no outline, and SVG wants one
        return etree.tostring(drawing)


def meet(one: Bbox, other: Bbox, by: float = 0.0) -> bool:
    """Whether two boxes share more than a rim of so many points."""
    return bool(one.x0 + by < other.x1 and other.x0 + by < one.x1 and one.y0 + by < other.y1 and other.y0 + by < one.y1)


def apart(places: Sequence[float], least: float) -> list[float]:
    """Places moved as little as may be so that each is ``least`` or more from the next: runs that touch are centred on where they belong."""
    runs: list[tuple[float, list[int]]] = []  # where each run starts, and its members
    for index in sorted(range(len(places)), key=places.__getitem__):
        start, members = places[index], [index]
        while runs and runs[-1][0] + least * len(runs[-1][1]) > start:
            before, others = runs.pop()
            wanted = before * len(others) + (start - least * len(others)) * len(members)
            members = others + members
            start = wanted / len(members)
        runs.append((start, members))
    moved = {index: start + number * least for start, members in runs for number, index in enumerate(members)}
    return [moved[index] for index in range(len(places))]
