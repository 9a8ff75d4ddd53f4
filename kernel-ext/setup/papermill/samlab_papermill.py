"""Lets papermill inject parameters into notebooks of the samlab kernel.

Without this package, these two lines before `papermill.execute_notebook` do the same:

    from samlab_papermill import TypeScriptTranslator
    papermill.translators.papermill_translators.register("typescript", TypeScriptTranslator)
"""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.exceptions import PapermillException
from papermill.translators import Translator, papermill_translators

_NAME = re.compile(r"^[^\W\d]\w*$")
_RESERVED = set(
    "await break case catch class const continue debugger default delete do else enum export extends false finally for "
    "function if implements import in instanceof interface let new null package private protected public return static "
    "super switch this throw true try typeof var void while with yield".split()
)
_SAFE_INTEGER = 2**53 - 1
_LONGEST_TUPLE = 16


class TypeScriptTranslator(Translator):
    """Writes Python values as TypeScript. The cell redeclares its names, which this kernel allows."""

    @classmethod
    def translate(cls, val):
        if val is None:
            return "null"
        if isinstance(val, (dict, list, tuple, set)):
            return cls.translate_dict(val) if isinstance(val, dict) else cls.translate_list(val)
        return super().translate(val)

    @classmethod
    def translate_str(cls, val):
        return json.dumps(str(val))

    @classmethod
    def translate_escaped_str(cls, str_val):
        return json.dumps(str(str_val))

    @classmethod
    def translate_bool(cls, val):
        return "true" if val else "false"

    @classmethod
    def translate_int(cls, val):
        return str(val) if abs(val) <= _SAFE_INTEGER else f"{val}n"

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(float(val))

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_dict(cls, val):
        return "{ %s }" % ", ".join(f"{json.dumps(str(key))}: {cls.translate(item)}" for key, item in val.items())

    @classmethod
    def translate_list(cls, val):
        return "[%s]" % ", ".join(cls.translate(item) for item in val)

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def type_of(cls, val):
        """A type that fits wherever the value does: tuples for lists, `any` for texts, which may have to be literals."""
        if val is None or val == {} or isinstance(val, str):
            return "any"
        if isinstance(val, bool):
            return "boolean"
        if isinstance(val, (int, float)):
            return "bigint" if cls.translate(val).endswith("n") else "number"
        if isinstance(val, dict):
            return "{ %s }" % "; ".join(f"{json.dumps(str(key))}: {cls.type_of(item)}" for key, item in val.items())
        if isinstance(val, (list, tuple, set)):
            kinds = [cls.type_of(item) for item in val]
            if 0 < len(kinds) <= _LONGEST_TUPLE:
                return "[%s]" % ", ".join(kinds)
            return "(%s)[]" % (" | ".join(dict.fromkeys(kinds)) or "any")
        return "any"

    @classmethod
    def assign(cls, name, str_val, kind=""):
        if not _NAME.match(name) or name in _RESERVED:
            raise PapermillException(f"The parameter {name!r} cannot be the name of a variable in TypeScript.")
        return f"let {name}{kind} = {str_val};"

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        lines = [cls.comment(comment)]
        for name, val in parameters.items():
            kind = cls.type_of(val)
            is_inferred = kind in ("boolean", "number", "bigint")
            lines.append(cls.assign(name, cls.translate(val), "" if is_inferred else f": {kind}"))
        return "\n".join(lines) + "\n"


class SamlabEngine(NBClientEngine):
    """papermill's default engine. Defined here so that papermill loads this module."""


for _language in ("typescript", "samlab"):
    papermill_translators.register(_language, TypeScriptTranslator)
