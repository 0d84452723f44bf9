"""What can be chosen of an export, for each kind: rows of the export dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from app.export_job import ExportPlan
from app.settings import Settings
from engine.formats import FORMATS
from engine.formats.crops import LEAST_SIDE, MOST_SIDE, CropPlan
from engine.render import Overlay

_OVERLAYS = ("box", "trail", "search")  # what the log remembers of every frame

Row = tuple[str, QWidget]
"""A label and what stands beside it."""


class Options(QObject):
    """The rows of one kind of export, of a ``format``; ``changed`` says that the plan is another."""

    changed = Signal()

    def __init__(self, parent: QObject, format: str) -> None:
        super().__init__(parent)
        self.format = format
        self.rows: list[Row] = []

    @property
    def suffix(self) -> str:
        """What is put behind the source's name."""
        return ""

    def apply(self, plan: ExportPlan) -> ExportPlan:
        """The plan with what was chosen."""
        return plan

    def remember(self) -> None:
        """Write what was chosen to the settings."""

    def set_enabled(self, enabled: bool) -> None:
        """Whether anything may be changed."""
        for _, widget in self.rows:
            widget.setEnabled(enabled)


class TrackOptions(Options):
    """The format of the track, and more columns for CSV."""

    def __init__(self, parent: QObject, settings: Settings, unit: str) -> None:
        super().__init__(parent, settings.text("export_format", "csv"))
        self._settings = settings
        self.formats = QComboBox()
        self.formats.setAccessibleName(self.tr("Format"))
        names = {
            "csv": self.tr("CSV – a row for every frame and target, with states"),
            "mot": self.tr("MOT challenge text"),
            "otb": self.tr("OTB text – one box a line"),
            "vot": self.tr("VOT text – regions and confidences"),
            "json": self.tr("COCO JSON"),
        }
        for name in FORMATS:
            self.formats.addItem(names[name], name)
        self.formats.setCurrentIndex(max(self.formats.findData(self.format), 0))
        self.measured = QCheckBox(self.tr("Centre, size and speed in {0}").format(unit))
        self.measured.setToolTip(self.tr("Five more columns behind the others"))
        self.measured.setChecked(settings.toggle("export_measured", False))
        self.rows = [(self.tr("Format"), self.formats), (self.tr("Add"), self.measured)]
        self.formats.currentIndexChanged.connect(self._refresh)
        self.measured.toggled.connect(self.changed)
        self._refresh()

    def apply(self, plan: ExportPlan) -> ExportPlan:
        """The plan with what was chosen."""
        return replace(plan, measured=self.format == "csv" and self.measured.isChecked())

    def remember(self) -> None:
        """Write what was chosen to the settings."""
        self._settings.set_text("export_format", self.format)
        self._settings.set_toggle("export_measured", self.measured.isChecked())

    def set_enabled(self, enabled: bool) -> None:
        """Whether anything may be changed."""
        super().set_enabled(enabled)
        self.measured.setEnabled(enabled and self.format == "csv")

    def _refresh(self) -> None:
        self.format = str(self.formats.currentData())
        self.measured.setEnabled(self.format == "csv")
        self.changed.emit()


class VideoOptions(Options):
    """What is drawn on the video."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent, "video")
        texts = (self.tr("Boxes and labels"), self.tr("Trail"), self.tr("Search window"))
        self.layers = {name: QCheckBox(text) for name, text in zip(_OVERLAYS, texts, strict=True)}
        for name, box in self.layers.items():
            box.setChecked(name in ("box", "trail"))
            box.toggled.connect(self.changed)
        # what the networks saw is kept for a few frames only
        heatmap = muted(self.tr("For the heatmap: record while tracking (Ctrl+R)"))
        self.rows = [(self.tr("Draw"), _side_by_side(list(self.layers.values()))), ("", heatmap)]

    @property
    def suffix(self) -> str:
        """What is put behind the source's name."""
        return "_tracked"

    def apply(self, plan: ExportPlan) -> ExportPlan:
        """The plan with what was chosen."""
        return replace(plan, overlay=replace(Overlay(), **{n: box.isChecked() for n, box in self.layers.items()}))


class CropOptions(Options):
    """Which target is cut out, how large, and what its scale does."""

    def __init__(
        self,
        parent: QObject,
        settings: Settings,
        targets: Sequence[int],
        name: Callable[[int], str],
        chosen: int | None,
    ) -> None:
        super().__init__(parent, "crop")
        self._settings = settings
        self.target = QComboBox()
        self.target.setAccessibleName(self.tr("Target"))
        for target in targets:
            self.target.addItem(name(target), target)
        self.target.setCurrentIndex(max(self.target.findData(chosen), 0))
        self.side = QSpinBox()
        self.side.setRange(LEAST_SIDE, MOST_SIDE)
        self.side.setSingleStep(32)
        self.side.setSuffix(self.tr(" px"))
        self.side.setAccessibleName(self.tr("Side of the video"))
        self.side.setValue(int(settings.text("crop_side", "256")))
        self.margin = QDoubleSpinBox()
        self.margin.setRange(1.0, 10.0)
        self.margin.setSingleStep(0.25)
        self.margin.setDecimals(2)
        self.margin.setSuffix(self.tr(" × target"))
        self.margin.setAccessibleName(self.tr("Part of the picture"))
        self.margin.setToolTip(self.tr("How much of the picture around the target is shown"))
        self.margin.setValue(float(settings.text("crop_margin", "2")))
        self.scale = QComboBox()
        self.scale.setAccessibleName(self.tr("Scale"))
        self.scale.addItem(self.tr("The same all the time"), False)
        self.scale.addItem(self.tr("The target keeps its size"), True)
        self.scale.setCurrentIndex(int(settings.toggle("crop_follow", False)))
        self.only_seen = QCheckBox(self.tr("Leave out frames on which it was not seen"))
        self.rows = [
            (self.tr("Target"), self.target),
            (self.tr("Size"), _side_by_side([self.side, self.margin])),
            (self.tr("Scale"), self.scale),
            ("", self.only_seen),
        ]
        for signal in (
            self.target.currentIndexChanged,
            self.side.valueChanged,
            self.margin.valueChanged,
            self.scale.currentIndexChanged,
            self.only_seen.toggled,
        ):
            signal.connect(lambda *_: self.changed.emit())

    @property
    def suffix(self) -> str:
        """What is put behind the source's name."""
        return f"_target{self.target.currentData()}"

    def apply(self, plan: ExportPlan) -> ExportPlan:
        """The plan with what was chosen."""
        crop = CropPlan(
            int(self.target.currentData()),
            self.side.value() // 2 * 2,
            self.margin.value(),
            bool(self.scale.currentData()),
            only_seen=self.only_seen.isChecked(),
        )
        return replace(plan, crop=crop)

    def remember(self) -> None:
        """Write what was chosen to the settings."""
        self._settings.set_text("crop_side", str(self.side.value()))
        self._settings.set_text("crop_margin", f"{self.margin.value():g}")
        self._settings.set_toggle("crop_follow", bool(self.scale.currentData()))


def _side_by_side(widgets: Sequence[QWidget]) -> QWidget:
    inside = QWidget()
    row = QHBoxLayout(inside)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(18)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return inside


def muted(text: str) -> QLabel:
    """A label that names what stands beside it."""
    label = QLabel(text)
    label.setObjectName("Muted")
    return label
