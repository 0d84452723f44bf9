"""Every action of the program in one table: text, shortcut, tooltip, icon and place in the menus."""
# ruff: noqa: E501 - a table reads best with one action a row

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QObject
from PySide6.QtGui import QAction, QKeySequence

from app.theme import ThemeManager

_CONTEXT = "actions"
SPEEDS: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0, 0.0)
"""Playback speeds on offer; 0 is as fast as possible."""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action. ``keys`` are its shortcuts, the first one is shown; ``on`` is a toggle's first state."""

    id: str
    menu: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    on: bool | None = None
    held: bool = False  # the key is handled on release, because holding it means something else

    @property
    def checkable(self) -> bool:
        """Whether the action is a toggle."""
        return self.on is not None


def _a(
    id: str,
    menu: str,
    text: str,
    tip: str,
    keys: str = "",
    icon: str = "",
    on: bool | None = None,
    held: bool = False,
) -> ActionSpec:
    return ActionSpec(id, menu, text, tip, tuple(keys.split()), icon, on, held)


_T = cast("Callable[[str, str], str]", QT_TRANSLATE_NOOP)  # the stubs say object
FILE, EDIT, PLAY, REVIEW, TARGET = "file", "edit", "playback", "review", "target"
MEASURE, VIEW, HELP = "measure", "view", "help"

