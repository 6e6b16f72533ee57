"""What a page of the dock Analyse is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from qtpy.QtWidgets import QWidget

from napari_hydra._napari.analyse.results.layers import AnalyseLayers
from napari_hydra._napari.analyse.results.state import AnalyseStore
from napari_hydra._napari.state.store import Store
from napari_hydra._napari.widgets.background import Background, Task
from napari_hydra._napari.widgets.notices import notify_failure
from napari_hydra.progress import Steps, drained
from napari_hydra.workbench.plot.palette import PlotTheme

if TYPE_CHECKING:
    import napari


@dataclass(frozen=True, eq=False)
class Shared:
    """What the pages of a dock share.

    Attributes
    ----------
    viewer : napari.Viewer
        Not to be kept: it belongs to napari.
    store : Store
    analyse : AnalyseStore
    background : Background
    layers : AnalyseLayers
        Where maps go.
    schedule : callable
        Called when something is to be shown anew.
    theme : PlotTheme
    """

    viewer: "napari.Viewer"
    store: Store
    analyse: AnalyseStore
    background: Background
    layers: AnalyseLayers
    schedule: Callable[[], None]
    theme: PlotTheme


class Page(QWidget):
    """A page; a new one is a module beside this one and an entry of `PAGES`.

    Attributes
    ----------
    name, title : str
        In commands (``show_indices``) and on the tab.
    commands : mapping
        Which button each menu command of the page presses, and what to say where it cannot be pressed.
    needs_scene : bool
        Whether there is something to press only once a scene is shown.

    Parameters
    ----------
    shared : Shared
    """

    name: ClassVar[str]
    title: ClassVar[str]
    commands: ClassVar[Mapping[str, tuple[str, str]]] = {}
    needs_scene: ClassVar[bool] = True

    def __init__(self, shared: Shared) -> None:
        super().__init__()
        self._store, self._analyse, self._layers = shared.store, shared.analyse, shared.layers
        self._background = shared.background

    def refresh(self, *, seen: bool) -> None:
        """Show the stores as they are now; compute what is missing if the page is seen."""

    def take_theme(self, theme: PlotTheme) -> None:
        """Draw in other colours."""

    def closed(self) -> None:
        """Let go of what is held while the dock is open; what is computed in its background was stopped."""

    def _compute(self, label: str, steps: Callable[[], Steps[Any]], done: Callable[[Any], None]) -> None:
        self._background.submit(Task(label=label, compute=drained(steps), done=done, failed=notify_failure))
