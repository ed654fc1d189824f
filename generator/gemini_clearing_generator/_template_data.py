"""The data that the templates get: models, operations and enums, with Python names."""

from collections.abc import Mapping

import attrs

from ._scalars import EnumDeclaration, ScalarDeclaration

__all__ = ["ClientData", "FieldData", "ModelData", "OperationData", "ResolveData", "WaitData", "WalkData", "constant"]


@attrs.frozen
class FieldData:
    """A field of a model, or an argument of an operation."""

    name: str
    """The name in JSON."""
    python_name: str
    required: bool
    description: str
    scalar: ScalarDeclaration | None
    """None for a list."""
    item: str | None
    """The class of a list's items; None for a scalar."""

    @property
    def type(self) -> str:
        """The type of the field in a model."""
        return self.scalar.response_type if self.scalar else f"list[{self.item}]"

    @property
    def expression(self) -> str:
        """The code of the runtime scalar: the name of its constant, if it has one. Empty for a list."""
        if self.scalar is None:
            return ""
        component = self.scalar.component
        return constant(component) if component and not self.scalar.implied else self.scalar.expression


@attrs.frozen
class ModelData:
    """A class of response objects."""

    name: str
    description: str
    fields: list[FieldData]
    """The required fields first."""
    order: list[str]
    """The names of the fields in JSON, in the order of the spec."""
    is_list: bool = False
    """Whether the response is a list; its only field is `items`."""
    is_response: bool = False
    """Whether an operation returns it, and not only a row of a list has this class."""

    def in_order(self) -> "ModelData":
        """Return the same with the fields in the order of the spec, as a response shows them."""
        return attrs.evolve(self, fields=sorted(self.fields, key=lambda field: self.order.index(field.name)))

    @property
    def base(self) -> str:
        """The runtime's base class."""
        return "ListModel" if self.is_list else "Response" if self.is_response else "Model"


@attrs.frozen(kw_only=True)
class ResolveData:
    """How the runtime resolves the unknown outcome of a write (`x-resolve`), in Python names."""

    query: str
    """The constant of the read."""
    match: Mapping[str, str]
    rows: str | None = None
    """The field of the response that holds the listed orders; None to resolve by status."""
    window: list[str] = attrs.field(factory=list)
    id: list[str] = attrs.field(factory=list)
    """The fields that hold an order's id: in the response of the write, and in a row."""
    submitted: str | None = None
    """The field of a row that holds the time of submission."""
    status: str | None = None
    executed: list[str] = attrs.field(factory=list)
    not_executed: list[str] = attrs.field(factory=list)
    final: list[str] = attrs.field(factory=list)
    """The statuses that an order never leaves."""
    compare: list[str] = attrs.field(factory=list)
    executed_if_equal: list[str] = attrs.field(factory=list)
    executed_if_different: list[str] = attrs.field(factory=list)


@attrs.frozen(kw_only=True)
class WaitData:
    """A method that repeats a read until an order has a status (`x-wait`)."""

    name: str
    """The method of the client."""
    status: str
    """The field of the response that has the status."""
    final: list[str]
    others: list[str]
    announced_as: Mapping[str, str]
    paragraphs: list[str]

    @property
    def constant(self) -> str:
        """The name of the constant that declares it."""
        return self.name.upper()


@attrs.frozen(kw_only=True)
class WalkData:
    """A method that iterates over all rows of a list (`x-walk`)."""

    name: str
    """The method of the client."""
    row: str
    """The class of a row."""
    rows: str
    id: str
    time: str
    window: list[str]
    since: str | None
    limit: str
    most: int
    filters: list[FieldData]
    """The arguments of the read that the method passes on."""
    paragraphs: list[str]

    @property
    def constant(self) -> str:
        """The name of the constant that declares it."""
        return self.name.upper()


@attrs.frozen(kw_only=True)
class OperationData:
    """An operation, and the method of the client that calls it."""

    name: str
    path: str
    safe_to_repeat: bool
    arguments: list[FieldData]
    needs: Mapping[str, str]
    """Arguments that must be passed together, by their Python names."""
    account: str | None
    """The argument that selects the account."""
    response: str
    """The class of the response."""
    paragraphs: list[str]
    """The paragraphs of the method's docstring."""
    success: Mapping[str, list[str]]
    """Fields of the response, and their values that mean success."""
    rejected: list[str]
    """The values of the marks with which the exchange rejects the operation."""
    statuses: list[str]
    """The HTTP statuses of its responses, as the spec writes them: also ranges and `default`."""
    echo: Mapping[str, str]
    """Arguments, and the fields of the response that repeat them."""
    echo_in_text: Mapping[str, str]
    """Arguments, and the fields of the response whose text contains them."""
    resolve: ResolveData | None = None
    repeats_body: bool = False
    """Whether the JSON of the payload is the HTTP body too (`x-body`)."""
    wait: WaitData | None = None
    walk: WalkData | None = None

    @property
    def constant(self) -> str:
        """The name of the constant that declares the operation."""
        return self.name.upper()


@attrs.frozen(kw_only=True)
class ClientData:
    """Everything that the templates need of the spec."""

    title: str
    servers: Mapping[str, str]
    operations: list[OperationData]
    models: list[ModelData]
    enums: list[EnumDeclaration]
    constants: Mapping[str, str]
    """The expressions of the scalars that have a name, by the name of the constant."""
    error_reason: list[str]
    error_message: list[str]
    reason_enum: str | None
    """The enum of the reasons; None if the spec does not list them."""
    inconclusive_reasons: list[str]
    passing_reasons: list[str]
    """The reasons that do not prove that a request was never executed."""
    error_marks: Mapping[str, Mapping[str, str]]
    """Fields, their values that mark an error response, and the runtime's error class for each."""

    @property
    def error_classes(self) -> list[str]:
        """The error classes that `error_marks` names."""
        return sorted({cls for classes in self.error_marks.values() for cls in classes.values()})


def constant(name: str) -> str:
    """Return the constant's name for a component: `ClearingId` becomes `CLEARING_ID`."""
    return "".join("_" + char if char.isupper() and i else char for i, char in enumerate(name)).upper()
