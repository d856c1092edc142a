"""Define the JSON schemas of responses, by their names in /api/openapi.json.

Snapshots and evaluations are TypedDicts (gan/runs/messages.py), which mypy checks. `schema_of` turns them into JSON
schemas (draft 2020-12, as in OpenAPI 3.1), so the schemas cannot drift from the types. All other schemas are written
by hand here, and the tests compare them with real responses.
"""

from dataclasses import replace
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from gan.cli.parameter import DIGIT
from gan.runs.messages import EvaluationFields, Part, Snapshot, State
from gan.write.request import SETTINGS, VARIANTS, WRITING

Schema = dict[str, Any]

# Numbers may be null: a diverged run has infinity and NaN, which JSON cannot represent, and
# `gan.web.services.catalogue.finite` replaces them by null.
PLAIN: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},
    str: {"type": "string"},
    NoneType: {"type": "null"},
    Any: {},
}


def schema_of(kind: Any) -> Schema:
    """Return the schema of a type: a TypedDict, Literal, union, list, dict with string keys, or basic type."""
    if kind in PLAIN:
        return dict(PLAIN[kind])
    if is_typeddict(kind):
        hints = {name: schema_of(hint) for name, hint in get_type_hints(kind).items()}
        schema = object_of(hints, sorted(kind.__required_keys__))
        return schema | {"description": " ".join((kind.__doc__ or "").split())}
    origin, of = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(of)}
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(one) for one in of]}
    if origin is list:
        return array_of(schema_of(of[0]))
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(of[1])}
    raise TypeError(f"expected a type that JSON can have, received {kind}")


def object_of(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    """Return the schema of an object with exactly these properties, all of which are required by default."""
    needed = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def array_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def whole_from(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


# The schemas

TEXT: Schema = {"type": "string"}
YES: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}


def schemas() -> dict[str, Schema]:
    preparing = object_of(dict.fromkeys(get_args(Part), array_of(WHOLE)), [])  # [compiled, all] kernels of a part
    health = {"status": {"const": "ok"}, "ready": YES, "preparing": preparing, "training": schema_of(State)}
    return {
        "Error": object_of({"error": TEXT, "field": or_null(TEXT)}),
        "Health": object_of(health),
        "Writing": writing(),
        "Glyph": glyph(),
        "RunSummary": run_summary(),
        "Snapshot": schema_of(Snapshot),
        "Remarks": object_of({"iteration": WHOLE, **schema_of(EvaluationFields)["properties"]}),
    }


def writing() -> Schema:
    """Return the schema of `gan.write.to_json`. Positions are in pixels of the PNG, from its top-left corner."""
    pair: Schema = {"type": "array", "prefixItems": [WHOLE, whole_from(1, VARIANTS)], "items": False, "minItems": 2}
    request = {"number": TEXT} | {name: replace(WRITING[name], default=None).schema() for name in SETTINGS}
    page = {"width": WHOLE, "height": WHOLE, "baseline": NUMBER, "baselines": array_of(NUMBER)}
    return object_of(request | {"choices": array_of(pair)} | page | {"glyphs": array_of(reference("Glyph"))})


def glyph() -> Schema:
    """Return the schema of a character: its box (null for a space), SVG paths of its strokes, and a digit's source."""
    box = object_of({"x": NUMBER, "y": NUMBER, "width": NUMBER, "height": NUMBER})
    stroke = object_of({"path": TEXT, "pressure": array_of(NUMBER)})
    always = {"character": TEXT, "position": WHOLE, "line": WHOLE, "learned": YES, "box": or_null(box)}
    always |= {"mark": NUMBER, "strokes": array_of(stroke)}
    learned = {"digit": DIGIT.schema(), "candidate": WHOLE, "broken_rules": array_of(TEXT), "latent": array_of(NUMBER)}
    return object_of(always | learned, required=list(always))


def run_summary() -> Schema:
    """Return the schema of a run's summary; a broken run has a different one."""
    always = {"id": TEXT, "live": YES, "recorded": YES}
    config = {"digit": or_null(DIGIT.schema()), "labels": YES, "seed": WHOLE, "freeze": YES, "loss": TEXT}
    config |= {"network": TEXT, "generator_updates": WHOLE, "batch": WHOLE, "metrics_every": WHOLE}
    config |= {"channels": array_of(WHOLE), "freeze_switches": array_of(WHOLE)}
    config |= {"gamma": NUMBER, "learning_rate": NUMBER, "label": or_null(TEXT)}
    config |= {"names": {"type": "array", "items": TEXT}}
    config |= {"unusual": {"type": "object", "additionalProperties": {"type": ["number", "string"]}}}
    whole = object_of(always | config | {"iteration": WHOLE, "pictures": WHOLE})
    return {"anyOf": [whole, object_of(always | {"error": TEXT})]}
