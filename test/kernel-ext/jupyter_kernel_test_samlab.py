"""The official suite of Jupyter kernels, with samples for this one.

Run it with a kernelspec named "samlab" on JUPYTER_PATH:  python jupyter_kernel_test_samlab.py -v
"""

import signal
import unittest

import jupyter_kernel_test as suite

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Alarm:
    """A reply that never comes would hang the suite: it has no time limit of its own everywhere."""

    def setUp(self):
        def ring(*_):
            raise TimeoutError("the kernel did not answer within 60 s")

        signal.signal(signal.SIGALRM, ring)
        signal.alarm(60)

    def tearDown(self):
        signal.alarm(0)


class SamlabKernelTests(Alarm, suite.KernelTests):
    kernel_name = "samlab"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    code_generate_error = "throw new Error('boom')"
    code_clear_output = "import { clearOutput } from 'samlab'; clearOutput()"
    code_inspect_sample = "console.log"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "[1, 2, 3].map((n) => n * 2)", "result": "[ 2, 4, 6 ]"},
        {"code": "const late = await Promise.resolve('x'); late", "result": "'x'"},
    ]
    code_display_data = [
        {"code": "import { display } from 'samlab'; display({ 'text/html': '<b>hi</b>' }); undefined", "mime": "text/html"},
        {
            "code": f"import {{ display }} from 'samlab'; display(Buffer.from('{PNG}', 'base64')); undefined",
            "mime": "image/png",
        },
        {"code": "import * as tslab from 'tslab'; tslab.display.html('<i>hi</i>')", "mime": "text/html"},
    ]
    completion_samples = [
        {"text": "console.lo", "matches": {"log"}},
        {"text": "const s = '😀😀'; console.lo", "matches": {"log"}},
        {"text": "Math.cei", "matches": {"ceil"}},
    ]
    complete_code_samples = ["1 + 1", "const a = 1;", "function f() { return 1 }", "await Promise.resolve(1)", "const f = <T>(x: T) => x;"]
    incomplete_code_samples = ["function f() {", "const s = 'abc", "const t = `abc", "[1, 2", "const x: number =", "/* more", "if (true) {\n"]
    invalid_code_samples = ["const = 1", "1 +* 2 }", "let 3x = 4;"]

    code_page_something = "Math.max?"
    code_history_pattern = "6 * ?"
    supported_history_operations = ("tail", "range", "search")


class SamlabIopubWelcomeTests(Alarm, suite.IopubWelcomeTests):
    kernel_name = "samlab"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main()