ACTIONS: tuple[ActionSpec, ...] = (
    _a("open", FILE, _T("actions", "&Open video…"), _T("actions", "Open a video, a folder of images or a project"), "Ctrl+O", "open"),
    _a("open_camera", FILE, _T("actions", "Open &camera…"), _T("actions", "Follow something live from a camera"), "Ctrl+Shift+O", "camera"),
    _a("open_stream", FILE, _T("actions", "Open &stream…"), _T("actions", "Open a network stream by its address"), "Ctrl+U", "stream"),
    _a("open_demo", FILE, _T("actions", "Play the &demo"), _T("actions", "Open the demo clip that comes with the program"), "Ctrl+D", "demo"),
    _a("open_project", FILE, _T("actions", "Open pro&ject…"), _T("actions", "Go on with a project that was saved"), "Ctrl+P", "project"),
    _a("restore", FILE, _T("actions", "Restore &unsaved work…"), _T("actions", "Go on with work that was not saved when the program ended"), "", ""),
    _a("close_source", FILE, _T("actions", "C&lose"), _T("actions", "Close the video and go back to the start page"), "Ctrl+W", "close"),
    _a("export_track", FILE, _T("actions", "&Export track…"), _T("actions", "Write the track to a CSV, MOT, OTB, VOT or COCO file"), "Ctrl+E", "export"),
    _a("export_video", FILE, _T("actions", "Export &video…"), _T("actions", "Write the video with the overlays drawn on it"), "Ctrl+Shift+E", "film"),
    _a("export_crop", FILE, _T("actions", "Export target cut ou&t…"), _T("actions", "Write a video of one target alone, held still in the middle"), "Ctrl+Alt+E", "crop"),
    _a("import_track", FILE, _T("actions", "I&mport track…"), _T("actions", "Add the targets of a CSV, MOT, OTB, VOT or COCO file"), "Ctrl+Alt+I", "import"),
    _a("record", FILE, _T("actions", "&Record while tracking…"), _T("actions", "Write each frame with its overlays to a video as it is tracked"), "Ctrl+R", "record", on=False),
    _a("save", FILE, _T("actions", "&Save project"), _T("actions", "Save the track, the targets and everything else of this work"), "Ctrl+S", "save"),
    _a("save_as", FILE, _T("actions", "Save project &as…"), _T("actions", "Save the project under another name"), "Ctrl+Shift+S", ""),
    _a("save_still", FILE, _T("actions", "Save &picture…"), _T("actions", "Save the picture with what is drawn on it as PNG or SVG"), "F12", "picture"),
    _a("copy_still", FILE, _T("actions", "&Copy picture"), _T("actions", "Copy the picture with what is drawn on it"), "Ctrl+C", "copy"),
    _a("copy_track", FILE, _T("actions", "Copy &track"), _T("actions", "Copy the selected target's rows as CSV, from the in to the out point"), "Ctrl+Shift+C", ""),
    _a("quit", FILE, _T("actions", "&Quit"), _T("actions", "Close the program"), "Ctrl+Q", ""),
    _a("undo", EDIT, _T("actions", "&Undo"), _T("actions", "Take the last change back"), "Ctrl+Z", "undo"),
    _a("redo", EDIT, _T("actions", "&Redo"), _T("actions", "Make the change again that was taken back"), "Ctrl+Shift+Z Ctrl+Y", "redo"),
    _a("adjust", EDIT, _T("actions", "&Adjust box"), _T("actions", "Move and resize the selected box with the arrow keys; Enter takes it, Esc does not"), "E", "adjust"),
    _a("keep_rest", EDIT, _T("actions", "Corrections &keep what follows"), _T("actions", "A corrected box changes its own frame only; otherwise what follows is tracked anew"), "", "", on=False),
    _a("mark_absent", EDIT, _T("actions", "&Not visible from here"), _T("actions", "Say that the selected target is out of sight from this frame on"), "V", "absent"),
    _a("mark_visible", EDIT, _T("actions", "&Visible again"), _T("actions", "Say that the selected target is in sight again: it is looked for"), "Shift+V", ""),
    _a("track_back", EDIT, _T("actions", "Track &backwards from here"), _T("actions", "Follow the selected target from this frame back to its keyframe before"), "Ctrl+Left", "track-back"),
    _a("track_again", EDIT, _T("actions", "Track a&gain from here"), _T("actions", "Follow the selected target anew from this frame to its next keyframe"), "Ctrl+Right", "track-again"),
    _a("interpolate", EDIT, _T("actions", "&Interpolate"), _T("actions", "Put straight lines between the drawn boxes on both sides of this frame"), "Ctrl+I", ""),
    _a("delete_keyframe", EDIT, _T("actions", "&Delete keyframe"), _T("actions", "Take back what was drawn or marked on this frame; it is tracked over"), "Ctrl+K", "remove"),
    _a("next_keyframe", EDIT, _T("actions", "Next &keyframe"), _T("actions", "Go to the next frame on which the selected target was drawn or marked"), "K", "step-forward"),
    _a("previous_keyframe", EDIT, _T("actions", "&Previous keyframe"), _T("actions", "Go to the previous frame on which the selected target was drawn or marked"), "Shift+K", "step-back"),
    _a("play", PLAY, _T("actions", "&Play"), _T("actions", "Play and track, or pause"), "Space", "play", held=True),
    _a("step_forward", PLAY, _T("actions", "Next &frame"), _T("actions", "Go one frame on"), "Right", "step-forward"),
    _a("step_back", PLAY, _T("actions", "Pre&vious frame"), _T("actions", "Go one frame back"), "Left", "step-back"),
    _a("jump_forward", PLAY, _T("actions", "Forward 10 frames"), _T("actions", "Go ten frames on"), "Shift+Right", ""),
    _a("jump_back", PLAY, _T("actions", "Back 10 frames"), _T("actions", "Go ten frames back"), "Shift+Left", ""),
    _a("to_start", PLAY, _T("actions", "To the &start"), _T("actions", "Go to the first frame"), "Home", "to-start"),
    _a("to_end", PLAY, _T("actions", "To the &end"), _T("actions", "Go to the last frame"), "End", "to-end"),
    _a("go_to", PLAY, _T("actions", "&Go to frame…"), _T("actions", "Go to a frame by its number"), "Ctrl+G", "go-to"),
    _a("slower", PLAY, _T("actions", "Slower"), _T("actions", "Play slower"), "[", ""),
    _a("faster", PLAY, _T("actions", "Faster"), _T("actions", "Play faster"), "]", ""),
    _a("next_event", REVIEW, _T("actions", "&Next event"), _T("actions", "Go to the next place where the target was lost, found again or drawn"), "N", "next-event"),
    _a("previous_event", REVIEW, _T("actions", "Previous event"), _T("actions", "Go to the previous place where the target was lost, found again or drawn"), "Shift+N", "previous-event"),
    _a("next_lost", REVIEW, _T("actions", "Next l&ost"), _T("actions", "Go to the next place where a target was lost"), "J", ""),
    _a("previous_lost", REVIEW, _T("actions", "Previous lost"), _T("actions", "Go to the previous place where a target was lost"), "Shift+J", ""),
    _a("next_low", REVIEW, _T("actions", "Next &unsure"), _T("actions", "Go to the next place of low confidence"), "U", ""),
    _a("previous_low", REVIEW, _T("actions", "Previous unsure"), _T("actions", "Go to the previous place of low confidence"), "Shift+U", ""),
    _a("mark_in", REVIEW, _T("actions", "Mark &in"), _T("actions", "Begin the part to export here"), "I", "mark-in"),
    _a("mark_out", REVIEW, _T("actions", "Mark ou&t"), _T("actions", "End the part to export here"), "O", "mark-out"),
    _a("clear_in_out", REVIEW, _T("actions", "Clear in and out"), _T("actions", "Mean all of the video again"), "Shift+I Shift+O", ""),
    _a("time_in", REVIEW, _T("actions", "&Zoom into time"), _T("actions", "Show fewer frames on the timeline"), "+ =", ""),
    _a("time_out", REVIEW, _T("actions", "Zoom out of time"), _T("actions", "Show more frames on the timeline"), "-", ""),
    _a("time_all", REVIEW, _T("actions", "All of the time"), _T("actions", "Show all frames on the timeline"), "0", ""),
    _a("draw", TARGET, _T("actions", "&Redraw box"), _T("actions", "Draw the box of the selected target again; then drag on the picture"), "R", "draw"),
    _a("add_target", TARGET, _T("actions", "&Add target"), _T("actions", "Follow one more thing; then drag on the picture (or Shift+drag)"), "A", "add-target"),
    _a("rename", TARGET, _T("actions", "Re&name…"), _T("actions", "Give the selected target a name"), "F2", ""),
    _a("hide_target", TARGET, _T("actions", "&Hide"), _T("actions", "Do not draw the selected target"), "Ctrl+H", "", on=False),
    _a("merge", TARGET, _T("actions", "&Merge…"), _T("actions", "Make the selected target and another one the same"), "Ctrl+M", ""),
    _a("split", TARGET, _T("actions", "&Split here"), _T("actions", "From this frame on the track belongs to a new target"), "Ctrl+Shift+M", ""),
    _a("remove_target", TARGET, _T("actions", "S&top here"), _T("actions", "Stop following the selected target from here on"), "Del", "remove"),
    _a("delete_target", TARGET, _T("actions", "R&emove target"), _T("actions", "Remove the selected target with its whole track"), "Shift+Del", ""),
    _a("clear_targets", TARGET, _T("actions", "Remove al&l targets"), _T("actions", "Begin anew on the same video"), "", ""),
    _a("cancel", TARGET, _T("actions", "&Cancel drawing"), _T("actions", "Give up the box being drawn"), "Esc", ""),
    _a("set_scale", MEASURE, _T("actions", "&Set scale…"), _T("actions", "Draw a line of known length, then give its length and unit"), "M", "ruler"),
    _a("set_origin", MEASURE, _T("actions", "Set &origin"), _T("actions", "Click where the origin of all coordinates shall be"), "Shift+M", "origin"),
    _a("y_up", MEASURE, _T("actions", "&y upwards"), _T("actions", "Let y grow upwards, as on paper, instead of downwards, as in pictures"), "Ctrl+Shift+Y", "", on=False),
    _a("clear_scale", MEASURE, _T("actions", "&Measure in pixels"), _T("actions", "Forget scale, origin and direction"), "", ""),
    _a("heatmap", VIEW, _T("actions", "&Heatmap"), _T("actions", "Show where the attention network sees the target"), "H", "heatmap", on=True),
    _a("proposals", VIEW, _T("actions", "&Proposals"), _T("actions", "Show the candidate boxes, coloured by their score"), "P", "proposals", on=False),
    _a("search", VIEW, _T("actions", "&Search window"), _T("actions", "Show the part of the picture that is searched closely"), "S", "search", on=False),
    _a("regions", VIEW, _T("actions", "Attention re&gions"), _T("actions", "Show the regions where the attention is highest"), "G", "regions", on=False),
    _a("trail", VIEW, _T("actions", "&Trail"), _T("actions", "Show the way the target came"), "T", "trail", on=True),
    _a("boxes", VIEW, _T("actions", "&Boxes"), _T("actions", "Show the boxes of the targets"), "B", "boxes", on=True),
    _a("labels", VIEW, _T("actions", "&Labels"), _T("actions", "Show number, state and confidence at each box"), "L", "labels", on=True),
    _a("axes", VIEW, _T("actions", "Scale and a&xes"), _T("actions", "Show the scale bar and the axes, once they are set"), "X", "ruler", on=True),
    _a("hide_overlays", VIEW, _T("actions", "Hide &all overlays"), _T("actions", "Show the bare picture; hold the key to peek"), "\\", "eye-off", on=False, held=True),
    _a("zoom_in", VIEW, _T("actions", "Zoom &in"), _T("actions", "Make the picture larger"), "Ctrl++ Ctrl+=", "zoom-in"),
    _a("zoom_out", VIEW, _T("actions", "Zoom &out"), _T("actions", "Make the picture smaller"), "Ctrl+-", "zoom-out"),
    _a("fit", VIEW, _T("actions", "&Fit to window"), _T("actions", "Show the whole picture"), "Ctrl+0", "fit"),
    _a("actual_size", VIEW, _T("actions", "Actual si&ze"), _T("actions", "One pixel of the video on one pixel of the screen"), "Ctrl+1", "actual-size"),
    _a("plot", VIEW, _T("actions", "P&lots"), _T("actions", "Show the plots and the figures below the timeline"), "F8", "timeline", on=True),
    _a("side_panel", VIEW, _T("actions", "Side pa&nel"), _T("actions", "Show targets, overlays and details beside the picture"), "F9", "panel", on=True),
    _a("backend", VIEW, _T("actions", "Bac&kend…"), _T("actions", "Choose what runs the networks, and compile plans for a GPU"), "Ctrl+B", ""),
    _a("why", VIEW, _T("actions", "&Why here?"), _T("actions", "Show what was weighed on this frame and what is remembered, or go back to the targets"), "W", "why"),
    _a("full_screen", VIEW, _T("actions", "F&ull screen"), _T("actions", "Use the whole screen"), "F11", "full-screen", on=False),
    _a("shortcuts", HELP, _T("actions", "&Shortcuts"), _T("actions", "Show every key and mouse gesture"), "F1 ?", "keyboard"),
    _a("about", HELP, _T("actions", "&About AttnTrack"), _T("actions", "Version, backend and licences"), "", "info"),
)  # fmt: skip

