"""A user who can write neither into the package nor into a home learns how to choose a
folder for kernels.
"""

from unittest.mock import Mock

import pytest

from nnet.fast.kernels import cache_folder


def test_a_missing_folder_for_kernels_is_refused_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        cache_folder, "njit", Mock(side_effect=RuntimeError("no locator available"))
    )
    with pytest.raises(SystemExit) as caught:
        cache_folder.require_cache_folder(lambda: None)
    assert caught.value.code == 2
    assert (
        "set NUMBA_CACHE_DIR to a folder that you can write to"
        in capsys.readouterr().err
    )
