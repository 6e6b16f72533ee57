"""Results by their keys, computed in the background: what is missing once, what nobody asks for any more dropped."""

from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Any, Generic, TypeVar

from psygnal import Signal

from napari_hydra._napari.widgets.background import Background, Task
from napari_hydra._napari.widgets.notices import notify_failure
from napari_hydra.errors import HydraError
from napari_hydra.progress import Steps, drained

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


class Results(Generic[Key, Found]):
    """What is known of some keys: say, the chosen index of each pin and region of a scene.

    A key holds everything that its result depends on, so that a result is stale as soon as its key is not asked for. A
    `HydraError` is a result as well; other exceptions are told.

    Parameters
    ----------
    background : Background
    prepare : callable
        Takes a key and returns words for the user and the steps that compute its result on the thread. It is called on
        the window's thread, so that all that it reads from the stores is of one moment.
    """

    changed = Signal()  # something was computed

    def __init__(self, background: Background, prepare: Callable[[Key], tuple[str, Callable[[], Steps[Any]]]]) -> None:
        self._background, self._prepare = background, prepare
        self._wanted: tuple[Key, ...] = ()
        self._begun: set[Key] = set()
        self._found: dict[Key, Found | HydraError] = {}

    def of(self, key: Key) -> Found | HydraError | None:
        """Return what is known, None while it is not computed."""
        return self._found.get(key)

    @property
    def is_waiting(self) -> bool:
        """Whether something is not computed and not under way: it was held back or cancelled."""
        return not self._background.busy and any(key not in self._found for key in self._wanted)

    def follow(self, keys: Iterable[Key], *, held: Collection[Key] = (), asked: bool = False) -> None:
        """Compute what is missing, and drop the results of other keys.

        Parameters
        ----------
        keys : iterable
            What is shown now.
        held : collection
            Those of them that are computed only where `asked`.
        asked : bool
            Whether the user asks for it: then what was held back or cancelled is computed as well.
        """
        self._wanted = tuple(keys)
        wanted = set(self._wanted)
        self._found = {key: found for key, found in self._found.items() if key in wanted}
        self._begun &= wanted
        if asked and not self._background.busy:
            self._begun.clear()
        elif not asked:
            self._begun.update(held)
        for key in self._wanted:
            if key not in self._found and key not in self._begun:
                self._begun.add(key)
                self._submit(key)

    def _submit(self, key: Key) -> None:
        label, steps = self._prepare(key)

        def still_wanted() -> Steps[Any]:
            # It may have waited for others while the user went on to something else.
            is_missing = key in self._wanted and key not in self._found
            return (yield from steps()) if is_missing else None

        def keep(found: Any) -> None:
            if key in self._wanted and found is not None:
                self._found[key] = found
                self.changed.emit()

        def fail(error: Exception) -> None:
            if isinstance(error, HydraError):
                keep(error)
            else:
                notify_failure(error)

        self._background.submit(Task(label=label, compute=drained(still_wanted), done=keep, failed=fail))
