# /// script
# requires-python = "==3.11.*"
# dependencies = ["nibabel==5.4.2", "numpy==2.4.6"]
# ///
"""Makes the sarcoma samples and their manifest.json: python convert.py CLONE

CLONE is a clone of github.com/theibsi/data_sets. Every file is read from one commit of it, so git itself vouches for the content.
Voxels are the originals' own: whole axial slices, never resampled, never rescaled.
"""

import gzip
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nibabel as nib
import numpy as np

HERE = Path(__file__).parent
COMMIT = "6da96021bc91faf4c0cb7fd7fa56a4225d2064a8"
FOLDER = "ibsi_validation/nifti"
LIMIT = 6_000_000

# The first twelve patients by number whose six files are each smaller than 4 MiB, without those on which rules of propagation are judged
# (test/bench/volume-split.ts). Test: the two of whom nothing was used to make lite-medsam-clicks. Validation: the last two of the others.
SPLIT = {
    "train": ["STS_001", "STS_004", "STS_005", "STS_006", "STS_010", "STS_012", "STS_015", "STS_018"],
    "validation": ["STS_019", "STS_023"],
    "test": ["STS_002", "STS_003"],
}
# File name, type of the voxels and window of each modality.
MODALITIES = {"CT": ("CT", np.int16, "abdomen"), "MR": ("MR_T1", np.int16, None), "PET": ("PET", np.float32, None)}
SLICES = 5


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


def chosen(truth: np.ndarray) -> slice:
    """Five slices at one distance, as far apart as the tumor allows, in its middle."""
    held = np.flatnonzero(truth.any(axis=(0, 1)))
    first, count = held[0], held[-1] - held[0] + 1
    step = max(1, (count - 1) // SLICES)
    span = (SLICES - 1) * step + 1
    start = first + (count - span) // 2
    return slice(start, start + span, step)


def nifti(voxels: np.ndarray, affine: np.ndarray, dtype: type) -> bytes:
    assert np.array_equal(voxels, voxels.astype(dtype)), "the type would lose values"
    image = nib.Nifti1Image(voxels.astype(dtype), affine)
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    image.header.set_xyzt_units("mm")
    out = io.BytesIO()
    # No name and no time inside, so that the same voxels give the same file.
    with gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(image.to_bytes())
    return out.getvalue()


def put(folder: Path, name: str, data: bytes) -> dict:
    (folder / name).write_bytes(data)
    return {"path": name, "sha256": hashlib.sha256(data).hexdigest()}


def put_image(folder: Path, number: str, modality: str, scan: Scan) -> dict:
    dtype = MODALITIES[modality][1]
    return put(folder, f"{number}_image.nii.gz", nifti(scan.voxels, scan.affine, dtype))


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


def case(clone: str, patient: str, split: str, modality: str) -> dict:
    part = scan(clone, patient, modality, chosen)
    assert part.mask.any(axis=(0, 1)).all(), "a slice without the tumor"
    number = f"{patient}-{modality}"
    image = put_image(HERE, number, modality, part)
    return {
        "id": number,
        "title": f"Soft-tissue sarcoma, patient {patient[-3:]} ({'MR T1' if modality == 'MR' else modality})",
        **fields(HERE, number, patient, modality, image, part),
        "source": f"theibsi/data_sets {COMMIT[:7]}: {FOLDER}/{patient}/{MODALITIES[modality][0]}_{{image,mask}}.nii.gz",
        "split": split,
        "notes": f"Slices {', '.join(map(str, part.slices))} of {part.depth}.",
    }


def main() -> None:
    clone = sys.argv[1]
    patients = sorted((patient, split) for split, own in SPLIT.items() for patient in own)
    manifest = {
        "$schema": "../manifest.schema.json",
        "format": "samlab-manifest/1",
        "name": "samlab sarcoma samples",
        "description": "Soft-tissue sarcoma of twelve patients, each in CT, MR and PET. See README.md for source and license.",
        "defaults": {
            "labels": {"1": "tumor"},
            "license": "CC-BY-3.0",
        },
        "cases": [case(clone, patient, split, modality) for patient, split in patients for modality in MODALITIES],
    }
    size = sum(path.stat().st_size for path in HERE.glob("*.nii.gz"))
    if size > LIMIT:
        raise SystemExit(f"The files have {size} bytes together, more than {LIMIT}")
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
