"""Writes jupyter.json: what the reference implementations put on the wire.

    python make_golden.py        with jupyter_client 8.10.0 and ipywidgets 8.1.9
"""

import base64
import json
from pathlib import Path

import ipywidgets
import jupyter_client
from ipywidgets.widgets.widget import _put_buffers, _remove_buffers
from jupyter_client.session import Session

assert jupyter_client.__version__ == "8.10.0", jupyter_client.__version__
assert ipywidgets.__version__ == "8.1.9", ipywidgets.__version__


def b64(data):
    return base64.b64encode(bytes(data)).decode()


def frames(key):
    session = Session(key=key, session="golden", username="tester")
    header = {
        "msg_id": "golden-1",
        "session": "golden",
        "username": "tester",
        "date": "2024-02-03T04:05:06.000000Z",
        "msg_type": "comm_msg",
        "version": "5.4",
    }
    message = {
        "header": header,
        "msg_id": header["msg_id"],
        "msg_type": header["msg_type"],
        "parent_header": {"msg_id": "parent-1"},
        "metadata": {"version": "2.1.0"},
        "content": {"comm_id": "c1", "data": {"text": "grüße 😀"}},
    }
    parts = session.serialize(message, ident=[b"peer-1", b"topic"])
    return [b64(part) for part in [*parts, bytes([0, 255, 128]), b""]]


def split():
    state = {
        "plain": 1,
        "bytes": memoryview(bytes([1, 2, 3])),
        "nested": {"deep": [0, memoryview(bytes([4])), {"x": memoryview(bytes([5, 6])), "y": None}]},
        "list": [memoryview(b""), "s"],
    }
    rest, paths, buffers = _remove_buffers(state)
    merged = json.loads(json.dumps(rest))
    _put_buffers(merged, paths, buffers)
    assert merged == state
    return {"state": rest, "buffer_paths": paths, "buffers": [b64(b) for b in buffers]}


golden = {"key": "a0436f6c-1916-498b", "signed": frames(b"a0436f6c-1916-498b"), "unsigned": frames(b""), "split": split()}
Path(__file__).with_name("jupyter.json").write_text(json.dumps(golden, indent=2, ensure_ascii=False) + "\n")
