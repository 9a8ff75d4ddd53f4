# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "SimpleITK==2.5.7"]
# ///
"""Writes the golden overlap scores for test/metrics: SimpleITK's LabelOverlapMeasuresImageFilter."""

import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(7)


def scores(a: np.ndarray, b: np.ndarray, label: int) -> dict:
    measures = sitk.LabelOverlapMeasuresImageFilter()
    # SimpleITK counts the label of its images; arrays are (z, y, x).
    measures.Execute(*(sitk.GetImageFromArray((mask == label).astype(np.uint8)) for mask in (a, b)))
    return {"label": label, "dice": measures.GetDiceCoefficient(1), "iou": measures.GetJaccardCoefficient(1)}


def case(name: str, a: np.ndarray, b: np.ndarray) -> dict:
    labels = sorted((set(np.unique(a)) | set(np.unique(b))) - {0})
    return {
        "name": name,
        # Numbers of columns first: width, height or nx, ny, nz.
        "size": list(a.shape[::-1]),
        "a": a.ravel().tolist(),
        "b": b.ravel().tolist(),
        "any": scores((a > 0).astype(np.uint8), (b > 0).astype(np.uint8), 1),
        "labels": [scores(a, b, int(label)) for label in labels],
    }


def main() -> None:
    square = np.zeros((6, 8), np.uint8)
    square[1:5, 2:6] = 1
    cases = [
        case("the same square", square, square),
        case("shifted by one", square, np.roll(square, 1, 1)),
        case("disjoint", square, np.roll(square, 4, 1)),
        case("one inside the other", square, (np.add.outer(np.arange(6), np.arange(8)) == 6).astype(np.uint8) * square),
    ]
    for n in range(6):
        shape = (5, 7) if n % 2 else (3, 4, 5)
        cases.append(case(f"random {n}", *(RANDOM.integers(0, 4, shape, dtype=np.uint8) for _ in range(2))))
    (HERE / "overlap.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
