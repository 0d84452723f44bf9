"""Settings of the tracker: frozen dataclasses with the paper's values where it gives them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """Where candidates come from."""

    factor: float = 4.0
    """Side of the search region in units of sqrt(w h), as the networks were trained."""
    located: int = 32
    """Boxes of the best cells of `locate`."""
    tight: int = 40
    """Gaussian samples close around the best located box: fine alignment, and positives to learn from."""
    spread: int = 40
    """Boxes all over the search region: negatives to learn from, and a net for large jumps. What is left of 160
    is global proposals and Gaussian samples around the previous box (MDNet's candidates)."""
    translation: float = 0.6
    """Standard deviation of local samples in units of the mean side (MDNet)."""
    scale_step: float = 1.05
    """Scale of samples is this to the power of a normal variable (MDNet)."""
    window_influence: float = 0.5
    """Weight of the Hann window on the score map of `locate`: large jumps within a frame are rare."""
    ridge_weight: float = 0.3
    """Share of ridge regression in the final extent; the rest is `locate`'s."""
    belief_weight: float = 0.5
    """Share of the online classifier in the geometric mean with the score of `locate`."""
    judged_weight: float = 0.5
    """Share of that mean in what is followed; the rest is the score of `locate` alone."""
    size_step: float = 0.25
    """How fast the size follows the measured one, times the larger of the confidence and the score of `locate`."""
    aspect_anchor: float = 0.3
    """How far the shape is drawn back to that of the first box: arms and legs make people wide."""


@dataclass(frozen=True, slots=True)
class LearnConfig:
    """Online learning of the classifier, MDNet's scheme with the sample counts of this program."""

    init_steps: int = 10
    init_lr: float = 2.5e-3
    update_steps: int = 6
    update_lr: float = 2.5e-3
    wary_steps: int = 10
    """Steps to learn what stood elsewhere, once the target is out of sight."""
    long_interval: int = 10
    """Frames between long-term updates."""
    long_frames: int = 100
    """Frames whose positives are kept (the paper's tau_l)."""
    short_frames: int = 20
    """Frames whose negatives, and positives in short-term updates, are kept (the paper's tau_s)."""
    positive_iou: float = 0.7
    negative_iou: float = 0.3
    min_confidence: float = 0.4
    """Frames below are not learned from: updates on bad frames are how trackers drift."""
    memory_confidence: float = 0.8
    """Frames below are not remembered."""


@dataclass(frozen=True, slots=True)
class StateConfig:
    """When a target is called tracked, uncertain and lost: a leaky counter with hysteresis."""

    success: float = 0.5
    """From here on a target counts as tracked."""
    failure: float = 0.25
    """Below, a frame counts towards LOST. In between the box is uncertain, but right more often than not."""
    fail_step: int = 1
    success_step: int = 3
    lost_at: int = 20
    reacquire: int = 3
    """Successes in a row that end LOST."""


@dataclass(frozen=True, slots=True)
class DoubtConfig:
    """When what is found after a failure passes for the target."""

    share: float = 0.9
    """Of the usual confidence, which ends the doubt that a failure began."""
    proofs: int = 2
    """Frames in a row that must reach that."""
    blink: int = 2
    """Failures after which the target may be another; after fewer it need only be no longer unlike."""
    unlike: float = 0.75
    """Of the usual confidence, below which a frame is not learned from and a far place is compared with it."""
    rate: float = 0.02
    """How fast the usual confidence follows that of the frames without doubt."""
    first_usual: float = 0.95
    """The usual confidence of a target that has just been started."""


@dataclass(frozen=True, slots=True)
class AttentionConfig:
    """Global attention over the whole frame."""

    every: int = 1
    """Frames between attention maps; 0 switches global attention off (the ablation's local-only tracker)."""
    threshold: float = 0.5
    """What a region's highest value must reach."""
    max_regions: int = 3
    proposals: int = 32
    """Gaussian samples on the regions' boxes, shared among the regions."""
    jump_margin: float = 0.1
    """How much a far region's confidence must exceed the local one's."""
    jump_confidence: float = 0.6
    """What a far place must reach at all: look-alikes are the main cost of global search."""
    jump_frames: int = 3
    """Frames in a row that must agree on a far place before the target jumps there."""
    desperate_at: int = 5
    """Frames of doubt after which one frame's evidence is enough."""


@dataclass(frozen=True, slots=True)
class BystanderConfig:
    """What is remembered of look-alikes elsewhere on the frame."""

    jump_frames: int = 10
    """Frames in a row that must agree before the target is taken for what was a bystander before."""
    reach: float = 0.6
    """How far a bystander may be from where it was seen last, in target sides."""
    speed: float = 0.1
    """And how much further with every frame since, in target sides."""
    forget: int = 10
    """Frames unseen, after which it may be anywhere."""
    trust: int = 100
    """Frames without the target, after which it may as well be one of them."""


@dataclass(frozen=True, slots=True)
class TrackerConfig:
    """Everything the tracker can be told."""

    search: SearchConfig = SearchConfig()
    learn: LearnConfig = LearnConfig()
    state: StateConfig = StateConfig()
    doubt: DoubtConfig = DoubtConfig()
    attention: AttentionConfig = AttentionConfig()
    bystander: BystanderConfig = BystanderConfig()
    deterministic: bool = False
    """Learn in line instead of beside tracking, so that two runs give the same bytes."""
