"""One page an analysis, in the order of their tabs."""

from napari_hydra._napari.analyse.pages.component_page import ComponentPage
from napari_hydra._napari.analyse.pages.index_page import IndexPage
from napari_hydra._napari.analyse.pages.library_page import LibraryPage
from napari_hydra._napari.analyse.pages.maths_page import MathsPage
from napari_hydra._napari.analyse.pages.page import Page
from napari_hydra._napari.analyse.pages.profile_page import ProfilePage
from napari_hydra._napari.analyse.pages.reflectance_page import ReflectancePage

PAGES: tuple[type[Page], ...] = (IndexPage, MathsPage, ProfilePage, LibraryPage, ComponentPage, ReflectancePage)
