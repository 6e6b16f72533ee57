"""The command line, ``napari-hydra``: one verb a job.

Exit codes: 0 done, 1 failed, 2 bad input, 130 stopped by the user. Errors are one line on stderr. Whatever is
slow to import is imported by the verb that needs it, so that ``--help`` answers at once.
"""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

import napari_hydra
from napari_hydra.bug_log import log_bug
from napari_hydra.cli.about import benchmark, info, models
from napari_hydra.cli.adapting import adapt, suggest
from napari_hydra.cli.figures import compare, evaluate
from napari_hydra.cli.pictures import reconstruct, simulate
from napari_hydra.cli.sessions import export, report_page
from napari_hydra.cli.terminal import fail, notes_on_stderr
from napari_hydra.cli.training import train
from napari_hydra.cli.window import demo, show
from napari_hydra.errors import Cancelled, HydraError

__all__ = ["app", "main", "run"]

BAD_INPUT, FAILURE, STOPPED = 2, 1, 130
# typer carries its own click since 0.20 and uses the installed one before: this finds the class either way.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]

app = typer.Typer(
    name="napari-hydra",
    help="Hyperspectral cubes from colour pictures, beside the measured truth.",
    epilog="Exit codes: 0 done, 1 failed, 2 bad input, 130 stopped. 'napari-hydra VERB --help' explains a verb.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_VERBS = (demo, show, reconstruct, evaluate, compare, simulate, train, adapt, suggest, export, models, info, benchmark)
for _verb in _VERBS:
    app.command()(_verb)
app.command("report")(report_page)


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where in the code a failure came from (for bug reports).")
    ] = False,
) -> None:
    context.obj = {"traceback": traceback}
    if version:
        typer.echo(f"napari-hydra {napari_hydra.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; whatever goes wrong becomes one line on stderr."""
    try:
        with notes_on_stderr():
            code = app(args=list(arguments), prog_name="napari-hydra", standalone_mode=False)
    except HydraError as error:
        return fail(error.command_line, BAD_INPUT)
    except _UsageError as error:
        return fail(f"{error.format_message()} See 'napari-hydra --help'.", BAD_INPUT)  # type: ignore[attr-defined]
    except (Cancelled, KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except OSError as error:
        if "--traceback" in arguments:
            raise
        place = f"{error.filename}: " if error.filename else ""
        return fail(f"{place}{error.strerror or error}; check the name, the rights and the free space.", BAD_INPUT)
    except MemoryError:
        return fail("out of memory; close other programs, or work on a smaller picture or fewer bands.", FAILURE)
    except Exception as error:
        if "--traceback" in arguments:
            raise
        return fail(log_bug(error), FAILURE)
    code = code if isinstance(code, int) else 0
    return fail("stopped; nothing half-written is left.", STOPPED) if code == STOPPED else code


def main() -> None:
    """Run the command that was typed, and exit with its code."""
    sys.exit(run(sys.argv[1:]))
