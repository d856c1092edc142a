"""Which of the generator's drawings is written, and remembering it.

For every digit of a text candidates are drawn, as a person might on scrap paper, and the first good one is taken: of a
few at a time the least odd first (choose.py), and good is what breaks no rule of the drawing (choose.py), none of its
strokes (formed.py), and is read as the digit by the classifier that ships. Where none of CANDIDATES is good, the one
with the fewest faults is.

The first 3 of a text is the same drawing in each text of a handwriting, so it is remembered; likewise the second.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from gan.classifier.network import classify, load_classifier
from gan.classifier.reading import SURE
from gan.errors import InputError
from gan.write.glyphs.drawing_rules import FELT, USUAL_LEAN, as_picture, broken_rules, faults, inked, oddness
from gan.write.glyphs.handwriting import Latents, Source, changed, source_of
from gan.write.glyphs.style_code import Mine
from gan.write.page import Form, Strokes, along, leaning
from gan.write.vectorize.ink import Picture, lean
from gan.write.vectorize.smooth import STEP
from gan.write.vectorize.vectorize import redraw
from nnet.sequential import Sequential

AT_ONCE = 3  # candidates drawn at a time: mostly one of them is good
LEAST_BAD = 6  # drawings that are looked at where none is good: bounds work for a network of noise
COPIES = 24  # different 3s of a handwriting; the next is the first again: bounds memory, and work on long texts
HANDWRITINGS = 64  # remembered: of a class of pupils each has one; 0.1 MB each where numbers are short
FOOT, TALL = -1.0, 18.0  # units: where the middle line of a digit ends, and how high it is
LARGEST = 1.35  # small drawings grow at most this much, so that a flat 2 stays a flat 2

Candidate = tuple[int, Picture]  # its number, and what was drawn
Key = tuple[int, int, int]  # digit; how often it stood in the text before; variant, 0 what is written unasked


@dataclass
class _Search:
    """A form that is looked for, and what is left to try."""

    key: Key
    latents: Latents  # (CANDIDATES, latent)
    drawn: int = 0  # of these
    waiting: list[Candidate] = field(default_factory=list)  # not yet tried, the oddest first
    refused: list[Candidate] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether every candidate was tried."""
        return self.drawn == len(self.latents) and not self.waiting


