"""What the package says of the data behind its models: one table, in the docs, in NOTICE and on the cards."""

import re
import shlex

import pytest

from napari_hydra.camera.tables import table_names
from napari_hydra.hydra.files.registry import model_card, model_names
from tools import provenance

# What may be fitted to and passed on, for research or more; a new kind of terms is looked at by a person first.
ALLOWED = {
    "research use, cite",
    "EnMAP data terms of DLR, research use",
    "CC-BY-4.0",
    "MIT",
    "public data of NASA/JPL",
}


def groups_in(command):
    """Return the groups of data that a command names."""
    return {word.split("/")[1] for word in shlex.split(command) if re.match(r"data/[^/]+/", word)}


def groups_that(use, model):
    return {data["group"] for data in provenance.data_sets() if model in data.get(use, ())}


def test_pages_say_what_the_table_says():
    assert (provenance.ROOT / "docs" / "data.md").read_text(encoding="utf-8") == provenance.page()
    assert (provenance.ROOT / "NOTICE").read_text(encoding="utf-8") == provenance.notice()


def test_the_table_names_every_model_and_no_other():
    assert provenance.models() == model_names()


def test_weights_are_fitted_to_nothing_whose_terms_forbid_it():
    fitted = [data for data in provenance.data_sets() if data.get("trains") or data.get("calibrates")]
    assert {data["terms"] for data in fitted} <= ALLOWED
    assert set(table_names("camera")) == {"nikon-5100", "sigma-sd-merill"}  # those of colour-science, under BSD


@pytest.mark.parametrize("model", model_names())
def test_a_card_holds_the_lines_of_the_table(model):
    card = model_card(model)
    assert card.provenance == provenance.lines_of(model)
    assert "research use" in card.licence


@pytest.mark.parametrize("model", model_names())
def test_the_commands_of_a_card_name_the_data_of_the_table(model):
    card = model_card(model)
    assert groups_in(card.command) == groups_that("trains", model)
    assert groups_in(card.metrics["judged by"]) == groups_that("judges", model)
    assert not groups_that("judges", model) & groups_that("trains", model)
