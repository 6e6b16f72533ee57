"""ENVI: every layout that its headers can declare, the quirks of the field, and what must be refused."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import spectral.io.envi as spectral_envi
from io_helpers import FakeLatent, assert_same

from napari_hydra.errors import HydraError, HydraQuestion
from napari_hydra.io import CubeNotice, describe_file, is_cube_file, read_cube, write_cube
from napari_hydra.io.formats import envi
from napari_hydra.io.formats.envi_header import parse_header
from napari_hydra.io.numbers import raw_cube

TYPES = {1: "u1", 2: "i2", 3: "i4", 4: "f4", 5: "f8", 12: "u2", 13: "u4", 14: "i8", 15: "u8"}
LAYOUTS = {"bsq": (2, 0, 1), "bil": (0, 2, 1), "bip": (0, 1, 2)}
VALUES = np.arange(4 * 3 * 5).reshape(4, 3, 5) % 120
WAVELENGTHS = "{450, 500.5, 550, 600, 700}"


def make_envi(folder: Path, suffix: str = ".dat", *, code: int = 4, interleave: str = "bsq", order: int = 0,
              offset: int = 0, values: np.ndarray = VALUES, **fields: object) -> Path:  # fmt: skip
    """Write a header and its data by hand; underscores in field names stand for blanks."""
    dtype = np.dtype(TYPES.get(code, "c8")).newbyteorder(">" if order else "<")
    data = b"x" * offset + values.transpose(LAYOUTS[interleave.lower()]).astype(dtype).tobytes()
    (folder / f"scene{suffix}").write_bytes(data)
    lines, samples, bands = values.shape
    header: dict[str, object] = {"samples": samples, "lines": lines, "bands": bands, "header offset": offset,
                                 "data type": code, "interleave": interleave, "byte order": order,
                                 "wavelength units": "Nanometers", "wavelength": WAVELENGTHS}  # fmt: skip
    header |= {key.replace("_", " "): value for key, value in fields.items()}
    text = "ENVI\n" + "".join(f"{k} = {v}\n" for k, v in header.items() if v is not None)
    (folder / "scene.hdr").write_text(text, encoding="utf-8")
    return folder / "scene.hdr"


@pytest.mark.parametrize(("code", "interleave", "order"), list(itertools.product(TYPES, LAYOUTS, (0, 1))))
def test_every_type_layout_and_byte_order(tmp_path: Path, code: int, interleave: str, order: int) -> None:
    path = make_envi(tmp_path, code=code, interleave=interleave, order=order, offset=code)
    cube = read_cube(path)
    np.testing.assert_array_equal(cube.values, VALUES)
    assert cube.dtype == np.float32
    assert cube.values.flags.c_contiguous
    np.testing.assert_array_equal(cube.wavelength, [450, 500.5, 550, 600, 700])


@pytest.mark.parametrize("suffix", ["", ".img", ".raw", ".bin", ".BSQ", ".hdr_is_no_suffix", ".xyz"])
def test_any_data_suffix_from_header_or_data(tmp_path: Path, suffix: str) -> None:
    path = make_envi(tmp_path, suffix)
    (tmp_path / "scene.png").write_bytes(b"a quicklook")
    (tmp_path / "scene2.dat").write_bytes(b"another file")
    np.testing.assert_array_equal(read_cube(path).values, VALUES)
    np.testing.assert_array_equal(read_cube(tmp_path / f"scene{suffix}").values, VALUES)
    assert is_cube_file(path)
    assert is_cube_file(tmp_path / f"scene{suffix}")
    assert not is_cube_file(tmp_path / "scene2.dat")
    assert not is_cube_file(tmp_path / "scene.png")


def test_header_named_after_the_whole_data_file(tmp_path: Path) -> None:
    make_envi(tmp_path).rename(tmp_path / "scene.dat.hdr")
    for name in ("scene.dat.hdr", "scene.dat"):
        np.testing.assert_array_equal(read_cube(tmp_path / name).values, VALUES)


def test_of_two_data_files_the_one_of_the_declared_size_is_taken(tmp_path: Path) -> None:
    path = make_envi(tmp_path, ".raw")
    (tmp_path / "scene.img").write_bytes(b"older, smaller")
    np.testing.assert_array_equal(read_cube(path).values, VALUES)


def test_micrometres_fwhm_scale_bad_bands_and_missing_pixels(tmp_path: Path) -> None:
    values = VALUES * 100
    values[1, 2, 3] = -50
    path = make_envi(
        tmp_path, code=2, values=values, wavelength="{0.45, 0.5005, 0.55, 0.6, 0.7}", wavelength_units="Micrometers",
        fwhm="{0.01, 0.01, .01, .012, .02}", bbl="{1, 1, 0, 1, 1}", reflectance_scale_factor="10000.0",
        data_ignore_value="{-50}", description="{radiance? no, scaled}",
    )  # fmt: skip
    cube = read_cube(path)
    np.testing.assert_array_equal(cube.wavelength, [450, 500.5, 550, 600, 700])
    assert cube.attrs["fwhm"] == (10, 10, 10, 12, 20)
    assert cube.attrs["bad_bands"] == (2,)
    assert cube.attrs["quantity"] == "reflectance"
    assert cube.attrs["ignore_value"] == -50
    assert np.isnan(cube.values[1, 2, 3])
    assert np.isnan(cube.values).sum() == 1
    assert cube.values[1, 1, 1] == pytest.approx(values[1, 1, 1] / 10000)
    fractions = " ".join(cube.attrs["history"])
    for word in ("int16", "10000", "µm", "-50"):
        assert word in fractions


@pytest.mark.parametrize(
    ("unit", "said"), [(None, "no unit stated"), ("Unknown", "no unit stated"), ("µm", "µm to nm")]
)
def test_units_missing_or_odd_are_guessed_and_said(tmp_path: Path, unit: str | None, said: str) -> None:
    path = make_envi(tmp_path, wavelength="{0.45, 0.5005, 0.55, 0.6, 0.7}", wavelength_units=unit)
    path.write_bytes(path.read_text("utf-8").encode("latin-1"))  # µ as one byte, as IDL writes it
    cube = read_cube(path)
    np.testing.assert_array_equal(cube.wavelength, [450, 500.5, 550, 600, 700])
    assert said in " ".join(cube.attrs["history"])


def test_overlapping_detectors_are_sorted_and_named(tmp_path: Path) -> None:
    values = np.arange(2 * 2 * 8).reshape(2, 2, 8)
    path = make_envi(tmp_path, values=values, wavelength="{400, 500, 600, 700, 650, 750, 850, 950}")
    cube = read_cube(path)
    np.testing.assert_array_equal(cube.wavelength, [400, 500, 600, 650, 700, 750, 850, 950])
    np.testing.assert_array_equal(cube.detector, [0, 0, 0, 1, 0, 1, 1, 1])
    np.testing.assert_array_equal(cube.values[0, 0], [0, 1, 2, 4, 3, 5, 6, 7])


def test_headers_as_people_write_them(tmp_path: Path) -> None:
    make_envi(tmp_path, interleave="BIL")
    text = (
        "ENVI \r\nSamples=3\r\nLINES   =  4\r\nbands = 5\r\n; a comment = nothing\r\ndata type = 4\r\n"
        "Interleave = BIL\r\nmap info = {UTM, 1, 1,\r\n; 3 = 4\r\n 5}\r\n"
        "wavelength = \r\n{ 450,\r\n500.5, 550\r\n, 600, 700,}\r\n"
        "description = {\r\n a = b, c\r\n}\r\ndefault bands = {1,2,3}\r\n"
    )
    (tmp_path / "scene.hdr").write_bytes(b"\xef\xbb\xbf" + text.encode())
    np.testing.assert_array_equal(read_cube(tmp_path / "scene.hdr").values, VALUES)
    fields = parse_header(tmp_path / "scene.hdr")
    assert fields["map info"] == ["UTM", "1", "1", "5"]
    assert fields["description"] == "a = b, c"


def test_large_files_stay_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("napari_hydra.io.numbers.raw_cube.LAZY_BYTES", 10)
    for interleave in LAYOUTS:
        path = make_envi(tmp_path, code=2, interleave=interleave, reflectance_scale_factor=10, data_ignore_value=7)
        lazy = read_cube(path)
        assert lazy.chunks is not None
        expected = np.where(VALUES == 7, np.nan, VALUES.astype(np.float32) / np.float32(10))
        np.testing.assert_array_equal(lazy.values, expected.astype(np.float32))
        assert lazy.dtype == np.float32


def test_a_band_of_a_large_file_reads_that_band_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_cube, "LAZY_BYTES", 10)
    read, convert = [], raw_cube._convert

    def counting(block: np.ndarray, *how: object) -> np.ndarray:
        read.append(block.size)
        return convert(block, *how)  # type: ignore[arg-type]

    monkeypatch.setattr(raw_cube, "_convert", counting)
    for interleave in LAYOUTS:
        lazy = read_cube(make_envi(tmp_path, interleave=interleave))
        assert sum(read) == 0
        np.testing.assert_array_equal(lazy[:, :, 3], VALUES[:, :, 3])
        np.testing.assert_array_equal(lazy[1, 2], VALUES[1, 2])
        assert sum(read) == 4 * 3 + 5
        read.clear()


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"samples": 4}, r"scene.dat holds 240 bytes but scene.hdr declares 320 .*cut off"),
        ({"wavelength": None}, r"does not say its wavelengths; give them with wavelengths=\."),
        ({"wavelength": "{1, 2, 3, 4, 5}"}, "wavelengths="),
        ({"wavelength": "{450, 500}"}, "lists 2 wavelengths for 5 bands"),
        ({"wavelength": "{450, 500, blue, 3, 4}"}, "not numbers"),
        ({"wavelength": "{450, 500, nan, 3, 4}"}, "make no sense"),
        ({"wavelength": "{-450, 500, 600, 700, 800}"}, "make no sense"),
        ({"wavelength": "{1e6, 2e6, 3e6, 4e6, 5e6}"}, "make no sense"),
        ({"wavelength": "{500, 500, 500, 500, 500}"}, "make no sense"),
        ({"code": 6, "values": VALUES}, "complex"),
        ({"data_type": 77}, "data type"),
        ({"interleave ": "bsx"}, None),
        ({"bands": "many"}, "check samples, lines, bands"),
        ({"lines": 0}, "correct the header"),
        ({"lines": None}, "lines"),
        ({"file_compression": 1}, "compressed"),
    ],
)
def test_headers_that_cannot_be_true(tmp_path: Path, fields: dict[str, object], match: str | None) -> None:
    path = make_envi(tmp_path, **fields)  # type: ignore[arg-type]
    if match is None:
        path.write_text(path.read_text().replace("interleave = bsq", "interleave = bsx"))
    with pytest.raises(HydraError, match=match or "interleave") as caught:
        read_cube(path)
    assert "\n" not in str(caught.value)
    assert "scene" in str(caught.value)


def test_wavelengths_given_rescue_a_bad_header(tmp_path: Path) -> None:
    path = make_envi(tmp_path, wavelength="{0, 0, 0, 0, 0}")
    np.testing.assert_array_equal(
        read_cube(path, wavelengths=[1, 2, 3, 4, 5] * np.array(100)).wavelength[:2], [100, 200]
    )
    with pytest.raises(HydraError, match="5 bands but 3 wavelengths were given"):
        read_cube(path, wavelengths=[400, 500, 600])


def test_what_is_no_envi_file(tmp_path: Path) -> None:
    (tmp_path / "analyze.hdr").write_bytes(b"\x5c\x01\x00\x00" + bytes(344))
    (tmp_path / "cut.hdr").write_text("ENVI\nwavelength = {1, 2,\n3")
    (tmp_path / "alone.hdr").write_text("ENVI\nsamples = 1\nlines = 1\nbands = 2\ndata type = 1\ninterleave = bsq\n")
    (tmp_path / "lonely.dat").write_bytes(b"123")
    for name, match in {"analyze.hdr": "not an ENVI header", "cut.hdr": "cut off", "alone.hdr": "no data file",
                        "lonely.dat": r"put lonely\.hdr there", "absent.hdr": "does not exist"}.items():  # fmt: skip
        with pytest.raises(HydraError, match=match):
            read_cube(tmp_path / name)
    assert not is_cube_file(tmp_path / "analyze.hdr")
    assert not is_cube_file(tmp_path / "absent.hdr")


def test_round_trip_and_spectral_agrees(tmp_path: Path, cube) -> None:  # type: ignore[no-untyped-def]
    path = write_cube(cube, tmp_path / "out.hdr")
    assert_same(read_cube(path), cube)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.hdr", "out.img"]
    image = spectral_envi.open(str(path))
    np.testing.assert_array_equal(np.asarray(image.load()), cube.values)
    assert image.bands.centers == list(cube.wavelength.values)
    assert image.bands.bandwidths == list(cube.attrs["fwhm"])
    assert [i for i, good in enumerate(image.metadata["bbl"]) if not good] == list(cube.attrs["bad_bands"])
    assert path.read_bytes().isascii()


def test_latent_is_streamed_and_keeps_its_provenance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("napari_hydra.io.writing.cube_source.BLOCK_BYTES", 4096)
    values = np.random.default_rng(1).random((50, 20, 6), dtype=np.float32)
    latent, fractions = FakeLatent(values, np.linspace(400, 700, 6)), []
    path = write_cube(
        latent, tmp_path / "out.hdr", progress=lambda fraction, stage: fractions.append((fraction, stage))
    )
    cube = read_cube(path)
    np.testing.assert_array_equal(cube.values, values)
    assert latent.largest <= 4096
    assert cube.attrs["model"] == "visible"
    assert cube.attrs["picture_gain"] == 2.5
    assert [f for f, _ in fractions] == sorted(f for f, _ in fractions)
    assert fractions[-1] == (1.0, "writing")
    assert describe_file(path).details["model"] == "visible"


def test_overwriting_replaces_the_data_file_that_the_header_has(tmp_path: Path, cube) -> None:  # type: ignore[no-untyped-def]
    path = make_envi(tmp_path, ".dat")
    before = path.read_bytes()
    with pytest.raises(HydraError, match="exists already"):
        write_cube(cube, path)
    assert path.read_bytes() == before
    write_cube(cube, path, overwrite=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["scene.dat", "scene.hdr"]
    assert_same(read_cube(path), cube)


def test_data_of_someone_else_are_not_overwritten(tmp_path: Path, cube) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "out.img").write_bytes(b"precious")
    with pytest.raises(HydraError, match=r"out.img exists already"):
        write_cube(cube, tmp_path / "out.hdr")
    assert [p.name for p in tmp_path.iterdir()] == ["out.img"]
    assert (tmp_path / "out.img").read_bytes() == b"precious"


def test_description(tmp_path: Path) -> None:
    info = describe_file(make_envi(tmp_path, code=12, bbl="{1,0,1,1,1}"))
    assert (info.kind, info.format, info.shape, info.dtype) == ("cube", "ENVI", (4, 3, 5), "uint16")
    assert info.wavelength_range == (450, 700)
    assert info.details["bad bands"] == 1
    assert info.details["quantity"] == "counts"
    assert describe_file(make_envi(tmp_path, wavelength=None)).wavelength_range is None


def test_spectral_library_is_no_cube(tmp_path: Path) -> None:
    path = make_envi(tmp_path, ".sli", file_type="ENVI Spectral Library")
    assert not envi.matches(path)


def test_map_info_is_kept_and_survives_a_round_trip(tmp_path: Path) -> None:
    header = make_envi(tmp_path, map_info="{UTM, 1, 1, 400000, 3285000, 1, 1, 17, North, WGS-84}")
    cube = read_cube(header)
    assert cube.attrs["map_info"]["fields"][3:7] == ("400000", "3285000", "1", "1")
    assert tuple(cube.attrs["map_info"]["size"]) == cube.shape[:2]
    write_cube(cube, tmp_path / "copy.hdr")
    again = read_cube(tmp_path / "copy.hdr").attrs["map_info"]
    assert list(again["fields"]) == list(cube.attrs["map_info"]["fields"])
    write_cube(cube[1:], tmp_path / "part.hdr")
    assert "map info" not in parse_header(tmp_path / "part.hdr")
    assert describe_file(header).details["map info"].startswith("UTM, 1, 1, 400000")


# sizes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("interleave", LAYOUTS)
def test_bytes_after_the_data_are_left_out_with_a_notice(tmp_path: Path, interleave: str) -> None:
    path = make_envi(tmp_path, interleave=interleave)
    with path.with_suffix(".dat").open("ab") as file:
        file.write(b"a trailer")
    with pytest.warns(CubeNotice, match="9 bytes after the data"):
        np.testing.assert_array_equal(read_cube(path).values, VALUES)


@pytest.mark.parametrize(("interleave", "rows", "bands"), [("bil", 2, 5), ("bip", 2, 5), ("bsq", 4, 2)])
def test_of_a_scan_that_stopped_early_the_whole_part_opens_on_request(
    tmp_path: Path, interleave: str, rows: int, bands: int
) -> None:
    path = make_envi(tmp_path, interleave=interleave)
    data = path.with_suffix(".dat")
    data.write_bytes(data.read_bytes()[: 2 * 60 + 7 if interleave != "bsq" else 2 * 48 + 7])
    with pytest.raises(HydraQuestion, match=r"cut off.*incomplete=True") as caught:
        read_cube(path)
    assert "--incomplete" in caught.value.command_line
    assert "incomplete=" not in caught.value.window
    with pytest.warns(CubeNotice, match="cut off"):
        cube = read_cube(path, incomplete=True)
    np.testing.assert_array_equal(cube.values, VALUES[:rows, :, :bands])
    assert cube.sizes["wavelength"] == bands


def test_whole_numbers_written_with_decimals(tmp_path: Path) -> None:
    fields = {"samples": "3.0", "lines": "4.", "bands": "5.0", "header_offset": "0.0", "byte_order": "0.0"}
    np.testing.assert_array_equal(read_cube(make_envi(tmp_path, **fields)).values, VALUES)  # type: ignore[arg-type]


def test_what_is_no_cube_is_named_for_what_it_is(tmp_path: Path) -> None:
    library = make_envi(tmp_path, file_type="ENVI Spectral Library")
    with pytest.raises(HydraError, match="header of a spectral library"):
        read_cube(library)
    path = make_envi(tmp_path)
    path.with_suffix(".dat").unlink()
    with pytest.raises(HydraError, match="no data file beside it"):
        read_cube(path)
    for name in ("a.tif.aux.xml", "METADATA.XML", "a.dat.enp"):
        (tmp_path / name).write_text("<a/>")
        with pytest.raises(HydraError, match="describes another file"):
            read_cube(tmp_path / name)
