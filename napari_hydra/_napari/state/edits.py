"""What the user changes of pins and regions: a new pin, name, colour, whether they are shown; taking them away."""

from dataclasses import replace
from typing import Any

from napari_hydra._napari.state.store import Pin, Region, Store
from napari_hydra.errors import HydraError
from napari_hydra.workbench.plot.palette import next_colour, next_name

Item = Pin | Region


def items_of(store: Store) -> tuple[Item, ...]:
    """Return pins, then regions."""
    return (*store.pins, *store.regions)


def pin_pixel(store: Store, y: int, x: int) -> None:
    """Pin the pixel (y, x) under the next name and colour; a pixel that is pinned already stays as it is."""
    if any((pin.y, pin.x) == (y, x) for pin in store.pins):
        return
    name = next_name("P", (pin.name for pin in store.pins))
    colour = next_colour([pin.colour for pin in store.pins] + [region.colour for region in store.regions])
    store.pins = (*store.pins, Pin(name, y, x, colour))


def rename(store: Store, item: Item, name: str) -> None:
    """Give a pin or region another name.

    Raises
    ------
    HydraError
        If the name is empty or taken: files and columns are called by it.
    """
    wanted = " ".join(name.split())
    if wanted == item.name:
        return
    if not wanted:
        raise HydraError(f"{item.name} needs a name; columns and files are called by it.")
    if any(other.name == wanted for other in items_of(store)):
        raise HydraError(f"There is a {wanted} already; choose another name for {item.name}.")
    _change(store, item, name=wanted)


def recolour(store: Store, item: Item, colour: str) -> None:
    """Give a pin or region another colour, "#rrggbb"."""
    _change(store, item, colour=colour)


def set_visible(store: Store, item: Item, visible: bool) -> None:
    """Show a pin or region on the plot, or keep it aside."""
    _change(store, item, visible=visible)


def remove(store: Store, *items: Item) -> None:
    """Take pins and regions away."""
    pins = tuple(pin for pin in store.pins if not any(pin is item for item in items))
    regions = tuple(region for region in store.regions if not any(region is item for item in items))
    if pins != store.pins:
        store.pins = pins
    if regions != store.regions:
        store.regions = regions


def _change(store: Store, item: Item, **changes: Any) -> None:
    if isinstance(item, Pin):
        store.pins = tuple(replace(pin, **changes) if pin is item else pin for pin in store.pins)
    else:
        store.regions = tuple(replace(region, **changes) if region is item else region for region in store.regions)
