"""Sentences, summaries and keywords of English text."""

from pathlib import Path

import pytest

from iceos_text.html_clean import html_clean
from iceos_text.keywords import keywords
from iceos_text.sentences import split_sentences, stem
from iceos_text.text_summarize import ranks, text_summarize

PAGE = str(Path(__file__).parents[2] / "data" / "measuring-rain.html")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Gray met J. Smith. They spoke.", ["Dr. Gray met J. Smith.", "They spoke."]),
        ("It rose by 2.5 mm. Then it fell.", ["It rose by 2.5 mm.", "Then it fell."]),
        ('She said "No." He left.', ['She said "No."', "He left."]),
        ("A heading\n\nA sentence\nover two lines.", ["A heading", "A sentence over two lines."]),
        ("", []),
    ],
)
def test_a_text_is_cut_where_its_sentences_end(text: str, expected: list[str]) -> None:
    assert split_sentences(text) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [("rains", "rain"), ("raining", "rain"), ("cities", "city"), ("glass", "glass"), ("bus", "bus"), ("it's", "it")],
)
def test_forms_of_a_word_count_as_one(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_a_summary_is_made_of_sentences_of_the_text_in_their_order() -> None:
    text = html_clean(path=PAGE).text

    summary = text_summarize(text, sentences=3)

    assert len(summary.sentences) == 3
    places = [" ".join(text.split()).index(sentence) for sentence in summary.sentences]
    assert places == sorted(places)
    assert summary.summary == " ".join(summary.sentences)


def test_a_text_shorter_than_its_summary_is_given_whole() -> None:
    assert text_summarize("One. Two.", sentences=5).summary == "One. Two."
    assert text_summarize("").sentences == []


def test_the_most_connected_sentence_ranks_first_and_ranks_add_up_to_one() -> None:
    found = ranks([["rain", "fall"], ["rain", "cloud"], ["cloud", "grow"], ["cat"]])

    assert max(found) in (found[1],)
    assert min(found) == found[3]
    assert sum(found) == pytest.approx(1.0)


def test_equal_sentences_are_taken_in_the_order_of_the_text() -> None:
    assert text_summarize("Rain falls. Snow melts. Wind blows.", sentences=1).sentences == ["Rain falls."]


def test_keywords_are_phrases_between_stop_words_and_marks() -> None:
    found = [keyword.phrase for keyword in keywords(html_clean(path=PAGE).text, limit=12).keywords]

    assert found[:3] == ["rain", "gauge", "depth"]
    assert {"rainy day", "tipping bucket"} & set(found)
    assert len(found) == 12


def test_a_phrase_counts_in_all_its_forms() -> None:
    [first, *_] = keywords("Rain gauges are there. A rain gauge is here.").keywords

    assert (first.phrase, first.count) == ("rain gauges", 2)


def test_a_text_of_stop_words_has_no_keywords() -> None:
    assert keywords("and so it was, 42").keywords == []
