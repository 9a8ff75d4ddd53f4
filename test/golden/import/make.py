# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "pycocotools==2.0.10"]
# ///
"""Writes the golden values for test/evaluate/import: arrays written by NumPy, COCO masks decoded by pycocotools."""

import base64
import io
import json
from pathlib import Path

import numpy as np
from pycocotools import mask as coco

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(20260201)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def write(name: str, value) -> None:
    (HERE / name).write_text(json.dumps(value, separators=(",", ":")) + "\n")


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def npz(compressed: bool, **arrays) -> bytes:
    out = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(out, **arrays)
    return out.getvalue()


def arrays() -> dict:
    cases = []
    for dtype in ["|b1", "|u1", "|i1", "<u2", ">u2", "<i2", ">i4", "<i4", "<u4", "<i8", ">i8", "<u8", "<f2", ">f4", "<f4", "<f8", ">f8"]:
        for order in "CF":
            values = RANDOM.integers(0, 100, (2, 3, 4)).astype(np.dtype(dtype))
            if np.dtype(dtype).kind in "if":
                values.flat[5] = -3
            cases.append({"name": f"{dtype} {order}", "bytes": b64(npy(np.asarray(values, order=order))), "shape": [2, 3, 4], "data": values.astype(np.float64).ravel().tolist()})
    for shape in [(), (5,), (1, 4), (3, 2)]:
        values = RANDOM.integers(0, 9, shape).astype(np.uint8)
        cases.append({"name": f"shape {shape}", "bytes": b64(npy(np.asfortranarray(values) if shape else values)), "shape": list(shape), "data": values.astype(np.float64).ravel().tolist()})
    refused = {
        "object": np.array([{"a": 1}], dtype=object),
        "complex": np.zeros(2, np.complex64),
        "text": np.array(["a", "b"]),
        "records": np.zeros(2, np.dtype([("x", "<f4"), ("y", "<i4")])),
    }
    return {"read": cases, "refused": [{"name": name, "bytes": b64(npy(value))} for name, value in refused.items()]}


def ball(shape, label=1):
    grid = np.indices(shape)
    middle = np.array(shape).reshape((-1,) + (1,) * len(shape)) / 2
    return (np.sqrt(((grid - middle) ** 2).sum(0)) < min(shape) / 3).astype(np.uint8) * label


def archives() -> list:
    volume = RANDOM.integers(0, 256, (4, 5, 6)).astype(np.uint8)
    truth = np.zeros((4, 5, 6), np.uint8)
    truth[1:3, 1:4, 2:4] = 2
    truth[2, 2, 5] = 7
    colour = RANDOM.integers(0, 256, (7, 9, 3)).astype(np.uint8)
    many = np.zeros((7, 9), np.int64)
    many[0, 0], many[3, 4], many[6, 8] = 1, 2, 300
    boxes = np.array([[0, 0, 2, 2]])
    spacing = np.array([0.5, 0.75, 3.0])
    out = []

    def add(name, compressed=True, **given):
        out.append({"name": name, "bytes": b64(npz(compressed, **given)), "imgs": given["imgs"].astype(float).ravel().tolist() if "imgs" in given else None, "gts": given["gts"].astype(float).ravel().tolist() if "gts" in given else None})

    add("3DBox_CT_0001", imgs=volume, gts=truth, boxes=np.array([[1, 1, 1, 4, 4, 3]]), spacing=spacing)
    add("stored_fortran", compressed=False, imgs=np.asfortranarray(volume), gts=np.asfortranarray(truth), spacing=spacing)
    add("2DBox_Endoscopy_0002", imgs=colour, gts=many, boxes=boxes)
    add("2DBox_US_0003", imgs=colour[:, :, 0], gts=(many > 0).astype(np.uint8), boxes=boxes)
    add("floats", imgs=colour[:, :, 0].astype(np.float32) / 2, gts=(many > 0).astype(np.uint8))
    add("no_gts", imgs=volume, boxes=boxes)
    add("no_imgs", gts=truth)
    add("empty", imgs=volume, gts=np.zeros_like(truth))
    add("mismatch", imgs=volume, gts=truth[1:])
    add("bad_spacing", imgs=volume, gts=truth, spacing=np.array([1.0, 0.0, 1.0]))
    add("large_label", imgs=volume, gts=truth.astype(np.uint16) * 100)
    add("fraction", imgs=volume, gts=truth / 2 + 0.25)
    add("float_colour", imgs=colour / 255.0, gts=many)
    add("four_axes", imgs=volume[None], gts=truth[None])
    return out


def polygons() -> list:
    """Regular, ragged, thin, self-crossing, out of the picture, with doubled corners, with parts that enclose nothing."""
    out = []

    def add(name, height, width, *outlines):
        mask = coco.decode(coco.merge(coco.frPyObjects([list(map(float, outline)) for outline in outlines], height, width)))
        out.append({"name": name, "size": [height, width], "segmentation": [list(map(float, outline)) for outline in outlines], "mask": b64(np.packbits(mask.ravel()).tobytes())})

    add("square", 6, 8, [1, 1, 5, 1, 5, 4, 1, 4])
    add("turned square", 6, 8, [1, 4, 5, 4, 5, 1, 1, 1])
    add("whole picture", 5, 7, [0, 0, 7, 0, 7, 5, 0, 5])
    add("beyond the picture", 5, 7, [-3, -2, 9.5, -1, 12, 8, -1, 7.7])
    add("doubled corner", 9, 9, [1, 1, 1, 1, 7.5, 2, 6, 8, 6, 8, 2, 7])
    add("bow tie", 12, 12, [1, 1, 10, 10, 10, 1, 1, 10])
    add("sliver", 9, 9, [1.2, 1.1, 7.8, 7.4, 7.9, 7.5])
    add("outside", 6, 6, [20, 20, 25, 20, 22, 24])
    add("two that overlap", 10, 10, [1, 1, 6, 1, 6, 6, 1, 6], [4, 4, 9, 4, 9, 9, 4, 9])
    add("parts of two points, one, and none", 30, 40, [2, 2, 11, 2, 11, 12, 2, 12], [20, 20, 25, 25], [9, 20], [])
    for n in range(60):
        height, width = (int(x) for x in RANDOM.integers(4, 40, 2))
        count = int(RANDOM.integers(3, 12))
        points = RANDOM.uniform(-3, 3 + max(height, width), 2 * count)
        if n % 3 == 0:
            points = np.round(points)
        elif n % 3 == 1:
            points = np.round(points, 1)
        add(f"random {n}", height, width, points.tolist())
    return out


def compressed() -> list:
    out = []
    masks = [np.zeros((3, 4), np.uint8), np.ones((3, 4), np.uint8), ball((40, 50)), np.eye(17, dtype=np.uint8), np.ones((700, 900), np.uint8)]
    masks += [(RANDOM.random((int(RANDOM.integers(1, 30)), int(RANDOM.integers(1, 30)))) < share).astype(np.uint8) for share in np.linspace(0.02, 0.98, 20)]
    holes = np.ones((600, 500), np.uint8)
    holes[300:310, 200] = 0
    masks.append(holes)
    for mask in masks:
        rle = coco.encode(np.asfortranarray(mask))
        flat = mask.ravel(order="F")
        edges = np.flatnonzero(np.diff(flat)) + 1
        counts = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
        out.append({"size": list(mask.shape), "text": rle["counts"].decode(), "counts": [0] + counts if flat[0] else counts})
    return out


if __name__ == "__main__":
    write("npy.json", arrays())
    write("npz.json", archives())
    write("polygons.json", polygons())
    write("compressed.json", compressed())