MENUS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (FILE, _T("actions", "&File"), (
        "open", "open_project", "open_camera", "open_stream", "open_demo", "recent", "|", "save", "save_as", "restore", "|",
        "export_track", "export_video", "export_crop", "record", "import_track", "|", "save_still", "copy_still", "copy_track", "|",
        "close_source", "quit")),
    (EDIT, _T("actions", "&Edit"), (
        "undo", "redo", "|", "adjust", "keep_rest", "|", "mark_absent", "mark_visible", "|",
        "track_back", "track_again", "interpolate", "|", "next_keyframe", "previous_keyframe", "delete_keyframe")),
    (PLAY, _T("actions", "&Playback"), (
        "play", "|", "step_forward", "step_back", "jump_forward", "jump_back", "to_start", "to_end", "go_to", "|",
        "speed", "slower", "faster")),
    (REVIEW, _T("actions", "&Review"), (
        "next_event", "previous_event", "next_lost", "previous_lost", "next_low", "previous_low", "|",
        "mark_in", "mark_out", "clear_in_out", "|", "time_in", "time_out", "time_all")),
    (TARGET, _T("actions", "&Target"), (
        "draw", "add_target", "|", "select", "rename", "color", "hide_target", "|", "merge", "split", "|",
        "remove_target", "delete_target", "clear_targets", "|", "cancel")),
    (MEASURE, _T("actions", "&Measure"), ("set_scale", "set_origin", "y_up", "|", "clear_scale")),
    (VIEW, _T("actions", "&View"), (
        "heatmap", "proposals", "search", "regions", "trail", "boxes", "labels", "axes", "hide_overlays", "|",
        "zoom_in", "zoom_out", "fit", "actual_size", "|", "plot", "side_panel", "why", "full_screen", "|", "theme", "backend")),
    (HELP, _T("actions", "&Help"), ("shortcuts", "about")),
)  # fmt: skip
"""Menus: id, title and entries; "|" is a separator; recent, speed, select, color and theme are submenus."""

