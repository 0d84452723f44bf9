"""Why the target is where it is on one frame: the best near and the best far candidate, which won, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication

from engine.types import PROPOSAL_KINDS, Box, Candidate, Decision, FrameResult, ProposalKind, Proposals, Verdict

translate = QCoreApplication.translate
_GLOBAL = PROPOSAL_KINDS.index(ProposalKind.GLOBAL)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is said of a frame; ``far_won`` is None where nothing was compared."""

    near: Candidate | None
    far: Candidate | None
    far_won: bool | None
    sentence: str


def explain(result: FrameResult | None, selected: int | None) -> Explanation:
    """The explanation of a result for the selected target."""
    why = result.why if result is not None else None
    if result is None or not result.targets:
        return Explanation(None, None, None, translate("why", "Nothing is tracked on this frame."))
    if why is None:
        return Explanation(None, None, None, translate("why", "What was weighed here is no longer kept."))
    if selected is not None and why.target != selected:
        text = translate("why", "When this frame was tracked, target {0} was selected: the figures are its own.")
        return Explanation(None, None, None, text.format(why.target))
    if why.decision is None:
        return Explanation(None, None, None, translate("why", "The box was drawn here: nothing had to be decided."))
    decision = why.decision
    far = decision.far or _best_global(result.proposals)
    return Explanation(decision.near, far, _far_won(decision), _sentence(decision, far))


def _far_won(decision: Decision) -> bool | None:
    if decision.verdict in (Verdict.NOT_COMPARED, Verdict.NOTHING_FAR):
        return None
    return decision.verdict in (Verdict.JUMPED, Verdict.KEPT_COURSE)


def _sentence(decision: Decision, far: Candidate | None) -> str:
    match decision.verdict:
        case Verdict.NOT_COMPARED:
            text = translate("why", "Sure enough of the near place: farther ones are looked at now and then.")
            if far is not None:
                text += " " + translate("why", "The far candidate lies inside the search window.")
            return text
        case Verdict.NOTHING_FAR:
            return translate("why", "Attention showed no other place.")
        case Verdict.STAYED:
            text = translate("why", "Stayed: a far place must beat the near one by {0:.0f} points and reach {1:.0%}.")
            return text.format(100 * decision.margin, decision.floor)
        case Verdict.WAITING:
            text = translate(
                "why", "The far place is better, but must be so on {1} frames in a row; this is number {0}."
            )
            text = text.format(decision.agreeing, decision.needed)
            if decision.bystander:
                text += " " + translate("why", "Something was there already while the target was here.")
            return text
        case Verdict.KEPT_COURSE:
            return translate("why", "Two alike have met: taken is the one that goes on as the target did before.")
    if decision.desperate:
        return translate("why", "Jumped at once: the target was lost or failing, so one frame was enough.")
    return translate("why", "Jumped to the far place: it was better on {0} frames in a row.").format(decision.agreeing)


def _best_global(proposals: Proposals | None) -> Candidate | None:
    """The best candidate that attention proposed, where no far place was looked at."""
    if proposals is None:
        return None
    mine = np.flatnonzero(proposals.kind == _GLOBAL)
    if not len(mine):
        return None
    best = mine[np.argmax(proposals.scores[mine])]
    return Candidate(Box.from_array(proposals.boxes[best]), float(proposals.scores[best]))
