"""The verbs that work from a saved session, without a window."""

from pathlib import Path
from typing import Annotated

import typer

from napari_hydra.cli.options import AllowOutside, Device, Json, Overwrite
from napari_hydra.cli.terminal import progress, refuse_report, report
from napari_hydra.errors import HydraError

SessionFile = Annotated[Path, typer.Argument(metavar="SESSION", help="A .json that 'Save session' wrote.")]


def export(
    session: SessionFile,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="To be made.")],
    transform: Annotated[
        str | None,
        typer.Option("--transform", metavar="NAME", help="How spectra are shown: 'SNV', 'continuum removed', ..."),
    ] = None,
    cube_format: Annotated[str, typer.Option("--format", help="Of sub-cubes: envi or zarr.")] = "envi",
    device: Device = "auto",
    allow_outside: AllowOutside = False,
    overwrite: Overwrite = False,
    json: Json = None,
) -> None:
    """Write what the pins and regions of a session say into a folder.

    Spectra (CSV, ENVI libraries), sub-cubes, masks, plots, figures, and a manifest with the hash of every file.
    """
    import json as json_module
    from typing import cast

    from napari_hydra.workbench.export.export import CubeFormat, export_regions, refuse_foreign_folder
    from napari_hydra.workbench.session.reopening import load_session

    refuse_report(json, overwrite)
    refuse_foreign_folder(output, overwrite)
    found = load_session(session, allow_outside=allow_outside)
    with progress("export") as update:
        export_regions(
            found,
            output,
            transform=transform,
            cube_format=cast("CubeFormat", cube_format),
            device=device,
            overwrite=overwrite,
            progress=update,
        )
    manifest = json_module.loads((output / "manifest.json").read_text(encoding="utf-8"))
    report(
        f"{output}: {len(manifest['files'])} files and manifest.json",
        {"folder": str(output), **manifest},
        json,
        overwrite,
    )


def report_page(
    session: SessionFile,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="A name ending in .html.")],
    device: Device = "auto",
    allow_outside: AllowOutside = False,
    overwrite: Overwrite = False,
) -> None:
    """Write a comparison as one HTML page that needs nothing else: figures, tables, settings."""
    from napari_hydra.io.files.atomic import refuse_existing
    from napari_hydra.workbench.report.report import write_report
    from napari_hydra.workbench.session.reopening import load_session

    if output.suffix.lower() not in (".html", ".htm"):
        raise HydraError(f"{output} is no name for a page; let it end in .html.")
    refuse_existing(output, overwrite)
    found = load_session(session, allow_outside=allow_outside)
    with progress("report") as update:
        write_report(found, output, device=device, overwrite=overwrite, progress=update)
    typer.echo(f"wrote {output}")
