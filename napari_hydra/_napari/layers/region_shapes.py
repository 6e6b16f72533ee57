"""Regions read from a layer of shapes or labels, and written to it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray

from napari_hydra._napari.layers.pixels import scene_layer, to_pixels
from napari_hydra._napari.layers.scene_layers import KEY, Layer, layer_metadata
from napari_hydra._napari.state.store import Region, Scene, Store
from napari_hydra.io.regions.shape_masks import shape_mask
from napari_hydra.workbench.plot.palette import CYCLE, next_colour, next_name
from napari_hydra.workbench.scene.scene import Outline

if TYPE_CHECKING:
    import napari

MOST_LABELS = 24  # a segmentation with more labels than this is no set of regions to compare by eye
_NAMES = "label_names"  # in the layer's metadata: those that the user gave to labels


def read_regions(viewer: "napari.Viewer", scene: Scene, layer: Layer, store: Store) -> list[tuple[Region, int]]:
    """Return the shapes or labels of a layer as regions, each with its index or number.

    Those of the store that did not change are the same objects, so that what was computed from them stays valid.
    """
    read = _drawn_regions if type(layer).__name__ == "Shapes" else _painted_regions
    return [(_same_or_new(region, store.regions), key) for region, key in read(viewer, scene, layer, store)]


def write_regions(layer: Layer, regions: "dict[int, Region | None]") -> None:
    """Give shapes or labels the names and colours of regions, and take away those that have none."""
    _write_shapes(layer, regions) if type(layer).__name__ == "Shapes" else _write_labels(layer, regions)


def colours_of(layer: Layer) -> list[str]:
    """Return the colours of the shapes of a layer, "#rrggbb"."""
    return [hex_colour(colour) for colour in layer.edge_color][: len(layer.data)]


def name_shapes(layer: Layer, names: Sequence[str], colours: Sequence[str]) -> None:
    """Give the shapes of a layer names and colours."""
    layer.features = {"name": np.array(names, dtype=object)}
    layer.feature_defaults = {"name": ""}
    layer.edge_color = list(colours)
    layer.text.color = list(colours)
    layer.refresh_text()


def name_labels(layer: Layer, names: dict[int, str], colours: dict[int, str]) -> None:
    """Give the labels of a layer names and colours."""
    noted = layer.metadata.get(KEY, {})
    layer.metadata = {**layer.metadata, KEY: {**noted, _NAMES: names}}
    if any(colour != hex_colour(layer.get_color(label)) for label, colour in colours.items()):
        layer.colormap = DirectLabelColormap(color_dict={**region_colours().color_dict, **colours})


def _drawn_regions(viewer: "napari.Viewer", scene: Scene, layer: Layer, store: Store) -> list[tuple[Region, int]]:
    """Return the shapes of a layer as regions with their indices.

    One that repeats another's name is named and coloured anew.
    """
    reference = scene_layer(viewer, scene)
    # napari gives up a shape of too few points without shortening its table and its colours.
    column = list(layer.features.get("name", [""] * len(layer.data)))[: len(layer.data)]
    colours = colours_of(layer)
    names: list[str] = []
    for index, name in enumerate(column):
        known = isinstance(name, str) and name and name not in names
        if not known:
            taken = [n for n in column if isinstance(n, str)] + names + [r.name for r in store.regions]
            name = next_name("R", taken)
            colours[index] = next_colour([pin.colour for pin in store.pins] + colours[:index])
        names.append(name)
    if names != column:
        name_shapes(layer, names, colours)
    shape = scene.size
    outlines = [
        Outline(str(kind), to_pixels(layer, points, reference))
        for kind, points in zip(layer.shape_type, layer.data, strict=True)
    ]
    regions = [
        Region(name, colour, _mask_of(outline, shape, store), outline=outline)
        for name, colour, outline in zip(names, colours, outlines, strict=True)
    ]
    return [(region, i) for i, region in enumerate(regions) if region.mask.any()]


def _mask_of(outline: Outline, shape: tuple[int, int], store: Store) -> NDArray[np.bool_]:
    """Return the pixels of a shape, those of before where it did not change: a stroke of the brush reads all shapes."""
    for region in store.regions:
        old = region.outline
        if old is None or old.kind != outline.kind or region.mask.shape != shape:
            continue
        if np.array_equal(old.vertices, outline.vertices):
            return region.mask
    return shape_mask(outline.kind, outline.vertices, shape)


def _painted_regions(viewer: "napari.Viewer", scene: Scene, layer: Layer, store: Store) -> list[tuple[Region, int]]:
    """Return the labels of a layer as regions, each with its number."""
    data = np.asarray(layer.data)
    if data.shape != scene.size:
        return []
    labels = [int(label) for label in np.unique(data) if label != 0][:MOST_LABELS]
    names = layer_metadata(layer).get(_NAMES, {})
    return [
        (Region(names.get(label, f"Label {label}"), hex_colour(layer.get_color(label)), data == label), label)
        for label in labels
    ]


def _write_shapes(layer: Layer, regions: "dict[int, Region | None]") -> None:
    before = list(layer.features["name"]), [hex_colour(colour) for colour in layer.edge_color]
    names, colours = list(before[0]), list(before[1])
    for index, region in regions.items():
        if region is not None:
            names[index], colours[index] = region.name, region.colour
    gone = {index for index, region in regions.items() if region is None}
    if (names, colours) != before:
        name_shapes(layer, names, colours)
    if gone:
        layer.selected_data = gone
        layer.remove_selected()


def _write_labels(layer: Layer, regions: "dict[int, Region | None]") -> None:
    kept = {label: region for label, region in regions.items() if region is not None}
    name_labels(layer, {i: r.name for i, r in kept.items()}, {i: r.colour for i, r in kept.items()})
    gone = [label for label in regions if label not in kept]
    if gone:
        data = np.asarray(layer.data)
        layer.data_setitem(np.nonzero(np.isin(data, gone)), 0)


def region_colours() -> DirectLabelColormap:
    """Return colours that can be read on both themes; they begin where those of pins end."""
    colours: dict[int | None, str] = {None: CYCLE[0], 0: "transparent"}
    colours.update(enumerate(CYCLE[::-1] * (MOST_LABELS // len(CYCLE)), start=1))
    return DirectLabelColormap(color_dict=colours)


def _same_or_new(region: Region, before: tuple[Region, ...]) -> Region:
    """Return the earlier region where nothing changed, so that what was computed from it stays valid."""
    for old in before:
        if np.array_equal(old.mask, region.mask):
            same = (old.name, old.colour) == (region.name, region.colour)
            return old if same else replace(region, mask=old.mask, visible=old.visible)
    hidden = {old.name for old in before if not old.visible}
    return replace(region, visible=region.name not in hidden)


def hex_colour(colour: Any) -> str:
    """Return "#rrggbb" of red, green and blue from 0 to 1."""
    rgb = np.round(np.asarray(colour, dtype=float)[:3] * 255).astype(int)
    return "#" + "".join(f"{channel:02x}" for channel in rgb)
