# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "nibabel==5.4.2", "numpy==2.4.6", "pillow==13.0.0", "opencv-python-headless==5.0.0.93", "jsonschema==4.25.1",
#   "pycocotools==2.0.10",
# ]
# ///
"""Writes the golden values for test/io and test/core: files made and read by nibabel, numpy, Pillow, OpenCV and jsonschema."""

import base64
import copy
import gzip
import io
import json
import zlib
from pathlib import Path

import cv2
import jsonschema
import nibabel as nib
import numpy as np
from PIL import Image
from pycocotools import mask as coco

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(20260101)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def plain(value):
    """numpy to JSON, floats with every digit they have."""
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value.tolist()]
    if isinstance(value, (np.integer, np.floating)):
        return value.item()
    return value


def write(name: str, value) -> None:
    (HERE / name).write_text(json.dumps(value, separators=(",", ":"), default=plain) + "\n")


def rotation(angles: tuple[float, float, float]) -> np.ndarray:
    """Degrees about x, then y, then z."""
    out = np.eye(3)
    for axis, angle in enumerate(np.deg2rad(angles)):
        i, j = [other for other in range(3) if other != axis]
        turn = np.eye(3)
        turn[[i, j], [i, j]] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        out = turn @ out
    return out


def affine(spacing=(1.5, 0.75, 2.5), angles=(0, 0, 0), flips=(1, 1, 1), origin=(-40, 25.5, 7.25)) -> np.ndarray:
    out = np.eye(4)
    out[:3, :3] = rotation(angles) @ np.diag(np.multiply(spacing, flips))
    out[:3, 3] = origin
    return out


# --- NIfTI files as nibabel writes and reads them -----------------------------------------------------------------

SHAPE = (3, 4, 5)
DTYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]


def sample(dtype: str, shape=SHAPE) -> np.ndarray:
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return (RANDOM.standard_normal(shape) * 1000).astype(kind)
    info = np.iinfo(kind)
    # 64-bit integers within what a float64 holds exactly.
    low, high = max(info.min, -(2**53) + 1), min(info.max, 2**53 - 1)
    values = RANDOM.integers(low, high, shape, dtype=np.int64 if kind.kind == "i" else np.uint64, endpoint=True)
    values.flat[0], values.flat[1] = low, high
    return values.astype(kind)


def nifti(data, matrix, *, version=1, endian="<", slope=None, edit=None, zipped=False, sform=1, qform=1) -> bytes:
    kind = {1: nib.Nifti1Image, 2: nib.Nifti2Image}[version]
    header = kind.header_class(endianness=endian)
    header.set_data_dtype(data.dtype)
    image = kind(data, matrix, header)
    image.set_sform(matrix, sform)
    image.set_qform(matrix, qform)
    image.header.set_xyzt_units("mm")
    if slope:
        # Stored numbers stay as they are; only the header's scaling changes.
        raw = bytearray(image.to_bytes())
        head = kind.header_class.from_fileobj(io.BytesIO(bytes(raw)))
        head["scl_slope"], head["scl_inter"] = slope
        if edit:
            edit(head)
        raw[: len(head.binaryblock)] = head.binaryblock
        out = bytes(raw)
    else:
        if edit:
            edit(image.header)
        out = image.to_bytes()
    return gzip.compress(out, mtime=0) if zipped else out


def nifti_case(name: str, data: bytes, stored: str) -> dict:
    """What nibabel reads: get_fdata in float64, i fastest."""
    unzipped = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    kind = nib.Nifti2Image if int.from_bytes(unzipped[:4], "little") in (540, int.from_bytes((540).to_bytes(4, "big"), "little")) else nib.Nifti1Image
    image = kind.from_bytes(unzipped)
    return {
        "name": name,
        "bytes": b64(data),
        "stored": stored,
        "size": list(image.shape),
        "affine": plain(image.affine.ravel()),
        "data": plain(image.get_fdata(dtype=np.float64).ravel(order="F")),
    }


