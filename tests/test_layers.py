"""Imports point downwards only, and science knows neither Qt nor napari (every import statement is read)."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "napari_hydra"
# From the top to the bottom; each may import those after it.
LAYERS = (
    "_napari",
    "cli",
    "training",
    "workbench",
    "evaluation",
    "hydra",
    "reflectance",
    "spectra",
    "io",
    "samples",
    "camera",
    "spectral_cube",
    "cube",
    "progress",
    "lazy_array",
    "file_formats",
    "validation",
    "errors",
    "bug_log",
    "deprecation",
    "distribution",
)
# The rooms of a layer likewise; those on one line do not import each other. What is named is a folder or a module.
ROOMS = {
    "_napari": (
        ("window",),
        ("inspect",),
        ("sessions",),
        ("reconstruct", "compare", "adapt", "analyse"),
        ("scenes",),
        ("layers",),
        ("widgets",),
        ("state",),
    ),
    "_napari/analyse": (("dock", "commands"), ("pages",), ("results",)),
    "workbench": (("report",), ("export",), ("plot", "session"), ("scene",)),
    "hydra": (("model",), ("latent",), ("networks",), ("files",)),
    "io": (("libraries", "regions"), ("formats",), ("pictures",), ("numbers", "writing"), ("files",)),
}
MOST_MODULES = 15
WINDOW_LIBRARIES = {"napari", "qtpy", "superqt", "magicgui", "vispy", "npe2", "app_model"}
WINDOW_LIBRARIES |= {"PyQt5", "PyQt6", "PySide2", "PySide6"}
SOURCES = sorted(PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    """Name the layer that a file belongs to: the first part of its path below the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Yield (dotted name, line, whether it stands inside a function) of everything that a file imports."""
    package = ("napari_hydra", *path.relative_to(PACKAGE).parent.parts)

    def visit(node: ast.AST, inside: bool) -> Iterator[tuple[str, int, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, child.lineno, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = package[: len(package) - child.level + 1] if child.level else ()
                module = ".".join((*base, *([child.module] if child.module else [])))
                # "from napari_hydra import io" imports a module, so the names count too.
                yield from ((f"{module}.{alias.name}", child.lineno, inside) for alias in child.names)
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from visit(child, inside or function)

    yield from visit(ast.parse(path.read_text(encoding="utf-8")), inside=False)


def module_of(path: Path) -> str:
    """Return the dotted name of a file of the package."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def arrows() -> dict[str, set[str]]:
    """Return the modules of the package, and which others each imports, within functions too."""
    modules = {module_of(path): path for path in SOURCES}
    found: dict[str, set[str]] = {name: set() for name in modules}
    for name, path in modules.items():
        for imported, _, inside in imports(path):
            target = imported if imported in modules else imported.rpartition(".")[0]
            on_demand = inside and layer_of(path) == "cli" and target.startswith("napari_hydra._napari")
            if target in modules and target != name and not on_demand:
                found[name].add(target)
    return found


