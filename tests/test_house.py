"""The walls of the house: HTML lives in templates, looks live in styles, the manuscript is plain Markdown."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
MODULES = sorted([*(HOUSE / "bindery").rglob("*.py"), HOUSE / "build.py"])
TEMPLATES = sorted((HOUSE / "templates").rglob("*.j2"))
MARKUP = re.compile(
    r"</?(?:a|p|b|i|em|div|span|table|t[rdh]|h[1-6]|html|body|head|section|figure|img|ul|ol|li|sup|nav|aside)\b[^<]*>"
)


def texts(module: Path) -> Iterator[tuple[int, str]]:
    """The string literals of a module with their lines, without its docstrings."""
    tree = ast.parse(module.read_text("utf-8"))
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node.lineno, node.value


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_no_html_in_python(module: Path) -> None:
    found = [
        f"{module.name}:{line}: {text[:60]}"
        for line, text in texts(module)
        # Messages to the author and patterns for what an author writes may name a tag; a tag with content is markup.
        if MARKUP.search(text) and "</" in text and not re.search(r"[\\(|]|'<", text)
    ]
    assert found == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(HOUSE / "templates")))
def test_no_looks_in_templates(template: Path) -> None:
    if template.name.endswith(".css.j2"):
        return
    text = template.read_text("utf-8")
    # An author's own measure, the width of a picture or the indent of a verse, is content; anything else belongs to a stylesheet.
    styles = [
        style
        for style in re.findall(r'style="([^"]*)"', text)
        if not re.fullmatch(r"(width|padding-left): \{\{[^}]*\}\}(em|px)?", style)
    ]
    assert styles == []
    assert not re.search(r"<(font|center|big)\b|\b(bgcolor|align|valign)=", text)
    assert "<style" not in text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(HOUSE / "templates")))
def test_only_formulas_are_marked_safe(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", text)
    if template.name != "math.html.j2":
        assert "| markup" not in text


def test_the_manuscript_holds_no_template_code_and_no_html() -> None:
    for chapter in (HOUSE / "manuscript").rglob("*.md"):
        assert not re.search(r"\{\{|\{%", chapter.read_text("utf-8")), chapter.name


def test_only_the_readers_know_pandocs_json() -> None:
    knows = {
        module.stem
        for module in MODULES
        for _, text in texts(module)
        if text in ("SoftBreak", "BulletList", "DoubleQuote", "Para")
    }
    assert knows <= {"inlines", "blocks", "reading", "pandoc", "bibliography"}


def test_no_module_outgrows_a_reading() -> None:
    long = {module.name: count for module in MODULES if (count := len(module.read_text("utf-8").splitlines())) > 700}
    assert long == {}


def test_every_dependency_is_argued_and_locked() -> None:
    text = (HOUSE / "pyproject.toml").read_text("utf-8")
    project = tomllib.loads(text)
    lock = (HOUSE / "requirements" / "press.lock").read_text("utf-8").lower()
    for requirement in project["project"]["dependencies"]:
        name = re.split(r"[\[=<>~ ]", requirement)[0]
        line = next(line for line in text.splitlines() if f'"{requirement}"' in line)
        assert "#" in line, f"{name}: say beside it in pyproject.toml why it is needed"
        assert re.search(rf"^{re.escape(name.lower().replace('_', '-'))}==[^\n]*\\\n\s+--hash=sha256:", lock, re.MULTILINE), name


def test_the_engine_is_pinned_where_it_is_mended() -> None:
    from bindery.printing import engine

    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))
    assert f"weasyprint=={engine.VERSION}" in project["project"]["dependencies"]


def test_every_word_of_the_press_is_there_in_every_language() -> None:
    words = tomllib.loads((HOUSE / "templates" / "words.toml").read_text("utf-8"))
    used = {word for template in TEMPLATES for word in re.findall(r'words\["([a-z-]+)"\]', template.read_text("utf-8"))}
    assert used <= words["en"].keys()
    assert {
        language: sorted(words["en"].keys() ^ known.keys())
        for language, known in words.items()
        if words["en"].keys() ^ known.keys()
    } == {}


FOLDERS = ("foundry", "manuscript", "proof", "edition", "printing", "epub", "web", "finished")


@pytest.mark.parametrize("module", [path for path in MODULES if path.parent.name in FOLDERS], ids=lambda path: path.name)
def test_a_folder_uses_those_above_it_alone(module: Path) -> None:
    """The order is that of the table in docs/architecture.md."""
    below = FOLDERS[FOLDERS.index(module.parent.name) + 1 :]
    tree = ast.parse(module.read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert [name for name in imported if name.startswith(tuple(f"bindery.{folder}" for folder in below))] == []


def test_the_order_of_the_folders_is_told() -> None:
    told = re.findall(r"^\| `(\w+)/` \|", (HOUSE / "docs" / "architecture.md").read_text("utf-8"), re.MULTILINE)
    assert tuple(told) == FOLDERS
