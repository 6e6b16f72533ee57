"""Validate the docstrings of the public surface with numpydoc: ``python tools/check_docstrings.py``.

Public is what the packages below export, and the public methods of those classes. The checks are those of
[tool.numpydoc_validation] in pyproject.toml, with two differences: a dataclass describes its parameters as Attributes,
and the example of a class serves its methods. Prints ``object: code sentence`` and exits 1 if there is any.
"""

import inspect
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate

PACKAGES = ("camera", "reflectance", "spectra", "io", "evaluation", "hydra")
PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def exported() -> Iterator[Any]:
    """Yield the classes and functions that the packages, and napari_hydra itself, export."""
    for name in ("napari_hydra", *(f"napari_hydra.{package}" for package in PACKAGES)):
        package = import_module(name)
        for key in package.__all__:
            found = getattr(package, key)
            if inspect.isclass(found) or inspect.isfunction(inspect.unwrap(found)):
                yield found


def methods_of(owner: type) -> Iterator[Any]:
    """Yield the public methods and properties of a class that this package defines, old names left out."""
    for base in inspect.getmro(owner):
        if base.__module__.startswith("napari_hydra"):
            for name, found in vars(base).items():
                method = getattr(found, "__func__", None) or getattr(found, "fget", None) or found
                if not name.startswith("_") and inspect.isfunction(method) and method.__name__ == name:
                    yield method


def name_of(item: Any) -> str:
    """Return the dotted name by which numpydoc finds an object."""
    return f"{item.__module__}.{item.__qualname__}"


def undescribed_fields(owner: type[Any]) -> list[str]:
    """Return the fields of a dataclass that neither it nor a base describes among its Attributes."""
    described: set[str] = set()
    for base in inspect.getmro(owner)[:-1]:
        for entry in NumpyDocString(inspect.cleandoc(vars(base).get("__doc__") or ""))["Attributes"]:
            described.update(name.strip() for name in entry.name.split(","))
    return [entry.name for entry in fields(owner) if not entry.name.startswith("_") and entry.name not in described]


def findings(item: Any, checks: set[str]) -> Iterator[tuple[str, str]]:
    """Yield (code, sentence) of what is wrong with the docstring of an object."""
    left_out = set()
    if inspect.isclass(item) and is_dataclass(item):
        left_out.add("PR01")
        yield from (("PR01", f"Field {name!r} is not among the Attributes") for name in undescribed_fields(item))
    is_exception = inspect.isclass(item) and issubclass(item, BaseException)
    needs_session = item.__module__.startswith("napari_hydra.workbench")  # docs/sessions.md shows these
    if is_exception or needs_session or "." in item.__qualname__:
        left_out.add("EX01")
    yield from (error for error in validate(name_of(item))["errors"] if error[0] in checks - left_out)


def main() -> int:
    """Check the public surface; return the exit code."""
    checks = set(tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["numpydoc_validation"]["checks"])
    public = {name_of(item): item for item in exported()}
    classes = [item for item in public.values() if inspect.isclass(item)]
    public |= {name_of(method): method for owner in classes for method in methods_of(owner)}
    found = [(name, *error) for name, item in sorted(public.items()) for error in findings(item, checks)]
    for name, number, sentence in found:
        print(f"{name}: {number} {sentence}")  # noqa: T201
    print(f"{len(public)} public objects, {len(found)} findings")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
