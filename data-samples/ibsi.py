"""Scans of the IBSI validation set, for the sets sarcoma and volumes. Read from one commit of theibsi/data_sets, so git itself vouches for the content."""

import gzip
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nibabel as nib
import numpy as np
from writing import bzipped, nifti, put

COMMIT = "6da96021bc91faf4c0cb7fd7fa56a4225d2064a8"
FOLDER = "ibsi_validation/nifti"
# File name, type of the voxels and window of each modality.
MODALITIES = {"CT": ("CT", np.int16, "abdomen"), "MR": ("MR_T1", np.int16, None), "PET": ("PET", np.float32, None)}


class Scan(NamedTuple):
    """Some slices of a scan, with the outline on them."""

    voxels: np.ndarray
    mask: np.ndarray
    affine: np.ndarray
    slices: range
    # Slices of the whole scan.
    depth: int


def git_blob(clone: str, commit: str, path: str) -> bytes:
    command = ["git", "-C", clone, "cat-file", "blob", f"{commit}:{path}"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def scan(clone: str, patient: str, modality: str, choose: Callable[[np.ndarray], slice]) -> Scan:
    """The slices that `choose` takes by the outline."""
    paths = (f"{FOLDER}/{patient}/{MODALITIES[modality][0]}_{kind}.nii.gz" for kind in ("image", "mask"))
    image, truth = (nib.Nifti1Image.from_bytes(gzip.decompress(git_blob(clone, COMMIT, path))) for path in paths)
    assert image.shape == truth.shape and np.allclose(image.affine, truth.affine)
    voxels, mask = np.asanyarray(image.dataobj), np.asanyarray(truth.dataobj)
    part = choose(mask)
    slices = range(voxels.shape[2])[part]
    affine = image.affine.copy()
    affine[:3, 3] = (image.affine @ [0, 0, slices.start, 1])[:3]
    affine[:3, 2] *= slices.step
    return Scan(voxels[:, :, part], mask[:, :, part], affine, slices, voxels.shape[2])


def put_image(folder: Path, number: str, modality: str, scan: Scan) -> dict:
    return put(folder, f"{number}_image.nii.bz2", nifti(scan.voxels, scan.affine, MODALITIES[modality][1], bzipped))


def fields(folder: Path, number: str, patient: str, modality: str, image: dict, scan: Scan) -> dict:
    """What a case of a manifest says of image and outline; writes the outline."""
    window = MODALITIES[modality][2]
    drawn = put(folder, f"{number}_truth.nii.gz", nifti(scan.mask, scan.affine, np.uint8))
    return {
        "subject": patient,
        "modality": modality,
        "image": {**image, "window": window} if window else image,
        "truth": {**drawn, "made": "manual"},
    }


def source(path: str) -> str:
    return f"theibsi/data_sets {COMMIT[:7]}: {path}"