def set_codes(sform: int, qform: int):
    def edit(header):
        header["sform_code"], header["qform_code"] = sform, qform

    return edit


def write_nifti() -> None:
    oblique = affine(angles=(12, -25, 40), flips=(-1, 1, 1))
    cases = []
    for version in (1, 2):
        for endian in ("<", ">"):
            for dtype in DTYPES:
                data = nifti(sample(dtype), oblique, version=version, endian=endian)
                cases.append(nifti_case(f"NIfTI-{version} {'little' if endian == '<' else 'big'}-endian {dtype}", data, dtype))
    for dtype in DTYPES:
        data = nifti(sample(dtype), affine(), slope=(0.5, -1024))
        cases.append(nifti_case(f"scaled {dtype}", data, dtype))
    cases.append(nifti_case("slope 0 means none", nifti(sample("int16"), affine(), slope=(0, 77)), "int16"))
    cases.append(nifti_case("gzipped", nifti(sample("int16"), affine(), zipped=True), "int16"))
    cases.append(nifti_case("float64 data behind an odd offset", nifti(sample("float64"), affine(), edit=lambda h: h.set_data_offset(368 + 4)), "float64"))

    def extended() -> bytes:
        image = nib.Nifti1Image(sample("float32"), affine())
        image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"an extension of some length" * 3))
        return image.to_bytes()

    cases.append(nifti_case("with a header extension", extended(), "float32"))
    write("nifti.json", cases)

    def codes(name, sform, qform, matrix=oblique, version=1, edit=None):
        def both(header):
            # A qform of its own, so that the choice shows.
            header["qoffset_x"] = 99
            header["sform_code"], header["qform_code"] = sform, qform
            if edit:
                edit(header)

        return nifti_case(name, nifti(sample("uint8"), matrix, version=version, slope=(1, 0), edit=both), "uint8")

    affines = [
        codes(f"sform {s}, qform {q}, NIfTI-{v}", s, q, version=v) for v in (1, 2) for s in (0, 1, 4) for q in (0, 1, 3)
    ]
    for n, angles in enumerate([(0, 0, 0), (180, 0, 0), (0, 180, 0), (0, 0, 180), (90, 0, 90), (33, 71, -140)]):
        for flips in [(1, 1, 1), (-1, -1, 1), (1, 1, -1), (-1, 1, 1)]:
            affines.append(codes(f"qform alone, turn {n}, flips {flips}", 0, 1, affine(angles=angles, flips=flips)))
    affines.append(codes("qfac 0 counts as 1", 0, 1, edit=lambda h: h["pixdim"].__setitem__(0, 0)))
    affines.append(codes("no form, negative voxel size", 0, 0, edit=lambda h: h["pixdim"].__setitem__(2, -0.75)))
    affines.append(codes("no form, voxel size 0", 0, 0, edit=lambda h: h["pixdim"].__setitem__(1, 0)))
    for case in affines:
        del case["data"], case["stored"]
    write("affine.json", affines)


def write_written() -> None:
    """Files as nibabel writes them with both forms set: ours must be the same, byte for byte."""
    cases = []
    matrices = {
        "RAS": affine(),
        "LPS": affine(flips=(-1, -1, 1)),
        "left-handed": affine(flips=(-1, 1, 1)),
        "half turn": affine(angles=(180, 0, 0)),
        "oblique": affine(angles=(12, -25, 40)),
        "oblique left-handed": affine(angles=(100, 40, -160), flips=(1, -1, 1)),
    }
    for n, angles in enumerate(RANDOM.uniform(-180, 180, (12, 3))):
        matrices[f"any turn {n}"] = affine(angles=tuple(angles), flips=(-1 if n % 2 else 1, 1, 1))
    for name, matrix in matrices.items():
        for dtype in ["uint8", "int16", "float32"] if name == "RAS" else ["uint8"]:
            data = sample(dtype)
            cases.append(
                {
                    "name": f"{name} {dtype}",
                    "dtype": dtype,
                    "size": list(SHAPE),
                    "affine": plain(matrix.ravel()),
                    "data": plain(data.ravel(order="F")),
                    "bytes": b64(nifti(data, matrix)),
                }
            )
    sheared = affine()
    sheared[0, 1] = 0.3
    data = sample("uint8")

    def no_qform(header):
        header["qform_code"] = 0
        for field in ("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"):
            header[field] = 0
        header["pixdim"][1:4] = np.linalg.norm(sheared[:3, :3], axis=0)

    cases.append(
        {
            "name": "sheared",
            "dtype": "uint8",
            "size": list(SHAPE),
            "affine": plain(sheared.ravel()),
            "data": plain(data.ravel(order="F")),
            "bytes": b64(nifti(data, sheared, edit=no_qform)),
        }
    )
    write("written.json", cases)


