"""Every node of a tree that could name something is found once, whatever the language has."""

import ast

from ice_sdk.syntax_nodes import all_nodes, inner_nodes
from tests.house.tree import ROOT

_NOT_NODES = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)


def test_all_nodes_are_those_that_python_itself_walks_over() -> None:
    """Over this project's own sources, contexts and operators left out."""
    for path in sorted(ROOT.glob("src/ice_sdk/*.py")):
        tree = ast.parse(path.read_bytes())
        expected = [node for node in ast.walk(tree) if not isinstance(node, _NOT_NODES)]

        assert {id(node) for node in expected} == {id(node) for node in all_nodes(tree)}
        assert len(expected) == len(all_nodes(tree))


def test_inner_nodes_are_in_the_order_of_the_text() -> None:
    (call,) = (ast.parse("f(a, *b, c=d)", mode="eval").body,)

    assert ["f", "a", "b"] == [node.id for node in all_nodes(call) if isinstance(node, ast.Name)][:3]
    assert [ast.Name, ast.Name, ast.Starred, ast.keyword] == [type(node) for node in inner_nodes(call)]
