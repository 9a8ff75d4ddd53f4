# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "nibabel==5.4.2", "numpy==2.4.6", "pydicom==3.0.2", "SimpleITK==2.5.7", "tifffile==2026.3.3", "pylibjpeg==2.1.0",
#   "pylibjpeg-openjpeg==2.6.0", "pyjpegls==1.5.1", "pillow==13.0.0", "imagecodecs==2026.3.6",
# ]
# ///
"""Writes small volumes in many formats, and what nibabel, SimpleITK, pydicom and tifffile read of them, for test/io/formats.

Files lie in `files/`; `expected.json` has for each its size, its RAS affine and its voxels, i fastest.
"""

import io
import json
import shutil
from pathlib import Path

import imagecodecs
import nibabel as nib
import numpy as np
import pydicom
import SimpleITK as sitk
import tifffile
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

HERE = Path(__file__).parent
FILES = HERE / "files"
RANDOM = np.random.default_rng(20260202)
EXPECTED: dict[str, dict] = {}
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def expect(name: str, voxels_kji: np.ndarray, affine: np.ndarray, **more) -> None:
    EXPECTED[name] = {
        "size": list(reversed(voxels_kji.shape)),
        "affine": [float(value) for value in np.asarray(affine).ravel()],
        "voxels": [value.item() for value in voxels_kji.ravel()],
        **more,
    }


def itk_affine(image: sitk.Image) -> np.ndarray:
    out = np.eye(4)
    out[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) @ np.diag(image.GetSpacing())
    out[:3, 3] = image.GetOrigin()
    return LPS @ out


def oblique() -> np.ndarray:
    a, b = np.deg2rad([20, -35])
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    z = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    return z @ x


def image_of(dtype, shape=(3, 4, 5), low=-900, high=1500) -> sitk.Image:
    info = np.iinfo(dtype) if np.issubdtype(dtype, np.integer) else None
    if info is not None:
        low, high = max(low, info.min), min(high, info.max)
    voxels = RANDOM.integers(low, high, shape).astype(dtype)
    if info is None:
        voxels = (voxels / 7).astype(dtype)
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((0.8, 0.9, 2.5))
    image.SetOrigin((-30.5, 20.25, -7))
    image.SetDirection(oblique().ravel())
    return image


def with_itk() -> None:
    kinds = {"i2": np.int16, "u1": np.uint8, "u2": np.uint16, "i4": np.int32, "f4": np.float32, "f8": np.float64}
    for ending in ["nrrd", "mha", "mhd", "nhdr"]:
        for kind, dtype in kinds.items():
            if ending in ("mhd", "nhdr") and kind != "i2":
                continue
            name = f"{kind}.{ending}"
            sitk.WriteImage(image_of(dtype), str(FILES / name), useCompression=kind != "f4")
            read = sitk.ReadImage(str(FILES / name))
            expect(name, sitk.GetArrayFromImage(read), itk_affine(read))
    vector = sitk.Compose([image_of(np.int16) for _ in range(3)])
    sitk.WriteImage(vector, str(FILES / "vector.nrrd"))
    read = sitk.ReadImage(str(FILES / "vector.nrrd"))
    expect("vector.nrrd", sitk.GetArrayFromImage(read)[..., 1], itk_affine(read), frame=1)
    four = sitk.JoinSeries([image_of(np.int16), image_of(np.int16)])
    sitk.WriteImage(four, str(FILES / "four.nrrd"))
    read = sitk.ReadImage(str(FILES / "four.nrrd"))[:, :, :, 1]
    expect("four.nrrd", sitk.GetArrayFromImage(read), itk_affine(read), frame=1)
    # Space right-anterior-superior, as other programs than ITK write it.
    voxels = RANDOM.integers(0, 255, (3, 4, 5), dtype=np.uint8)
    header = (
        "NRRD0004\ntype: unsigned char\ndimension: 3\nspace: right-anterior-superior\nsizes: 5 4 3\n"
        "space directions: (0,2,0) (1.5,0,0) (0,0,-3)\nkinds: domain domain domain\nencoding: raw\n"
        "space origin: (10,20,30)\n\n"
    )
    (FILES / "ras.nrrd").write_bytes(header.encode() + voxels.tobytes())
    read = sitk.ReadImage(str(FILES / "ras.nrrd"))
    expect("ras.nrrd", sitk.GetArrayFromImage(read), itk_affine(read))


