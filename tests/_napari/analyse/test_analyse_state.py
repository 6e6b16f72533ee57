"""What the dock Analyse shows, without a window."""

import numpy as np
import pytest
from latent_scene import latent_cube, scene, truth_of

from napari_hydra._napari.analyse.results.component_state import chosen_endmembers, endmember_choices, read_endmembers
from napari_hydra._napari.analyse.results.formula_values import FormulaValue, formula_rows
from napari_hydra._napari.analyse.results.index_state import (
    index_choices,
    index_note,
    tooltip_of,
)
from napari_hydra._napari.analyse.results.library_state import (
    OTHERS,
    PALETTE,
    by_frequency,
    colours_by_name,
    library_words,
    match_rows,
    scaled_to,
    subject_of,
)
from napari_hydra._napari.analyse.results.state import AnalyseStore, cube_of_source, items_of
from napari_hydra._napari.state.store import Pin, Region, Store
from napari_hydra.errors import HydraError
from napari_hydra.io import make_library
from napari_hydra.spectra import find_index
from napari_hydra.spectra.matching import MatchMap

PIN, AWAY = Pin("P1", 10, 20, "#e69f00"), Pin("P9", 99, 99, "#56b4e9")
LIBRARY = make_library(["grass", "soil"], [400.0, 550.0, 700.0], [[0.1, 0.2, 0.1], [0.1, 0.2, 0.3]], source="f/lib.csv")


@pytest.fixture
def store():
    return Store(scene=scene(), pins=(PIN, AWAY))


def test_possible_indices_come_first(store):
    choices = index_choices(store, AnalyseStore())
    possible = [not choice.reason for choice in choices]
    assert possible == sorted(possible, reverse=True)
    assert 30 < sum(possible) < 60
    assert len(possible) > 200
    assert all(not choice.reason for choice in index_choices(Store(), AnalyseStore()))


def test_every_word_of_a_search_counts(store):
    names = {choice.name for choice in index_choices(store, AnalyseStore(), "vegetation RED green")}
    assert "NGRDI" in names
    assert "NDWI" not in names  # of water
    assert not index_choices(store, AnalyseStore(), "no such words")


def test_the_index_of_the_name_that_is_typed_comes_first():
    choices = index_choices(Store(), AnalyseStore(), "ndvi ")
    assert len(choices) > 1
    assert choices[0].name == "NDVI"


def test_tooltip_has_formula_bands_constants_and_source():
    text = tooltip_of(find_index("SAVI"), "why not")
    for part in ("(1.0+L)*(N-R)/(N+R+L)", "N: 760–900 nm", "L = ", "https://", "Not possible: why not."):
        assert part in text


def test_note_without_a_scene_and_without_an_index(store):
    assert "run a reconstruction" in index_note(Store(), AnalyseStore(index="NDVI"))
    assert "Choose an index" in index_note(store, AnalyseStore())


def test_index_values_as_text(store):
    assert [item.name for item in items_of(store)] == ["P1"]  # the other lies off the scene
    known = FormulaValue(0.12345, -0.5, 0.75, None, 1)
    (row,) = formula_rows(store, lambda _: known)
    assert row.cells == ("0.123", "-0.500 to 0.750", "–", "1")
    (row,) = formula_rows(store, lambda _: None)
    assert row.cells == ("…",) * 4
    (row,) = formula_rows(store, lambda _: HydraError("why"))
    assert (row.cells, row.remark) == (("–",) * 4, "why")
    (row,) = formula_rows(store, lambda _: FormulaValue(float("nan"), float("nan"), float("nan"), 1234.5, 7))
    assert row.cells == ("–", "–", "1234", "7")


def test_truth_is_analysed_at_its_own_bands():
    estimate = latent_cube()
    truth = truth_of(estimate, wavelengths=np.arange(410.0, 700.0, 20.0))
    shown = scene(estimate=estimate, truth=truth)
    assert cube_of_source(shown, "truth").wavelengths.tolist() == np.arange(410.0, 700.0, 20.0).tolist()
    assert cube_of_source(shown, "estimate") is estimate
    assert cube_of_source(scene(truth=False), "truth").shape == (31, 24, 32)  # there is none: the estimate


