"""Figures of re-detection beside those of a plain evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.cli.one_pass import Case
from engine import redetection
from engine.datasets import Clip
from engine.one_pass import Track

NO_CASES = (
    "no clip has a stretch for re-detection: it takes 105 frames with the target in view, small enough to be painted "
    "out, and elsewhere at the end"
)


@dataclass(frozen=True, slots=True, eq=False)
class RedetectionCases:
    """The cases made of some clips; ``owner`` is the number of each case's clip."""

    cases: tuple[Case, ...]
    owner: tuple[int, ...]


def make_cases(clips: Sequence[Clip]) -> RedetectionCases:
    """All cases that can be made of the clips."""
    made = [(number, part) for number, clip in enumerate(clips) for part in redetection.find_cases(clip)]
    return RedetectionCases(
        tuple(Case(part, redetection.HIDDEN) for _, part in made), tuple(number for number, _ in made)
    )


def figures(made: RedetectionCases, tracks: Sequence[Track], clips: Sequence[Clip]) -> dict[str, Any]:
    """One tracker's shares over all cases and by clip; ``tracks`` are its tracks of the cases."""
    scores = [redetection.score_case(track, case.clip.truth) for track, case in zip(tracks, made.cases, strict=True)]
    by_clip: dict[str, Any] = {}
    for number in sorted(set(made.owner)):
        own = [score for score, owner in zip(scores, made.owner, strict=True) if owner == number]
        by_clip[clips[number].name] = {**_shares(own), "delays": [score.delay for score in own]}
    return {**_shares(scores), "clips": by_clip}


def table(scores: Mapping[str, dict[str, Any]]) -> str:
    """The figures of each tracker as text: a clip a line, two columns a tracker, the shares over all cases last."""
    names = list(next(iter(scores.values()))["clips"])
    width = max(len("all cases"), *(len(name) for name in names))
    lines = [
        "re-detection: cases back within 15 frames, absent frames not called tracked",
        (f"{'':<{width}}  {'':>5}" + "".join(f"   {name:<13}" for name in scores)).rstrip(),
        f"{'clip':<{width}}  {'cases':>5}" + f"   {'back':>5}  {'honest':>6}" * len(scores),
    ]
    for name in [*names, None]:
        parts = [each if name is None else each["clips"][name] for each in scores.values()]
        row = f"{name or 'all cases':<{width}}  {parts[0]['cases']:>5}"
        for part in parts:
            row += f"   {part['back_within_15']:5.3f}  {part['not_tracked_while_absent']:6.3f}"
        lines.append(row)
    return "\n".join(lines) + "\n"


def _shares(scores: Sequence[redetection.CaseScore]) -> dict[str, Any]:
    total = redetection.summary(scores)
    return {"back_within_15": total.back, "not_tracked_while_absent": total.honest, "cases": total.cases}
