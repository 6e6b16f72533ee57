"""The report: one file that needs nothing else, with the numbers of the other exports and nothing unescaped."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, scene
from PIL import Image
from snapshot_files import snapshot_in, write_files

from napari_hydra.errors import HydraError
from napari_hydra.workbench.export.metrics_table import error_rows
from napari_hydra.workbench.report.report import report_html, write_report
from napari_hydra.workbench.scene.scene import Pin, Region
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot
from napari_hydra.workbench.session.saving import save_session

EVIL = '<script>alert("x")</script>'


class Page(HTMLParser):
    """What a browser would see: the text, and what it would fetch."""

    VOID = ("meta", "source", "img", "link")

    def __init__(self, text):
        super().__init__()
        self.text, self.fetched, self.tags, self.open, self.cells = "", [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        self.fetched += [found[key] for key in ("src", "srcset", "href") if key in found]
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if "td" in self.open:
            self.cells[-1] += data


@pytest.fixture(scope="module")
def snapshot():
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[4:8, 10:15] = True
    return ViewSnapshot(
        scene=scene(factor=1.25, matched=True, name=f"field {EVIL}"),
        pins=(Pin(f"P1 {EVIL}", 10, 20, "#e69f00"), Pin("P2", 0, 3, "#56b4e9")),
        regions=(Region("R1", "#0072b2", mask),),
    )


@pytest.fixture(scope="module")
def page(snapshot):
    return Page(report_html(snapshot))


def test_nothing_is_fetched_and_nothing_runs(page):
    assert page.fetched
    assert all(address.startswith(("data:image/png;base64,", "data:image/svg+xml;base64,")) for address in page.fetched)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert page.text.count(EVIL) >= 3  # as words


def test_every_figure_is_there_for_light_and_dark(page):
    backgrounds = []
    for address in page.fetched:
        kind, _, content = address.partition(";base64,")
        content = base64.b64decode(content)
        if kind == "data:image/png":
            image = Image.open(BytesIO(content)).convert("RGB")
            assert np.asarray(image).std() > 5
            backgrounds.append(image.getpixel((1, 1)))
        else:
            ElementTree.fromstring(content)
            backgrounds.append(re.search(rb"fill: (#[0-9a-f]{6})", content)[1].decode())
    pixels, curves = [(27, 29, 34), (255, 255, 255)], ["#1b1d22", "#ffffff"]  # the dark one first
    assert backgrounds == [*pixels, *curves, *curves, *pixels]  # picture, spectra, errors, maps


def test_the_table_has_the_numbers_of_the_metrics(page, snapshot):
    rows = {row.name: row for row in error_rows(snapshot)}
    whole, region = rows["whole scene"].figures, rows["R1"]
    for words in (f"{whole.mrae:.3f}", f"{whole.rmse:#.3g}", f"{whole.sam:.2f}°", f"{region.figures.rmse:#.3g}"):
        assert words in page.cells
    assert f"{region.roi.rmse:#.3g}" in page.cells
    assert "(10, 20)" in page.cells
    assert "saturated" in page.cells


def test_settings_and_caveats_are_those_of_the_scene(page):
    for words in ("model", "camera", "srgb", "factor", "1.25", "interval level", "0.9", "napari-hydra", "numpy"):
        assert words in page.text
    assert "multiplied by one factor for the whole scene (1.25)" in page.text
    assert "not divided by the root" in page.text
    assert "4.2 % saturated" in page.text  # one row of 24
    assert "infrared" not in page.text  # no band beyond 700 nm


def test_without_a_truth_it_says_that_nothing_was_compared(snapshot):
    alone = Page(report_html(replace(snapshot, scene=scene(truth=False), pins=(), regions=())))
    assert "no measurement to compare it with" in alone.text
    assert len(alone.fetched) == 2  # the picture, for light and dark
    assert "MRAE" not in alone.text


def test_a_session_becomes_a_page_with_its_files_and_model(tmp_path):
    snapshot = snapshot_in(write_files(tmp_path))
    session = save_session(snapshot, tmp_path / "s.json")
    path = write_report(session, tmp_path / "r.html", device="cpu")
    found = Page(path.read_text(encoding="utf-8"))
    assert "scene.hdr" in found.text
    assert "weights sha256" in found.text
    assert "SNV" in found.text
    with pytest.raises(HydraError, match="exists already"):
        write_report(session, path)
