"""Registry names from Python names: words are kept whole, and what a name gives never changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.names import NodeType, is_component_name
from ice_sdk.registry_names import registry_name


@pytest.mark.parametrize(
    ("python_name", "expected"),
    [
        # Words and acronyms.
        ("CsvReader", "csv_reader"),
        ("CSVReaderTool", "csv_reader"),
        ("HTMLFetcher", "html_fetcher"),
        ("getHTTPResponse", "get_http_response"),
        ("fetchHTML", "fetch_html"),
        ("ABTest", "ab_test"),
        ("AReader", "a_reader"),
        ("URLsParser", "urls_parser"),
        ("SplitPDFs", "split_pdfs"),
        ("IDsOfRows", "ids_of_rows"),
        # Words with capitals inside.
        ("OAuth2Client", "oauth2_client"),
        ("OAuthTokens", "oauth_tokens"),
        ("IPv4Lookup", "ipv4_lookup"),
        ("lookupIPv6", "lookup_ipv6"),
        ("GitHubIssues", "github_issues"),
        ("GraphQLQuery", "graphql_query"),
        ("PostgreSQLReader", "postgresql_reader"),
        ("SQLiteQueryTool", "sqlite_query"),
        # Digits.
        ("HTML2Text", "html2_text"),
        ("Base64Encode", "base64_encode"),
        ("X509Reader", "x509_reader"),
        ("K8sClient", "k8s_client"),
        ("HTTP2Server", "http2_server"),
        ("parse_json5", "parse_json5"),
        ("V2API", "v2_api"),
        # Underscores.
        ("csv_reader", "csv_reader"),
        ("CSV_Reader", "csv_reader"),
        ("_private", "private"),
        ("__hidden", "hidden"),
        ("filter_", "filter"),
        ("load__csv", "load_csv"),
        ("_CsvReader", "csv_reader"),
        # The node type at the end: of a name in capitals only.
        ("Tool", "tool"),
        ("fetchTool", "fetch"),
        ("csv_reader_tool", "csv_reader_tool"),
        ("QaAgent", "qa_agent"),
        ("Toolbox", "toolbox"),
    ],
)
def test_a_python_name_gives_a_registry_name(python_name: str, expected: str) -> None:
    assert expected == registry_name(python_name, "tool")
    assert is_component_name(expected)


@pytest.mark.parametrize(
    ("python_name", "node_type", "expected"),
    [
        ("QaAgent", "agent", "qa"),
        ("ReaderTool", "agent", "reader_tool"),
        ("DailyReportWorkflow", "workflow", "daily_report"),
        ("Agent", "agent", "agent"),
    ],
)
def test_a_class_is_named_without_its_own_node_type(python_name: str, node_type: NodeType, expected: str) -> None:
    assert expected == registry_name(python_name, node_type)


@pytest.mark.parametrize(
    ("python_name", "expected"),
    [
        ("create_csv_reader", "csv_reader"),
        ("make_csv_reader", "csv_reader"),
        ("buildCSVReader", "csv_reader"),
        ("csv_reader", "csv_reader"),
        ("create_", "create"),
        ("create_2", "create_2"),
        ("recreate_csv", "recreate_csv"),
    ],
)
def test_a_factory_is_named_after_what_it_makes(python_name: str, expected: str) -> None:
    assert expected == registry_name(python_name, "tool", makes=True)


def test_a_function_that_is_no_factory_keeps_its_verb() -> None:
    assert "create_csv_reader" == registry_name("create_csv_reader", "tool")


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,20}(_[A-Za-z0-9]{1,8}){0,3}", fullmatch=True))
def test_every_name_of_ascii_words_gives_a_registry_name_and_a_registry_name_gives_itself(python_name: str) -> None:
    name = registry_name(python_name, "tool")

    assert is_component_name(name)
    assert name == registry_name(name, "tool")
