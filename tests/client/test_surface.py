"""The public surface of the package: the same methods in both clients, and keyword arguments only."""

import inspect
import re
import typing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import gemini_clearing
from gemini_clearing import AsyncGeminiClearing, GeminiClearing
from gemini_clearing_runtime._settings import _OPTIONS
from tests.spec.reading import DOCUMENT, OPERATIONS

REPEATED = {one.declared["x-wait"]["method"]: name for name, one in OPERATIONS.items() if "x-wait" in one.declared}
"""The methods that repeat a read, and the read."""
WALKS = {one.declared["x-walk"]["method"]: name for name, one in OPERATIONS.items() if "x-walk" in one.declared}
"""The methods that walk a list, and the read."""


@pytest.mark.parametrize("operation", [*OPERATIONS, *REPEATED])
def test_both_clients_have_the_method_with_the_same_parameters(operation):
    """Names, order, defaults, annotations and result are the same; the async method is awaited."""
    blocking, awaiting = getattr(GeminiClearing, operation), getattr(AsyncGeminiClearing, operation)

    assert inspect.signature(blocking) == inspect.signature(awaiting)
    assert typing.get_type_hints(blocking) == typing.get_type_hints(awaiting)
    assert inspect.iscoroutinefunction(awaiting)
    assert not inspect.iscoroutinefunction(blocking)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_method_takes_the_fields_of_the_spec_by_keyword(operation):
    """All fields are parameters, except for those of the signer, and two options; optional ones default to None."""
    reference = OPERATIONS[operation].request["schema"]["$ref"]
    schema = DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]
    _, *parameters = inspect.signature(getattr(GeminiClearing, operation)).parameters.values()
    fields = schema["properties"].keys() - {"request", "nonce"}

    assert {parameter.name for parameter in parameters} == fields | {"timeout", "extra_headers"}
    assert {parameter.kind for parameter in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    required = {parameter.name for parameter in parameters if parameter.default is inspect.Parameter.empty}
    assert required == set(schema["required"]) - {"request", "nonce"}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_method_is_documented(operation):
    """The docstring has the summary, the roles, and the reasons of error responses."""
    docstring = inspect.getdoc(getattr(GeminiClearing, operation)) or ""

    assert docstring.startswith(OPERATIONS[operation].declared["summary"])
    assert f"Requires the role {' or '.join(OPERATIONS[operation].declared['x-roles'])}." in docstring
    for refusal in OPERATIONS[operation].declared["x-refusals"]:
        assert f"`{refusal.get('reason', refusal.get('result'))}`" in docstring


@pytest.mark.parametrize(("method", "read"), REPEATED.items())
def test_method_that_repeats_a_read_takes_its_arguments(method, read):
    """The required arguments of the read may be passed by position."""
    repeated, once = (inspect.signature(getattr(GeminiClearing, name)).parameters for name in (method, read))

    assert once.keys() <= repeated.keys()
    by_position = {name for name, one in repeated.items() if one.kind is one.POSITIONAL_OR_KEYWORD} - {"self"}
    assert by_position == {name for name, one in once.items() if one.default is one.empty} - {"self"}
    entries = re.findall(r"^    (\w+): \S", inspect.getdoc(getattr(GeminiClearing, method)) or "", re.MULTILINE)
    assert repeated.keys() - {"self"} <= set(entries)


@pytest.mark.parametrize(("method", "read"), WALKS.items())
def test_method_that_walks_a_list_takes_its_filters(method, read):
    """Except for the arguments that the walk sets; both clients take the same, and return an iterator unread."""
    blocking, awaiting = (getattr(client, method) for client in (GeminiClearing, AsyncGeminiClearing))
    walk = OPERATIONS[read].declared["x-walk"]
    own = {*walk.get("window", ()), walk.get("since"), walk["limit"], *walk["without"]}
    parameters = inspect.signature(blocking).parameters

    assert list(parameters) == list(inspect.signature(awaiting).parameters)
    assert inspect.signature(getattr(GeminiClearing, read)).parameters.keys() - own <= parameters.keys()
    assert own.isdisjoint(parameters)
    entries = re.findall(r"^    (\w+): \S", inspect.getdoc(blocking) or "", re.MULTILINE)
    assert parameters.keys() - {"self"} <= set(entries)
    assert not inspect.iscoroutinefunction(awaiting)


def test_clients_have_the_methods_of_the_spec_only():
    """Other methods create and close a client, explain calls, and query for writes with an unknown outcome."""
    own = {"from_env", "with_options", "close", "aclose", "explain", "resolve", "in_doubt", "recover"}
    for client in (GeminiClearing, AsyncGeminiClearing):
        methods = {name for name, _ in inspect.getmembers(client, callable) if not name.startswith("_")}
        assert methods - own == OPERATIONS.keys() | REPEATED.keys() | WALKS.keys()


def test_both_clients_take_the_same_options():
    """Names, order, defaults and annotations are the same, except for the kind of transport."""
    for create in ("__init__", "from_env"):
        blocking, awaiting = (
            {
                name: (parameter.kind, parameter.default, None if name == "transport" else parameter.annotation)
                for name, parameter in inspect.signature(getattr(client, create)).parameters.items()
            }
            for client in (GeminiClearing, AsyncGeminiClearing)
        )
        assert list(blocking.items()) == list(awaiting.items())


@pytest.mark.parametrize("client", [GeminiClearing, AsyncGeminiClearing])
@pytest.mark.parametrize("create", ["__init__", "from_env", "with_options"])
def test_every_option_is_a_named_and_documented_parameter(client, create):
    """`help()` and editors show the options: each has a name, a type, and an entry in the docstring."""
    method = getattr(client, create)
    signature = inspect.signature(method)
    named = [name for name, one in signature.parameters.items() if one.kind is one.KEYWORD_ONLY]

    assert named[0] == "timeout" if create == "with_options" else set(named) == set(_OPTIONS)
    entries = re.findall(r"^    (\w+): \S", inspect.getdoc(method) or "", re.MULTILINE)
    assert [name for name in named if name not in entries] == []
    assert all(signature.parameters[name].annotation is not inspect.Parameter.empty for name in named)


def test_public_names_are_unique_and_exist():
    """`from gemini_clearing import *` imports exactly the public names."""
    assert len(gemini_clearing.__all__) == len(set(gemini_clearing.__all__))
    namespace: dict[str, Any] = {}
    exec("from gemini_clearing import *", namespace)  # noqa: S102  (a statement of this module)
    namespace.pop("__builtins__")
    assert set(gemini_clearing.__all__) == namespace.keys()


def test_everything_public_is_documented():
    """Every public class has a docstring."""
    for name in gemini_clearing.__all__:
        thing = getattr(gemini_clearing, name)
        if inspect.isclass(thing):
            assert thing.__doc__, name


def test_annotations_of_money_have_no_float():
    """Arguments take Decimal, int and str; models have Decimal."""
    money = typing.get_type_hints(GeminiClearing.create_order)["amount"]
    assert set(typing.get_args(money)) == {Decimal, int, str}
    for name in gemini_clearing._models.__all__:
        model = getattr(gemini_clearing, name)
        for field, hint in typing.get_type_hints(model).items():
            assert float not in (hint, *typing.get_args(hint)), f"{name}.{field}"


def test_package_is_typed():
    """Type checkers read its annotations."""
    assert (Path(gemini_clearing.__file__).parent / "py.typed").is_file()


def test_each_client_takes_its_own_kind_of_transport():
    """The annotations of `transport` differ."""
    hints = [typing.get_type_hints(client.__init__)["transport"] for client in (GeminiClearing, AsyncGeminiClearing)]

    assert [str(hint).replace("httpx.", "").split(" |")[0].split(".")[-1] for hint in hints] == [
        "BaseTransport", "AsyncBaseTransport",
    ]  # fmt: skip
