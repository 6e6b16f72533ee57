"""The verbs that open napari: show one's own files, or the bundled demonstration."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from napari_hydra.cli.options import AllowOutside, Overwrite
from napari_hydra.cli.terminal import fail, progress, table, to_json, write_text
from napari_hydra.errors import HydraError
from napari_hydra.file_formats import names

_NO_SCREEN = "log in to a desktop, or install xvfb and use 'napari-hydra demo --headless DIR'."
_SCENE = "ColorChecker"
_PINNED = {"light skin": (31, 53), "blue": (86, 28), "green": (85, 53), "orange ball": (60, 190)}
_VIRTUAL_SCREEN = "-screen 0 1600x1000x24"
_NESTED = "NAPARI_HYDRA_VIRTUAL_SCREEN"


def show(
    picture: Annotated[Path | None, typer.Argument(metavar="[PICTURE]", help=f"{names('picture')}.")] = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", metavar="CUBE", help="The measured cube; alone, it makes the picture.")
    ] = None,
    session: Annotated[
        Path | None, typer.Option("--session", metavar="FILE", help="A saved session; brings its own files.")
    ] = None,
    allow_outside: AllowOutside = False,
    start: Annotated[bool, typer.Option("--run", help="Reconstruct at once.")] = False,
) -> None:
    """Open napari with the form beside the files, or as it was when a session was saved."""
    if session is not None and (picture is not None or truth is not None):
        raise HydraError("--session brings its own picture and truth; leave the others out.")
    if picture is None and truth is None and session is None:
        raise HydraError("there is nothing to show; give a picture, a cube with --truth, or a session.")
    for path in (picture, truth, session):
        if path is not None and not path.exists():
            raise HydraError(f"{path} does not exist; check its name.")
    if session is not None:
        from napari_hydra.workbench.session.reopening import load_session
        from napari_hydra.workbench.session.source_paths import OutsideFolder

        with suppress(OutsideFolder):  # the window asks
            load_session(session, allow_outside=allow_outside)  # says what is wrong with it before a window opens
    _require_screen()
    import napari

    from napari_hydra._napari.window import open_window, run_to_end

    viewer = open_window(picture, truth, session=session, allow_outside=allow_outside)
    if start and session is None:
        run_to_end(viewer)
    napari.run()


def demo(
    headless: Annotated[
        Path | None,
        typer.Option("--headless", metavar="DIR", help="Write cube, figures, plot and a picture of the window there."),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Reconstruct the bundled sample, compare, show."""
    if headless is not None:
        _demo_to_files(headless, overwrite)
        return
    _require_screen()
    import napari

    open_demo_window()
    napari.run()


def open_demo_window() -> Any:
    """Open napari on the sample, reconstruct it, pin some of its patches, and return the viewer."""
    from napari_hydra._napari.state.store import store_of
    from napari_hydra._napari.window import open_window, run_to_end

    viewer = open_window(sample="color_checker")
    run_to_end(viewer)
    store = store_of(viewer)
    store.pins = _pins()
    viewer.reset_view()
    return viewer


def _demo_to_files(folder: Path, overwrite: bool) -> None:
    from napari_hydra.io.files.atomic import refuse_existing

    if folder.exists() and not folder.is_dir():
        raise HydraError(f"{folder} is a file; give a folder.")
    cube, metrics, plot, window = (folder / n for n in ("estimate.hdr", "metrics.json", "spectra.png", "window.png"))
    for target in (cube, metrics, plot, window):
        refuse_existing(target, overwrite)
    if not _has_screen() and (xvfb := shutil.which("xvfb-run")) and _NESTED not in os.environ:
        command = [xvfb, "-a", "-s", _VIRTUAL_SCREEN, sys.executable, "-m", "napari_hydra", "demo"]
        command += ["--headless", str(folder), *(["--overwrite"] if overwrite else [])]
        environment = {**os.environ, "QT_QPA_PLATFORM": "xcb", _NESTED: "1"}
        raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)
    folder.mkdir(parents=True, exist_ok=True)
    _demo_figures(cube, metrics, plot, overwrite)
    if not _has_screen():
        raise typer.Exit(fail(f"{folder} holds all but the picture of the window; {_NO_SCREEN}", 1))
    from napari_hydra._napari.window import screenshot

    viewer = open_demo_window()
    screenshot(viewer, window)
    viewer.close()
    typer.echo(f"wrote {window}")


def _demo_figures(cube: Path, metrics: Path, plot: Path, overwrite: bool) -> None:
    """Write what needs no window: the reconstruction, its figures and the spectra of a few pixels."""
    from napari_hydra.evaluation import score
    from napari_hydra.hydra import load_model
    from napari_hydra.io import write_cube
    from napari_hydra.samples import color_checker
    from napari_hydra.workbench.plot.plot_state import resolve
    from napari_hydra.workbench.plot.plots import export_plot
    from napari_hydra.workbench.scene.scene import Scene
    from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot

    picture, truth = color_checker()
    with progress("demo") as update:
        model = load_model("visible")
        latent = model.reconstruct(picture, wavelengths=truth["wavelength"].values, progress=update)
        figures = score(latent, truth, gain=truth.attrs["picture_gain"])
        factor = float(figures["factor"] or 1.0)
        latent = latent.scaled(factor)
        write_cube(latent, cube, overwrite=overwrite, progress=update)
    columns = {"mrae": ".4f", "rmse": ".4f", "psnr": ".2f", "nrmse": ".4f", "sam": ".2f", "coverage90": ".3f"}
    shown = table([{"scene": _SCENE, **figures}], {"scene": "", **columns})
    write_text(metrics, to_json({"model": model.name, "scene": _SCENE, **figures}), overwrite)
    scene = Scene(
        name=_SCENE,
        picture=picture,
        estimate=latent,
        truth=truth,
        factor=factor,
        matched=True,
        quantity=str(truth.attrs["quantity"]),
    )
    export_plot(plot, resolve(ViewSnapshot(scene=scene, pins=_pins())), overwrite=overwrite)
    typer.echo("\n".join([shown, *(f"wrote {path}" for path in (cube, metrics, plot))]))


def _pins() -> tuple[Any, ...]:
    """Return pins on some things of the sample."""
    from napari_hydra.workbench.plot.palette import next_colour
    from napari_hydra.workbench.scene.scene import Pin

    pins: tuple[Pin, ...] = ()
    for name, (y, x) in _PINNED.items():
        pins += (Pin(name, y, x, next_colour(pin.colour for pin in pins)),)
    return pins


def _has_screen() -> bool:
    """Whether Qt could open a window; on Linux without a display it would end the process instead of failing."""
    return not sys.platform.startswith("linux") or any(os.environ.get(k) for k in ("DISPLAY", "WAYLAND_DISPLAY"))


def _require_screen() -> None:
    if not _has_screen():
        raise HydraError(f"there is no screen to open napari on; {_NO_SCREEN}")