def slicer_segmentation() -> None:
    """Two layers: segment 1 and 2 in the first, segment 3, which overlaps both, in the second with label value 1."""
    layers = np.zeros((3, 4, 5, 2), np.uint8)
    layers[0:2, 1:3, 1:3, 0] = 1
    layers[2, 2:4, 3:5, 0] = 2
    layers[1:3, 2, 1:5, 1] = 1
    fields = {"Segment0": ("liver", 1, 0), "Segment1": ("spleen", 2, 0), "Segment2": ("vessel", 1, 1)}
    lines = [
        "NRRD0004", "type: unsigned char", "dimension: 4", "space: left-posterior-superior", "sizes: 2 5 4 3",
        "space directions: none (0.8,0,0) (0,0.9,0) (0,0,2.5)", "kinds: list domain domain domain", "encoding: raw",
        "space origin: (1,2,3)",
    ]
    for key, (name, label, layer) in fields.items():
        lines += [f"{key}_ID:={key}", f"{key}_Name:={name}", f"{key}_LabelValue:={label}", f"{key}_Layer:={layer}"]
    (FILES / "layers.seg.nrrd").write_bytes(("\n".join(lines) + "\n\n").encode() + layers.tobytes())
    read = sitk.ReadImage(str(FILES / "layers.seg.nrrd"))
    array = sitk.GetArrayFromImage(read)
    vessel = (array[..., 1] == 1).astype(np.uint8)
    expect("layers.seg.nrrd", vessel, itk_affine(read), label=3)


def freesurfer() -> None:
    affine = np.eye(4)
    affine[:3, :3] = oblique() @ np.diag([1.1, 1.2, 1.3])
    affine[:3, 3] = [-12, 30.5, 7]
    for name, dtype in {"f4.mgz": np.float32, "i4.mgz": np.int32, "u1.mgh": np.uint8, "i2.mgz": np.int16}.items():
        voxels = RANDOM.integers(0, 200, (5, 4, 3)).astype(dtype)
        nib.save(nib.MGHImage(voxels, affine), FILES / name)
        read = nib.load(FILES / name)
        expect(name, np.asarray(read.dataobj).transpose(2, 1, 0), read.affine)
    voxels = RANDOM.integers(0, 200, (5, 4, 3, 2)).astype(np.int16)
    nib.save(nib.MGHImage(voxels, affine), FILES / "four.mgz")
    read = nib.load(FILES / "four.mgz")
    expect("four.mgz", np.asarray(read.dataobj)[..., 1].transpose(2, 1, 0), read.affine, frame=1)


def nifti() -> None:
    affine = np.diag([-1.5, 2.0, 2.5, 1])
    affine[:3, 3] = [10, -20, 30]
    rgb = RANDOM.integers(0, 255, (5, 4, 3, 3), dtype=np.uint8)
    kind = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    image = nib.Nifti1Image(rgb.copy().view(kind).reshape(5, 4, 3), affine)
    nib.save(image, FILES / "rgb.nii.gz")
    read = np.asarray(nib.load(FILES / "rgb.nii.gz").dataobj)
    weights = {"R": 0.299, "G": 0.587, "B": 0.114}
    grey = np.floor(sum(read[c].astype(float) * w for c, w in weights.items()) + 0.5).astype(np.uint8)
    expect("rgb.nii.gz", grey.transpose(2, 1, 0), affine)
    voxels = RANDOM.integers(-300, 900, (5, 4, 3)).astype(np.int16)
    pair = nib.Nifti1Pair(voxels, affine)
    nib.save(pair, FILES / "pair.hdr")
    expect("pair.hdr", voxels.transpose(2, 1, 0), nib.load(FILES / "pair.hdr").affine)
    for name, origin in {"analyze.hdr": None, "spm.hdr": (3, 2, 1)}.items():
        image = nib.AnalyzeImage(voxels, None)
        image.header.set_zooms((1.5, 2.0, 2.5))
        nib.save(image, FILES / name)
        if origin:
            # SPM keeps the voxel of the origin, counted from 1, where Analyze has its originator.
            header = bytearray((FILES / name).read_bytes())
            header[253:259] = np.array(origin, "<i2").tobytes()
            (FILES / name).write_bytes(header)
        read = nib.load(FILES / name)
        expect(name, np.asarray(read.dataobj).transpose(2, 1, 0), read.affine)


