"""Keep the bundled generators in memory, for all requests. Loading one takes ten times as long as drawing with it."""

from functools import lru_cache

from gan.cli.label_names import DIGITS
from gan.drawings.load_and_draw import load_pretrained

bundled = lru_cache(maxsize=DIGITS + 1)(load_pretrained)  # all eleven take 17 MB
