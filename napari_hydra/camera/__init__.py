"""How a cube becomes a colour picture, and how a picture is read as light.

`Camera` is the model (illuminant, sensitivities, white balance, encoding curve), `render` takes the picture of a
cube and `linearise` undoes the encoding of a picture. sRGB under D65 is the default everywhere.
"""

from napari_hydra.camera.colour_picture import Picture, for_display
from napari_hydra.camera.curves import curve_names, decode_curve, encode_curve
from napari_hydra.camera.model import Camera, camera_names, get_camera, illuminant_names
from napari_hydra.camera.picture import Rendering, automatic_gain, linearise, render, render_array
from napari_hydra.camera.tables import read_sensitivities

__all__ = [
    "Camera",
    "Picture",
    "Rendering",
    "automatic_gain",
    "camera_names",
    "curve_names",
    "decode_curve",
    "encode_curve",
    "for_display",
    "get_camera",
    "illuminant_names",
    "linearise",
    "read_sensitivities",
    "render",
    "render_array",
]
