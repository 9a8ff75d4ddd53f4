# /// script
# requires-python = ">=3.11"
# dependencies = ["highdicom==0.28.2", "nibabel==5.4.2", "numpy==2.4.6", "pydicom==3.0.2", "SimpleITK==2.5.7"]
# ///
"""Has samlab (its built `dist`) save masks, and checks with SimpleITK, nibabel and highdicom that they lie where their images do.

Nothing is written beside this file; it ends with an AssertionError where a program disagrees.
"""

import subprocess
import tempfile
from pathlib import Path

import highdicom
import nibabel as nib
import numpy as np
import pydicom
import SimpleITK as sitk

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
REPORTED = HERE.parent / "reported" / "saved-mask-other-place-in-itk"
# The second is of a scanner, with pixels in JPEG 2000.
SERIES = [HERE / "files" / "series", ROOT / "data-samples" / "volumes" / "sarcoma-ct"]
NIFTI = ["no_forms", "qs_disagree", "u_micron"]

SCRIPT = """
const { emptyMask, loadVolume, saveMask } = await import(process.argv[1]);
const [out, reported, names, ...folders] = process.argv.slice(2);
for (const name of names.split(" ")) {
  const mask = emptyMask(await loadVolume(`${reported}/${name}.nii`));
  mask.data[5] = 1;
  await saveMask(`${out}/${name}.nii.gz`, mask);
}
for (const [n, folder] of folders.entries()) {
  const mask = emptyMask(await loadVolume(folder));
  mask.data.forEach((_, n) => { mask.data[n] = n % 7 === 0 ? 1 : n % 5 === 0 ? 2 : 0; });
  for (const ending of ["dcm", "nrrd", "seg.nrrd", "nii.gz"]) {
    await saveMask(`${out}/series-${n}.${ending}`, mask, { names: { 1: "größe", 2: "spleen" } });
  }
}
"""


def place(image: sitk.Image) -> np.ndarray:
    return np.array([*image.GetOrigin(), *image.GetSpacing(), *image.GetDirection()])


with tempfile.TemporaryDirectory() as folder:
    out = Path(folder)
    module = (ROOT / "dist/src/index.js").as_uri()
    subprocess.run(
        ["node", "--input-type=module", "-e", SCRIPT, module, out, REPORTED, " ".join(NIFTI), *SERIES],
        check=True,
        cwd=ROOT,
    )
    for name in NIFTI:
        image, mask = REPORTED / f"{name}.nii", out / f"{name}.nii.gz"
        np.testing.assert_allclose(place(sitk.ReadImage(str(mask))), place(sitk.ReadImage(str(image))))
        np.testing.assert_allclose(nib.load(mask).affine, nib.load(image).affine)
        assert nib.load(mask).header.get_xyzt_units() == nib.load(image).header.get_xyzt_units()
    for n, series in enumerate(SERIES):
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(series)))
        image = reader.Execute()
        numbers = np.arange(image.GetNumberOfPixels())
        wanted = np.where(numbers % 7 == 0, 1, np.where(numbers % 5 == 0, 2, 0)).reshape(image.GetSize()[::-1])
        for ending in ["nrrd", "seg.nrrd", "nii.gz"]:
            mask = sitk.ReadImage(str(out / f"series-{n}.{ending}"))
            np.testing.assert_allclose(place(mask), place(image), atol=1e-5)
            np.testing.assert_array_equal(sitk.GetArrayFromImage(mask), wanted)
        segmentation = highdicom.seg.segread(out / f"series-{n}.dcm")
        assert segmentation.get_segment_description(1).segment_label == "größe"
        sources = sorted((pydicom.dcmread(file) for file in series.iterdir()), key=lambda data: data.ImagePositionPatient[2])
        pixels = segmentation.get_pixels_by_source_instance(
            [data.SOPInstanceUID for data in sources], combine_segments=True, assert_missing_frames_are_empty=True
        )
        np.testing.assert_array_equal(pixels, wanted)
print("SimpleITK, nibabel and highdicom agree.")
