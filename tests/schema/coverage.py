#!/usr/bin/python3
"""Prints the fields of a JSON Schema that none of the documents shows. usage: coverage.py SCHEMA DOCUMENT..."""
import json
import sys

import jsonschema

root = json.load(open(sys.argv[1], encoding="utf-8"))


def resolved(schema):
    """The schema behind a reference, and its name."""
    if isinstance(schema, dict) and "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return root["$defs"][name], name
    return schema, None


def parts(schema, place):
    """The schemas inside of one, each with its place and with what a document has there."""
    for name, inner in schema.get("properties", {}).items():
        yield inner, f"{place}/{name}", lambda value, name=name: [value[name]] if isinstance(value, dict) and name in value else []
    for key in ("items", "additionalProperties"):
        if isinstance(inner := schema.get(key), dict):
            yield inner, place + "/*", lambda value: list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    for key in ("anyOf", "oneOf"):
        for inner in schema.get(key, []):
            validator = jsonschema.Draft202012Validator({**inner, "$defs": root.get("$defs", {})})
            yield inner, place, lambda value, validator=validator: [value] if validator.is_valid(value) else []


def look(schema, place, values, seen):
    """Notes for each field whether one of the values shows it."""
    schema, name = resolved(schema)
    place = name or place
    for inner, inner_place, values_of in parts(schema, place):
        inner_values = [found for value in values for found in values_of(value)]
        if inner_place != place and not inner_place.endswith("*"):
            seen[inner_place] = seen.get(inner_place, False) or bool(inner_values)
        if inner_values or (inner_place, "looked") not in seen:
            seen[inner_place, "looked"] = True
            look(inner, inner_place, inner_values, seen)


seen = {}
look(root, "", [json.load(open(name, encoding="utf-8")) for name in sys.argv[2:]], seen)
missing = [place for place, found in seen.items() if isinstance(place, str) and not found]
print("\n".join(missing))
sys.exit(1 if missing else 0)
