"""When the learning rate rises, stays and falls, by the clock of the training, which stands still in validation."""

from dataclasses import dataclass
from math import cos, pi

WARM_STEPS = 100
_FALL_SHARE = 0.3  # of the whole time, at the end
_LEAST_GAIN = 0.005  # a score that falls by less has not fallen
_PATIENCE = 0.25  # share of the time so far without a gain that means convergence


@dataclass
class Schedule:
    """A constant rate, then a cosine down to a hundredth, so that one run gives errors at every time before its end.

    Attributes
    ----------
    seconds : float
        The most that training may take.
    until_converged : bool
        Let the rate fall as soon as the validation error stops falling.
    patience : float
        The least seconds without a gain before that.
    """

    seconds: float
    until_converged: bool = False
    patience: float = 600.0
    converged: bool = False
    _best: float = float("inf")
    _best_at: float = 0.0

    def __post_init__(self) -> None:
        self.falls_at = (1 - _FALL_SHARE) * self.seconds
        self.ends_at = self.seconds

    def rate(self, seconds: float, step: int) -> float:
        """Return the share of the peak rate."""
        done = (seconds - self.falls_at) / max(self.ends_at - self.falls_at, 1e-9)
        falling = 0.01 + 0.99 * (1 + cos(pi * min(max(done, 0.0), 1.0))) / 2
        return min(1.0, (step + 1) / WARM_STEPS) * falling

    def is_over(self, seconds: float) -> bool:
        """Whether training has had its time."""
        return seconds >= self.ends_at

    def note(self, seconds: float, score: float) -> None:
        """Take in a validation score, the lower the better."""
        if score < self._best * (1 - _LEAST_GAIN):
            self._best, self._best_at = score, seconds
        waited = seconds - self._best_at
        if self.until_converged and seconds < self.falls_at and waited > max(self.patience, _PATIENCE * seconds):
            self.converged = True
            self.falls_at = seconds
            self.ends_at = min(self.seconds, seconds / (1 - _FALL_SHARE))
