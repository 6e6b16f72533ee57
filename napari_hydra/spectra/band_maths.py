"""Band maths: formulas of reflectance that a user types, such as ``(R800 - R670) / (R800 + R670)``.

A formula is parsed with `ast` against a list of what is allowed, and computed by walking its tree: nothing of it is
ever handed to Python to run.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.cube import SAME_BAND_NM
from napari_hydra.errors import HydraError
from napari_hydra.spectra.formulas import BandMix, Floats, Formula, Method, is_scale_free
from napari_hydra.spectra.indices import find_index, spectral_indices

_LONGEST = 500  # characters
_DEEPEST = 50  # brackets within brackets
_BAND = re.compile(r"\b[Rr](\d+(?:\.\d+)?)(?![\w.(])")
_MEAN = re.compile(r"\bmean\s*\(\s*([\d.]+)\s*:\s*([\d.]+)\s*\)")
_FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "log": (1, np.log),
    "log10": (1, np.log10),
    "exp": (1, np.exp),
    "sqrt": (1, np.sqrt),
    "abs": (1, np.abs),
    "where": (3, np.where),
}
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.float_power,
    ast.USub: np.negative,
    ast.UAdd: np.positive,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
GRAMMAR = (
    "Write R800 for the reflectance at 800 nm and mean(650:680) for a mean over bands, with + - * / ** ( ), "
    "log, log10, exp, sqrt, abs and where(R800 > R670, a, b)."
)


@dataclass(frozen=True)
class Term:
    """Reflectance at a wavelength, or its mean between two.

    Attributes
    ----------
    name : str
        "R800", "mean(650:680)".
    low, high : float
        In nm; equal for a single wavelength.
    """

    name: str
    low: float
    high: float

    @property
    def is_single(self) -> bool:
        """Whether it is one wavelength."""
        return self.low == self.high


@dataclass(frozen=True)
class BandFormula:
    """A formula that `parse_formula` accepts.

    Attributes
    ----------
    formula : str
        As it was typed.

    Examples
    --------
    >>> BandFormula("R800 / R670").terms
    (Term(name='R800', low=800.0, high=800.0), Term(name='R670', low=670.0, high=670.0))
    """

    formula: str

    @property
    def name(self) -> str:
        """The formula itself: band maths has no other name."""
        return self.formula

    @cached_property
    def _tree(self) -> ast.expr:
        return _parse(self.formula)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """What the formula takes of a spectrum, each once."""
        found = {}
        for node in ast.walk(self._tree):
            term = _term(node)
            if term is not None:
                found[term.name] = term
        return tuple(found.values())

    def mix(self, wavelengths: ArrayLike, method: Method = "nearest") -> BandMix:
        """Choose the bands that the formula takes of a cube: of a single wavelength the nearest, whatever `method`.

        Parameters
        ----------
        wavelengths : (B,) array
            Of the cube's good bands, in nm.
        method : str
            Of `SpectralIndex.mix`; without effect here.

        Returns
        -------
        BandMix
            Each band once, called after its wavelength.

        Raises
        ------
        HydraError
            If no band lies within half the spacing of the bands around a wavelength, or none in a range.
        """
        centres = np.asarray(wavelengths, dtype=np.float64)
        columns = np.unique(np.concatenate([_columns(self.formula, term, centres) for term in self.terms]))
        names = tuple(f"R{centre!r}" for centre in centres[columns].tolist())
        return BandMix(names, centres[columns], columns, np.eye(columns.size))

    def notices(self, wavelengths: ArrayLike) -> tuple[str, ...]:
        """Say which wavelengths are taken at a band that is not the same.

        Parameters
        ----------
        wavelengths : (B,) array
            Of the cube's good bands, in nm.

        Returns
        -------
        tuple of str
            A sentence for each.
        """
        centres = np.asarray(wavelengths, dtype=np.float64)
        taken = {term: centres[_columns(self.formula, term, centres)[0]] for term in self.terms if term.is_single}
        return tuple(
            f"{term.name} is taken at {centre:.5g} nm, the nearest band."
            for term, centre in taken.items()
            if abs(centre - term.low) > SAME_BAND_NM
        )

    def __call__(self, bands: Mapping[str, ArrayLike], centres: Mapping[str, float] | None = None) -> Floats:
        """Return the value of the formula from the bands of `mix`, whose names say where they lie."""
        at = np.array([float(name[1:]) for name in bands])
        spectra = [np.asarray(values, dtype=np.float64) for values in bands.values()]
        values = {}
        for term in self.terms:
            inside = [int(np.abs(at - term.low).argmin())] if term.is_single else _inside(term, at)
            values[term.name] = np.mean([spectra[column] for column in inside], axis=0)
        with np.errstate(all="ignore"):
            result = np.asarray(_value(self._tree, values), dtype=np.float64)
        return np.where(np.isfinite(result), result, np.nan)

    @property
    def is_scale_free(self) -> bool:
        """Whether the value stays the same if every band is multiplied by one factor."""
        return is_scale_free(self, [f"R{(term.low + term.high) / 2!r}" for term in self.terms])

    @property
    def limits(self) -> None:
        """None: the values give the display limits."""


def parse_formula(text: str) -> BandFormula:
    """Return band maths from its text.

    Parameters
    ----------
    text : str
        ``R800`` is the reflectance at 800 nm (the nearest band), ``mean(650:680)`` the mean of the bands from 650 to
        680 nm. Between them ``+ - * / **``, brackets, ``log`` (natural), ``log10``, ``exp``, ``sqrt``, ``abs`` and
        ``where(R800 > R670, a, b)``.

    Returns
    -------
    BandFormula

    Raises
    ------
    HydraError
        If the text holds anything else, or no band.

    Examples
    --------
    >>> ratio = parse_formula("R800 / mean(650:680)")
    >>> [term.name for term in ratio.terms]
    ['R800', 'mean(650:680)']
    >>> mix = ratio.mix([650, 660, 670, 680, 800])
    >>> spectrum = mix([0.1, 0.1, 0.2, 0.2, 0.6])
    >>> float(ratio(dict(zip(mix.names, spectrum))).round(3))
    4.0
    """
    formula = BandFormula(" ".join(text.split()))
    if not formula.terms:
        raise HydraError(f"{text.strip()!r} takes no band of the spectrum. {GRAMMAR}")
    return formula


def find_formula(text: str) -> Formula:
    """Return a spectral index by its name, or band maths.

    Parameters
    ----------
    text : str
        "NDVI", or a formula as `parse_formula` takes it.

    Returns
    -------
    Formula

    Raises
    ------
    HydraError
        If it is neither.

    Examples
    --------
    >>> find_formula("ndvi").formula, find_formula("R800/R670").formula
    ('(N-R)/(N+R)', 'R800/R670')
    """
    is_index = text.strip().lower() in {name.lower() for name in spectral_indices()}
    looks_like_a_name = re.fullmatch(r"[A-Za-z]\w*", text.strip()) and not _BAND.fullmatch(text.strip())
    return find_index(text.strip()) if is_index or looks_like_a_name else parse_formula(text)


def _parse(text: str) -> ast.expr:
    if not text or len(text) > _LONGEST:
        raise HydraError(f"A formula has 1 to {_LONGEST} characters; this one has {len(text)}. {GRAMMAR}")
    if max((text[:end].count("(") - text[:end].count(")") for end in range(len(text))), default=0) > _DEEPEST:
        raise HydraError(f"The brackets of this formula are more than {_DEEPEST} deep; write it in fewer.")
    try:
        tree = ast.parse(_BAND.sub(r"R(\1)", _MEAN.sub(r"mean(\1, \2)", text)), mode="eval").body
        _check(tree, text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise HydraError(f"{text!r} is not a formula. {GRAMMAR}") from None
    return tree


def _check(node: ast.AST, text: str) -> None:
    """Raise where a part of the tree is not on the list."""
    if _term(node) is not None:
        return
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return
    if isinstance(node, ast.BinOp | ast.UnaryOp) and type(node.op) in _OPERATORS:
        parts = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.operand]
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OPERATORS:
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        known = _FUNCTIONS.get(node.func.id)
        if known is None:
            raise HydraError(f"{text!r} has the function {node.func.id}, which is not known. {GRAMMAR}")
        if len(node.args) != known[0]:
            raise HydraError(f"{text!r}: {node.func.id} takes {known[0]} value(s), not {len(node.args)}.")
        parts = list(node.args)
    else:
        shown = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
        raise HydraError(f"{text!r} has {shown!r}, which band maths does not know. {GRAMMAR}")
    for part in parts:
        _check(part, text)


def _term(node: ast.AST) -> Term | None:
    """Return what a node takes of a spectrum, None where it is something else."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("R", "mean")):
        return None
    ends = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    if len(ends) != len(node.args) or len(ends) != (1 if node.func.id == "R" else 2):
        raise HydraError("mean(…) takes two wavelengths in nm with a colon between them, as mean(650:680).")
    low, high = float(ends[0]), float(ends[-1])  # type: ignore[arg-type]
    if low > high:
        raise HydraError(f"mean({low:g}:{high:g}) ends before it begins; write mean({high:g}:{low:g}).")
    return Term(f"R{low:g}" if len(ends) == 1 else f"mean({low:g}:{high:g})", low, high)