def tiff() -> None:
    flat = np.diag([-1.0, -1, 1, 1])
    for name, dtype, pages in [("pages-u2.tif", np.uint16, 3), ("pages-u1.tif", np.uint8, 3), ("f4.tif", np.float32, 1),
                               ("i2.tif", np.int16, 1)]:
        low = 0 if np.issubdtype(dtype, np.unsignedinteger) else -90
        voxels = RANDOM.integers(low, 255 if dtype == np.uint8 else 3000, (pages, 4, 5)).astype(dtype)
        tifffile.imwrite(FILES / name, voxels if pages > 1 else voxels[0], photometric="minisblack",
                         compression="zlib" if pages > 1 else None)
        expect(name, tifffile.imread(FILES / name).reshape(pages, 4, 5), flat)
    for name, dtype in [("u1.tif", np.uint8), ("u2.tif", np.uint16)]:
        Image.fromarray(RANDOM.integers(0, 250, (4, 5)).astype(dtype)).save(FILES / name, compression="tiff_lzw")
        expect(name, np.asarray(Image.open(FILES / name)).reshape(1, 4, 5), flat)


def dicom_base(name: str, kind="CT", syntax=ExplicitVRLittleEndian, series="1.2.826.0.1.3680043.8.498.1") -> FileDataset:
    storage = {
        "CT": "1.2.840.10008.5.1.4.1.1.2", "MR": "1.2.840.10008.5.1.4.1.1.4", "PT": "1.2.840.10008.5.1.4.1.1.128",
        "DX": "1.2.840.10008.5.1.4.1.1.1.1", "US": "1.2.840.10008.5.1.4.1.1.6.1", "XC": "1.2.840.10008.5.1.4.1.1.77.1.4",
        "CTE": "1.2.840.10008.5.1.4.1.1.2.1", "RTSTRUCT": "1.2.840.10008.5.1.4.1.1.481.3",
    }[kind]
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(storage)
    meta.MediaStorageSOPInstanceUID = UID(f"{series}.{len(EXPECTED) + 1}.{abs(hash_of(name))}")
    meta.TransferSyntaxUID = syntax
    data = FileDataset(name, {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.9", series
    data.FrameOfReferenceUID = "1.2.826.0.1.3680043.8.498.8"
    data.Modality = "CT" if kind == "CTE" else kind
    data.PatientName, data.PatientID, data.PatientBirthDate, data.PatientSex = "Test^Anonymous", "T1", "", ""
    data.StudyDate, data.StudyTime, data.StudyID, data.AccessionNumber = "20260101", "120000", "1", ""
    data.ReferringPhysicianName, data.SeriesNumber, data.InstanceNumber = "", 1, 1
    data.PositionReferenceIndicator = ""
    return data


def hash_of(text: str) -> int:
    return sum((n + 1) * ord(letter) for n, letter in enumerate(text))


def put_pixels(data: Dataset, pixels: np.ndarray, photometric="MONOCHROME2") -> None:
    data.Rows, data.Columns = pixels.shape[-2:] if photometric != "RGB" else pixels.shape[-3:-1]
    bits = 8 * pixels.dtype.itemsize
    data.SamplesPerPixel = 3 if photometric == "RGB" else 1
    data.PhotometricInterpretation = photometric
    data.BitsAllocated = data.BitsStored = bits
    data.HighBit = bits - 1
    data.PixelRepresentation = int(np.issubdtype(pixels.dtype, np.signedinteger))
    data.PixelData = pixels.tobytes()
    data["PixelData"].VR = "OW" if bits > 8 else "OB"


def save(data: Dataset, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    pydicom.dcmwrite(path, data, enforce_file_format=True)


def slice_places(count: int, gap=2.5):
    turn = oblique()
    return turn, [np.array([-30.5, 20.25, -7]) + n * gap * turn[:, 2] for n in range(count)]


def series() -> None:
    """Five oblique slices, named against their order, each rescaled; what SimpleITK makes of them."""
    turn, places = slice_places(5)
    order = [3, 0, 4, 1, 2]
    for n, place in enumerate(places):
        data = dicom_base(f"series{n}", syntax=ImplicitVRLittleEndian if n == 2 else ExplicitVRLittleEndian)
        data.InstanceNumber = order[n] + 1
        data.ImagePositionPatient = [f"{value:.9g}" for value in place]
        data.ImageOrientationPatient = [f"{value:.12g}" for value in [*turn[:, 0], *turn[:, 1]]]
        data.PixelSpacing, data.SliceThickness = [0.9, 0.8], 2.5
        data.RescaleSlope, data.RescaleIntercept, data.RescaleType = 1, -1024, "HU"
        data.WindowCenter, data.WindowWidth = 40, 400
        put_pixels(data, RANDOM.integers(0, 3000, (4, 5)).astype(np.uint16))
        data.BitsStored, data.HighBit = 12, 11
        save(data, FILES / "series" / f"{order[n]}.dcm")
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(FILES / "series")))
    read = reader.Execute()
    expect("series", sitk.GetArrayFromImage(read), itk_affine(read), window=[-160, 239], units="HU")


def pet() -> None:
    """Every slice with a slope of its own; values by pydicom's modality LUT."""
    turn, places = slice_places(3)
    voxels = []
    for n, place in enumerate(places):
        data = dicom_base(f"pet{n}", "PT", series="1.2.826.0.1.3680043.8.498.2")
        data.InstanceNumber = n + 1
        data.ImagePositionPatient = [f"{value:.9g}" for value in place]
        data.ImageOrientationPatient = [f"{value:.12g}" for value in [*turn[:, 0], *turn[:, 1]]]
        data.PixelSpacing, data.SliceThickness = [0.9, 0.8], 2.5
        data.RescaleSlope, data.RescaleIntercept, data.Units = f"{0.5 + 0.37 * n:.6g}", 0, "BQML"
        put_pixels(data, RANDOM.integers(0, 3000, (4, 5)).astype(np.int16))
        save(data, FILES / "pet" / f"{n}.dcm")
        voxels.append(pydicom.pixels.apply_modality_lut(data.pixel_array, data))
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(FILES / "pet" / f"{n}.dcm") for n in range(3)])
    expect("pet", np.stack(voxels), itk_affine(reader.Execute()), units="BQML")