# --- geometry -----------------------------------------------------------------------------------------------------


def write_geometry() -> None:
    """Orientation by nibabel, slices by nibabel's canonical reordering and numpy's flips."""
    cases = []
    turns = [(0, 0, 0), (90, 0, 0), (0, 90, 0), (0, 0, 90), (90, 90, 0), (0, 90, 90), (20, -15, 30), (-40, 10, 5)]
    turns += [tuple(angle) for angle in RANDOM.uniform(-180, 180, (24, 3))]
    flips = [(1, 1, 1), (-1, -1, 1), (-1, 1, 1), (1, 1, -1)]
    for n, angles in enumerate(turns):
        matrix = affine(spacing=(1.0, 2.0, 3.0), angles=angles, flips=flips[n % 4])
        data = np.arange(24, dtype=np.uint8).reshape((2, 3, 4), order="F")
        canonical = nib.as_closest_canonical(nib.Nifti1Image(data, matrix))
        ras = np.asanyarray(canonical.dataobj)
        slices = {
            # Rows from the top of the picture, columns from its left.
            "axial": [ras[::-1, ::-1, k].T for k in range(ras.shape[2])],
            "coronal": [ras[::-1, j, ::-1].T for j in range(ras.shape[1])],
            "sagittal": [ras[i, ::-1, ::-1].T for i in range(ras.shape[0])],
        }
        zooms = nib.affines.voxel_sizes(canonical.affine)
        cases.append(
            {
                "affine": plain(matrix.ravel()),
                "codes": "".join(nib.aff2axcodes(matrix)),
                "sizes": plain(nib.affines.voxel_sizes(matrix)),
                "volume": float(abs(np.linalg.det(matrix[:3, :3]))),
                "world": plain((matrix @ [1, 2, 3, 1])[:3]),
                "slices": {plane: [plain(s) for s in stack] for plane, stack in slices.items()},
                "spacing": {
                    "axial": [zooms[0], zooms[1], zooms[2]],
                    "coronal": [zooms[0], zooms[2], zooms[1]],
                    "sagittal": [zooms[1], zooms[2], zooms[0]],
                },
            }
        )
    write("geometry.json", cases)


# --- run lengths --------------------------------------------------------------------------------------------------


def write_runs() -> None:
    """Masks, and the runs from which pycocotools makes them again."""
    masks = [np.zeros((3, 4), np.uint8), np.ones((3, 4), np.uint8), np.eye(5, dtype=np.uint8)]
    masks += [(RANDOM.random((height, width)) < 0.4).astype(np.uint8) for height, width in [(1, 9), (9, 1), (7, 11), (16, 8)]]
    cases = []
    for mask in masks:
        columns = mask.ravel(order="F")
        edges = np.flatnonzero(np.diff(columns)) + 1
        counts = np.diff([0, *edges, columns.size]).tolist()
        counts = [0, *counts] if columns[0] else counts
        packed = coco.frPyObjects({"size": list(mask.shape), "counts": counts}, *mask.shape)
        assert np.array_equal(coco.decode(packed), mask)
        cases.append({"size": list(mask.shape), "counts": counts, "data": plain(mask.ravel())})
    write("runs.json", cases)


