"""The life-cycle of an order as an SVG image, drawn from the spec's `x-order-lifecycle`."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import attrs

__all__ = ["lifecycle_svg"]

_WIDTH, _LINE, _GAP = 520, 18, 62
# The final states are three in a row.
_BOX, _END_BOX = 226, 140


@attrs.frozen
class _Box:
    """A state, and where it is drawn."""

    state: str
    x: float
    y: float
    exits: tuple[str, ...]
    is_final: bool

    @property
    def width(self) -> float:
        """The width, by the number of boxes in its row."""
        return _END_BOX if self.is_final else _BOX

    @property
    def height(self) -> float:
        """The height: the name, and one line for each exit."""
        return 34 + _LINE * len(self.exits)

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height


def lifecycle_svg(spec: Mapping[str, Any]) -> str:
    """
    Return the image as an element of HTML, with a text for screen readers.

    Every state has a box. A final state that almost every other leads to, such as `Expired`, would have an arrow from
    everywhere; these transitions are lines inside of the boxes that they start from.
    """
    lifecycle = spec["x-order-lifecycle"]
    transitions: Mapping[str, Mapping[str, str]] = lifecycle["transitions"]
    goal = _goal(lifecycle)
    boxes = _boxes(transitions, goal, lifecycle["final"])
    followed = {state: box for state, box in boxes.items() if state in goal or not box.is_final}
    height = max(box.bottom for box in boxes.values()) + 12
    parts = [
        *_arrows(followed, transitions),
        *_starts(boxes, lifecycle["initial"]),
        *(part for box in boxes.values() for part in _drawn(box)),
    ]
    text = "; ".join(f"{one} {_words(event)} {other}" for one, event, other in _edges(transitions))
    return (
        f'<div class="lifecycle"><svg viewBox="0 0 {_WIDTH} {height:g}" role="img" aria-labelledby="lifecycle-title '
        f'lifecycle-text"><title id="lifecycle-title">The states of a clearing order</title><desc id="lifecycle-text">'
        f'{escape(text)}</desc><defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
        f'markerHeight="8" orient="auto"><path class="tip" d="M0 0L10 5L0 10z"/></marker></defs>'
        f"{''.join(parts)}</svg></div>"
    )


def _edges(transitions: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str]]:
    for state, events in transitions.items():
        for event, following in events.items():
            yield state, event, following


def _goal(lifecycle: Mapping[str, Any]) -> set[str]:
    """Return the final states to draw with arrows: no initial state leads to them directly."""
    transitions = lifecycle["transitions"]
    direct = {following for state in lifecycle["initial"].values() for following in transitions[state].values()}
    return set(lifecycle["final"]) - direct


def _boxes(transitions: Mapping[str, Mapping[str, str]], goal: set[str], final: list[str]) -> dict[str, _Box]:
    """Return the boxes in rows: a state is below those that lead to it, the final states are the last row."""
    ranks = dict.fromkeys([*transitions, *final], 0)
    for _ in ranks:
        for state, _event, following in _edges(transitions):
            ranks[following] = max(ranks[following], ranks[state] + 1)
    ranks |= dict.fromkeys(final, max(ranks.values()))
    boxes: dict[str, _Box] = {}
    y = 44.0
    for rank in range(max(ranks.values()) + 1):
        row = _in_order([state for state, one in ranks.items() if one == rank], goal)
        for number, state in enumerate(row):
            x = _WIDTH * (2 * number + 1) / (2 * len(row))
            lines = [
                f"{_words(event)} → {end}"
                for event, end in transitions.get(state, {}).items()
                if end in final and end not in goal
            ]
            boxes[state] = _Box(state, x, y, tuple(lines), state in final)
        y = max(boxes[state].bottom for state in row) + _GAP
    return boxes


def _in_order(row: list[str], goal: set[str]) -> list[str]:
    """Return a row with the states that have arrows in its middle."""
    others = [state for state in row if state not in goal]
    half = len(others) // 2 if len(others) < len(row) else 0
    return [*others[:half], *(state for state in row if state in goal), *others[half:]]


def _drawn(box: _Box) -> Iterator[str]:
    left, kind = box.x - box.width / 2, "box end" if box.is_final else "box"
    yield f'<rect class="{kind}" x="{left:g}" y="{box.y:g}" width="{box.width}" height="{box.height:g}" rx="6"/>'
    yield _text(box.x, box.y + 22, "name", box.state)
    for number, line in enumerate(box.exits, 1):
        yield _text(box.x, box.y + 22 + _LINE * number, "event", line)


def _arrows(boxes: Mapping[str, _Box], transitions: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for state, event, following in _edges(transitions):
        if following in boxes:
            yield from _arrow(boxes[state], boxes[following], _words(event), boxes)


def _arrow(one: _Box, other: _Box, label: str, boxes: Mapping[str, _Box]) -> Iterator[str]:
    """Draw an arrow down to a box; around the boxes in between, if there are any."""
    between = [box for box in boxes.values() if one.bottom < box.y and box.bottom < other.y]
    if between:
        side, middle, end = one.x + one.width / 2, one.y + one.height / 2, other.x + other.width / 4
        yield (
            f'<path class="arrow" marker-end="url(#tip)" d="M{side:g} {middle:g}'
            f'C{side + 90:g} {middle:g} {side + 60:g} {other.y - _GAP:g} {end:g} {other.y - 2:g}"/>'
        )
        yield _text(side + 58, (middle + other.y) / 2, "event", label, anchor="start")
        return
    start = one.x + (other.x - one.x) * 0.25
    end = other.x + (one.x - other.x) * 0.25
    yield f'<path class="arrow" marker-end="url(#tip)" d="M{start:g} {one.bottom:g}L{end:g} {other.y - 2:g}"/>'
    # The label is on the outer side, where no other arrow is.
    middle_x = (start + end) / 2
    anchor, shift = ("end", -16) if middle_x < _WIDTH / 2 else ("start", 16)
    yield _text(middle_x + shift, (one.bottom + other.y) / 2 + 4, "event", label, anchor=anchor)


def _starts(boxes: Mapping[str, _Box], initial: Mapping[str, str]) -> Iterator[str]:
    for event, state in initial.items():
        box = boxes[state]
        x = box.x - box.width / 2 + 36
        yield f'<circle class="tip" cx="{x:g}" cy="{box.y - 28:g}" r="5"/>'
        yield f'<path class="arrow" marker-end="url(#tip)" d="M{x:g} {box.y - 28:g}L{x:g} {box.y - 2:g}"/>'
        yield _text(x - 12, box.y - 24, "event", _words(event), anchor="end")


def _text(x: float, y: float, kind: str, text: str, anchor: str = "middle") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _words(event: str) -> str:
    return event.replace("_", " ")
