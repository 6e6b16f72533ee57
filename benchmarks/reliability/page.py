"""The table of docs/reliability.md, from the raw results."""

from pathlib import Path

from benchmarks.rows import known, read_rows
from napari_hydra.io.files.atomic import replacing

BEGIN, END = "<!-- counts of damaged files -->", "<!-- end of counts -->"
_KINDS = {
    "cube": "cubes", "picture": "pictures", "spectra": "spectra", "model": "models", "session": "sessions",
    "run": "training runs", "preferences": "preferences",
}  # fmt: skip


def write_page(results: Path, page: Path) -> None:
    """Put the table between its two marks; what stands around it is written by hand."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{page} lacks the marks {BEGIN} and {END}.")
    with replacing(page, overwrite=True) as temporary:
        temporary.write_text(f"{before}{BEGIN}\n\n{table(results)}\n{END}{after}", encoding="utf-8")


def table(results: Path) -> str:
    """Return the counts as a table of Markdown."""
    rows = read_rows(results)
    columns = ("opened", "HydraError", "other exception", "crash", "hang", "too much memory")
    heads = (
        "Files",
        "Inputs",
        "Opened",
        "Refused in a sentence",
        "Other exceptions",
        "Crashes",
        "Over 10 s",
        "Too much memory",
    )
    lines = [f"| {' | '.join(heads)} |", "| --- |" + " ---: |" * (len(heads) - 1)]
    for row in rows:
        numbers = [row[column] for column in columns]
        lines.append(
            f"| {_KINDS[row['kind']]} | {sum(numbers):,} | " + " | ".join(f"{one:,}" for one in numbers) + " |"
        )
    totals = [sum(row[column] for row in rows) for column in columns]
    lines.append(f"| **all** | {sum(totals):,} | " + " | ".join(f"{one:,}" for one in totals) + " |")
    words = ", ".join(f"{name} {known(rows, field)}" for name, field in (("version", "version"), ("Python", "python")))
    seed = ", ".join(sorted({str(row["seed"]) for row in rows}))
    return "\n".join([*lines, "", f"Made on {known(rows, 'date')} with seed {seed}, {words}."]) + "\n"
