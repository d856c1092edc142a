"""What gan/pretrained/README.md says about loading the models elsewhere. Skipped where PyTorch is not installed."""

import re
from pathlib import Path

import numpy as np
import pytest

from gan.saved_networks import load_pretrained

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "gan" / "pretrained" / "README.md"


def test_the_lines_for_pytorch_draw_what_we_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: the lines for it were not checked")
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)  # the page's own lines
    latents, drawn = (names[name].numpy() for name in ("latents", "x"))  # type: ignore[attr-defined]
    ours, _ = load_pretrained(3)[0].forward(latents)
    np.testing.assert_allclose(drawn[:, 0], ours[..., 0], rtol=0, atol=1e-5)