# --- windows ------------------------------------------------------------------------------------------------------


def write_windows() -> None:
    """numpy's percentiles, and MedSAM's preparation: clip, stretch, cast to uint8."""
    sets = {
        "int16": RANDOM.integers(-1024, 3000, 401, dtype=np.int16),
        "uint8": RANDOM.integers(0, 255, 300, dtype=np.uint8, endpoint=True),
        "int8": RANDOM.integers(-128, 127, 99, dtype=np.int8, endpoint=True),
        "uint16": RANDOM.integers(0, 65535, 250, dtype=np.uint16, endpoint=True),
        "int32": RANDOM.integers(-(2**31), 2**31 - 1, 321, dtype=np.int32, endpoint=True),
        "uint32": RANDOM.integers(0, 2**32 - 1, 200, dtype=np.uint32, endpoint=True),
        "float32": (RANDOM.standard_normal(500) * 300 + 100).astype(np.float32),
        "float64": RANDOM.standard_normal(444) * 1e-3 + 1e-3,
    }
    percents = [0, 0.5, 0.95, 10, 33.3, 50, 75, 99.5, 100]
    cases = []
    for dtype, data in sets.items():
        if dtype.startswith("float"):
            data[::7] = 0
            data[3::50] = -0.0
        wide = data.astype(np.float64)
        above = wide[wide > 0]
        low, high = np.percentile(above, 0.5), np.percentile(above, 99.5)
        stretched = (np.clip(wide, low, high) - low) / (high - low) * 255.0
        cases.append(
            {
                "dtype": dtype,
                "data": plain(data),
                "percents": percents,
                "all": plain(np.percentile(wide, percents)),
                "above": plain(np.percentile(above, percents)),
                "low": float(low),
                "high": float(high),
                "uint8": plain(np.uint8(stretched)),
            }
        )
    # Every HU of a CT in MedSAM's window, by its own order of operations.
    hu = np.arange(-300, 400, dtype=np.int16)
    lower, upper = 40 - 400 / 2, 40 + 400 / 2
    clipped = np.clip(hu, lower, upper)
    stretched = (clipped - np.min(clipped)) / (np.max(clipped) - np.min(clipped)) * 255.0
    write("windows.json", {"cases": cases, "ct": {"data": plain(hu), "uint8": plain(np.uint8(stretched))}})


