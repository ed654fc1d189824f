"""
Mutation operators: those of mutmut, and two more in the same form.

An operator is a type of node, and a function that yields the replacements of a node.
Three operators of mutmut are not used. One mutates strings, most of which are sentences for people. Two mutate the
arguments of calls, which would triple the number of mutants.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import libcst as cst
from mutmut.mutation import mutators

__all__ = ["OPERATORS", "Operator"]

Operator = tuple[type[cst.CSTNode], Callable[[Any], Iterable[cst.CSTNode]]]
NOT_USED = (mutators.operator_string, mutators.operator_arg_removal, mutators.operator_dict_arguments)


def negate_condition(node: cst.If) -> Iterator[cst.If]:
    """Replace `if a:` by `if not (a):`."""
    inner = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield node.with_changes(test=cst.UnaryOperation(cst.Not(), inner), whitespace_before_test=cst.SimpleWhitespace(" "))


def remove_statement(node: cst.SimpleStatementLine) -> Iterator[cst.SimpleStatementLine]:
    """Replace a `raise`, a `del`, or a call whose result is not used by `pass`."""
    statement = node.body[0]
    value = statement.value if isinstance(statement, cst.Expr) else None
    called = value.expression if isinstance(value, cst.Await) else value
    if isinstance(called, cst.Call) or isinstance(statement, cst.Raise | cst.Del):
        yield node.with_changes(body=[cst.Pass()])


OPERATORS: tuple[Operator, ...] = (
    *(operator for operator in mutators.mutation_operators if operator[1] not in NOT_USED),
    (cst.If, negate_condition),
    (cst.SimpleStatementLine, remove_statement),
)
