"""The students that a model can have, by the name that its file and the training settings give."""

from napari_hydra.errors import HydraError
from napari_hydra.hydra.networks.student import ContextStudent, PixelStudent, Student

STUDENTS: dict[str, type[Student]] = {"pixel": PixelStudent, "context": ContextStudent}


def find_student(name: str) -> type[Student]:
    """Return the student of a name.

    Raises
    ------
    HydraError
        If there is none.
    """
    if name not in STUDENTS:
        raise HydraError(f"there is no student {name!r}; choose one of {', '.join(STUDENTS)}.")
    return STUDENTS[name]