GESTURES: tuple[tuple[str, str], ...] = (
    (_T("actions", "Drag"), _T("actions", "Draw the box of the selected target; on its edges while paused: resize or move it")),
    (_T("actions", "Shift+drag"), _T("actions", "Draw the box of one more target")),
    (_T("actions", "Click a box"), _T("actions", "Select that target")),
    (_T("actions", "Enter, click the selected box"), _T("actions", "Adjust it: arrows move (Shift: 10 pixels), Alt+arrows resize, Enter takes it, Esc does not")),
    (_T("actions", "Wheel"), _T("actions", "Zoom at the pointer")),
    (_T("actions", "Wheel on the timeline"), _T("actions", "Zoom into time; with Shift: move along")),
    (_T("actions", "Drag a flag on the timeline"), _T("actions", "Move the in or out point")),
    (_T("actions", "Double click the timeline"), _T("actions", "Show all of the time")),
    (_T("actions", "Middle drag, Space+drag"), _T("actions", "Move the picture")),
    (_T("actions", "Double click"), _T("actions", "Fit the picture to the window")),
    (_T("actions", "Hold \\"), _T("actions", "Peek at the picture without overlays")),
    (_T("actions", "1 … 9"), _T("actions", "Select a target by its number")),
    (_T("actions", "Drop a file"), _T("actions", "Open it")),
)  # fmt: skip
"""What the mouse does, for the shortcuts page."""

