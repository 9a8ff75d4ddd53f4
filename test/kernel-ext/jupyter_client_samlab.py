"""What front ends on jupyter_client and nbclient see of the kernel; prints it as JSON.

Run it with a kernelspec named "samlab" on JUPYTER_PATH:  python jupyter_client_samlab.py
"""

import json

import nbformat
import zmq
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

# So many that a socket with a limit may lose some.
MANY = 20_000
FEWER = 5_000


def encrypted():
    """With CurveZMQ on all five sockets."""
    manager = KernelManager(kernel_name="samlab", transport_encryption="required")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    info = manager.get_connection_info()
    outputs, asked = [], []

    def answer(message):
        asked.append(message["content"])
        client.input("Ada")

    code = 'console.log("x".repeat(5e6)); console.log(await input("name? "))'
    reply = client.execute_interactive(code, output_hook=outputs.append, stdin_hook=answer, allow_stdin=True, timeout=60)
    text = "".join(m["content"]["text"] for m in outputs if m["msg_type"] == "stream")
    client.hb_channel.unpause()

    # The same ports without keys.
    plain = zmq.Context.instance().socket(zmq.DEALER)
    plain.linger = 0
    plain.sndtimeo = 1000
    plain.connect(f"tcp://{info['ip']}:{info['shell_port']}")
    try:
        plain.send_multipart(client.session.serialize(client.session.msg("kernel_info_request")))
    except zmq.Again:
        pass  # It was refused already, and would wait for another connection.
    listener = zmq.Context.instance().socket(zmq.SUB)
    listener.linger = 0
    listener.subscribe(b"")
    listener.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
    client.execute_interactive("1", output_hook=outputs.append, timeout=60)
    refused = plain.poll(500) == 0 and listener.poll(100) == 0
    plain.close()
    listener.close()

    # Another one of the same session has the same identity.
    twin = manager.client()
    twin.start_channels()
    twin.wait_for_ready(timeout=10)
    twin.stop_channels()
    result = {
        "keys": sorted(key for key in info if key.startswith("curve")),
        "status": reply["content"]["status"],
        "text": text == "x" * 5_000_000 + "\nAda\n",
        "asked": asked,
        "beating": client.hb_channel.is_beating(),
        "refused": refused,
    }
    client.stop_channels()
    manager.shutdown_kernel()
    return result


def notebook():
    """Floods, as nbconvert and papermill run them."""
    cells = [
        f'import {{ display }} from "samlab"; for (let i = 0; i < {MANY}; i++) display(i);',
        f'const h = display({{ "text/plain": "0" }}); for (let i = 1; i <= {FEWER}; i++) h.update({{ "text/plain": String(i) }}); undefined',
        f'for (let i = 0; i < {FEWER // 2}; i++) {{ console.log("o" + i); console.error("e" + i); }}',
        "process.exit(3)",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    failure = ""
    try:
        NotebookClient(book, kernel_name="samlab", timeout=120, allow_errors=True).execute()
    except Exception as error:  # The last cell ends the kernel.
        failure = type(error).__name__
    displays, updates, lines, exits = [cell.outputs for cell in book.cells]
    return {
        "displays": [o["data"]["text/plain"] for o in displays] == [str(i) for i in range(MANY)],
        "last": updates[-1]["data"]["text/plain"],
        "lines": "".join(o["text"] for o in lines)
        == "".join(f"o{i}\ne{i}\n" for i in range(FEWER // 2)),
        "exit": exits[0]["ename"],
        "failure": failure,
    }


print(json.dumps({"encrypted": encrypted(), "notebook": notebook()}))