def test_subject_is_the_one_chosen_or_the_last(store):
    assert subject_of(store, AnalyseStore()) is PIN
    assert subject_of(Store(), AnalyseStore()) is None
    store.pins = (PIN, Pin("P2", 1, 1, "#56b4e9"))
    assert subject_of(store, AnalyseStore()).name == "P2"
    assert subject_of(store, AnalyseStore(subject="P1")) is PIN
    assert subject_of(store, AnalyseStore(subject="gone")).name == "P2"


def test_words_about_libraries(store):
    assert library_words(store, AnalyseStore()).startswith("Open a library")
    words = library_words(store, AnalyseStore(libraries=(LIBRARY,)), 1)
    assert words == "2 spectra of lib.csv; 1 have less than half of the cube's bands and are left out."
    assert "Pin a pixel" in library_words(Store(scene=scene()), AnalyseStore(libraries=(LIBRARY,)))


def test_most_frequent_spectra_get_the_best_colours():
    names = tuple(f"m{i}" for i in range(20))
    best = np.repeat(np.arange(20), np.arange(20) + 1).reshape(-1, 2).astype(np.int32)  # 0: none; 19 most often
    found = MatchMap(names, best, np.zeros(best.shape, np.float32))
    ranks, order = by_frequency(found)
    assert order[:3] == ("m18", "m17", "m16")
    assert (ranks[best == 19] == 1).all()
    assert (ranks[best == 0] == 0).all()
    colours = colours_by_name(found)
    assert colours["m18"] == PALETTE[0]
    assert colours["m0"] == OTHERS  # the palette has fewer
    assert "m19" not in colours  # it is nowhere
    rows = match_rows([], ["m18", "m19"], found, {})
    assert [row.cells[3] for row in rows] == [f"{100 * 20 / 210:.1f} %", "0.0 %"]


def test_scaling_leaves_the_smallest_difference():
    spectrum = np.array([1.0, 2.0, np.nan, 3.0])
    values = np.array([2.0, 4.0, 1.0, 7.0])
    scaled = scaled_to(values, spectrum)
    factor = scaled[0] / values[0]
    errors = [np.nansum((f * values - spectrum) ** 2) for f in (factor - 0.01, factor, factor + 0.01)]
    assert errors[1] == min(errors)


def test_endmembers_that_are_ticked_stay_through_a_search(store):
    analyse = AnalyseStore(libraries=(LIBRARY,), endmembers=((LIBRARY.source, "soil"), ("", "gone")))
    assert [choice.words.split()[0] for choice in endmember_choices(store, analyse)] == ["P1", "grass", "soil"]
    assert [choice.words.split()[0] for choice in endmember_choices(store, analyse, "p1")] == ["P1", "soil"]
    assert chosen_endmembers(store, analyse) == ((LIBRARY.source, "soil"),)


def test_endmembers_are_brought_onto_the_bands(store):
    store.regions = (Region("R1", "#56b4e9", np.ones((24, 32), bool)),)
    analyse = AnalyseStore(libraries=(LIBRARY,))
    keys = (("", "P1"), ("", "R1"), (LIBRARY.source, "grass"))
    names, spectra = read_endmembers(store.scene, "estimate", store, analyse, keys)
    assert names == ("P1", "R1", "grass")
    cube = np.asarray(store.scene.estimate)
    np.testing.assert_allclose(spectra[0], cube[:, 10, 20], rtol=1e-5)
    np.testing.assert_allclose(spectra[1], cube.mean((1, 2)), rtol=1e-4)
    np.testing.assert_allclose(
        spectra[2], np.interp(store.scene.estimate.wavelengths, [400, 550, 700], [0.1, 0.2, 0.1])
    )
    with pytest.raises(HydraError, match="two endmembers or more"):
        read_endmembers(store.scene, "estimate", store, analyse, keys[:1])
