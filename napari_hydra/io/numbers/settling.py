"""What becomes of the numbers of a cube: one rule for every format, and the sentences that tell it.

A format's reader collects what its file says (`Said`); here it is decided what that means, what is missing and which
bands hold nothing, by a look at the numbers.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.cube import is_lazy
from napari_hydra.errors import HydraError, HydraQuestion
from napari_hydra.io.numbers.missing_values import (
    contains,
    dead_bands,
    look,
    look_along,
    recognised,
    saturated_plateau,
    thinned,
)
from napari_hydra.io.numbers.raw_cube import RawCube, guess_quantity
from napari_hydra.io.numbers.stored_numbers import (
    Factor,
    plausible,
    says_other_than_reflectance,
    share_of,
    times_in,
)

_IMPLAUSIBLE = 5.0  # no surface reflects so much; nearer to 1 glints and clouds do


def settled(raw: RawCube, divide_by: float | None = None) -> RawCube:
    """Apply what a file says of its numbers, and mark what is missing.

    Parameters
    ----------
    raw : RawCube
    divide_by : float, optional
        What the user says instead of the file.

    Raises
    ------
    HydraQuestion
        If it cannot be told what a scale means.
    """
    if raw.ours or np.dtype(raw.dtype).kind not in "iuf" or 0 in raw.values.shape:
        return replace(raw, quantity=raw.quantity or "reflectance")
    numbers = look(raw.values, raw.stays_lazy or (is_lazy(raw.values) and raw.values.size > 2**24))
    raw = _with_missing(raw, numbers)
    sample = thinned(numbers, raw.missing)
    if raw.valid is not None:
        sample[(sample < raw.valid[0]) | (sample > raw.valid[1])] = np.nan
    return _in_its_unit(_scaled(raw, sample, divide_by), sample, divide_by)


def _with_missing(raw: RawCube, numbers: NDArray[Any]) -> RawCube:
    said, notices = raw.said, list(raw.notices)
    lazy = numbers.shape[:2] != raw.values.shape[:2]
    declared = tuple(dict.fromkeys([*said.missing, *raw.missing]))
    valid = _as_stored_range(raw)
    there = [value for value in declared if contains(numbers, value)]
    if there:
        notices.append(f"ignore value {' and '.join(f'{v:g}' for v in there)} replaced by NaN")
    if valid is not None:
        notices.append(f"numbers outside the valid range {valid[0]:g} to {valid[1]:g} replaced by NaN")
    # a line of chunks would have to be decoded whole
    elsewhere = recognised(look_along(raw.values), declared)[0] if lazy and not is_lazy(raw.values) else ()
    found, low, high = recognised(numbers, (*declared, *elsewhere))
    found = (*elsewhere, *found)
    for marker in found:
        if valid is not None and not valid[0] <= marker <= valid[1]:
            continue
        share = np.mean((numbers == numbers.dtype.type(marker)).any(axis=2))
        where = "" if lazy else f" in {share:.2%} of the pixels"
        notices.append(f"{marker:g}{where} taken as missing and replaced by NaN, though the file does not say so")
    dead = tuple(i for i in dead_bands(raw.values, low, high, lazy) if i not in raw.bad_bands)
    if dead:
        empty = [i for i in dead if low[i] > high[i]]
        verb, end = ("holds", "is") if len(dead) == 1 else ("hold", "are")
        what = "no number" if len(empty) == len(dead) else "the same number in all pixels"
        notices.append(f"{_bands(dead)} {verb} {what} and {end} marked bad")
    lost = None
    others = np.setdiff1d(np.arange(high.size), dead)
    if others.size:
        lost = saturated_plateau(raw.values[:, :, others] if dead else raw.values, high[others], lazy)
    if lost is not None:
        top = np.iinfo(numbers.dtype).max
        notices.append(f"{int(lost.sum())} pixels at {top} in all bands taken as missing and replaced by NaN")
    every = (*declared, *found)
    first = every[0] if every else (float(np.iinfo(numbers.dtype).max) if lost is not None else None)
    return replace(
        raw,
        ignore_value=first,
        further_missing=every[1:],
        valid=valid,
        lost=lost,
        bad_bands=tuple(sorted({*raw.bad_bands, *dead})),
        notices=tuple(notices),
    )


def _as_stored_range(raw: RawCube) -> tuple[float, float] | None:
    """Return the valid range in stored numbers; one with fractions speaks of the values of packed integers (CF)."""
    valid, said = raw.said.valid, raw.said
    if valid is None or np.dtype(raw.dtype).kind == "f":
        return valid
    whole = all(np.isinf(v) or v == round(v) for v in valid)
    if whole or said.scale is None or np.ndim(said.scale) or np.ndim(said.offset):
        return valid if whole else None
    low, high = ((v - float(said.offset)) / float(said.scale) for v in valid)
    return min(low, high) - 1e-6, max(low, high) + 1e-6


def _scaled(raw: RawCube, sample: NDArray[np.float64], divide_by: float | None) -> RawCube:
    said = raw.said
    if divide_by is not None:
        if not np.isfinite(divide_by) or divide_by == 0:
            raise HydraError(f"Numbers cannot be divided by {divide_by:g}; give a number other than zero.")
        notice = f"divided by {divide_by:g}, as asked for"
        left = said.loose and divide_by == 1  # as they are
        return replace(raw, scale=float(divide_by), offset=0.0 if left else said.offset, notices=(*raw.notices, notice))
    if not said.speaks_of_scale:
        return raw
    notices = list(raw.notices)
    scale: Factor = 1.0 if said.scale is None else said.scale
    if np.any(np.asarray(scale) == 0) or not np.isfinite(scale).all():
        notices.append(f"{said.key} {_range(scale)} cannot be applied and was left out")
        return replace(raw, notices=tuple(notices))
    multiplies = said.multiplies if said.scale is not None and np.any(np.asarray(said.scale) != 1) else True
    if said.loose and multiplies and plausible(sample) and not plausible(sample + said.offset):
        notices.append(f"offset {_range(said.offset)} left out: with it the numbers would not be reflectance")
        return replace(raw, notices=tuple(notices))
    if multiplies is None:
        multiplies, notice = _which_meaning(raw, sample)
        notices.append(notice)
    elif said.scale is not None and np.any(np.asarray(scale) != 1):
        notices.append(f"{'multiplied' if multiplies else 'divided'} by the {said.key} {_range(scale)}")
    if np.any(np.asarray(said.offset) != 0):
        notices.append(f"offset {_range(said.offset)} added")
    divisor = 1 / np.asarray(scale) if multiplies else scale
    return replace(raw, scale=_factor(divisor), offset=said.offset, notices=tuple(notices))


def _which_meaning(raw: RawCube, sample: NDArray[np.float64]) -> tuple[bool, str]:
    """Return whether an ambiguous scale multiplies, and the sentence that says so."""
    said = raw.said
    scale = np.asarray(said.scale, dtype=np.float64)
    meanings = {True: sample * scale + said.offset, False: sample / scale + said.offset}
    fit = {multiplied: plausible(values) for multiplied, values in meanings.items()}
    factor = _range(scale)
    as_it_is = said.loose and plausible(sample)  # the name may mean something else
    if fit[True] != fit[False] and not as_it_is and not says_other_than_reflectance(said.words):
        taken, other = ("multiplied", "divided") if fit[True] else ("divided", "multiplied")
        return fit[True], (
            f"{taken} by the {said.key} {factor}, which gives plausible reflectance ({other} by it, it would not)"
        )
    spans = {}
    for multiplied, values in meanings.items():
        low, high = np.nanpercentile(values, [1, 99]) if np.isfinite(values).any() else (np.nan, np.nan)
        spans[multiplied] = f"{low:.3g} to {high:.3g}"
    problem = (
        f"{raw.path} says a {said.key} of {factor} and not whether it multiplies (values {spans[True]}) or "
        f"divides ({spans[False]})"
    )
    inverse = f"{1 / float(scale.mean()):g}"
    raise HydraQuestion(
        f"{problem}; give divide_by={factor} or divide_by={inverse}.",
        command_line=f"{problem}; give --divide-by {factor} or --divide-by {inverse}.",
        window=f"{problem}; open it from the dock Reconstruct, which asks.",
        asks="scale",
        choices=(
            (f"multiply by {factor}: {spans[True]}", 1 / float(scale.mean())),
            (f"divide by {factor}: {spans[False]}", float(scale.mean())),
            *((("leave them as they are", 1.0),) if said.loose else ()),
        ),
    )


def _in_its_unit(raw: RawCube, sample: NDArray[np.float64], divide_by: float | None) -> RawCube:
    """Bring per cent and the like to reflectance from 0 to 1, and say what the numbers are."""
    said, notices = raw.said, list(raw.notices)
    values = sample / raw.scale + raw.offset
    scaled = bool(np.any(np.asarray(raw.scale) != 1))
    quantity = raw.quantity
    if not quantity and "gain" in said.key and not plausible(values):
        quantity = guess_quantity(f"{said.words} radiance", raw.dtype, scaled)
    quantity = quantity or guess_quantity(said.words, raw.dtype, scaled)
    if divide_by is None and quantity != "radiance" and not says_other_than_reflectance(said.words):
        by, name = _share(raw, values)
        if by != 1:
            notices.append(f"{name} divided by {by:g}")
            raw = replace(raw, scale=_factor(np.asarray(raw.scale) * by), offset=_factor(np.asarray(raw.offset) / by))
            quantity, values = "reflectance", values / by
    if quantity == "reflectance" and not plausible(values) and divide_by is None:
        high = np.nanpercentile(values, 99) if np.isfinite(values).any() else 0.0
        if high > _IMPLAUSIBLE:
            notices.append(f"values reach {high:.3g}, more than a reflectance does, and nothing says their scale")
    return replace(raw, quantity=quantity, notices=tuple(notices))


def _share(raw: RawCube, values: NDArray[np.float64]) -> tuple[float, str]:
    """Return what the unit, or else the words about the numbers, divide them by, and what they call them."""
    said = raw.said
    unit = share_of(said.units)
    if unit is not None and (said.multiplies is not False or not plausible(values)):
        return unit
    if plausible(values) or np.any(np.asarray(raw.scale) != 1):
        return 1.0, ""
    word, times = share_of(said.words), times_in(said.words)
    if times is not None and plausible(values / times):
        return times, f"reflectance times {times:g}"
    if word is not None and plausible(values / word[0]):
        return word
    return 1.0, ""


def _factor(value: Any) -> Factor:
    found = np.asarray(value, dtype=np.float64)
    return found if found.ndim else float(found)


def _range(value: Any) -> str:
    found = np.asarray(value, dtype=np.float64)
    low, high = np.min(found), np.max(found)
    return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"


def _bands(indices: tuple[int, ...]) -> str:
    if len(indices) == 1:
        return f"band {indices[0] + 1}"
    listed = ", ".join(str(i + 1) for i in indices[:6]) + (", ..." if len(indices) > 6 else "")
    return f"{len(indices)} bands ({listed})"
