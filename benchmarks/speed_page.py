"""The page of the speed."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.rows import Row, known

_HEAD = """# How fast it is

Made from `benchmarks/results/speed.json` by `python -m benchmarks speed table` (measured on {date}, version {version},
{machine}, {threads} thread(s) of PyTorch {torch}); `python -m benchmarks speed measure PICTURE...` and
`python -m benchmarks speed window` measure anew. `napari-hydra benchmark` measures your own machine.

Seconds are medians; what stands beside another figure was measured in turn with it. *Latents* is from the picture to
the latent cube, from which bands and spectra are decoded when they are looked at; *all bands* decodes the whole cube
too; *of writing* is decoding over the time to allocate and fill as large an array. A picture of few colours is read
once for each colour, one of noise pixel by pixel.
"""
_COLUMNS = ("picture", "colours", "model", "bands", "latents", "all bands", "of writing", "one band", "one spectrum")
_HEADS = f"| {' | '.join(_COLUMNS)} | MST++ over it |"
_LINE = "|---|---|---|---|---|---|---|---|---|---|"
_FORMS = {31: ("MST++",), 204: ("MST++, wide head", "MST++, full width")}


def page(rows: Sequence[Row]) -> str:
    """Return the page of the raw results."""
    hydra = [row for row in rows if row["what"] == "hydra"]
    rivals = {row["model"]: row for row in rows if row["what"] == "rival"}
    window = [row for row in rows if row["what"] == "window"]
    whole = [row for row in hydra if row["height"] * row["width"] == 482 * 512]
    heads = {field: known(rows, field) for field in ("date", "version", "machine", "torch")}
    heads["threads"] = ", ".join(sorted({str(row["threads"]) for row in rows}))
    text = [_HEAD.format(**heads), *_table("482 x 512 pixels", whole, rivals), *_rivals(rivals)]
    large = [row for row in hydra if row["picture"] == "12 megapixels"]
    for row in large:
        text += ["## 12 megapixels", "", *_large(row), ""]
    text += [*_exponents(hydra), *_window(window)]
    return "\n".join(text).rstrip() + "\n"


def _table(title: str, rows: Sequence[Row], rivals: dict[str, Row]) -> Iterator[str]:
    yield from (f"## {title}", "", _HEADS, _LINE)
    for row in rows:
        total = row["latents_s"] + row["decode_s"]
        colours = f"{row['colours']:,}" if row["colours"] else "many"
        against = [f"{rivals[form]['seconds'] / total:.0f}x" for form in _FORMS.get(row["bands"], ()) if form in rivals]
        yield (
            f"| {row['picture']} | {colours} | `{row['model']}` | {row['bands']} | {row['latents_s']:.3f} s "
            f"| {total:.3f} s "
            f"| {row['decode_over_write']:.1f}x | {1000 * row['band_s']:.1f} ms | {1000 * row['spectrum_s']:.2f} ms "
            f"| {' / '.join(against) or '-'} |"
        )
    yield ""


def _rivals(rivals: dict[str, Row]) -> Iterator[str]:
    for form, row in rivals.items():
        yield f"* {form}, {row['bands']} bands: {row['seconds']:.1f} s"
    yield from ("", "At 204 bands the last column is *wide head / full width*.", "")


def _large(row: Row) -> Iterator[str]:
    total = row["latents_s"] + row["decode_s"]
    yield f"{row['height']} x {row['width']} pixels, {row['bands']} bands, `{row['model']}`:"
    yield f"latents {row['latents_s']:.2f} s,"
    yield f"all bands {total:.2f} s, one band {1000 * row['band_s']:.0f} ms."
    yield f"The latent cube holds {row['latents_mb']:.0f} MB,"
    yield f"all bands take {row['decoded_mb']:.0f} MB; the process held {row['peak_mb']:.0f} MB at most."


def _exponents(rows: Sequence[Row]) -> Iterator[str]:
    noise = [row for row in rows if row["picture"] == "noise"]
    bands = [row for row in noise if row["model"] == "vnir"]
    pixels = [row for row in noise if row["model"] == "visible"]
    in_bands = _slope([row["bands"] for row in bands], [row["latents_s"] + row["decode_s"] for row in bands])
    in_pixels = _slope([row["height"] * row["width"] for row in pixels], [row["latents_s"] for row in pixels])
    yield from ("## How it grows", "")
    yield f"On noise, the time of all bands grows with bands to the power of {in_bands:.2f} (100 to 400, `vnir`), that"
    yield f"of latents with pixels to the power of {in_pixels:.2f} (a sixteenth to all of 482 x 512, `visible`)."
    yield ""


def _slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0]) if len(set(sizes)) > 1 else float("nan")


def _window(rows: Sequence[Row]) -> Iterator[str]:
    if not rows:
        return
    yield from ("## In the window", "")
    yield "512 x 512 pixels and 204 bands with a truth, in the real window, drawn in software: for how long the"
    yield "window's thread computes at a stretch (processor time), beside plain napari with the same arrays in the same"
    yield "run."
    yield from ("", "| action | median | longest | plain napari, median | ratio |", "|---|---|---|---|---|")
    for row in rows:
        plain = row.get("plain_ms")
        cells = ("-", "-") if not plain else (f"{plain:.0f} ms", f"{row['median_ms'] / plain:.1f}x")
        yield f"| {row['action']} | {row['median_ms']:.0f} ms | {row['longest_ms']:.0f} ms | {' | '.join(cells)} |"
    yield ""
