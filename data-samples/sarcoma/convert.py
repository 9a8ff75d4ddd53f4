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
from pathlib import Path

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


def source(clone: str, path: str) -> nib.Nifti1Image:
    blob = ["git", "-C", clone, "cat-file", "blob", f"{COMMIT}:{FOLDER}/{path}"]
    return nib.Nifti1Image.from_bytes(gzip.decompress(subprocess.run(blob, check=True, stdout=subprocess.PIPE).stdout))


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


def put(name: str, data: bytes) -> dict:
    (HERE / name).write_bytes(data)
    return {"path": name, "sha256": hashlib.sha256(data).hexdigest()}


def case(clone: str, patient: str, split: str, modality: str) -> dict:
    name, dtype, window = MODALITIES[modality]
    image, truth = (source(clone, f"{patient}/{name}_{kind}.nii.gz") for kind in ("image", "mask"))
    assert image.shape == truth.shape and np.allclose(image.affine, truth.affine)
    voxels, mask = np.asanyarray(image.dataobj), np.asanyarray(truth.dataobj)
    part = chosen(mask)
    assert mask[:, :, part].any(axis=(0, 1)).all(), "a slice without the tumor"
    affine = image.affine.copy()
    affine[:3, 3] = (image.affine @ [0, 0, part.start, 1])[:3]
    affine[:3, 2] *= part.step
    number = f"{patient}-{modality}"
    entry = put(f"{number}_image.nii.gz", nifti(voxels[:, :, part], affine, dtype))
    drawn = put(f"{number}_truth.nii.gz", nifti(mask[:, :, part], affine, np.uint8))
    slices = range(part.start, part.stop, part.step)
    return {
        "id": number,
        "title": f"Soft-tissue sarcoma, patient {patient[-3:]} ({'MR T1' if modality == 'MR' else modality})",
        "subject": patient,
        "modality": modality,
        "image": {**entry, "window": window} if window else entry,
        "truth": {**drawn, "made": "manual"},
        "source": f"theibsi/data_sets {COMMIT[:7]}: {FOLDER}/{patient}/{name}_{{image,mask}}.nii.gz",
        "split": split,
        "notes": f"Slices {', '.join(map(str, slices))} of {voxels.shape[2]}.",
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
