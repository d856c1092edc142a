"""Select the drawing to write for every digit, and cache it.

For every digit the generator draws a few candidates at a time. They are tried in order,
beginning with the one closest to the handwriting's slant and weight, and the first good
one is used. A good candidate breaks no rule for drawings or strokes
(check_drawings.py), and the bundled classifier recognizes its digit. If none of the
CANDIDATES is good, the one with the fewest faults is used.

In one handwriting, the first 3 is the same drawing in every text, and so is the second
3. So drawings can be cached.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from itertools import compress
from pathlib import Path

import numpy as np

from gan.base.errors import InputError
from gan.drawings.classifier import classify, load_classifier
from gan.drawings.recognition import SURE
from gan.write.glyphs.check_drawings import (
    FELT,
    USUAL_LEAN,
    as_picture,
    broken_rules,
    faults,
    inked,
    oddness,
)
from gan.write.glyphs.drawing_sources import Latents, Source, modified_ns, source_of
from gan.write.glyphs.own_handwriting import Mine
from gan.write.strokes_and_pages import Form, Strokes, along, leaning
from gan.write.vectorize import redraw
from gan.write.vectorize.measure_ink import Picture, lean
from gan.write.vectorize.smooth import STEP

AT_ONCE = 3  # number of candidates drawn at a time; usually one of them is good
# maximum number of candidates compared if none is good; limits the work for an
# untrained network
LEAST_BAD = 6
COPIES = 24  # number of drawings of a digit before they repeat; limits memory and work
# maximum number of cached handwritings, enough for a school class; 0.1 MB each if the
# texts are short
HANDWRITINGS = 64
# y of the lowest point of a digit's centreline, and its height, in units
FOOT = -1.0
TALL = 18.0
LARGEST = 1.35  # maximum enlargement of a drawing, so that a flat 2 stays flat

Candidate = tuple[int, Picture]  # index and drawing
Key = tuple[int, int]  # digit, and copy: its number of earlier occurrences in the text


@dataclass
class _Search:
    """The state of the search for one `Form`."""

    key: Key
    latents: Latents  # (CANDIDATES, latent)
    drawn: int = 0  # number of candidates drawn so far
    # candidates not tried yet; the last one is tried next
    waiting: list[Candidate] = field(default_factory=list)
    refused: list[Candidate] = field(default_factory=list)

    def is_over(self) -> bool:
        return self.drawn == len(self.latents) and not self.waiting


class Handwriting:
    """The digits of one handwriting: a `Form` for each digit and copy.

    A `Form` is found when it is first requested, and then cached. `source` generates
    the candidates, and knows the slant, weight and wobble. This class is thread-safe.
    """

    def __init__(self, source: Source, seed: int) -> None:
        self.source = source
        self._seed = seed
        self._known: dict[Key, tuple[Form, Picture]] = {}
        self._lock = threading.Lock()

    @property
    def _mark(self) -> float:
        """Width of a felt tip's line at pressure 1 in this handwriting, in units."""
        return FELT.mark(self.source.weight)

    def form(self, digit: int, copy: int) -> Form:
        return self.forms([(digit, copy)])[0]

    def forms(self, requested: Sequence[Key]) -> list[Form]:
        """Return the `Form` for each (digit, copy).

        After COPIES copies, the forms of a digit repeat. Raise InputError if all
        candidates for a key are blank.
        """
        keys = [(digit, copy % COPIES) for digit, copy in requested]
        with self._lock:
            self._find(keys)
            return [self._known[key][0] for key in keys]

    def _find(self, keys: Sequence[Key]) -> None:
        """Find the forms of `keys` that are not known yet.

        A key is a digit and the number of its copy. A form must not repeat those of
        earlier copies of its digit, so these are found, too. The caller must hold the
        lock.
        """
        needed = {before for key in keys for before in _before(key)} | set(keys)
        searches = []
        for key in sorted(needed - self._known.keys()):
            rng = np.random.default_rng([self._seed, *key])
            searches.append(_Search(key, self.source.latents(key[0], rng)))
        while searches:
            if empty := [search for search in searches if not search.waiting]:
                self._draw(empty)
            # A form must not repeat an earlier copy of its digit, so earlier copies
            # come first.
            ready = [
                search
                for search in searches
                if self._known.keys() >= set(_before(search.key))
            ]
            self._try_next(ready)
            for search in ready:
                if search.key not in self._known and search.is_over():
                    self._known[search.key] = self._least_bad(search)
            searches = [search for search in searches if search.key not in self._known]

    def _try_next(self, searches: Sequence[_Search]) -> None:
        """Try the next candidate that breaks no rule in each search.

        Use it if the classifier recognizes it, and refuse it otherwise.
        """
        tried = []
        for search in searches:
            if first := self._first_formed(search):
                tried.append((search, *first))
        recognized = _recognized([form for _, form, _ in tried], self._mark)
        for (search, form, picture), good in zip(tried, recognized, strict=True):
            if good:
                self._known[search.key] = form, picture
            else:
                search.refused.append((form.candidate, picture))

    def _draw(self, searches: Sequence[_Search]) -> None:
        latents = [one.latents[one.drawn : one.drawn + AT_ONCE] for one in searches]
        drawn = self.source.draw([one.key[0] for one in searches], latents)
        slant = self.source.slant
        weight = self.source.weight
        for search, pictures in zip(searches, drawn, strict=True):
            digit = search.key[0]
            odd = [oddness(picture, digit, slant, weight) for picture in pictures]
            order = np.argsort(-np.array(odd), kind="stable").tolist()
            search.waiting = [(search.drawn + i, pictures[i]) for i in order]
            search.drawn += len(pictures)

    def _first_formed(self, search: _Search) -> tuple[Form, Picture] | None:
        """Return the next waiting candidate that breaks no rule, or None.

        Candidates before it are refused.
        """
        while search.waiting:
            candidate = search.waiting.pop()
            if not self._rules(search.key, candidate[1]):
                form = self._form(search, candidate)
                if not form.broken:
                    return form, candidate[1]
            search.refused.append(candidate)
        return None

    def _rules(self, key: Key, picture: Picture) -> tuple[str, ...]:
        return broken_rules(
            picture, key[0], [self._known[before][1] for before in _before(key)]
        )

    def _form(
        self, search: _Search, candidate: Candidate, broken: tuple[str, ...] = ()
    ) -> Form:
        """Convert a candidate's drawing to strokes, and place them.

        The `Form` names the rules that its strokes break, after those in `broken`,
        which its drawing breaks.
        """
        number, picture = candidate
        digit = search.key[0]
        drawn = redraw(picture, digit)
        broken += faults(drawn, digit, self._mark)
        strokes = placed(drawn.strokes, USUAL_LEAN[digit] - lean(picture))
        return Form(digit, strokes, number, broken, search.latents[number])

    def _least_bad(self, search: _Search) -> tuple[Form, Picture]:
        """Return the refused candidate with the fewest faults.

        Only the LEAST_BAD drawings that break the fewest rules are compared. If the
        classifier recognizes any of them, one of these is used. Raise InputError if no
        candidate gives strokes.
        """
        drawn = [
            (self._rules(search.key, candidate[1]), candidate)
            for candidate in search.refused
        ]
        drawn = [one for one in drawn if "blank" not in one[0]]
        drawn.sort(key=lambda one: (len(one[0]), one[1][0]))
        forms = []
        for broken, candidate in drawn[:LEAST_BAD]:
            form = self._form(search, candidate, broken)
            if form.strokes:
                forms.append((form, candidate[1]))
        if not forms:
            digit = search.key[0]
            n = len(search.latents)
            raise InputError(
                f"model: expected digits, received {n} blank pictures of a {digit}; "
                "train it",
                "model",
            )
        recognized = _recognized([form for form, _ in forms], self._mark)
        if True in recognized:
            forms = list(compress(forms, recognized))
        form, picture = min(forms, key=lambda one: len(one[0].broken))
        if True not in recognized:
            form = replace(form, broken=(*form.broken, "read"))
        return form, picture


