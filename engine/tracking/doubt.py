"""Doubt: what is found after the target was out of sight has to prove that it is the target, not something alike."""

from __future__ import annotations

from engine.config import DoubtConfig


class Doubt:
    """Whether what is followed may be a look-alike.

    A target that vanishes leaves confidences near 0; what then scores well is either the target, which fits the
    classifier as well as before, or something alike, which fits it less until the classifier has learned it. So from
    a failure on nothing is learned and nothing called tracked, until something fits nearly as well as usual.
    Before that, what fits clearly less than usual may be what passes in front: it is followed, but not learned.
    If it stands elsewhere all at once, it is likely something alike that stood beside a target which is gone: then it
    has to prove itself as after a failure, but no other place is believed more easily.
    """

    def __init__(self, config: DoubtConfig, failure: float) -> None:
        """``failure`` is the confidence below which a frame is one, as the state machine has it."""
        self._config, self._failure = config, failure
        self._usual = config.first_usual
        self._proven = 0
        self._gone = 0
        self.frames = 0
        """Frames since the doubt began, 0 while there is none."""
        self.unlike = False
        """Whether the last frame fits clearly less than usual."""
        self.strayed = False
        """Whether what is followed leapt there and was unlike the target, and has not fitted as well as usual since."""
        self._returned = 0

    @property
    def level(self) -> float:
        """The confidence that ends the doubt: a target that was away for long has to prove more."""
        return self.good if self._gone > self._config.blink else self.fair

    @property
    def good(self) -> float:
        """The confidence that speaks for the target being there, and whole."""
        return self._config.share * self._usual

    @property
    def fair(self) -> float:
        """The confidence below which a frame is unlike the target."""
        return self._config.unlike * self._usual

    def none(self, confidence: float) -> bool:
        """Whether a frame with this confidence shows the target beyond doubt."""
        return not (self.frames or self.strayed) and confidence >= self.good

    def step(self, confidence: float, leapt: bool = False) -> bool:
        """Whether there is doubt on a frame with this confidence (0..1), to which the target ``leapt`` or not."""
        c = self._config
        self.unlike = confidence < self.fair
        if leapt and self.unlike:
            self.strayed, self._returned = True, 0
        elif self.strayed:
            self._returned = self._returned + 1 if confidence >= self.good else 0
            self.strayed = self._returned < c.proofs
        if not self.frames:
            if confidence < self._failure:
                self.frames, self._proven, self._gone = 1, 0, 1
            elif not self.strayed:
                self._usual += c.rate * (confidence - self._usual)
            return bool(self.frames)
        self._gone += confidence < self._failure
        self.strayed = self.strayed and self._gone <= c.blink  # from then on this doubt asks for as much
        self._proven = self._proven + 1 if confidence >= self.level else 0
        self.frames = 0 if self._proven >= c.proofs else self.frames + 1
        return bool(self.frames)
