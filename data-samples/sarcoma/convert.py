# /// script
# requires-python = "==3.11.*"
# dependencies = ["nibabel==5.4.2", "numpy==2.4.6"]
# ///
"""Makes the sarcoma samples and their manifest.json: python convert.py CLONE

CLONE is a clone of github.com/theibsi/data_sets. Every file is read from one commit of it, so git itself vouches for the content.
Voxels are the originals' own: whole axial slices, never resampled, never rescaled.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import ibsi  # noqa: E402
from writing import put_manifest  # noqa: E402

LIMIT = 6_000_000

# The first twelve patients by number whose six files are each smaller than 4 MiB, without those on which rules of propagation are judged
# (test/bench/volume-split.ts). Test: the two of whom nothing was used to make lite-medsam-clicks. Validation: the last two of the others.
SPLIT = {
    "train": ["STS_001", "STS_004", "STS_005", "STS_006", "STS_010", "STS_012", "STS_015", "STS_018"],
    "validation": ["STS_019", "STS_023"],
    "test": ["STS_002", "STS_003"],
}
SLICES = 5


def chosen(truth: np.ndarray) -> slice:
    """Five slices at one distance, as far apart as the tumor allows, in its middle."""
    held = np.flatnonzero(truth.any(axis=(0, 1)))
    first, count = held[0], held[-1] - held[0] + 1
    step = max(1, (count - 1) // SLICES)
    span = (SLICES - 1) * step + 1
    start = first + (count - span) // 2
    return slice(start, start + span, step)


def case(clone: str, patient: str, split: str, modality: str) -> dict:
    part = ibsi.scan(clone, patient, modality, chosen)
    assert part.mask.any(axis=(0, 1)).all(), "a slice without the tumor"
    number = f"{patient}-{modality}"
    image = ibsi.put_image(HERE, number, modality, part)
    return {
        "id": number,
        "title": f"Soft-tissue sarcoma, patient {patient[-3:]} ({'MR T1' if modality == 'MR' else modality})",
        **ibsi.fields(HERE, number, patient, modality, image, part),
        "source": ibsi.source(f"{ibsi.FOLDER}/{patient}/{ibsi.MODALITIES[modality][0]}_{{image,mask}}.nii.gz"),
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
        "cases": [case(clone, patient, split, modality) for patient, split in patients for modality in ibsi.MODALITIES],
    }
    size = sum(path.stat().st_size for path in HERE.glob("*.nii.gz"))
    if size > LIMIT:
        raise SystemExit(f"The files have {size} bytes together, more than {LIMIT}")
    put_manifest(HERE, manifest)


if __name__ == "__main__":
    main()
