"""What the convert.py of all sets share: files that are the same whenever they are written, and manifests."""

import bz2
import gzip
import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np


def gzipped(data: bytes) -> bytes:
    out = io.BytesIO()
    # No name and no time inside, so that the same voxels give the same file.
    with gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(data)
    return out.getvalue()


# For .nii.bz2: a third smaller than gzip for scans of 16 bits, but slower to read.
bzipped = bz2.compress


def nifti(
    voxels: np.ndarray, affine: np.ndarray, dtype: type, packed: Callable[[bytes], bytes] = gzipped
) -> bytes:
    assert np.array_equal(voxels, voxels.astype(dtype)), "the type would lose values"
    image = nib.Nifti1Image(voxels.astype(dtype), affine)
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    image.header.set_xyzt_units("mm")
    return packed(image.to_bytes())


def put(folder: Path, name: str, data: bytes) -> dict:
    """Writes a file; what a manifest says of it."""
    (folder / name).write_bytes(data)
    return {"path": name, "sha256": hashlib.sha256(data).hexdigest()}


def put_manifest(folder: Path, manifest: dict) -> None:
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    # Lists of numbers on one line, as the project's formatter has them.
    text = re.sub(r"\[[\d,\s]+\]", lambda found: f"[{', '.join(re.findall('[0-9]+', found[0]))}]", text)
    (folder / "manifest.json").write_text(text + "\n")