def _value(node: ast.AST, terms: Mapping[str, Floats]) -> Any:
    term = _term(node)
    if term is not None:
        return terms[term.name]
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left, terms), _value(node.right, terms))
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](_value(node.operand, terms))
    if isinstance(node, ast.Compare):
        return _OPERATORS[type(node.ops[0])](_value(node.left, terms), _value(node.comparators[0], terms))
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    return _FUNCTIONS[node.func.id][1](*(_value(argument, terms) for argument in node.args))


def _columns(formula: str, term: Term, centres: Floats) -> NDArray[np.intp]:
    """Return the bands of a term: those of a range, or the nearest, refused beyond half the spacing there."""
    if not term.is_single:
        inside = _inside(term, centres)
        if not inside.size:
            raise HydraError(f"{formula}: the cube has no band in {term.name} ({_span(centres)}).")
        return inside
    column = int(np.abs(centres - term.low).argmin())
    gaps = np.diff(centres)[max(column - 1, 0) : column + 1]
    if abs(centres[column] - term.low) > max(SAME_BAND_NM, gaps.max() / 2 if gaps.size else 0.0):
        nearest = f"the nearest is at {centres[column]:.5g} nm"
        raise HydraError(f"{formula}: the cube has no band at {term.low:g} nm; {nearest} ({_span(centres)}).")
    return np.array([column])


def _inside(term: Term, centres: Floats) -> NDArray[np.intp]:
    return np.flatnonzero((centres >= term.low - SAME_BAND_NM) & (centres <= term.high + SAME_BAND_NM))


def _span(centres: Floats) -> str:
    return f"it has {centres.size} bands from {centres.min():.5g} to {centres.max():.5g} nm"