def compressed() -> None:
    turn, [place] = slice_places(1)
    voxels = RANDOM.integers(0, 3000, (36, 40)).astype(np.uint16)
    for name, syntax in {"jpegls.dcm": JPEGLSLossless, "j2k.dcm": JPEG2000Lossless, "rle.dcm": RLELossless}.items():
        data = dicom_base(name)
        data.ImagePositionPatient = [f"{value:.9g}" for value in place]
        data.ImageOrientationPatient = [f"{value:.12g}" for value in [*turn[:, 0], *turn[:, 1]]]
        data.PixelSpacing, data.SliceThickness, data.SpacingBetweenSlices = [0.9, 0.8], 2.5, 2.5
        data.RescaleSlope, data.RescaleIntercept = 1, -1024
        put_pixels(data, voxels)
        data.compress(syntax, generate_instance_uid=False)
        save(data, FILES / name)
        read = sitk.ReadImage(str(FILES / name))
        values = pydicom.pixels.apply_modality_lut(pydicom.dcmread(FILES / name).pixel_array, data)
        expect(name, values[None].astype(np.int32), itk_affine(read))
    colours = np.full((16, 24, 3), 40, np.uint8)
    colours[:, 8:16, 0] = 200
    colours[:, 16:, 2] = 160
    stream = io.BytesIO()
    Image.fromarray(colours).save(stream, "JPEG", quality=95, subsampling=0)
    data = dicom_base("jpeg.dcm", "XC", JPEGBaseline8Bit)
    put_pixels(data, colours, "RGB")
    data.PhotometricInterpretation, data.PlanarConfiguration = "YBR_FULL_422", 0
    data.LossyImageCompression = "01"
    data.PixelData = encapsulate([stream.getvalue()])
    data["PixelData"].VR = "OB"
    save(data, FILES / "jpeg.dcm")
    read = sitk.GetArrayFromImage(sitk.ReadImage(str(FILES / "jpeg.dcm"))).reshape(16, 24, 3)
    EXPECTED["jpeg.dcm"] = {"picture": [24, 16, 3], "pixels": read.ravel().tolist()}


