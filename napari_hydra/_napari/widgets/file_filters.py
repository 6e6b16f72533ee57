"""What file dialogs offer, and the file that is chosen to be written."""

from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QWidget

from napari_hydra.file_formats import Kind, readable


def filter_of(words: str, kind: Kind) -> str:
    """Return the filter of a dialog that opens files of a kind, or any."""
    return f"{words} ({' '.join(f'*{suffix}' for suffix in readable(kind))});;All files (*)"


def ask_to_save(parent: QWidget, title: str, stem: str, suffixes: tuple[str, ...]) -> tuple[Path | None, bool]:
    """Return the file that the user chooses, and whether the dialog was told to replace it.

    A name without one of the suffixes gets that of the filter, or the first.
    """
    filters = ";;".join(f"*{suffix}" for suffix in suffixes)
    chosen, used = QFileDialog.getSaveFileName(parent, title, stem + suffixes[0], filters)
    if not chosen:
        return None, False
    path = Path(chosen)
    if path.suffix.lower() in suffixes:
        return path, path.exists()
    # The dialog asked about the name without its suffix, so nobody agreed to replace the one with it.
    suffix = used.lstrip("*") if used.lstrip("*") in suffixes else suffixes[0]
    return path.with_name(path.name + suffix), False
