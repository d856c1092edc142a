"""The schemas of JSON responses and messages, by their names in /api/openapi.json.

Responses without a TypedDict are written down here; the tests compare them with real responses.
"""

from gan.config import DIGITS
from gan.runs.messages import ClientMessage, EvaluationFields, Snapshot, State
from gan.web.openapi.operations import Schema, called, chosen, listed, or_null, ranged, record, schema_of
from gan.web.routes.guess import Opponent
from gan.web.services.iteration_steps import Picture, Row, Step
from gan.web.services.pair import RecordedPair
from gan.web.services.real_or_drawn import SIDES
from gan.write.glyphs.style_code import FARTHEST, MOST_STROKES, PAD, VERSION
from gan.write.request import ALIGNS, NETWORKS, PAPERS, PENS, VARIANTS

TEXT: Schema = {"type": "string"}
YES: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
PNG: Schema = {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}


def schemas() -> dict[str, Schema]:
    """Return all schemas by name."""
    return {
        "Error": record({"error": TEXT, "field": or_null(TEXT)}),
        "Health": record({"status": {"const": "ok"}, "training": schema_of(State)}),
        "Writing": writing(),
        "Glyph": glyph(),
        "Pads": pads(),
        "FoundHandwriting": found_handwriting(),
        "RunSummary": run_summary(),
        "Snapshot": schema_of(Snapshot),
        "Told": schema_of(ClientMessage),
        "Remarks": remarks(),
        "KeptDrawing": kept_drawing(),
        "RecordedPair": schema_of(RecordedPair),
        "Opponent": schema_of(Opponent),
        "Round": record({"round": TEXT, "pairs": listed(record({"digit": ranged(0, 9), **dict.fromkeys(SIDES, PNG)}))}),
        "Truth": record({"pair": WHOLE, "person": chosen(SIDES), "judge": or_null(chosen(SIDES))}),
        "OneIteration": record(
            {"seed": WHOLE, "pictures": schema_of(dict[Row, list[Picture]]), "steps": schema_of(list[Step])}
        ),
        "Slopes": record({"layer": TEXT, "seed": WHOLE, "rows": schema_of(list[list[str]]), "verdict": TEXT}),
    }


def writing() -> Schema:
    """Return the schema of `gan.write.to_json`. Positions are pixels of the PNG from its top left corner."""
    pair: Schema = {"type": "array", "prefixItems": [WHOLE, ranged(1, VARIANTS)], "items": False, "minItems": 2}
    asked = {"number": TEXT, "seed": WHOLE, "pen": chosen(list(PENS)), "ink": TEXT, "size": WHOLE}
    asked |= {"slant": NUMBER, "thickness": NUMBER, "human": NUMBER, "align": chosen(ALIGNS), "paper": chosen(PAPERS)}
    asked |= {"networks": chosen(NETWORKS), "choices": listed(pair)}
    found = {"width": WHOLE, "height": WHOLE, "baseline": NUMBER, "baselines": listed(NUMBER)}
    return record(asked | found | {"glyphs": listed(called("Glyph"))})


def glyph() -> Schema:
    """Return the schema of a character: box (null for a space), strokes as SVG paths, and the source of a digit."""
    box = record({"x": NUMBER, "y": NUMBER, "width": NUMBER, "height": NUMBER})
    stroke = record({"path": TEXT, "pressure": listed(NUMBER)})
    always = {"character": TEXT, "position": WHOLE, "line": WHOLE, "learned": YES, "box": or_null(box)}
    always |= {"mark": NUMBER, "strokes": listed(stroke)}
    learned = {"digit": ranged(0, 9), "candidate": WHOLE, "broken_rules": listed(TEXT), "latent": listed(NUMBER)}
    return record(always | learned, required=list(always))


def pads() -> Schema:
    """Return the schema of hand-drawn digits: strokes of x, y, x, y ... on a square of PAD units."""
    stroke: Schema = listed(ranged(0, PAD - 1)) | {"minItems": 2}
    strokes: Schema = listed(stroke) | {"minItems": 1, "maxItems": MOST_STROKES}
    digits = {str(digit): strokes for digit in range(DIGITS)}
    return record(digits, required=[]) | {"minProperties": 1}


def found_handwriting() -> Schema:
    """Return the schema of a found handwriting, with a picture of ten digits for each of `frames` steps."""
    vector = listed(ranged(-FARTHEST, FARTHEST))
    own = record({str(digit): vector for digit in range(DIGITS)}, required=[])
    told = {
        "handwriting": {"const": VERSION},
        "network": TEXT,
        "together": vector,
        "own": own,
        "drawings": called("Pads"),
    }
    return record({"handwriting": record(told), "frames": WHOLE, "png": PNG})


def run_summary() -> Schema:
    """Return the schema of a run's summary, or of a broken run."""
    always = {"id": TEXT, "live": YES, "recorded": YES}
    config = {"digit": or_null(ranged(0, 9)), "labels": YES, "seed": WHOLE, "freeze": YES, "loss": TEXT}
    config |= {"network": TEXT, "generator_updates": WHOLE, "batch": WHOLE, "metrics_every": WHOLE}
    config |= {"gamma": NUMBER, "learning_rate": NUMBER, "label": or_null(TEXT)}
    config |= {"unusual": {"type": "object", "additionalProperties": {"type": ["number", "string"]}}}
    whole = record(always | config | {"iteration": WHOLE, "pictures": WHOLE})
    return {"anyOf": [whole, record(always | {"error": TEXT})]}


def remarks() -> Schema:
    """Return the schema of a picture's evaluation."""
    told = schema_of(EvaluationFields)
    return record({"iteration": WHOLE, **told["properties"]})


def kept_drawing() -> Schema:
    """Return the schema of a drawing and its nearest real digit."""
    whose = {"iteration": WHOLE, "drawing": WHOLE, "asked": or_null(WHOLE)}
    read = {"digit": or_null(WHOLE), "confidence": or_null(NUMBER), "sure": NUMBER}
    near = {"near": YES, "real_digit": WHOLE, "png": record({"drawing": PNG, "real": PNG})}
    return record(whose | read | near)
