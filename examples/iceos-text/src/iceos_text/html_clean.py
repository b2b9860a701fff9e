"""The tool `html_clean`: the title, the readable text and the links of an HTML page, from a file or a string."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from ice_sdk import tool

# What is inside is not for a reader of the page's text.
SILENT: Final = frozenset("script style template noscript svg math head nav footer aside button select".split())
BLOCKS: Final = frozenset(
    "address article blockquote br dd div dl dt figcaption figure h1 h2 h3 h4 h5 h6 header hr li main ol p pre"
    " section table td th tr ul".split()
)
VOID: Final = frozenset("area base br col embed hr img input link meta source track wbr".split())
MAX_CHARACTERS: Final = 10_000_000


class Link(BaseModel, frozen=True, extra="forbid"):
    """Where a link leads, as it is written in the page, and the words that carry it."""

    href: str
    text: str


class CleanPage(BaseModel, frozen=True, extra="forbid"):
    """A page without its markup: one paragraph a line, a blank line between."""

    title: str
    text: str
    links: list[Link]
    words: int


@tool(
    version="0.1.0",
    cost_estimate=0.0001,
    tags=["html", "text", "clean"],
    permissions={"filesystem": ["read"]},
    examples=[
        {
            "input": {
                "html": "<title>Rain</title><script>track()</script><h1>Rain</h1>"
                '<p>It rains in <a href="/bergen">Bergen</a> &amp; Seattle.</p>'
            },
            "output": {
                "title": "Rain",
                "text": "Rain\n\nIt rains in Bergen & Seattle.",
                "links": [{"href": "/bergen", "text": "Bergen"}],
                "words": 6,
            },
        }
    ],
)
def html_clean(*, path: str | None = None, html: str | None = None) -> CleanPage:
    """Take the title, the readable text and the links out of an HTML page; scripts, styles and navigation are left out.

    Args:
        path: The file to read, in UTF-8; or give `html`.
        html: The page itself; or give `path`.

    Raises:
        ValueError: neither or both are given, or the page has more than ten million characters.
        OSError: the file cannot be read.
    """
    if (path is None) == (html is None):
        raise ValueError("Give either `path` or `html`")
    page = Path(path).read_text(encoding="utf-8-sig") if path is not None else html or ""
    if len(page) > MAX_CHARACTERS:
        raise ValueError(f"The page has {len(page)} characters, and at most {MAX_CHARACTERS} are read")
    reader = _Reader()
    reader.feed(page)
    reader.close()
    text = "\n\n".join(reader.paragraphs())
    return CleanPage(
        title=_one_line("".join(reader.title)), text=text, links=reader.links, words=len(re.findall(r"\w+", text))
    )


class _Reader(HTMLParser):
    """Gathers text by paragraph; markup that is never closed or never opened does no harm."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self.links: list[Link] = []
        self._pieces: list[str] = []
        self._open: list[str] = []  # the elements around, as far as they matter
        self._href: str | None = None
        self._link_begins = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._open.clear()  # a head that was never closed ends here
        if tag in BLOCKS:
            self._pieces.append("\n")
        if (tag in SILENT or tag == "title") and tag not in VOID:
            self._open.append(tag)
        if tag == "a" and not self._silent():
            self._href = dict(attrs).get("href")
            self._link_begins = len(self._pieces)

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._pieces.append("\n")
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "a" and self._href is not None:
            words = _one_line("".join(self._pieces[self._link_begins :]))
            self.links.append(Link(href=self._href.strip(), text=words))
            self._href = None

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "title" and "svg" not in self._open:
            self.title.append(data)
        elif not self._silent():
            # A line break of the source is a space; only an element begins a paragraph.
            self._pieces.append(re.sub(r"\s+", " ", data))

    def paragraphs(self) -> list[str]:
        """The paragraphs that hold anything."""
        return [line for piece in "".join(self._pieces).split("\n") if (line := _one_line(piece))]

    def _silent(self) -> bool:
        return bool(self._open)


def _one_line(text: str) -> str:
    return " ".join(text.split())
