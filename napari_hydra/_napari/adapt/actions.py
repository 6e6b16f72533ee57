"""What the dock Adapt does: it changes the store, and reconstructs in the background."""

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from psygnal import Signal

from napari_hydra._napari.adapt.state import (
    NO_GAIN,
    Side,
    added,
    from_truth,
    located,
    pixels_of_region,
    shown_side,
    unlocated_words,
)
from napari_hydra._napari.adapt.worker import adapt_steps, suggest_steps
from napari_hydra._napari.layers.scene_view import SceneView
from napari_hydra._napari.state.scene_adaptation import OwnModel
from napari_hydra._napari.state.store import Region, Scene, Store
from napari_hydra._napari.widgets.background import Background, Task
from napari_hydra._napari.widgets.notices import notify_failure, notify_info, notify_warning
from napari_hydra.errors import HydraError
from napari_hydra.io.files.atomic import replacing
from napari_hydra.io.libraries.measured_spectra import measured_spectra_of
from napari_hydra.progress import drained
from napari_hydra.workbench.scene.run import rescaled


class AdaptActions:
    """Adapts the store's scene; places and spectra of another picture are dropped.

    Parameters
    ----------
    store : Store
    view : SceneView
    background : Background
    """

    said = Signal(str)  # how the last thing that was asked for ended

    def __init__(self, store: Store, view: SceneView, background: Background) -> None:
        self._store = store
        self._view = view
        self._background = background
        self._picture: Any = None

    # -- following -------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Follow the scene."""
        self._store.events.scene.connect(self._on_scene)
        self._on_scene()

    def disconnect(self) -> None:
        """Stop following."""
        self._store.events.scene.disconnect(self._on_scene, missing_ok=True)

    def _on_scene(self, *_: Any) -> None:
        store, scene = self._store, self._store.scene
        if store.adaptation is not None and shown_side(store) is None:
            store.adaptation = None
        if scene is None or scene.picture is None:
            store.sites = ()
        elif self._picture is None or not _same(self._picture, scene.picture):
            if self._picture is not None:
                self._background.cancel()
                store.sites = store.measurements = ()
            self._picture = scene.picture

    # -- places ----------------------------------------------------------------------------------------------

    def suggest(self, count: int) -> None:
        """Put numbered places on the picture, in the background."""
        scene = self._scene()

        def show(sites: Any) -> None:
            if self._is_of(scene):
                self._store.sites = sites
                self.said.emit(f"{len(sites)} sites, the most useful first.")

        self._submit("Finding where to measure", lambda: suggest_steps(scene, count), show)

    def save_sites(self, path: Path, *, overwrite: bool = False) -> None:
        """Write the places as rows number,y,x, to be filled in with spectra.

        Raises
        ------
        HydraError
            If there are none, or the file exists or cannot be written.
        """
        if not self._store.sites:
            raise HydraError("There are no sample sites to write; press Suggest first.")
        scene = self._scene()
        height, width = scene.size
        text = StringIO(newline="")
        text.write(f"# where to measure in {scene.name} ({height} x {width} pixels), the most useful first\n")
        text.write("# add a column for each wavelength in nm, and open the table under Measured spectra\n")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["number", "y", "x"])
        writer.writerows((site.number, site.y, site.x) for site in self._store.sites)
        with replacing(path, overwrite=overwrite) as temporary:
            temporary.write_text(text.getvalue(), encoding="utf-8")
        notify_info(f"Written: {path}")

    # -- measured spectra ------------------------------------------------------------------------------------

    def add_pins(self) -> None:
        """Take the truth's spectra at the pins."""
        self._add_truth([(pin.name, pin.y, pin.x) for pin in self._store.pins])

    def add_sites(self) -> None:
        """Take the truth's spectra at the sample sites."""
        self._add_truth([(str(site.number), site.y, site.x) for site in self._store.sites])

    def add_region(self, region: Region, count: int) -> None:
        """Take the truth's spectra at some pixels of a region."""
        self._add_truth(pixels_of_region(region, count))

    def _add_truth(self, pixels: list[tuple[str, int, int]]) -> None:
        store = self._store
        store.measurements = added(store.measurements, from_truth(self._scene(), pixels))

    def open_files(self, paths: Sequence[Path]) -> None:
        """Add the spectra of files, at the pixels that they say or at the pins of the same names.

        Raises
        ------
        HydraError
            If one cannot be read, or none of the spectra has a pixel.
        """
        store = self._store
        read = [measured_spectra_of(path) for path in paths]
        source = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
        spectra = [one for some, _ in read for one in some]
        found, unplaced = located(spectra, self._scene(), store.pins, store.sites, source)
        store.measurements = added(store.measurements, found)
        for sentence in dict.fromkeys(line for _, said in read for line in said):
            notify_info(sentence)
        if unplaced:
            notify_warning(unlocated_words(source, unplaced))

    # -- adapting --------------------------------------------------------------------------------------------

    def adapt(self) -> None:
        """Adapt to the spectra that are used, in the background; the scene changes if that helps."""
        store = self._store
        # Adapting again starts from the model as it was, not from the adapted one.
        scene = self._side("before") if store.adaptation is not None else self._scene()
        measured = tuple(one for one in store.measurements if one.used)

        def show(done: Any) -> None:
            if not self._is_of(scene):
                return
            if done is None:
                self.said.emit(NO_GAIN)
                notify_warning(NO_GAIN)
                return
            self._drop_models()
            store.adaptation = done
            name = f"{done.after.name}, adapted to {done.spectra} spectra"
            store.models = (*(m for m in store.models if m.name != name), OwnModel(name, done.after.model))
            self._view.replace_estimate(self._side("after"))

        self._submit("Adapting", lambda: adapt_steps(scene, measured), show)

    def show(self, side: Side) -> None:
        """Show the reconstruction before or after adapting, in the unit that is shown now."""
        if self._store.adaptation is not None and shown_side(self._store) != side:
            self._view.replace_estimate(self._side(side))

    def undo(self) -> None:
        """Go back to the reconstruction before; the measured spectra stay."""
        if self._store.adaptation is None:
            return
        self.show("before")
        self._drop_models()
        self._store.adaptation = None
        self.said.emit("Undone: the reconstruction is as it was before adapting.")

    def save_model(self, path: Path, *, overwrite: bool = False) -> None:
        """Write the adapted model; the form then offers the file.

        Raises
        ------
        HydraError
            If nothing was adapted, or the file exists or cannot be written.
        """
        done = self._store.adaptation
        if done is None or done.after.model is None:
            raise HydraError("There is no adapted model to save; press Adapt first.")
        model = done.after.model
        model.save(path, overwrite=overwrite)
        kept = (m for m in self._store.models if m.model is not model and m.name != str(path))
        self._store.models = (*kept, OwnModel(str(path), model))
        notify_info(f"Written: {path}; choose it as Model for further pictures.")

    def _side(self, side: Side) -> Scene:
        """Return the scene before or after, in the unit that is shown."""
        done, shown = self._store.adaptation, self._scene()
        assert done is not None
        scene = done.before if side == "before" else done.after
        if scene.matched == shown.matched:
            return scene
        return rescaled(scene, scene.matching_factor if shown.matched else 1.0, matched=shown.matched)

    def _drop_models(self) -> None:
        """Forget the model of the adaptation that is replaced or undone, unless it was saved."""
        done = self._store.adaptation
        if done is not None:
            self._store.models = tuple(
                m for m in self._store.models if m.model is not done.after.model or m.name.endswith(".safetensors")
            )

    # -- parts -----------------------------------------------------------------------------------------------

    def _submit(self, label: str, steps: Any, done: Any) -> None:
        self._background.cancel()
        self._background.submit(Task(label=label, compute=drained(steps), done=done, failed=self._fail))

    def _fail(self, error: Exception) -> None:
        self.said.emit("")
        notify_failure(error)

    def _scene(self) -> Scene:
        scene = self._store.scene
        if scene is None or scene.is_measured:
            raise HydraError("There is no reconstruction to adapt; press Run first.")
        return scene

    def _is_of(self, scene: Scene) -> bool:
        """Whether the store still shows the picture that was computed on, in the same way."""
        now = self._store.scene
        if now is None or now.picture is not scene.picture:
            return False
        return now.reconstruction.latents is scene.reconstruction.latents or shown_side(self._store) is not None


def _same(first: Any, second: Any) -> bool:
    return first is second or (first.shape == second.shape and bool(np.array_equal(first, second)))