def pictures() -> None:
    data = dicom_base("xray.dcm", "DX")
    data.ImagerPixelSpacing = [0.2, 0.1]
    data.WindowCenter, data.WindowWidth, data.VOILUTFunction = 2000, 1000, "LINEAR_EXACT"
    put_pixels(data, RANDOM.integers(0, 4000, (6, 7)).astype(np.uint16), "MONOCHROME1")
    data.BitsStored, data.HighBit = 12, 11
    save(data, FILES / "xray.dcm")
    # ITK turns MONOCHROME1 round, so that what is meant to be bright is high; the window goes with it.
    pixels = sitk.GetArrayFromImage(sitk.ReadImage(str(FILES / "xray.dcm")))
    EXPECTED["xray.dcm"] = {"picture": [7, 6, 1], "pixels": pixels.ravel().tolist(), "window": [4095 - 2500, 4095 - 1500]}
    twice = np.tile(data.pixel_array, (2, 2))
    data.Rows, data.Columns = twice.shape
    data.PixelData = twice.tobytes()
    for name, change in {"xray-jpegls.dcm": {}, "xray-od.dcm": {"RescaleSlope": 2, "RescaleIntercept": 10, "RescaleType": "OD"}}.items():
        other = dicom_base(name, "DX")
        other.update(data)
        other.SOPInstanceUID = other.file_meta.MediaStorageSOPInstanceUID
        other.update(item(**change))
        other.compress(JPEGLSLossless, generate_instance_uid=False)
        save(other, FILES / name)
        if change:
            # Values in a unit are kept, as pydicom has them.
            read = pydicom.dcmread(FILES / name)
            pixels = pydicom.pixels.apply_modality_lut(read.pixel_array, read).astype(int)
        else:
            pixels = sitk.GetArrayFromImage(sitk.ReadImage(str(FILES / name)))
        window = [1500, 2500] if change else [4095 - 2500, 4095 - 1500]
        EXPECTED[name] = {"picture": [14, 12, 1], "pixels": pixels.ravel().tolist(), "window": window}
    data = dicom_base("planar.dcm", "US")
    colours = RANDOM.integers(0, 255, (6, 7, 3), dtype=np.uint8)
    put_pixels(data, colours, "RGB")
    data.PlanarConfiguration = 1
    data.PixelData = np.ascontiguousarray(colours.transpose(2, 0, 1)).tobytes()
    save(data, FILES / "planar.dcm")
    read = pydicom.dcmread(FILES / "planar.dcm").pixel_array
    EXPECTED["planar.dcm"] = {"picture": [7, 6, 3], "pixels": read.ravel().tolist()}


