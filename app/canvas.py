"""The picture with its overlays: paints one frame, zooms and pans, and turns drags into boxes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app import overlays
from app.canvas_adjust import AdjustTool
from app.canvas_cursor import CURSORS
from app.canvas_keys import CanvasKeys
from app.canvas_marks import paint_adjusted, paint_grips, paint_margins, paint_rubber
from app.canvas_tools import DragTool, Intent, Outcome, Refusal, handle_at
from app.canvas_view import WHEEL_STEP, View
from app.overlays import OverlayOptions, Scene
from app.screen_pixels import ScreenPixels
from app.theme import Theme
from engine.types import Box, Frame

_HANDLE_PX = 9.0


class Canvas(QWidget):
    """Shows frames and asks for boxes.

    Signals: ``drag_started`` (freeze the frame), ``drawn`` (an :class:`Outcome`), ``refused`` (a
    :class:`Refusal`), ``drag_ended`` (without a box), ``clicked`` (image x, y), ``view_changed``,
    ``hovered`` (image x, y, or NaN when the pointer leaves), ``armed`` (the next drag, or the keys,
    have another purpose).
    """

    drag_started = Signal()
    drag_ended = Signal()
    drawn = Signal(object)
    refused = Signal(object)
    clicked = Signal(float, float)
    hovered = Signal(float, float)
    view_changed = Signal()
    armed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(240, 160)
        self.setAccessibleName(self.tr("Video"))
        self.setAccessibleDescription(self.tr("Drag a box around what you want to follow"))
        self.view = View()
        self.tool = DragTool()
        self.adjust = AdjustTool()
        self.keys = CanvasKeys(self)
        self.options = OverlayOptions()
        self.scene = Scene()
        self.bare = False  # no overlays while the user peeks
        self.pan_held = False
        self.panned_while_held = False
        self._background = QColor("black")
        self._pixels: ScreenPixels | None = None
        self._intent: Intent | None = None
        self._editable: Box | None = None
        self._pan_from: QPointF | None = None

    # what is shown
    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the look."""
        self._background = QColor(theme.canvas)
        self.update()

    def show_frame(self, frame: Frame, scene: Scene) -> None:
        """Show a frame with what is known of it."""
        self._pixels = ScreenPixels(frame.image)
        self.scene = scene
        self._set_view(self.view.with_image(*frame.size))
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._pixels, self.scene = None, Scene()
        self.tool.cancel()
        self.adjust.end()
        self.set_intent(None)
        self.update()

    def set_scene(self, scene: Scene) -> None:
        """Show other overlays on the same frame."""
        self.scene = scene
        self.update()

    def set_options(self, options: OverlayOptions) -> None:
        """Show other layers."""
        self.options = options
        self.update()

    def set_bare(self, bare: bool) -> None:
        """Hide or show all overlays."""
        self.bare = bare
        self.update()

    def set_intent(self, intent: Intent | None) -> None:
        """Arm the next drag for a purpose, or disarm it."""
        changed = intent is not self._intent
        self._intent = intent
        self._point_cursor(None)
        self.update()
        if changed:
            self.armed.emit()

    def set_editable(self, box: Box | None) -> None:
        """The selected target's box when its grips may be taken (while paused), else None."""
        if box != self._editable:
            self._editable = box
            self.update()

    @property
    def editable(self) -> Box | None:
        """The box whose grips may be taken, or None."""
        return None if self._intent is not None or self.bare else self._editable

    @property
    def intent(self) -> Intent | None:
        """What the next drag was armed for."""
        return self._intent

    # the view
    def zoom(self, factor: float) -> None:
        """Zoom around the middle."""
        self._set_view(self.view.zoomed(factor, self.width() / 2, self.height() / 2))

    def fit(self) -> None:
        """Show the whole picture."""
        self._set_view(self.view.fit())

    def actual_size(self) -> None:
        """One picture pixel on one screen pixel."""
        self._set_view(self.view.actual_size(self.devicePixelRatioF()))

    def _set_view(self, view: View) -> None:
        if view != self.view:
            self.view = view
            self.view_changed.emit()
            self.update()

    # events
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint frame, overlays and the box being drawn."""
        painter = QPainter(self)
        picture = self.view.picture
        inside = QRectF(picture.x, picture.y, picture.w, picture.h)
        paint_margins(painter, self.rect(), inside if self._pixels is not None else QRectF(), self._background)
        if self._pixels is None:
            return
        self._pixels.paint(painter, inside, QRectF(self.rect()), self.devicePixelRatioF())
        if not self.bare:
            overlays.paint(painter, self.view, self.scene, self.options, self._label_font())
        rubber = self.tool.rubber
        if rubber is not None:
            paint_rubber(painter, self.view, rubber, self.rect(), self._label_font())
        elif self.adjust.box is not None:
            paint_adjusted(painter, self.view, self.adjust.box, self.rect(), self._label_font())
        elif self.editable is not None and self.options.boxes:
            paint_grips(painter, self.view, self.editable)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the view fitted or centred."""
        self._set_view(self.view.with_canvas(self.width(), self.height()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        if self._pixels is not None and event.angleDelta().y():
            at = event.position()
            factor = WHEEL_STEP ** (event.angleDelta().y() / 120.0)
            self._set_view(self.view.zoomed(factor, at.x(), at.y()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a box, or move the picture."""
        if self._pixels is None:
            return
        at = event.position()
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self.pan_held):
            self._pan_from = at
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif left and not self.tool.active:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if shift:
                self.keys.finish()
            intent = Intent.ADD if shift else (self._intent or Intent.DRAW)
            x, y = self.view.to_image(at.x(), at.y())
            self.tool.press(x, y, self.view.image, intent, self.adjust.box or self.editable, self._reach())
            if not self.adjust.active:
                self.drag_started.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, pan or hover."""
        at = event.position()
        x, y = self.view.to_image(at.x(), at.y())
        if self._pan_from is not None:
            delta = at - self._pan_from
            self._pan_from = at
            self.panned_while_held = True
            self._set_view(self.view.panned(delta.x(), delta.y()))
        elif self.tool.active:
            self.tool.move(x, y)
            self.update()
        else:
            self._point_cursor(at)
        self.hovered.emit(x, y)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        if self._pan_from is not None:
            self._pan_from = None
            self._point_cursor(event.position())
            return
        if event.button() != Qt.MouseButton.LeftButton or not self.tool.active:
            return
        at = event.position()
        x, y = self.view.to_image(at.x(), at.y())
        outcome = self.tool.release(x, y)
        self.update()
        if self.adjust.active:
            self.keys.dragged(outcome, x, y)
        elif isinstance(outcome, Outcome):
            self.set_intent(None)
            self.drawn.emit(outcome)
        else:
            self.drag_ended.emit()
            if isinstance(outcome, Refusal):
                self.refused.emit(outcome)
            elif not self.keys.click(x, y):
                self.clicked.emit(x, y)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit the picture."""
        if event.button() == Qt.MouseButton.LeftButton and self._intent is None:
            self.fit()

    def leaveEvent(self, event: object) -> None:
        """The pointer is gone: nothing is under it."""
        self.hovered.emit(float("nan"), float("nan"))

    def cancel(self) -> bool:
        """Give up the drag or the armed drawing; says whether there was one."""
        busy, armed = self.tool.active or self.adjust.active, self._intent is not None
        self.tool.cancel()
        self.adjust.end()
        self.set_intent(None)
        if busy:
            self.drag_ended.emit()
            self.armed.emit()
        return busy or armed

    # helpers
    def _reach(self) -> float:
        return _HANDLE_PX / self.view.scale

    def _label_font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(max(font.pointSizeF() - 0.5, 7.0))
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def _point_cursor(self, at: QPointF | None) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self._pixels is not None:
            shape = Qt.CursorShape.OpenHandCursor if self.pan_held else Qt.CursorShape.CrossCursor
            held = self.adjust.box or self._editable
            if at is not None and held is not None and self._intent is None and not self.pan_held:
                handle = handle_at(*self.view.to_image(at.x(), at.y()), held, self._reach())
                shape = CURSORS[handle] if handle else shape
        self.setCursor(shape)

    def set_pan_held(self, held: bool) -> None:
        """While Space is held, a drag moves the picture."""
        if held:
            self.panned_while_held = False
        self.pan_held = held
        self._point_cursor(None)
