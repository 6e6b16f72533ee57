"""The numbers and names that fix a network's shape."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Architecture:
    """The numbers that fix a network's shape; stored with its weights.

    Attributes
    ----------
    low, high : float
        Range of wavelengths in nm.
    step : float
        Spacing of the decoder's nodes in nm.
    camera_step : float
        Spacing in nm of the grid on which the data-consistency projection integrates.
    size : int
        Length k of a latent.
    directions : int
        Number r of directions of the uncertainty.
    width, blocks, hidden : int
        Of the student; see there.
    members : int
        Students that estimate the latent: one, or an ensemble.
    student : str
        Which network the student is: a name of `networks.students.STUDENTS`. Files of version 0.1 do not say: there it
        is "context" where there are blocks and "pixel" where there are none.
    """

    low: float
    high: float
    step: float = 5.0
    camera_step: float = 10.0
    size: int = 16
    directions: int = 6
    width: int = 64
    blocks: int = 5
    hidden: int = 64
    members: int = 1
    student: str = ""

    def __post_init__(self) -> None:
        if not self.student:
            object.__setattr__(self, "student", "context" if self.blocks else "pixel")

    def to_dict(self) -> dict[str, float | int | str]:
        """Return the fields as a plain dict."""
        return asdict(self)
