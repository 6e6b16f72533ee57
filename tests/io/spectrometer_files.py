"""Files of spectrometers, written here by their published or observed layouts; each holds the reflectance `LEAF`."""

import struct

import numpy as np

GRID = np.arange(400.0, 701.0, 10.0)
LEAF = 0.1 + 0.8 / (1 + np.exp(-(GRID - 550) / 30))
WHITE = 5000 + 10 * GRID


def comma(text):
    return text.replace(".", ",")


def asd(version="as8", kind=0, form="<f8", target=LEAF * WHITE, white=WHITE, flag=65535, words=b"a note", saturated=0):
    """The binary file of an ASD spectroradiometer: header, target, and white reference."""
    head = bytearray(484)
    head[:3] = version.encode()
    head[186], head[199], head[422] = kind, {"<f4": 0, "<i4": 1, "<f8": 2}[form], saturated
    struct.pack_into("<ff", head, 191, GRID[0], GRID[1] - GRID[0])
    struct.pack_into("<H", head, 204, GRID.size)
    body = target.astype(form).tobytes()
    if version not in ("ASD", "asd"):
        body += struct.pack("<HQQH", flag, 0, 0, len(words)) + words + white.astype(form).tobytes()
    return bytes(head) + body


def svc(rows=None):
    lines = [
        "/*** Spectra Vista SIG Data ***/",
        "name= leaf.sig",
        "integration= 70.0, 9.0, 7.0",
        "units= Radiance, Radiance",
    ]
    table = zip(GRID, LEAF, strict=True)
    rows = rows or [f"{w:.1f}  {9000:.2f}  {9000 * v:.2f}  {100 * v:.4f}" for w, v in table]
    return "\n".join([*lines, "comm= ", "data= ", *rows, ""])


def spectral_evolution(result="Reflect. %", factor=100.0):
    lines = [
        "Comment: ",
        "Version: 2.2",
        "Instrument: PSR+3500_SN1 [3]",
        "Detectors: 512,256,256",
        "Units: W/m^2/sr/nm",
    ]
    lines += ["Temperature (C): 26.14,8.47,-5.77", f"Channels: {GRID.size}", "Columns [4]:", "Data:"]
    lines += ["\t".join(["Wvl", "Rad. (Ref.)", "Rad. (Target)", *([result] if result else [])])]
    for w, v in zip(GRID, LEAF, strict=True):
        cells = [f" {w:.1f}", f"{5.0e-3:.6E}", f"{5.0e-3 * v:.6E}", *([f" {factor * v:.6f}"] if result else [])]
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


def ocean_optics(decimal=".", reference="Yes", end=">>>>>End Processed Spectral Data<<<<<"):
    lines = ["SpectraSuite Data File", "+" * 36, "Date: Mon Jan 14 17:36:35 GMT 2008", "Dark Spectrum Present: Yes"]
    lines += [f"Reference Spectrum Present: {reference}", "Integration Time (usec): 20000 (USB4A00428)"]
    lines += [f"Number of Pixels in Processed Spectrum: {GRID.size}", ">>>>>Begin Processed Spectral Data<<<<<"]
    lines += [f"{w:.2f}\t{100 * v:.4f}".replace(".", decimal) for w, v in zip(GRID, LEAF, strict=True)]
    return "\r\n".join([*lines, end, ""])


def ocean_view():
    lines = ["Data from leaf.txt Node", "\rDate: Tue Mar 18 08:44:17 EST 2014", "XAxis mode: Wavelengths"]
    lines += [f"Number of Pixels in Spectrum: {GRID.size}", ">>>>>Begin Spectral Data<<<<<"]
    return "\n".join([*lines, *(f"{w / 100:.4f}E2\t{10 * v:.5f}E-1" for w, v in zip(GRID, LEAF, strict=True)), ""])


def jaz():
    lines = ["Jaz Data File", "+" * 36, "Reference Spectrum Present: Yes", ">>>>>Begin Processed Spectral Data<<<<<"]
    lines += ["W\tD\tR\tS\tP"]
    lines += [f"{w:f}\t1000.5\t6000.5\t{1000.5 + 5000 * v:f}\t{100 * v:f}" for w, v in zip(GRID, LEAF, strict=True)]
    return "\n".join(
        [*lines, ">>>>>End Processed Spectral Data<<<<<", ">>>>>Begin Calibration Data<<<<<", "5.8", "5.9"]
    )


def avantes(decimal=".", counts=True, padding=""):
    names = ["Wave   ", *(["Sample   ", "Dark     ", "Reference"] if counts else []), "Reflectance"]
    units = ["[nm]   ", *(["[counts] "] * 3 if counts else []), "[%]"]
    lines = ["", "Integration time [ms]:    6.00", f"Data measured with spectrometer [name]: 1209U1{padding}"]
    lines += [";".join(names), ";".join(units), ""]
    for w, v in zip(GRID, LEAF, strict=True):
        cells = [f" {w:.2f}", *([f"{900 * v:9.3f}", "  -10.335", "  900.339"] if counts else []), f"{100 * v:8.5f}"]
        lines.append(";".join(cells).replace(".", decimal))
    return "\r\n".join([*lines, ""])


def jcamp(decimal=".", form="(XY..XY)"):
    lines = [
        "##TITLE= leaf",
        "##JCAMP-DX= 5 $$ written by hand",
        "##DATA TYPE= UV/VIS SPECTRUM",
        "##XUNITS= NANOMETERS",
    ]
    lines += ["##YUNITS= Reflectance (%)", "##XFACTOR= 1.0", "##YFACTOR= 1.0", f"##NPOINTS= {GRID.size}"]
    lines += [f"##FIRSTX= {GRID[0]}", f"##LASTX= {GRID[-1]}"]
    if form == "(XY..XY)":
        lines += [f"##XYPOINTS= {form}", *(f"{w:.2f}, {100 * v:.4f}" for w, v in zip(GRID, LEAF, strict=True))]
    else:
        chunks = [slice(i, i + 5) for i in range(0, GRID.size, 5)]
        lines += [f"##XYDATA= {form}"]
        lines += [f"{GRID[one][0]:.1f} " + " ".join(f"{100 * v:.4f}" for v in LEAF[one]) for one in chunks]
    return "\n".join([*(line.replace(".", decimal) if line[0].isdigit() else line for line in lines), "##END=", ""])