def lookup_tables() -> None:
    """Numbers that go through a modality LUT, some beyond its ends; one file signed with implicit types, one compressed and MONOCHROME1."""
    random = np.random.default_rng(7)
    for name, syntax, kind, first, low in [("lut.dcm", ImplicitVRLittleEndian, np.int16, -20, -60),
                                           ("lut-rle.dcm", RLELossless, np.uint16, 100, 60)]:
        data = dicom_base(name, "DX", ImplicitVRLittleEndian if kind == np.int16 else ExplicitVRLittleEndian)
        pixels = random.integers(low, low + 250, (6, 7)).astype(kind)
        put_pixels(data, pixels, "MONOCHROME2" if kind == np.int16 else "MONOCHROME1")
        table = np.sort(random.integers(0, 4000, 150)).astype(np.uint16)
        lut = item(ModalityLUTType="OD")
        lut.add_new("LUTDescriptor", "SS" if kind == np.int16 else "US", [len(table), first, 16])
        lut.add_new("LUTData", "OW", table.tobytes())
        data.ModalityLUTSequence = Sequence([lut])
        if syntax == RLELossless:
            data.compress(syntax, generate_instance_uid=False)
        save(data, FILES / name)
        read = pydicom.dcmread(FILES / name)
        values = pydicom.pixels.apply_modality_lut(read.pixel_array, read)
        EXPECTED[name] = {"picture": [7, 6, 1], "pixels": values.ravel().tolist()}


def high_throughput() -> None:
    """HTJ2K: grey of 16 bits in three frames, and colours. Encoded by OpenJPH, decoded by pydicom with OpenJPEG."""
    random = np.random.default_rng(11)
    frames = random.integers(-900, 3000, (3, 36, 40)).astype(np.int16)
    colours = random.integers(0, 255, (36, 40, 3), dtype=np.uint8)
    for name, pixels in {"htj2k.dcm": frames, "htj2k-rgb.dcm": colours}.items():
        data = dicom_base(name, "US" if name == "htj2k-rgb.dcm" else "DX", UID("1.2.840.10008.1.2.4.201"))
        put_pixels(data, pixels, "RGB" if name == "htj2k-rgb.dcm" else "MONOCHROME2")
        encoded = [imagecodecs.htj2k_encode(one, reversible=True) for one in (pixels if pixels is frames else [pixels])]
        if pixels is frames:
            data.NumberOfFrames = len(frames)
            data.PixelSpacing, data.SpacingBetweenSlices = [0.9, 0.8], 2.5
        else:
            data.PhotometricInterpretation, data.PlanarConfiguration = "YBR_RCT", 0
        data.PixelData = encapsulate(encoded)
        data["PixelData"].VR = "OB"
        save(data, FILES / name)
        read = pydicom.dcmread(FILES / name).pixel_array
        assert np.array_equal(read, pixels)
        if pixels is frames:
            expect(name, read, np.diag([-0.8, -0.9, 2.5, 1]))
        else:
            EXPECTED[name] = {"picture": [40, 36, 3], "pixels": read.ravel().tolist()}


def item(**fields) -> Dataset:
    data = Dataset()
    for name, value in fields.items():
        setattr(data, name, value)
    return data


