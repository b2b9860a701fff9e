"""Pages good and bad as text, title and links."""

from pathlib import Path

import pytest

from iceos_text.html_clean import html_clean

PAGE = str(Path(__file__).parents[2] / "data" / "measuring-rain.html")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One<p>Two", "One\n\nTwo"),
        ("<p>a <b>bold</b> word</p>", "a bold word"),
        ("line\nbreaks\n are spaces", "line breaks are spaces"),
        ("a<br>b", "a\n\nb"),
        ("<script>if (a < b) alert('</p>')</script>seen", "seen"),
        ("<style>p {}</style><p>seen", "seen"),
        ("<nav>menu</nav>seen", "seen"),
        ("&lt;b&gt; &amp; &#233;", "<b> & é"),
        ("<head><title>t</title><body>body of a head never closed", "body of a head never closed"),
        ("</div></p>stray</span>", "stray"),
        ("<!-- not <b>seen</b> -->seen", "seen"),
        ("<svg><title>icon</title></svg>seen", "seen"),
        ("", ""),
    ],
)
def test_what_a_reader_sees_is_kept_and_nothing_else(html: str, text: str) -> None:
    assert html_clean(html=html).text == text


def test_links_keep_their_target_and_words() -> None:
    page = html_clean(html='<a href="/a"> to <i>a</i> </a><a name="b">no link</a><nav><a href="/c">c</a></nav>')

    assert [(link.href, link.text) for link in page.links] == [("/a", "to a")]


def test_the_page_of_the_examples_is_read_from_its_file() -> None:
    page = html_clean(path=PAGE)

    assert page.title == "How rain is measured"
    assert page.text.startswith("How rain is measured\n\nRain is measured by its depth")
    assert [link.href for link in page.links] == ["seattle-weather.csv"]
    assert "CC0" not in page.text
    assert page.words == 402


def test_one_source_has_to_be_given() -> None:
    with pytest.raises(ValueError, match="either `path` or `html`"):
        html_clean()


def test_a_page_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="10000001 characters"):
        html_clean(html="x" * 10_000_001)
