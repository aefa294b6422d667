"""The page's types are what the API's document says, and the check of that sees a difference."""
from __future__ import annotations

import importlib.util
import json

from hearth_testing.paths import ROOT

spec = importlib.util.spec_from_file_location("page_types", ROOT / "Tests/Page/page_types.py")
assert spec and spec.loader
types = importlib.util.module_from_spec(spec)
spec.loader.exec_module(types)


def document() -> dict:
    return json.loads((ROOT / "web/openapi.json").read_text())


def written(document: dict) -> str:
    return types.text(document, types.imported(ROOT / "web"))


def test_the_file_is_what_the_document_says() -> None:
    assert (ROOT / "web/model/types.js").read_text() == written(document())


def test_a_field_that_is_renamed_in_the_document_alone_is_seen() -> None:
    changed = document()
    fields = changed["components"]["schemas"]["Event"]["properties"]
    fields["peakShare"] = fields.pop("peak")
    assert (ROOT / "web/model/types.js").read_text() != written(changed)


def test_the_page_imports_names_however_they_are_written() -> None:
    names = types.imported(ROOT / "web")
    assert {"Camera", "Event", "Right", "Replay", "ViewPage"} <= names and "HouseEvent" not in names


def test_schemas_become_types() -> None:
    assert types.type_of({"type": ["string", "null"]}) == "string | null"
    assert types.type_of({"enum": ["a", "b"]}) == '"a" | "b"'
    assert types.type_of({"type": "array", "items": {"enum": ["a", "b"]}}) == '("a" | "b")[]'
    assert types.type_of({"type": "object", "additionalProperties": {"type": "integer"}}) == "Record<string, number>"
    one = {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/A"}, "b": {"type": "boolean"}}}
    assert types.type_of({"oneOf": [one, {"type": "null"}]}) == "{a: A, b?: boolean} | null"
