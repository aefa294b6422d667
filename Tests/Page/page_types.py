#!/usr/bin/env python3
"""Writes web/model/types.js, the page's types of the JSON API, from the schemas of web/openapi.json: those that the page
imports, and what they are made of.

`make types` writes the file; `--check`, as `make lint` runs it, fails when it is not what the document says.
"""
from __future__ import annotations

import json
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT, TYPES = ROOT / "web/openapi.json", ROOT / "web/model/types.js"
REFERENCE = "#/components/schemas/"
HEAD = """\
// The bodies of the JSON API, for the type checker alone.
// Written from web/openapi.json by `make types`: change that, not this.
"""
# `@import { Camera, Event as HouseEvent } from "../../model/types.js"`, and `import("./types.js").Right`.
IMPORT = re.compile(r"@import \{([^}]*)\} from\s+\"[./\w]*types\.js\"|import\(\"[./\w]*types\.js\"\)\.(\w+)")
WIDTH = 120
SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def type_of(schema: dict) -> str:
    """A schema as a TypeScript type."""
    if "$ref" in schema:
        return schema["$ref"].removeprefix(REFERENCE)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "oneOf" in schema:
        return " | ".join(type_of(one) for one in schema["oneOf"])
    kinds = schema["type"]
    if isinstance(kinds, list):
        return " | ".join(type_of({**schema, "type": kind}) for kind in kinds)
    if kinds == "array":
        inner = type_of(schema["items"])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if kinds != "object":
        return SCALARS[kinds]
    if "properties" not in schema:
        extra = schema.get("additionalProperties")
        return f"Record<string, {type_of(extra)}>" if isinstance(extra, dict) else "Record<string, unknown>"
    required = schema.get("required", [])
    fields = (f"{name}{'' if name in required else '?'}: {type_of(field)}" for name, field in schema["properties"].items())
    return "{" + ", ".join(fields) + "}"


def typedef(name: str, schema: dict) -> str:
    """A named type. What its fields mean is in the document: the page's budget has no room for it twice."""
    line = f"/** @typedef {{{type_of(schema)}}} {name} */"
    return "\n".join(textwrap.wrap(line, WIDTH, subsequent_indent=" *   ", break_long_words=False, break_on_hyphens=False))


def imported(page: Path) -> set[str]:
    """The names that the page's modules import."""
    sources = [path.read_text() for pattern in ("*.js", "*.mjs") for path in page.rglob(pattern) if path != TYPES]
    found = [match for source in sources for match in IMPORT.findall(source)]
    lists = [names.split(",") if names else [name] for names, name in found]
    return {name.split(" as ")[0].strip(" *\n") for names in lists for name in names}


def reached(schemas: dict, names: set[str]) -> set[str]:
    """The names, and those of all schemas that theirs refer to."""
    known: set[str] = set()
    while names:
        known |= names
        text = json.dumps([schemas[name] for name in names])
        names = set(re.findall(REFERENCE + r"(\w+)", text)) - known
    return known


def text(document: dict, names: set[str]) -> str:
    """The whole file."""
    schemas = document["components"]["schemas"]
    return "\n".join([HEAD, *(typedef(name, schemas[name]) for name in sorted(reached(schemas, names))), "", "export {};\n"])


def main() -> int:
    wanted = text(json.loads(DOCUMENT.read_text()), imported(ROOT / "web"))
    if "--check" not in sys.argv[1:]:
        TYPES.write_text(wanted)
        return 0
    if TYPES.read_text() == wanted:
        return 0
    print("web/model/types.js is not what web/openapi.json says: run make types, and look at what changed", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
