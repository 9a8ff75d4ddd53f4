# /// script
# requires-python = "==3.11.*"
# dependencies = ["nibabel==5.4.2", "numpy==2.4.6", "pydicom==3.0.2", "pylibjpeg==2.1.0", "pylibjpeg-openjpeg==2.6.0"]
# ///
"""Makes the whole-volume samples and their manifest.json: python convert.py DATA_SETS TOTALSEGMENTATOR

DATA_SETS is a clone of github.com/theibsi/data_sets, TOTALSEGMENTATOR one of github.com/wasserth/TotalSegmentator. Every file is read from one commit, so
git itself vouches for the content. Voxels are the originals' own, never resampled, never rescaled. The sarcoma's CT is a series of DICOM files, whose
attributes and UIDs are the originals' own too; only their pixels are compressed, without loss.
"""

import hashlib
import io
import sys
from pathlib import Path

import numpy as np
import pydicom

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import ibsi  # noqa: E402
from writing import put, put_manifest  # noqa: E402

COMMIT = "0e65a448d557382b1e925276212b3bec7f5aff83"
FOLDER = "tests/reference_files"
ORGANS = {1: "spleen", 2: "right kidney", 3: "left kidney", 5: "liver", 6: "stomach"}

DICOM = "ibsi_validation/dicom"

# Of the two patients of whom nothing was used to make lite-medsam-clicks the one whose whole tumor takes up FDG, with four slices above and below it.
PATIENT = "STS_003"
MARGIN = 4


def abdomen(clone: str) -> dict:
    def copy(name: str, original: str) -> dict:
        return put(HERE, name, ibsi.git_blob(clone, COMMIT, f"{FOLDER}/{original}"))

    return {
        "id": "abdomen-ct",
        "title": "Abdomen (CT)",
        "modality": "CT",
        "image": {**copy("abdomen-ct_image.nii.gz", "example_ct_sm.nii.gz"), "window": "abdomen"},
        "truth": {**copy("abdomen-ct_reference.nii.gz", "example_seg.nii.gz"), "made": "automatic"},
        "labels": {str(label): name for label, name in ORGANS.items()},
        "otherLabels": "background",
        "license": "Apache-2.0",
        "source": f"wasserth/TotalSegmentator {COMMIT[:7]}: {FOLDER}/example_ct_sm.nii.gz, example_seg.nii.gz",
        "notes": "The reference is the output of TotalSegmentator, not drawn by hand.",
    }


def around(truth: np.ndarray) -> slice:
    held = np.flatnonzero(truth.any(axis=(0, 1)))
    return slice(int(held[0]) - MARGIN, int(held[-1]) + MARGIN + 1)


def compressed(original: bytes) -> bytes:
    """A DICOM file with its pixels in JPEG 2000, without loss."""
    dataset = pydicom.dcmread(io.BytesIO(original))
    # The standard keeps the instance's UID where no value changes.
    dataset.compress(pydicom.uid.JPEG2000Lossless, generate_instance_uid=False)
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def put_series(clone: str, folder: str, scan: ibsi.Scan) -> dict:
    """One file a slice, under its original name. The folder's hash is what `sha256sum * | sha256sum` prints in it."""
    (HERE / folder).mkdir(exist_ok=True)
    listing = ""
    for n, index in enumerate(scan.slices):
        name = f"{index:06}.dcm"
        file = compressed(ibsi.git_blob(clone, ibsi.COMMIT, f"{DICOM}/{PATIENT}/CT/image/{name}"))
        dataset = pydicom.dcmread(io.BytesIO(file))
        assert dataset.PatientIdentityRemoved == "YES" and not any(element.tag.is_private for element in dataset)
        assert np.array_equal(dataset.pixel_array.T, scan.voxels[:, :, n]), "other voxels than the NIfTI file's"
        x, y, z = dataset.ImagePositionPatient
        assert np.allclose([-x, -y, z], (scan.affine @ [0, 0, n, 1])[:3], atol=1e-4), "another place than the NIfTI file's"
        listing += f"{put(HERE / folder, name, file)['sha256']}  {name}\n"
    return {"path": folder, "sha256": hashlib.sha256(listing.encode()).hexdigest()}


def tumor(clone: str, modality: str) -> dict:
    scan = ibsi.scan(clone, PATIENT, modality, around)
    number = f"sarcoma-{modality.lower()}"
    if modality == "CT":
        image = put_series(clone, number, scan)
        source = f"{DICOM}/{PATIENT}/CT/image, {ibsi.FOLDER}/{PATIENT}/CT_mask.nii.gz"
    else:
        image = ibsi.put_image(HERE, number, modality, scan)
        source = f"{ibsi.FOLDER}/{PATIENT}/{modality}_{{image,mask}}.nii.gz"
    return {
        "id": number,
        "title": f"Soft-tissue sarcoma ({modality})",
        **ibsi.fields(HERE, number, PATIENT, modality, image, scan),
        "labels": {"1": "tumor"},
        "license": "CC-BY-3.0",
        "source": ibsi.source(source),
        "notes": f"Slices {scan.slices.start} to {scan.slices[-1]} of {scan.depth}.",
    }


def main() -> None:
    data_sets, total = sys.argv[1:]
    manifest = {
        "$schema": "../manifest.schema.json",
        "format": "samlab-manifest/1",
        "name": "samlab volume samples",
        "description": "Volumes with every slice: organs in CT, and a tumor in PET and CT. See README.md for source and license.",
        "defaults": {"split": "test"},
        "cases": [abdomen(total), *(tumor(data_sets, modality) for modality in ("CT", "PET"))],
    }
    put_manifest(HERE, manifest)


if __name__ == "__main__":
    main()
