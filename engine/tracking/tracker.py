"""One target: joint local and global search, judged online (Algorithm 2 of the paper, in real time)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor

import numpy as np

from engine.backends.base import Backend
from engine.config import TrackerConfig
from engine.geometry import clip_box, iou, search_region, snap_box
from engine.tracking.attention import EncodedFrame
from engine.tracking.beside import Beside
from engine.tracking.box_regression import BoxRegressor
from engine.tracking.continuity import Continuity
from engine.tracking.course import Course
from engine.tracking.doubt import Doubt
from engine.tracking.elsewhere import Elsewhere
from engine.tracking.extent import MIN_SIDE, Extent
from engine.tracking.first_frame import first_samples
from engine.tracking.gaze import Gaze
from engine.tracking.judge import Judgement, Scene, judge
from engine.tracking.learner import Learner, Samples, surprise
from engine.tracking.lessons import Lesson, lesson
from engine.tracking.lookalikes import LookAlikes
from engine.tracking.margin import measure_margin
from engine.tracking.memory import TargetMemory, shown
from engine.tracking.recall import Recall
from engine.tracking.regions import Region, find_regions, nearby, region_boxes, region_proposals
from engine.tracking.state import StateMachine
from engine.tracking.step import Step
from engine.tracking.survey import FarLook, Survey
from engine.tracking.turned import look_turned
from engine.tracking.view import SearchView, Sight, as_frame, locate, look
from engine.tracking.watch import Watch
from engine.types import (
    AttentionMap,
    Box,
    Candidate,
    Decision,
    Float32Array,
    Float64Array,
    Frame,
    Origin,
    Target,
    TrackState,
    Verdict,
    Why,
)

MEMORY_INTERVAL, MEMORY_PHASE = 5, 3
"""Frames between two views to remember, and the first: never with a long-term update."""
BOX_STEPS = 1024
"""Steps a pixel in which boxes are told."""
MOST_POSITIVES, MOST_NEGATIVES = 32, 64
"""Samples kept of one frame: the located boxes come first, so the hardest negatives are among them."""
STILL_SEEN = 0.5
"""Score of `locate` from which a target that the classifier denies counts as changed; out of sight it is about .05."""


class TargetTracker:
    """Follows one target. Knows nothing of other targets; the frame's encoding is shared."""

    def __init__(
        self,
        backend: Backend,
        config: TrackerConfig,
        head: Mapping[str, Float32Array],
        target: int,
        seed: int,
        executor: Executor | None,
        recall: Recall,
    ) -> None:
        self.id = target
        self._backend = backend
        self._config = config
        self._seed = seed
        self._rng = np.random.default_rng([seed, target])
        self._learner = Learner(backend, head, config.learn, seed, executor)
        self._recall = recall
        self._state = StateMachine(config.state)
        self._doubt = Doubt(config.doubt, config.state.failure)
        self._age = 1
        self._elsewhere = Elsewhere(config)
        self._lookalikes = LookAlikes(config.learn)
        self._watch = Watch()

    @property
    def failing(self) -> bool:
        """Whether the target is lost or was not found lately."""
        return self._state.lost or self._state.failures > 0

    def takes_parts(self, frame: Frame) -> bool:
        """Whether :meth:`attend` looks at a part of the frame, since the target is small, and needs no encoding."""
        return self._gaze.takes_parts(self._box, frame.size)

    def attend(self, frame: Frame, encoded: EncodedFrame | None) -> AttentionMap:
        """Where on the frame, or on the part of it whose turn it is, this target may be."""
        return self._gaze.look(frame, encoded, self._box, self._memory.global16, self.failing, self._state.lost)

    def start(
        self,
        frame: Frame,
        box: Box,
        encoded: Callable[[], EncodedFrame],
        beside: Beside,
        taught: Sequence[Lesson] = (),
        certain: bool = True,
    ) -> Step:
        """Learn the target from the box on this frame, and from what the user ``taught`` on others, nearest first.

        ``encoded`` waits for the frame's encoding, which may be under way. ``certain``: the user drew this box; then
        :attr:`lesson` is what it teaches.
        """
        factor, backend = self._config.search.factor, self._backend
        region = search_region(box, factor)
        self._box = self._here = box
        self._extent = Extent(box, self._config.search)
        self._course = Course()
        self._continuity = Continuity()
        as_seen_in_frame = beside.start(lambda: as_frame(backend, frame.image, region))
        turning = beside.start(lambda: look_turned(backend, frame.image, box, factor) if certain else None)
        view = look(backend, frame.image, box, factor)
        samples = first_samples(backend, frame.image, box, view, self._learner.weights, factor, self._seed, beside)
        frame16 = as_seen_in_frame()
        own = shown(view, frame16, frame, turning())
        first, *more = [own, *(each.shown for each in taught)] if certain else [each.shown for each in taught]
        self._memory = TargetMemory(first, more)
        if not certain:
            self._memory.remember(view, frame16, box, frame)

        def see() -> AttentionMap | None:
            self._regressor = BoxRegressor(samples.near_features, samples.near, box)
            mine = measure_margin(backend, box, own, samples.views) if certain else None
            self._margin = mine or taught[0].margin
            self._gaze = Gaze(backend, frame, box, encoded())
            return self.attend(frame, encoded()) if self._config.attention.every else None

        seeing = beside.start(see)
        self._learner.start(Samples(samples.positives, samples.negatives), [each.samples for each in taught], certain)
        attention = seeing()
        self.lesson = lesson(frame, box, samples, own, self._margin) if certain else None
        regions = self._regions(attention, frame)
        target = Target(self.id, box, 1.0, TrackState.INIT, Origin.INIT, region)
        return Step(target, attention, region_boxes(regions), None, Why(self.id, None, self._memory.patches))

    def look(self, frame: Frame) -> Sight:
        """What is seen around the last box; needs nothing of :meth:`attend`, and may run beside it."""
        return self._look(frame, self._here)

    def survey(self, frame: Frame, attention: AttentionMap | None) -> Survey:
        """What the whole frame says, :meth:`attend` having told; needs nothing of :meth:`look`, and may run beside it.

        Where a look at a far place is due whatever is near, it is taken here.
        """
        regions = self._regions(attention, frame)
        due = attention is not None and (self._state.lost or self._elsewhere.due(self._doubt, self._age))
        return Survey(attention, regions, self._look_there(frame, regions) if due else None)

    def step(self, frame: Frame, survey: Survey, sight: Sight) -> Step:
        """Find the target on the next frame, of which :meth:`survey` and :meth:`look` have told."""
        self._learner.swap_in()
        view = sight.view
        here = self._here
        size = None if self._state.lost else here  # a lost target may be back larger or smaller
        near = nearby(survey.regions, view.region, size, self._config.attention)
        found, decision = self._judge_near(sight, near, here)
        if survey.attention is not None:
            sure = found.confidence
            if decision.verdict is Verdict.NOT_COMPARED:
                found, view, decision = self._look_far(frame, survey, found, view)
            self._elsewhere.meet(survey.regions, self._box, sure, self._state.lost, self._doubt)
        confidence = found.confidence
        if found.seen >= STILL_SEEN:  # not gone, but changed beyond what the classifier has learned
            confidence = max(confidence, self._config.state.failure)
        level = max(self._doubt.level if self._doubt.frames else 0.0, self._config.state.success)
        local = not self._state.lost and decision.verdict not in (Verdict.JUMPED, Verdict.KEPT_COURSE)
        doubted = self._doubt.step(confidence, local and self._course.leapt(found.box))
        barred = here is not self._box and self._elsewhere.knows(found.box, self._box)
        elsewhere = self._state.lost and not self._watch.step(found.box, found.confidence, barred)
        if elsewhere or (doubted and confidence < level) or self._doubt.strayed:
            confidence = min(confidence, self._config.state.success * 0.99)
        was_lost = self._state.lost
        sure = not (was_lost or doubted or self._doubt.strayed) and found.confidence >= self._doubt.fair
        if self._continuity.step(found, sure):  # not gone, but what it is now stays in doubt
            confidence = max(confidence, self._config.state.failure)
        state = self._state.step(confidence)
        if not self._state.lost:
            self._watch.end()
            moved = was_lost or decision.verdict in (Verdict.JUMPED, Verdict.KEPT_COURSE)
            if moved:
                self._course.forget()
            if was_lost:
                self._extent.trust(found.box)  # it has proved itself, at whatever size it is back
            self._follow(found, frame, moved)
            self._course.step(self._box)
        elif not was_lost:  # the size went astray before the target did
            self._box = self._extent.around(self._box.center)
        self._learner.beware(self._lookalikes.feared(self._doubt, self._state.lost))
        self._learn(found, view, frame, doubted or self._doubt.strayed)
        self._age += 1
        self._here = self._look_next(frame)
        box = None if self._state.lost else self._box
        if self._state.lost and self._watch.shown:
            box, state = clip_box(found.box, *frame.size, MIN_SIDE), TrackState.UNCERTAIN
        # the networks know no more than is told here, and tracks keep it in half the bytes
        box, confidence = box and snap_box(box, BOX_STEPS), float(np.float32(confidence))
        target = Target(self.id, box, confidence, state, Origin.TRACK, view.region)
        why = Why(self.id, decision, self._memory.patches)
        return Step(target, survey.attention, region_boxes(survey.regions), found.proposals, why)

    def wait(self) -> None:
        """Finish learning under way."""
        self._learner.wait()
        self._recall.wait()

    def _regions(self, attention: AttentionMap | None, frame: Frame) -> list[Region]:
        return find_regions(attention, frame.size, self._box, self._config.attention) if attention else []

    def _look(self, frame: Frame, box: Box) -> Sight:
        view = look(self._backend, frame.image, box, self._config.search.factor)
        return Sight(view, self._margin.applied(locate(self._backend, view, *self._memory.local)))

    def _look_next(self, frame: Frame) -> Box:
        """Where the next near look goes: around the box, or, for a lost target, where it may be found again."""
        box, candidate = self._box, self._watch.candidate
        return self._elsewhere.again(box, candidate, frame.size, self._age) if self._state.lost else box

    def _judge_near(self, sight: Sight, regions: list[Region], box: Box) -> tuple[Judgement, Decision]:
        """What is found around this box, or what has kept the target's course where two alike have met."""
        found = self._judge(sight, box, regions, local=True)
        here = Candidate(found.box, found.confidence)
        place = None if self._state.lost else self._course.rival(found)
        if place is None:
            return found, Decision(here, None, Verdict.NOT_COMPARED)
        other = self._judge(sight, box, regions, local=True, place=place)
        return other, Decision(here, Candidate(other.box, other.confidence), Verdict.KEPT_COURSE)

    def _judge(
        self, sight: Sight, box: Box, regions: list[Region], local: bool, place: Float64Array | None = None
    ) -> Judgement:
        search = self._config.search
        extra = region_proposals(regions, self._config.attention.proposals // max(len(regions), 1), self._rng)
        window = search.window_influence if local and not self._state.lost else 0.0
        scene = Scene(sight.view, sight.located, box, extra, window, place)
        return judge(self._backend, scene, self._learner.judging, self._regressor, search, self._rng)

    def _look_far(
        self, frame: Frame, survey: Survey, found: Judgement, view: SearchView
    ) -> tuple[Judgement, SearchView, Decision]:
        """The better of what was found near and what a far region of the attention map holds, and why."""
        near = Candidate(found.box, found.confidence)
        elsewhere, lost = self._elsewhere, self._state.lost
        failing = lost or found.confidence < self._config.state.success
        if self._learner.learning_others or not (failing or elsewhere.due(self._doubt, self._age)):
            return found, view, Decision(near, None, Verdict.NOT_COMPARED)
        elsewhere.looked(self._age)
        if (far := survey.far or self._look_there(frame, survey.regions)) is None:
            elsewhere.nothing_far()
            return found, view, Decision(near, None, Verdict.NOTHING_FAR)
        other = self._judge(far.sight, far.box, far.regions, local=False)
        decision = elsewhere.weigh(near, Candidate(other.box, other.confidence), self._box, lost, self._doubt)
        if decision.verdict is Verdict.JUMPED:
            return other, far.sight.view, decision
        if not lost and found.confidence > found.rival and self._doubt.none(found.confidence):
            self._lookalikes.meet(other, found.box)
        return found, view, decision

    def _look_there(self, frame: Frame, regions: list[Region]) -> FarLook | None:
        """A look at the far place whose turn it is, None if there is none."""
        place = self._elsewhere.place(regions, self._box, self._here, self._state.lost, frame.size, self._age)
        return place and FarLook(*place, self._look(frame, place[0]))

    def _follow(self, found: Judgement, frame: Frame, jumped: bool) -> None:
        """Move the box; its size follows by as much as the classifier or `locate` is sure."""
        rate = 1.0 if jumped else min(self._config.search.size_step * max(found.confidence, found.seen, 0.1) * 2, 1.0)
        self._box = self._extent.follow(self._box, found.box, rate, frame.size)

    def _learn(self, found: Judgement, view: SearchView, frame: Frame, doubted: bool) -> None:
        learn = self._config.learn
        clear = learn.min_confidence <= found.confidence > found.rival
        if clear and not (self._state.lost or doubted or self._doubt.unlike):
            overlap = iou(found.proposals.boxes, self._box.as_array())
            positive = np.flatnonzero(overlap > learn.positive_iou)[:MOST_POSITIVES]
            negative = np.flatnonzero(overlap < learn.negative_iou)[:MOST_NEGATIVES]
            samples = Samples(found.features[positive], found.features[negative])
            self._learner.collect(samples, surprise(found.belief[positive], found.belief[negative]))
            if found.confidence >= self._doubt.good:
                self._extent.trust(self._box)
            if self._age % MEMORY_INTERVAL == MEMORY_PHASE and found.confidence > learn.memory_confidence:
                self._recall.offer(view, self._box, frame, self._memory.first)
        worthy = self._recall.take()
        if worthy is not None:
            self._memory.remember(worthy.view, worthy.frame16, worthy.box, worthy.frame)
        if self._state.lost:
            return
        if found.confidence < self._config.state.success:
            self._learner.update_short()
        elif self._age % learn.long_interval == 0:
            self._learner.update_long()
