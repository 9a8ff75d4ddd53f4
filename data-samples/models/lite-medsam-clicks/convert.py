# /// script
# requires-python = "==3.11.*"
# dependencies = ["nibabel==5.4.2", "numpy==2.4.6"]
# ///
"""Makes the labeled data set that lite-medsam-clicks learned from: python convert.py CLONE FOLDER

CLONE is a clone of github.com/theibsi/data_sets, of which one commit is read. FOLDER gets whole scans, CT, MR and PET, with the tumor outlined, and
a manifest.json for `samlab distill --labeled`.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))
import ibsi  # noqa: E402
from writing import put_manifest  # noqa: E402

# Kept apart: test and validation of the sarcoma samples, those on which propagation is judged (test/bench/volume-split.ts), and 40 to 51.
APART = {2, 3, 19, 23, 8, 14, 22, 26, 32, 36, *range(40, 52)}


def case(clone: str, folder: Path, patient: str, modality: str) -> dict | None:
    try:
        whole = ibsi.scan(clone, patient, modality, lambda _: slice(0, None, 1))
    except subprocess.CalledProcessError:
        print(f"{patient} {modality}: not in this clone")
        return None
    number = f"{patient}-{modality}"
    image = ibsi.put_image(folder, number, modality, whole)
    return {
        "id": number,
        **ibsi.fields(folder, number, patient, modality, image, whole),
        "source": ibsi.source(f"{ibsi.FOLDER}/{patient}/{ibsi.MODALITIES[modality][0]}_{{image,mask}}.nii.gz"),
        "split": "train",
    }


def main() -> None:
    clone, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    patients = [f"STS_{number:03}" for number in range(1, 52) if number not in APART]
    made = [case(clone, folder, patient, modality) for patient in patients for modality in ibsi.MODALITIES]
    cases = [one for one in made if one]
    put_manifest(
        folder,
        {
            "format": "samlab-manifest/1",
            "name": "soft-tissue sarcoma",
            "description": f"{len(patients)} patients of the IBSI validation set, of which {len(cases)} scans were at hand.",
            "defaults": {"labels": {"1": "tumor"}, "license": "CC-BY-3.0"},
            "cases": cases,
        },
    )


if __name__ == "__main__":
    main()
