# /// script
# requires-python = "==3.11.*"
# dependencies = ["nibabel==5.4.2", "numpy==2.4.6"]
# ///
"""Makes the whole-volume samples and their manifest.json: python convert.py DATA_SETS TOTALSEGMENTATOR

DATA_SETS is a clone of github.com/theibsi/data_sets, TOTALSEGMENTATOR one of github.com/wasserth/TotalSegmentator. Every file is read from one commit, so
git itself vouches for the content. Voxels are the originals' own, never resampled, never rescaled.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "sarcoma"))
import convert as sarcoma  # noqa: E402

COMMIT = "0e65a448d557382b1e925276212b3bec7f5aff83"
FOLDER = "tests/reference_files"
ORGANS = {1: "spleen", 2: "right kidney", 3: "left kidney", 5: "liver", 6: "stomach"}

# Of the two patients of whom nothing was used to make lite-medsam-clicks the one whose whole tumor takes up FDG, with four slices above and below it.
PATIENT = "STS_003"
SLICES = slice(11, 39)


def put(name: str, data: bytes) -> dict:
    (HERE / name).write_bytes(data)
    return {"path": name, "sha256": hashlib.sha256(data).hexdigest()}


def abdomen(clone: str) -> dict:
    def blob(name: str) -> bytes:
        command = ["git", "-C", clone, "cat-file", "blob", f"{COMMIT}:{FOLDER}/{name}"]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout

    return {
        "id": "abdomen-ct",
        "title": "Abdomen (CT)",
        "modality": "CT",
        "image": {**put("abdomen-ct_image.nii.gz", blob("example_ct_sm.nii.gz")), "window": "abdomen"},
        "truth": {**put("abdomen-ct_reference.nii.gz", blob("example_seg.nii.gz")), "made": "automatic"},
        "labels": {str(label): name for label, name in ORGANS.items()},
        "otherLabels": "background",
        "license": "Apache-2.0",
        "source": f"wasserth/TotalSegmentator {COMMIT[:7]}: {FOLDER}/example_ct_sm.nii.gz, example_seg.nii.gz",
        "notes": "The reference is the output of TotalSegmentator, not drawn by hand.",
    }


def scan(clone: str, modality: str) -> dict:
    name, dtype, window = sarcoma.MODALITIES[modality]
    image, truth = (sarcoma.source(clone, f"{PATIENT}/{name}_{kind}.nii.gz") for kind in ("image", "mask"))
    assert image.shape == truth.shape and np.allclose(image.affine, truth.affine)
    mask = np.asanyarray(truth.dataobj)
    held = np.flatnonzero(mask.any(axis=(0, 1)))
    assert (held[0] - SLICES.start, SLICES.stop - 1 - held[-1]) == (4, 4), "four slices above and below"
    affine = image.affine.copy()
    affine[:3, 3] = (image.affine @ [0, 0, SLICES.start, 1])[:3]
    number = f"sarcoma-{modality.lower()}"
    entry = put(f"{number}_image.nii.gz", sarcoma.nifti(np.asanyarray(image.dataobj)[:, :, SLICES], affine, dtype))
    drawn = put(f"{number}_truth.nii.gz", sarcoma.nifti(mask[:, :, SLICES], affine, np.uint8))
    return {
        "id": number,
        "title": f"Soft-tissue sarcoma ({modality})",
        "subject": PATIENT,
        "modality": modality,
        "image": {**entry, "window": window} if window else entry,
        "truth": {**drawn, "made": "manual"},
        "labels": {"1": "tumor"},
        "license": "CC-BY-3.0",
        "source": f"theibsi/data_sets {sarcoma.COMMIT[:7]}: {sarcoma.FOLDER}/{PATIENT}/{name}_{{image,mask}}.nii.gz",
        "notes": f"Slices {SLICES.start} to {SLICES.stop - 1} of {image.shape[2]}.",
    }


def main() -> None:
    data_sets, total = sys.argv[1:]
    manifest = {
        "$schema": "../manifest.schema.json",
        "format": "samlab-manifest/1",
        "name": "samlab volume samples",
        "description": "Volumes with every slice: organs in CT, and a tumor in PET and CT. See README.md for source and license.",
        "defaults": {"split": "test"},
        "cases": [abdomen(total), *(scan(data_sets, modality) for modality in ("CT", "PET"))],
    }
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
