"""Choose what runs the networks, see why something cannot, and compile plans for a GPU."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QWidget,
)

from app.aside import Aside
from app.backend_probe import Probe, probe
from app.backends import BackendChoice, choices
from app.build_job import BuildJob
from app.dialogs.base import Dialog
from engine.errors import BackendError


class BackendDialog(Dialog):
    """``chosen`` carries a :class:`BackendChoice`; ``compile_wanted`` precision and target, empty for this computer."""

    chosen = Signal(object)
    compile_wanted = Signal(str, str)

    def __init__(
        self,
        parent: QWidget,
        current: BackendChoice,
        in_use: str,
        notes: tuple[str, ...],
        ask: Callable[[], Probe] = probe,
    ) -> None:
        super().__init__(QCoreApplication.translate("BackendDialog", "What runs the networks"), "", parent)
        self._current, self._ask = current, ask
        self._why: dict[BackendChoice, str] = {}
        self._job: BuildJob | None = None
        self.lead.show()
        self.show_in_use(in_use, notes)
        self._radios: dict[BackendChoice, QRadioButton] = {}
        self._hints: dict[BackendChoice, QLabel] = {}
        self._reason = QLabel()
        self._reason.setWordWrap(True)
        self._reason.setMinimumWidth(480)
        self.body.addLayout(self._choices())
        self.body.addWidget(self._reason)
        self.body.addWidget(self._compiling())
        self.buttons.addStretch(1)
        self.button(self.tr("Close")).clicked.connect(self.reject)
        self._use = self.button(self.tr("Use"), primary=True)
        self._use.setToolTip(self.tr("Switch now; every target goes on from its last box"))
        self._use.clicked.connect(lambda: self.chosen.emit(self.picked))
        self._asking: Aside | None = None
        self._refresh()
        self.look()

    @property
    def picked(self) -> BackendChoice:
        """The choice that is marked."""
        return next(choice for choice, radio in self._radios.items() if radio.isChecked())

    def look(self) -> None:
        """Find out what can be used here and now."""
        self._forget()
        for hint in self._hints.values():
            hint.setText(self.tr("looking …"))
        ask = self._ask

        def answer() -> Probe | BackendError:
            try:
                return ask()
            except BackendError as error:
                return error

        self._asking = Aside(answer, "attntrack-backends", self)
        self._asking.answered.connect(self._show)

    def show_in_use(self, text: str, notes: tuple[str, ...]) -> None:
        """Say what runs the networks now, and how far each graph's numbers are from the reference."""
        self.lead.setText("\n".join([self.tr("In use: {0}").format(text or self.tr("nothing yet")), *notes]))

    def switched(self, choice: BackendChoice) -> None:
        """The choice is the one in use now."""
        self._current = choice
        self._radios[choice].setChecked(True)
        self._refresh()

    def follow(self, job: BuildJob) -> None:
        """Show how far a compilation is."""
        self._job = job
        job.progress.connect(self._show_progress)
        job.line.connect(self._show_line)
        job.done.connect(self._built)
        self._result.setText("")
        self._progress.setRange(0, 0)
        self._refresh()

    def done(self, result: int) -> None:
        """Close, whatever is still being found out; a compilation goes on."""
        self._forget()
        super().done(result)

    # building
    def _choices(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.setHorizontalSpacing(16)
        grid.setColumnStretch(1, 1)
        group = QButtonGroup(self)
        for row, choice in enumerate(choices()):
            radio, hint = QRadioButton(choice.text), QLabel()
            radio.setChecked(choice == self._current)
            hint.setObjectName("Muted")
            group.addButton(radio)
            radio.toggled.connect(self._refresh)
            grid.addWidget(radio, row, 0)
            grid.addWidget(hint, row, 1)
            self._radios[choice], self._hints[choice] = radio, hint
        return grid

    def _compiling(self) -> QFrame:
        """Everything about plans; shown for a choice that needs them."""
        self._frame = QFrame()
        self._frame.setObjectName("Card")
        grid = QGridLayout(self._frame)
        grid.setContentsMargins(14, 12, 14, 12)
        grid.setColumnStretch(1, 1)
        self._target = QComboBox()
        self._target.setAccessibleName(self.tr("GPU to compile for"))
        self._target.setToolTip(self.tr("Plans for another computer are kept in the cache folder, to be copied there"))
        self._build = self._plain_button()
        self._progress = QProgressBar()
        self._progress.setAccessibleName(self.tr("Progress"))
        self._progress.setTextVisible(False)
        self._result = QLabel()
        self._result.setWordWrap(True)
        self._result.setObjectName("Muted")
        self._result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout()
        row.addWidget(self._target, 1)
        row.addWidget(self._build)
        grid.addWidget(QLabel(self.tr("Plans for")), 0, 0)
        grid.addLayout(row, 0, 1)
        grid.addWidget(self._progress, 1, 0, 1, 2)
        grid.addWidget(self._result, 2, 0, 1, 2)
        return self._frame

    def _plain_button(self) -> QPushButton:
        button = QPushButton(self.tr("Compile"))
        button.setAutoDefault(False)
        button.setToolTip(self.tr("Takes minutes; tracking goes on meanwhile"))
        button.clicked.connect(self._build_or_cancel)
        return button

    # what they do
    def _build_or_cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
        else:
            self.compile_wanted.emit(self.picked.precision, self._target.currentData() or "")

    def _forget(self) -> None:
        if self._asking is not None:
            self._asking.forget()
            self._asking = None

    def _show(self, found: Probe | BackendError) -> None:
        if isinstance(found, BackendError):
            for hint in self._hints.values():
                hint.setText("")
            self._reason.setText(str(found))
            self._fit()
            return
        self._why = {BackendChoice(*key): why for key, why in found.why.items()}
        for choice, hint in self._hints.items():
            hint.setText(self.tr("not available") if self._why.get(choice, "?") else self.tr("ready"))
        before = self._target.currentData() or ""
        self._target.clear()
        self._target.addItem(self.tr("this computer's GPU"), "")
        for target in found.targets:
            self._target.addItem(self.tr("another computer's GPU, {0}").format(target), target)
        self._target.setCurrentIndex(max(self._target.findData(before), 0))
        self._refresh()

    def _refresh(self) -> None:
        picked, known = self.picked, bool(self._why)
        ready = known and not self._why.get(picked, "?")
        self._use.setEnabled(ready and picked != self._current)
        self._use.setText(self.tr("In use") if picked == self._current else self.tr("Use"))
        self._frame.setVisible(picked.compiled)
        running = self._job is not None
        self._build.setText(self.tr("Cancel") if running else self.tr("Compile"))
        self._build.setEnabled(running or known)
        self._target.setEnabled(not running)
        self._progress.setVisible(running)
        self._result.setVisible(bool(self._result.text()))
        why = self._why.get(picked, self.tr("not known on this computer")) if known else ""
        self._reason.setText(why[:1].upper() + why[1:])
        self._reason.setVisible(bool(why))
        self._fit()

    def _fit(self) -> None:
        """Make room for what is written now; wrapped lines do not do it by themselves."""
        self.layout().activate()
        self.setMinimumHeight(0)
        height = self.layout().heightForWidth(self.width()) if self.layout().hasHeightForWidth() else 0
        self.resize(self.width(), max(height, self.layout().sizeHint().height()))

    def _show_progress(self, share: float, what: str) -> None:
        self._progress.setRange(0, 1000)
        self._progress.setValue(round(1000 * share))
        self._progress.setToolTip(what)

    def _show_line(self, text: str) -> None:
        self._result.setText(f"{self._result.text()}\n{' '.join(text.split())}".strip())
        self._refresh()

    def _built(self, error: str) -> None:
        job, self._job = self._job, None
        if job is not None and job.cancelled:
            self._result.setText(self.tr("Cancelled; complete plans were kept."))
        elif error:
            self._result.setText(error)
        self._refresh()
        self.look()
