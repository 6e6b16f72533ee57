"""The numbers and names that fix a network's shape."""

from dataclasses import asdict, dataclass, fields
from typing import Annotated

from napari_hydra.errors import HydraError
from napari_hydra.validation import MaxLength, Within, parse

MOST_NODES = (
    4000  # of decoder and camera grid: 400 to 2500 nm in steps of half a nanometre; matrices grow as its square
)
Nanometres = Annotated[float, Within(1e-3, 1e6)]


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

    low: Nanometres
    high: Nanometres
    step: Nanometres = 5.0
    camera_step: Nanometres = 10.0
    size: Annotated[int, Within(1, 1024)] = 16
    directions: Annotated[int, Within(1, 1024)] = 6
    width: Annotated[int, Within(1, 4096)] = 64
    blocks: Annotated[int, Within(0, 64)] = 5
    hidden: Annotated[int, Within(2, 4096)] = 64
    members: Annotated[int, Within(1, 64)] = 1
    student: Annotated[str, MaxLength(100)] = ""

    def __post_init__(self) -> None:
        if not self.student:
            object.__setattr__(self, "student", "context" if self.blocks else "pixel")

    def to_dict(self) -> dict[str, float | int | str]:
        """Return the fields as a plain dict."""
        return asdict(self)

    @classmethod
    def from_dict(cls, found: object) -> "Architecture":
        """Return the architecture that a card holds.

        Raises
        ------
        ValueError
            If a number is none that a network can have, or a field is of a later version.
        """
        later = set(found) - {field.name for field in fields(cls)} if isinstance(found, dict) else set()
        if later:
            raise HydraError(f"its network has {', '.join(sorted(later))}, which this version does not know")
        architecture = parse(cls, found)
        span = architecture.high - architecture.low
        if not 0 <= span <= MOST_NODES * min(architecture.step, architecture.camera_step):
            raise HydraError(
                f"its network has a node every {min(architecture.step, architecture.camera_step):g} nm "
                f"from {architecture.low:g} to {architecture.high:g} nm"
            )
        return architecture