OVERLAYS = ("heatmap", "regions", "proposals", "search", "trail", "boxes", "labels", "axes")
"""The overlay toggles, in the order of the side panel."""


def translated(text: str) -> str:
    """A text of the tables in the user's language."""
    return QCoreApplication.translate(_CONTEXT, text)


def shortcut_text(spec: ActionSpec) -> str:
    """The keys of an action as the platform writes them."""
    return ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in spec.keys)


class Actions(QObject):
    """The live ``QAction`` of every row of the table, by id."""

    def __init__(self, theme: ThemeManager, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._by_id = {spec.id: self._made(spec) for spec in ACTIONS}
        theme.changed.connect(self.refresh_icons)

    def __getitem__(self, id: str) -> QAction:
        return self._by_id[id]

    @staticmethod
    def speed_text(speed: float) -> str:
        """How a playback speed is written."""
        return translated(_T("actions", "As fast as possible")) if speed == 0 else f"{speed:g}×"

    def icon_name(self, id: str) -> str:
        """The file name of an action's icon, without its ending."""
        return next(spec.icon for spec in ACTIONS if spec.id == id)

    def all(self) -> list[QAction]:
        """Every action, in the order of the table."""
        return list(self._by_id.values())

    def refresh_icons(self) -> None:
        """Draw the icons in the colours of the look."""
        for spec in ACTIONS:
            if spec.icon:
                self._by_id[spec.id].setIcon(self._theme.icon(spec.icon, toggle=spec.checkable))

    def set_playing(self, playing: bool) -> None:
        """Let the play action say and show what it would do."""
        action = self._by_id["play"]
        action.setText(translated(_T("actions", "&Pause")) if playing else translated(_T("actions", "&Play")))
        action.setIcon(self._theme.icon("pause" if playing else "play"))

    def _made(self, spec: ActionSpec) -> QAction:
        action = QAction(translated(spec.text), self)
        action.setObjectName(spec.id)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        keys = shortcut_text(spec)
        tip = translated(spec.tip)
        action.setToolTip(f"{tip}  ({keys})" if keys else tip)
        action.setStatusTip("")
        if spec.icon:
            action.setIcon(self._theme.icon(spec.icon, toggle=spec.checkable))
        if spec.on is not None:
            action.setCheckable(True)
            action.setChecked(spec.on)
            action.setIconVisibleInMenu(False)  # the menu shows a check mark: no state by colour alone
        return action