def _before(key: Key) -> list[Key]:
    """Return the keys of all earlier copies of the digit."""
    digit, copy = key
    return [(digit, earlier) for earlier in range(copy)]


def placed(strokes: Strokes, shear: float) -> Strokes:
    """Lean strokes by an additional `shear`, then scale and move them as in `Form`.

    `shear` is in units to the right per unit of height.
    """
    if not strokes:
        return ()
    points = along(strokes, STEP)[0] @ leaning(shear).T
    left, head = points.min(axis=0).tolist()
    foot = float(points[:, 1].max())
    scale = min(LARGEST, TALL / max(foot - head, 1e-9))
    bend = leaning(shear, scale)
    return tuple(
        stroke.transformed(bend).moved(-left * scale, FOOT - foot * scale)
        for stroke in strokes
    )


# Winograd convolution takes less than half the time for batches.
_classifier = cache(partial(load_classifier, convolution="winograd"))


def _recognized(forms: Sequence[Form], mark: float) -> list[bool]:
    """Return whether the bundled classifier recognizes the digit of each form.

    The forms are inked by a felt tip, whose line is `mark` units wide at pressure 1.
    """
    if not forms:
        return []
    digits, sure = classify(
        _classifier(),
        np.stack([as_picture(inked(form.strokes, mark)) for form in forms]),
    )
    return [
        bool(d == form.digit and s >= SURE)
        for form, d, s in zip(forms, digits, sure, strict=True)
    ]


def handwriting_of(
    seed: int, model: Path | None = None, mine: Mine | None = None
) -> Handwriting:
    """Return the handwriting for the arguments of `source_of`, from a cache.

    If the model's file has changed, its handwriting is created again. Raise InputError
    as `source_of` does.
    """
    return _cached(seed, model, mine, modified_ns(model) if model else 0)


@lru_cache(maxsize=HANDWRITINGS)
def _cached(
    seed: int, model: Path | None, mine: Mine | None, written: int
) -> Handwriting:
    return Handwriting(source_of(seed, model, mine), seed)
