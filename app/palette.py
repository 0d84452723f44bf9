"""Colours, dashes and words of the tracks as Qt wants them: on the picture as in the exported video."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QColor

from app.theme import Theme
from engine import style
from engine.types import Origin, ProposalKind, Target, TrackState

_T = cast("Callable[[str, str], str]", QT_TRANSLATE_NOOP)  # the stubs say object
_WORDS: dict[TrackState, str] = {
    TrackState.INIT: _T("states", "Start"),
    TrackState.TRACKED: _T("states", "Tracking"),
    TrackState.UNCERTAIN: _T("states", "Unsure"),
    TrackState.LOST: _T("states", "Lost"),
    TrackState.MANUAL: _T("states", "Drawn"),
    TrackState.ABSENT: _T("states", "Not in view"),
}
_KINDS: dict[ProposalKind, tuple[str, float, tuple[float, ...]]] = {
    ProposalKind.LOCAL: (_T("states", "Local candidates"), 1.0, ()),
    ProposalKind.LOCATED: (_T("states", "Located boxes"), 1.0, ()),
    ProposalKind.GLOBAL: (_T("states", "Global candidates"), 1.0, (4.0, 3.0)),
}
# the colours of engine.style, dark enough for text and lines on white
_TARGETS_ON_LIGHT = ("#0a7d6c", "#7a1fd1", "#5f6b00", "#b0208c", "#1f5130", "#6b0f4f", "#2f8050", "#1b6b1b")

INK = QColor(*style.INK)
PLATE = QColor(*style.PLATE, round(255 * style.PLATE_ALPHA))
MANUAL = QColor(*style.STATE_COLORS[TrackState.MANUAL])
REGION = QColor(*style.REGION_COLOR)
SEARCH = QColor(*style.SEARCH_COLOR)


def state_word(state: TrackState) -> str:
    """The state as the user reads it."""
    return QCoreApplication.translate("states", _WORDS[state])


def claim_word(target: Target) -> str:
    """What is claimed of a target on a frame, as the user reads it."""
    if target.origin is Origin.INTERPOLATED:
        return QCoreApplication.translate("states", "Interpolated")
    return state_word(target.state)


def state_dash(state: TrackState) -> tuple[float, ...]:
    """The state's dash pattern in widths of the pen, empty for a solid line."""
    return style.STATE_DASHES[state] or ()


def state_color(state: TrackState) -> QColor:
    """The state's colour on the picture."""
    return QColor(*style.STATE_COLORS[state])


def state_color_on(theme: Theme, state: TrackState) -> QColor:
    """The state's colour on the window's own ground."""
    return QColor(
        {
            TrackState.UNCERTAIN: theme.warn,
            TrackState.LOST: theme.bad,
            TrackState.MANUAL: theme.manual,
            TrackState.ABSENT: theme.muted,
        }.get(state, theme.good)
    )


def target_color(target: int) -> QColor:
    """The colour of a number from 1, on the picture."""
    return QColor(*style.target_color(target))


def target_color_on(theme: Theme, target: int) -> QColor:
    """The colour of a number from 1, on the window's own ground."""
    if theme.name == "light":
        return QColor(_TARGETS_ON_LIGHT[(target - 1) % len(_TARGETS_ON_LIGHT)])
    return target_color(target)


def kind_word(kind: ProposalKind) -> str:
    """The kind of candidate as the user reads it."""
    return QCoreApplication.translate("states", _KINDS[kind][0])


def kind_line(kind: ProposalKind) -> tuple[float, tuple[float, ...]]:
    """Line width in pixels and dash pattern of a kind of candidate."""
    return _KINDS[kind][1:]


def candidate_color(kind: ProposalKind, score: float) -> QColor:
    """The colour of a candidate: its kind's, dark and faint for a low score, bright for a high one."""
    level = min(max(score, 0.0), 1.0)
    red, green, blue = (round(channel * (0.45 + 0.55 * level)) for channel in style.PROPOSAL_COLORS[kind])
    return QColor(red, green, blue, round(60 + 160 * level))