def multi_frame(name: str, times: int) -> None:
    """An enhanced CT: frames not in the order of their places, `times` volumes of three slices."""
    turn, places = slice_places(3)
    frames = [(time, n) for n in [2, 0, 1] for time in range(times)]
    data = dicom_base(name, "CTE", series=f"1.2.826.0.1.3680043.8.498.{3 + times}")
    voxels = RANDOM.integers(0, 3000, (len(frames), 4, 5)).astype(np.uint16)
    put_pixels(data, voxels)
    data.NumberOfFrames = len(frames)
    direction = [f"{value:.12g}" for value in [*turn[:, 0], *turn[:, 1]]]
    data.SharedFunctionalGroupsSequence = Sequence([
        item(
            PlaneOrientationSequence=Sequence([item(ImageOrientationPatient=direction)]),
            PixelMeasuresSequence=Sequence([item(PixelSpacing=[0.9, 0.8], SliceThickness=2.5)]),
            FrameVOILUTSequence=Sequence([item(WindowCenter=40, WindowWidth=400)]),
        )
    ])
    data.PerFrameFunctionalGroupsSequence = Sequence([
        item(
            PlanePositionSequence=Sequence([item(ImagePositionPatient=[f"{v:.9g}" for v in places[n]])]),
            PixelValueTransformationSequence=Sequence(
                [item(RescaleSlope=1, RescaleIntercept=-1000 - n, RescaleType="HU")]),
        )
        for _, n in frames
    ])
    save(data, FILES / name)
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([0.8, 0.9, 2.5])
    affine[:3, 3] = places[0]
    chosen = [frames.index((times - 1, n)) for n in range(3)]
    values = np.stack([voxels[at].astype(np.int32) - 1000 - n for n, at in enumerate(chosen)])
    more = {"frame": times - 1} if times > 1 else {}
    expect(name, values, LPS @ affine, units="HU", window=[-160, 239], **more)


def structures() -> None:
    """Contours on the series: a square with a square hole, and a triangle on another slice, by the even-odd rule at voxel centres."""
    turn, places = slice_places(5)
    to_world = np.eye(4)
    to_world[:3, :3] = turn @ np.diag([0.8, 0.9, 2.5])
    to_world[:3, 3] = places[0]

    def contour(points, slice_index):
        world = [(to_world @ [x, y, slice_index, 1])[:3] for x, y in points]
        return item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=len(points),
                    ContourData=[f"{value:.8g}" for point in world for value in point])

    outer = [(-0.4, -0.4), (4.4, -0.4), (4.4, 3.4), (-0.4, 3.4)]
    hole = [(0.6, 0.6), (2.4, 0.6), (2.4, 2.4), (0.6, 2.4)]
    triangle = [(0.1, 0.3), (4.3, 0.4), (2.2, 3.3)]
    data = dicom_base("structures.dcm", "RTSTRUCT", series="1.2.826.0.1.3680043.8.498.7")
    data.StructureSetLabel = "test"
    data.StructureSetROISequence = Sequence([
        item(ROINumber=4, ROIName="ring"), item(ROINumber=7, ROIName="triangle")])
    data.ROIContourSequence = Sequence([
        item(ReferencedROINumber=4, ContourSequence=Sequence([contour(outer, 1), contour(hole, 1)])),
        item(ReferencedROINumber=7, ContourSequence=Sequence([contour(triangle, 3)])),
    ])
    save(data, FILES / "structures.dcm")
    voxels = np.zeros((5, 4, 5), np.uint8)

    def inside(polygon, x, y):
        crossed = False
        for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1]):
            if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
                crossed = not crossed
        return crossed

    for y in range(4):
        for x in range(5):
            if inside(outer, x, y) != inside(hole, x, y):
                voxels[1, y, x] = 4
            if inside(triangle, x, y):
                voxels[3, y, x] = 7
    EXPECTED["structures.dcm"] = {"voxels": voxels.ravel().tolist(), "names": {"4": "ring", "7": "triangle"}}


def main() -> None:
    shutil.rmtree(FILES, ignore_errors=True)
    FILES.mkdir()
    for make in (with_itk, slicer_segmentation, freesurfer, nifti, tiff, series, pet, compressed, pictures, structures):
        make()
    multi_frame("enhanced.dcm", 1)
    multi_frame("enhanced-4d.dcm", 2)
    lookup_tables()
    high_throughput()
    lines = ",\n".join(f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}" for name, value in EXPECTED.items())
    (HERE / "expected.json").write_text("{\n" + lines + "\n}\n")


main()
