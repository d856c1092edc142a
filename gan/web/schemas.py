"""Define the JSON schemas of responses and messages, by their names in /api/openapi.json.

Messages over a WebSocket are TypedDicts (gan/runs/messages.py), which mypy checks. `schema_of` turns them into JSON
schemas (draft 2020-12, as in OpenAPI 3.1), so the schemas cannot drift from the types. All other schemas are written
by hand here, and the tests compare them with real responses.
"""

from dataclasses import replace
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from gan.cli.labels import DIGITS
from gan.cli.parameter import DIGIT
from gan.runs.messages import ClientMessage, EvaluationFields, Part, Scale, Snapshot, State
from gan.web.routes.real_or_drawn import Opponent
from gan.web.services.pair import RecordedPair
from gan.web.services.real_or_drawn import SIDES
from gan.web.services.turns import Turns
from gan.write.glyphs.own_handwriting import FARTHEST, MOST_STROKES, PAD, VERSION
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
    """Return the schema of an array."""
    return {"type": "array", "items": items}


def number_from(low: float, high: float) -> Schema:
    """Return the schema of a number in a range, which is an integer if the bounds are integers."""
    return {"type": "integer" if isinstance(low, int) else "number", "minimum": low, "maximum": high}


def choice_of(words: tuple[str, ...]) -> Schema:
    """Return the schema of a string that is one of `words`."""
    return {"type": "string", "enum": list(words)}


def or_null(schema: Schema) -> Schema:
    """Return a schema that also allows null."""
    return {"anyOf": [schema, {"type": "null"}]}


def reference(name: str) -> Schema:
    """Return a reference to a schema in the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}


# The schemas

TEXT: Schema = {"type": "string"}
YES: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
PREPARING = object_of(dict.fromkeys(get_args(Part), array_of(WHOLE)), [])  # [compiled, all] kernels of a part
PNG: Schema = {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}


def schemas() -> dict[str, Schema]:
    """Return all schemas by name."""
    return {
        "Error": object_of({"error": TEXT, "field": or_null(TEXT)}),
        "Health": object_of(
            {"status": {"const": "ok"}, "ready": YES, "preparing": PREPARING, "training": schema_of(State)}
        ),
        "Writing": writing(),
        "Glyph": glyph(),
        "Pads": pads(),
        "FoundHandwriting": found_handwriting(),
        "RunSummary": run_summary(),
        "Snapshot": schema_of(Snapshot),
        "Told": schema_of(ClientMessage),
        "Remarks": remarks(),
        "KeptDrawing": saved_drawing(),
        "RecordedPair": schema_of(RecordedPair),
        "Opponent": schema_of(Opponent),
        "Round": guess_round(),
        "Truth": object_of({"pair": WHOLE, "person": choice_of(SIDES), "judge": or_null(choice_of(SIDES))}),
        "Turns": schema_of(Turns),
        "Slopes": object_of({"layer": TEXT, "seed": WHOLE, "rows": schema_of(list[list[str]]), "verdict": TEXT}),
    }


def guess_round() -> Schema:
    """Return the schema of a round of "Real or drawn?", which has `pixels` if they were requested."""
    two = dict.fromkeys(SIDES, PNG)
    always = {"digit": DIGIT.schema(), **two}
    return object_of(
        {"round": TEXT, "pairs": array_of(object_of(always | {"pixels": object_of(two)}, required=list(always)))}
    )


def writing() -> Schema:
    """Return the schema of `gan.write.to_json`. Positions are in pixels of the PNG, from its top-left corner."""
    pair: Schema = {"type": "array", "prefixItems": [WHOLE, number_from(1, VARIANTS)], "items": False, "minItems": 2}
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


def pads() -> Schema:
    """Return the schema of hand-drawn digits, whose strokes are lists x, y, x, y ... on a square of PAD units."""
    stroke: Schema = array_of(number_from(0, PAD - 1)) | {"minItems": 2}
    strokes: Schema = array_of(stroke) | {"minItems": 1, "maxItems": MOST_STROKES}
    digits = {str(digit): strokes for digit in range(DIGITS)}
    return object_of(digits, required=[]) | {"minProperties": 1}


def found_handwriting() -> Schema:
    """Return the schema of a found handwriting, with a picture of ten digits for each of the `frames` steps."""
    vector = array_of(number_from(-FARTHEST, FARTHEST))
    own = object_of({str(digit): vector for digit in range(DIGITS)}, required=[])
    message = {
        "handwriting": {"const": VERSION},
        "network": TEXT,
        "together": vector,
        "own": own,
        "drawings": reference("Pads"),
    }
    return object_of({"handwriting": object_of(message), "frames": WHOLE, "png": PNG})


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


def remarks() -> Schema:
    """Return the schema of a picture's evaluation."""
    message = schema_of(EvaluationFields)
    return object_of({"iteration": WHOLE, **message["properties"]})


def saved_drawing() -> Schema:
    """Return the schema of a drawing and its nearest real digit."""
    whose = {"iteration": WHOLE, "drawing": WHOLE, "asked": or_null(WHOLE)}
    read = {"digit": or_null(WHOLE), "confidence": or_null(NUMBER), "sure": NUMBER}
    near = {"near": YES, "real_digit": WHOLE, "names": {"type": "array", "items": TEXT}}
    always = {*whose, *read, *near, "png"}
    png = object_of({"drawing": PNG, "real": PNG, "maps": PNG}, required=["drawing", "real"])
    judged = {"scale": schema_of(Scale), "prefers_real": WHOLE, "of": WHOLE, "sheets": WHOLE}
    return object_of(whose | read | near | {"png": png} | judged, required=sorted(always))