class Handwriting:
    """The forms that one writer gives to digits. Several threads may ask at once."""

    def __init__(self, source: Source, seed: int) -> None:
        self._source, self._seed = source, seed
        self._known: dict[Key, tuple[Form, Picture]] = {}
        self._lock = threading.Lock()

    @property
    def slant(self) -> float:
        """Units to the right for each upwards, beyond what is usual for a digit."""
        return self._source.slant

    @property
    def weight(self) -> float:
        """Times the usual stroke."""
        return self._source.weight

    @property
    def wobble(self) -> float:
        """Units: how far its lines stray from smooth ones."""
        return self._source.wobble

    @property
    def _mark(self) -> float:
        """Units: how wide the felt tip's mark is in this handwriting."""
        return FELT.mark(self.weight)

    def form(self, digit: int, copy: int, variant: int = 0) -> Form:
        """One form; see `forms`."""
        return self.forms([(digit, copy, variant)])[0]

    def forms(self, wanted: Sequence[Key]) -> list[Form]:
        """Forms of digits, each by digit, how often that digit stood in the text before, and variant.

        Raises
        ------
        InputError : the generator draws nothing.
        """
        keys = [(digit, copy % COPIES, variant) for digit, copy, variant in wanted]
        with self._lock:
            self._find(keys)
            return [self._known[key][0] for key in keys]

    def _find(self, keys: Sequence[Key]) -> None:
        """Find all forms that are not known yet, and those before them, which they must not repeat."""
        needed = {before for key in keys for before in _before(key)} | set(keys)
        searches = [self._search(key) for key in sorted(needed - self._known.keys())]
        while searches:
            if dry := [search for search in searches if not search.waiting]:
                self._draw(dry)
            missing = {search.key for search in searches}
            ready = [search for search in searches if not missing & set(_before(search.key))]
            tried = [(search, *found) for search in ready if (found := self._first_formed(search))]
            read = _read([form for _, form, _ in tried], self._mark)
            for (search, form, picture), good in zip(tried, read, strict=True):
                if good:
                    self._known[search.key] = form, picture
                else:
                    search.refused.append((form.candidate, picture))
            for search in ready:
                if search.over and search.key not in self._known:
                    self._known[search.key] = self._least_bad(search)
            searches = [search for search in searches if search.key not in self._known]

    def _search(self, key: Key) -> _Search:
        return _Search(key, self._source.latents(key[0], np.random.default_rng([self._seed, *key])))

    def _draw(self, searches: Sequence[_Search]) -> None:
        """Draw the next few candidates of each."""
        few = [search.latents[search.drawn : search.drawn + AT_ONCE] for search in searches]
        for search, pictures in zip(searches, self._source.draw([s.key[0] for s in searches], few), strict=True):
            numbered = list(enumerate(pictures, search.drawn))
            odd = {i: oddness(picture, search.key[0], self.slant, self.weight) for i, picture in numbered}
            search.waiting = sorted(numbered, key=lambda candidate: -odd[candidate[0]])
            search.drawn += len(pictures)

    def _first_formed(self, search: _Search) -> tuple[Form, Picture] | None:
        """The first of the candidates that wait to break no rule, if there is one."""
        while search.waiting:
            candidate = search.waiting.pop()
            if not self._rules(search.key, candidate[1]):
                form = self._form(search, candidate)
                if not form.broken:
                    return form, candidate[1]
            search.refused.append(candidate)
        return None

    def _rules(self, key: Key, picture: Picture) -> tuple[str, ...]:
        """The rules that a drawing breaks."""
        return broken_rules(picture, key[0], [self._known[before][1] for before in _before(key)])

    def _form(self, search: _Search, candidate: Candidate, broken: tuple[str, ...] = ()) -> Form:
        """A drawing as strokes that stand, with the rules that it breaks and those that they break."""
        (number, picture), digit = candidate, search.key[0]
        drawn = redraw(picture, digit)
        strokes = standing(drawn.strokes, USUAL_LEAN[digit] - lean(picture)) if drawn.strokes else ()
        return Form(digit, strokes, number, broken + faults(drawn, digit, self._mark), search.latents[number])

    def _least_bad(self, search: _Search) -> tuple[Form, Picture]:
        """Where none is good: of the best few drawings the one that is read with the fewest faults, else of all."""
        drawn = [(self._rules(search.key, picture), (number, picture)) for number, picture in search.refused]
        best = sorted((some for some in drawn if "blank" not in some[0]), key=lambda some: (len(some[0]), some[1][0]))
        forms = [(self._form(search, some, broken), some[1]) for broken, some in best[:LEAST_BAD]]
        forms = [(form, picture) for form, picture in forms if form.strokes]
        if not forms:
            digit, n = search.key[0], len(search.latents)
            raise InputError(f"model: expected digits, received {n} blank pictures of a {digit}; train it", "model")
        read = _read([form for form, _ in forms], self._mark)
        forms = [
            (form if good else replace(form, broken=(*form.broken, "read")), picture)
            for (form, picture), good in zip(forms, read, strict=True)
        ]
        return min(forms, key=lambda form: ("read" in form[0].broken, len(form[0].broken)))


def _before(key: Key) -> list[Key]:
    """The forms that one must not repeat: those of the digit before it in a text, and of a variant those before it."""
    digit, copy, variant = key
    return [(digit, earlier, 0) for earlier in range(copy)] + [(digit, copy, other) for other in range(variant)]


def standing(strokes: Strokes, shear: float) -> Strokes:
    """Strokes with `shear` added to their lean, brought to the height and the place of a digit (see `Form`)."""
    points = along(strokes, STEP)[0] @ leaning(shear).T
    (left, head), foot = points.min(axis=0).tolist(), float(points[:, 1].max())
    scale = min(LARGEST, TALL / max(foot - head, 1e-9))
    bend = leaning(shear, scale)
    return tuple(stroke.bent(bend).moved(-left * scale, FOOT - foot * scale) for stroke in strokes)


def _read(forms: Sequence[Form], mark: float) -> list[bool]:
    """Whether the classifier that ships reads each digit in its form, inked by a felt tip with this mark."""
    if not forms:
        return []
    digits, sure = classify(_classifier(), np.stack([as_picture(inked(form.strokes, mark)) for form in forms]))
    return [bool(d == form.digit and s >= SURE) for form, d, s in zip(forms, digits, sure, strict=True)]


@lru_cache(maxsize=1)
def _classifier() -> Sequential:
    return load_classifier(convolution="winograd")  # all digits of a text at once, in less than half the time


def handwriting_of(networks: str, seed: int, models: tuple[Path, ...] = (), mine: Mine | None = None) -> Handwriting:
    """The handwriting of a request: see `source_of`. The last few are remembered until a file of the models changes.

    Raises
    ------
    InputError : as `source_of`.
    """
    return _remembered(networks, seed, models, mine, tuple(changed(path) for path in models))


@lru_cache(maxsize=HANDWRITINGS)
def _remembered(
    networks: str, seed: int, models: tuple[Path, ...], mine: Mine | None, written: tuple[int, ...]
) -> Handwriting:
    return Handwriting(source_of(networks, seed, models, mine), seed)
