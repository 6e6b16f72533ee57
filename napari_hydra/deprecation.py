"""Old names, which go on working for two minor versions."""

import functools
import warnings
from collections.abc import Callable
from typing import Any

GONE_WITH = "0.4"


def warn_renamed(old: str, new: str, stacklevel: int = 3) -> None:
    """Warn the caller of a public name that it is called otherwise now."""
    message = f"{old} is called {new} now; the old name goes with version {GONE_WITH}."
    warnings.warn(message, DeprecationWarning, stacklevel=stacklevel)


def renamed(old: str, new: str) -> Any:
    """Return a property that serves an attribute or method under its old name."""

    def get(self: Any) -> Any:
        warn_renamed(f"{type(self).__name__}.{old}", new)
        return getattr(self, new)

    return property(get, doc=f"Old name of `{new}`.")


def renamed_of(module: str, names: dict[str, str], name: str) -> str:
    """Return what a name of a module is called now.

    Raises
    ------
    AttributeError
        If the module has no such name.
    """
    if name not in names:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    warn_renamed(f"{module}.{name}", names[name], stacklevel=4)
    return names[name]


def renamed_keywords(**names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that lets a function take keywords under their old names (old="new")."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*arguments: Any, **keywords: Any) -> Any:
            for old, new in names.items():
                if old in keywords:
                    warn_renamed(f"{old}=", f"{new}=")
                    keywords[new] = keywords.pop(old)
            return function(*arguments, **keywords)

        return call

    return decorate
