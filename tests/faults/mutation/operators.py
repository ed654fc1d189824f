"""
What is changed to make a mutant: mutmut's operators, and two of our own in the same form.

An operator is a kind of node, and a function that gives the nodes to put in the place of one.  Of mutmut's, three are
left out: texts, because most are sentences for people, and arguments of calls, which would triple the mutants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import libcst as cst
from mutmut.mutation import mutators

__all__ = ["OPERATORS", "Operator"]

Operator = tuple[type[cst.CSTNode], Callable[[Any], Iterable[cst.CSTNode]]]
NOT_USED = (mutators.operator_string, mutators.operator_arg_removal, mutators.operator_dict_arguments)


def negate_condition(node: cst.If) -> Iterator[cst.If]:
    """`if a:` becomes `if not (a):`."""
    inner = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield node.with_changes(test=cst.UnaryOperation(cst.Not(), inner), whitespace_before_test=cst.SimpleWhitespace(" "))


def leave_out(node: cst.SimpleStatementLine) -> Iterator[cst.SimpleStatementLine]:
    """A call for its effect, a refusal or a deletion becomes `pass`."""
    statement = node.body[0]
    value = statement.value if isinstance(statement, cst.Expr) else None
    called = value.expression if isinstance(value, cst.Await) else value
    if isinstance(called, cst.Call) or isinstance(statement, cst.Raise | cst.Del):
        yield node.with_changes(body=[cst.Pass()])


OPERATORS: tuple[Operator, ...] = (
    *(operator for operator in mutators.mutation_operators if operator[1] not in NOT_USED),
    (cst.If, negate_condition),
    (cst.SimpleStatementLine, leave_out),
)
