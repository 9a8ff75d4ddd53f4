"""What the convert.py of all sets share: files that are the same whenever they are written, and manifests."""

import gzip
import hashlib
import io
import json
import re
from pathlib import Path

import nibabel as nib
import numpy as np


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
    """Writes a file; what a manifest says of it."""
    (folder / name).write_bytes(data)
    return {"path": name, "sha256": hashlib.sha256(data).hexdigest()}


def put_manifest(folder: Path, manifest: dict) -> None:
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    # Lists of numbers on one line, as the project's formatter has them.
    text = re.sub(r"\[[\d,\s]+\]", lambda found: f"[{', '.join(re.findall('[0-9]+', found[0]))}]", text)
    (folder / "manifest.json").write_text(text + "\n")