# --- pictures -----------------------------------------------------------------------------------------------------


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def png_4bit(pixels: np.ndarray) -> bytes:
    """Pillow writes no 4-bit grey. Even width, values 0 to 15."""
    height, width = pixels.shape
    rows = b"".join(b"\0" + (row[0::2] << 4 | row[1::2]).astype(np.uint8).tobytes() for row in pixels)
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([4, 0, 0, 0, 0])
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def write_pictures() -> None:
    """Files by Pillow and OpenCV, pixels as OpenCV reads them (colours in RGB order)."""
    height, width = 6, 9
    grey = RANDOM.integers(0, 255, (height, width), dtype=np.uint8, endpoint=True)
    rgb = RANDOM.integers(0, 255, (height, width, 3), dtype=np.uint8, endpoint=True)
    alpha = RANDOM.integers(0, 255, (height, width, 1), dtype=np.uint8, endpoint=True)
    deep = RANDOM.integers(0, 65535, (height, width), dtype=np.uint16, endpoint=True)
    deep_rgb = RANDOM.integers(0, 65535, (height, width, 3), dtype=np.uint16, endpoint=True)
    png16 = lambda pixels: cv2.imencode(".png", pixels[..., ::-1] if pixels.ndim == 3 else pixels)[1].tobytes()
    smooth = np.add.outer(np.arange(32), np.arange(48)).astype(np.uint8) * 2
    smooth_rgb = np.stack([smooth, smooth[::-1], smooth[:, ::-1]], -1)
    exif = Image.Exif()
    exif[0x0112] = 6
    gamma = encoded(Image.fromarray(rgb), "PNG")
    at = gamma.index(b"IDAT") - 4
    # gAMA 1.0: a reader that corrects colours would change the pixels.
    gamma = gamma[:at] + png_chunk(b"gAMA", (100000).to_bytes(4, "big")) + gamma[at:]
    files = {
        "8-bit grey PNG": encoded(Image.fromarray(grey), "PNG"),
        "1-bit PNG": encoded(Image.fromarray(grey > 127), "PNG"),
        "4-bit grey PNG": png_4bit(grey[:, :8] >> 4),
        "palette PNG": encoded(Image.fromarray(rgb).quantize(16), "PNG"),
        "RGB PNG": encoded(Image.fromarray(rgb), "PNG"),
        "RGBA PNG": encoded(Image.fromarray(np.concatenate([rgb, alpha], -1)), "PNG"),
        "grey PNG with alpha": encoded(Image.fromarray(np.concatenate([grey[..., None], alpha], -1), "LA"), "PNG"),
        "16-bit grey PNG": png16(deep),
        "16-bit RGB PNG": png16(deep_rgb),
        "PNG with gamma": gamma,
        "grey JPEG": encoded(Image.fromarray(smooth), "JPEG", quality=90),
        "RGB JPEG": encoded(Image.fromarray(smooth_rgb), "JPEG", quality=90),
        "RGB JPEG 4:4:4": encoded(Image.fromarray(smooth_rgb), "JPEG", quality=95, subsampling=0),
        "JPEG turned by EXIF": encoded(Image.fromarray(smooth_rgb), "JPEG", quality=90, exif=exif),
    }
    cases = []
    for name, data in files.items():
        raw = np.frombuffer(data, np.uint8)
        pixels = cv2.imdecode(raw, cv2.IMREAD_UNCHANGED)
        if "EXIF" in name:
            pixels = cv2.imdecode(raw, cv2.IMREAD_COLOR)
        if name == "grey PNG with alpha":
            pixels = np.array(Image.open(io.BytesIO(data)))[..., 0]
        if pixels.ndim == 3:
            pixels = pixels[..., 2::-1]
        cases.append(
            {
                "name": name,
                "bytes": b64(data),
                "width": pixels.shape[1],
                "height": pixels.shape[0],
                "channels": 1 if pixels.ndim == 2 else 3,
                "bits": pixels.dtype.itemsize * 8,
                "data": plain(pixels.ravel()),
            }
        )
    write("pictures.json", cases)


# --- manifests ----------------------------------------------------------------------------------------------------