def folders_of(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the folders that modules stand in, and which others each imports from."""
    folder = {module_of(path): path.parent.relative_to(PACKAGE).as_posix() for path in SOURCES}
    folder["napari_hydra"] = "napari_hydra/__init__"
    folder |= {name: name for name, where in folder.items() if where == "."}  # modules of the package are rooms
    found: dict[str, set[str]] = defaultdict(set)
    for name, targets in graph.items():
        found[folder[name]] |= {folder[target] for target in targets} - {folder[name]}
    return found


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    """Return a circle of a graph; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def room_in(name: str, layer: str) -> str | None:
    """Return which room of a layer a module stands in; None for those of other layers."""
    prefix = "napari_hydra." + layer.replace("/", ".") + "."
    return name.removeprefix(prefix).split(".")[0] if name.startswith(prefix) else None


def uses_window(name: str) -> bool:
    """Whether an import brings in napari, Qt or matplotlib's Qt backend."""
    return name.split(".")[0] in WINDOW_LIBRARIES or name.startswith("matplotlib.backends.backend_qt")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    layer = layer_of(path)
    if layer in ("__init__", "__main__"):
        pytest.skip("stands above the layers")
    assert layer in LAYERS, f"{path} belongs to no layer: add it to the list, or move it"
    for name, line, inside in imports(path):
        parts = name.split(".")
        if parts[0] != "napari_hydra" or len(parts) < 2 or parts[1] not in LAYERS:
            continue
        downwards = LAYERS.index(parts[1]) >= LAYERS.index(layer)
        window_on_demand = layer == "cli" and parts[1] == "_napari" and inside
        assert downwards or window_on_demand, f"{path}:{line} imports {name} from a layer above"


def test_imports_name_modules_that_are_there():
    """Those within functions too, which no import of the package would find."""
    modules = {module_of(path) for path in SOURCES}
    lost = [
        f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        for path in SOURCES
        for name, line, _ in imports(path)
        if name.startswith("napari_hydra.") and not {name, name.rpartition(".")[0]} & modules
    ]
    assert lost == []


@pytest.mark.parametrize("layer", ROOMS)
def test_rooms_import_downwards(layer):
    floors = {room: floor for floor, rooms in enumerate(ROOMS[layer]) for room in rooms}
    upwards = []
    for name, targets in arrows().items():
        here = room_in(name, layer)
        for target in targets:
            there = room_in(target, layer)
            if here in floors and there in floors and here != there and floors[there] <= floors[here]:
                upwards.append(f"{name} imports {target}")
    assert not upwards


@pytest.mark.parametrize("layer", ["_napari", "workbench", "io"])
def test_every_room_has_its_floor(layer):
    folders = {path.name for path in (PACKAGE / layer).iterdir() if (path / "__init__.py").exists()}
    assert folders <= {room for rooms in ROOMS[layer] for room in rooms}


def test_no_circles_of_modules_or_folders():
    graph = arrows()
    assert circle_in(graph) == []
    assert circle_in(folders_of(graph)) == []


@pytest.mark.parametrize("folder", ["napari_hydra", "tests"])
def test_no_folder_is_crowded(folder):
    modules = (PACKAGE.parent / folder).rglob("*.py")
    counts = Counter(path.parent for path in modules if path.name != "__init__.py")
    assert {path: count for path, count in counts.items() if count > MOST_MODULES} == {}


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if layer_of(p) != "_napari"], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_science_imports_neither_qt_nor_napari(path):
    # The command line starts napari's event loop, and only when a verb opens a window.
    found = [
        f"{path}:{line} imports {name}"
        for name, line, inside in imports(path)
        if uses_window(name) and not (layer_of(path) == "cli" and inside)
    ]
    assert not found


def test_the_reader_of_imports_sees_every_form(tmp_path, monkeypatch):
    """The two tests above are worth nothing if `imports` overlooks a form."""
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    (tmp_path / "io").mkdir()
    source = tmp_path / "io" / "envi.py"
    source.write_text(
        "import qtpy.QtCore\n"
        "from .. import hydra\n"
        "from ..evaluation import score\n"
        "from napari_hydra import training\n"
        "if True:\n    from matplotlib.backends.backend_qtagg import FigureCanvas\n"
        "def run():\n    import napari_hydra._napari.window\n"
    )
    assert list(imports(source)) == [
        ("qtpy.QtCore", 1, False),
        ("napari_hydra.hydra", 2, False),
        ("napari_hydra.evaluation.score", 3, False),
        ("napari_hydra.training", 4, False),
        ("matplotlib.backends.backend_qtagg.FigureCanvas", 6, False),
        ("napari_hydra._napari.window", 8, True),
    ]
    assert [uses_window(name) for name, _, _ in imports(source)] == [True, False, False, False, True, False]


def test_circles_are_seen():
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert set(circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}
    assert "napari_hydra._napari.window" in arrows()
    assert "napari_hydra.errors" in arrows()["napari_hydra.cube"]
