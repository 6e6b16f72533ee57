"""What file dialogs offer."""

from napari_hydra.file_formats import Kind, readable


def filter_of(words: str, kind: Kind) -> str:
    """Return the filter of a dialog that opens files of a kind, or any."""
    return f"{words} ({' '.join(f'*{suffix}' for suffix in readable(kind))});;All files (*)"