def write_manifests() -> None:
    """Manifests, good and broken, with jsonschema's judgement by data-samples/manifest.schema.json."""
    schema = json.loads((HERE.parents[2] / "data-samples" / "manifest.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    good = {
        "format": "samlab-manifest/1",
        "name": "two cases",
        "defaults": {"modality": "CT", "license": "CC0-1.0", "split": "test"},
        "cases": [
            {"id": "a", "image": {"path": "a.nii.gz", "sha256": "0" * 64}, "truth": {"path": "am.nii.gz", "made": "manual"}, "labels": {"1": "liver", "2": "spleen"}},
            {
                "id": "b.2",
                "title": "B",
                "subject": "p7",
                "modality": "MR",
                "image": {"path": "b.nii", "frame": 2, "window": {"percentiles": [1, 99]}},
                "truth": {"path": "bm.png", "made": "atlas", "note": "", "instances": False},
                "labels": {">=0.5": "gray matter"},
                "otherLabels": "background",
                "slicing": {"plane": "coronal", "slices": [0, 4], "minPixels": 50},
                "source": "somewhere",
                "notes": "",
            },
        ],
    }
    delete = object()
    edits = [
        (["format"], "samlab-manifest/2"),
        (["format"], delete),
        (["name"], " "),
        (["name"], 3),
        (["cases"], []),
        (["cases"], {}),
        (["cases"], delete),
        (["extra"], 1),
        (["description"], "text"),
        (["description"], 1),
        (["defaults"], []),
        (["defaults", "modality"], "ct"),
        (["defaults", "image"], {"path": "x"}),
        (["defaults", "split"], "testing"),
        (["cases", 0], "a"),
        (["cases", 0, "id"], delete),
        (["cases", 0, "id"], "../a"),
        (["cases", 0, "id"], ""),
        (["cases", 0, "image"], "a.nii.gz"),
        (["cases", 0, "image", "path"], delete),
        (["cases", 0, "image", "path"], ""),
        (["cases", 0, "image", "sha256"], "abc"),
        (["cases", 0, "image", "sha256"], "A" * 64),
        (["cases", 0, "image", "frame"], -1),
        (["cases", 0, "image", "frame"], 1.5),
        (["cases", 0, "image", "spacing"], [1, 1]),
        (["cases", 0, "truth"], delete),
        (["cases", 0, "truth", "made"], delete),
        (["cases", 0, "truth", "made"], "model"),
        (["cases", 0, "truth", "instances"], "yes"),
        (["cases", 0, "labels"], {}),
        (["cases", 0, "labels"], ["liver"]),
        (["cases", 0, "labels", "0"], "background"),
        (["cases", 0, "labels", "x"], "x"),
        (["cases", 0, "labels", "1.5"], "x"),
        (["cases", 0, "labels", "3+4+65535"], "both"),
        (["cases", 0, "labels", "3+"], "x"),
        (["cases", 0, "labels", "3+0"], "x"),
        (["cases", 0, "labels", "3"], ""),
        (["cases", 0, "labels", "3"], 3),
        (["cases", 0, "otherLabels"], "fail"),
        (["cases", 0, "otherLabels"], "ignore"),
        (["defaults", "otherLabels"], "background"),
        (["defaults", "otherLabels"], True),
        (["cases", 0, "slicing"], "axial"),
        (["cases", 0, "slicing"], {"plane": "axal"}),
        (["cases", 0, "slicing"], {"slices": "some"}),
        (["cases", 0, "slicing"], {"slices": []}),
        (["cases", 0, "slicing"], {"slices": [1, 1]}),
        (["cases", 0, "slicing"], {"slices": [-1]}),
        (["cases", 0, "slicing"], {"slices": "all", "minPixels": 0}),
        (["cases", 0, "slicing"], {"step": 2}),
        (["cases", 0, "slicing"], {"slices": "largest"}),
        (["cases", 0, "image", "window"], "lung"),
        (["cases", 0, "image", "window"], "lungs"),
        (["cases", 0, "image", "window"], {"low": 0, "high": 1}),
        (["cases", 0, "image", "window"], {"low": 0}),
        (["cases", 0, "image", "window"], {"width": 0, "level": 0}),
        (["cases", 0, "image", "window"], {"width": 1, "level": 0, "low": 1}),
        (["cases", 0, "image", "window"], {"percentiles": [1, 101]}),
        (["cases", 0, "image", "window"], {"percentiles": [1]}),
        (["cases", 0, "image", "window"], {"percentiles": [1, 99], "ignoreZero": "no"}),
        (["cases", 0, "license"], ""),
        (["cases", 0, "source"], 4),
        (["cases", 0, "subject"], 12),
        (["cases", 0, "notes"], None),
        (["cases", 0, "modality"], "Ultrasound"),
    ]
    cases = [{"edit": "none", "valid": True, "manifest": good}]
    assert validator.is_valid(good)
    for path, value in edits:
        broken = copy.deepcopy(good)
        target = broken
        for step in path[:-1]:
            target = target[step]
        if value is delete:
            del target[path[-1]]
        else:
            target[path[-1]] = value
        label = f"{'.'.join(map(str, path))} = {'(deleted)' if value is delete else json.dumps(value)}"
        cases.append({"edit": label, "valid": validator.is_valid(broken), "manifest": broken})
    write("manifests.json", cases)


if __name__ == "__main__":
    write_nifti()
    write_written()
    write_geometry()
    write_runs()
    write_windows()
    write_pictures()
    write_manifests()
