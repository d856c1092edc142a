"""Your own images: folders and arrays, labels, ink, and every refusal."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from gan import data
from gan.base.errors import InputError
from gan.cli.command_line import parse_digit
from gan.data import own_images
from gan.rules.config_for_data import check_data, preset_for
from gan.rules.run_config import Config, preset
from tests.helpers.digits import make_pipe
from tests.helpers.letters import drawings_file, folder_of_letters, letter


def assert_refused(path: Path, message: str) -> None:
    with pytest.raises(InputError, match=message):
        data.load(path)


def test_subfolders_are_labels_in_the_order_of_their_names(tmp_path: Path) -> None:
    folder = folder_of_letters(tmp_path / "letters", each=4)
    for hidden in (".DS_Store", "Thumbs.db"):
        (folder / hidden).write_bytes(b"x")
    (folder / "A" / ".thumbs").write_bytes(b"x")
    (folder / ".cache").mkdir()
    dataset = data.load(folder)
    assert dataset.names == ("A", "B", "C")
    assert dataset.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert dataset.name == f"12 images of {tmp_path / 'letters'}"
    assert dataset.images.shape == (12, 28, 28)
    assert dataset.images.dtype == np.dtype(np.uint8)
    assert "A 4, B 4, C 4. The networks may copy them: compare" in dataset.notes[0]
    assert (dataset.images[:, 0] == 0).all(), "the border is paper"
    assert dataset.images.max() == 255
    assert dataset.is_memorized
    assert dataset.is_few


def test_folders_of_ten_digits_are_the_digits(tmp_path: Path) -> None:
    for digit in range(10):
        (tmp_path / str(digit)).mkdir()
        letter(digit).save(tmp_path / str(digit) / "1.png")
    dataset = data.load(tmp_path)
    assert dataset.names == ()
    assert dataset.labels.tolist() == list(range(10))
    dataset = data.load(tmp_path / "3")
    assert dataset.names == ("3",)
    assert dataset.labels.tolist() == [0]


def test_every_picture_has_paper_of_its_own(tmp_path: Path) -> None:
    letter(0).save(tmp_path / "1.png")
    ImageOps.invert(letter(0)).convert("P").save(tmp_path / "2.gif")
    clear = Image.new("LA", (60, 60), (255, 0))
    clear.putalpha(ImageOps.invert(letter(0)))
    clear.save(tmp_path / "3.png")
    first, *others = data.load(tmp_path).images
    assert first.max() == 255
    for other in others:
        # halves are rounded up, not away from paper
        np.testing.assert_allclose(other.astype(int), first, atol=1)


def test_photos_are_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by half a circle
    letter(0).save(tmp_path / "photo.png", exif=exif)
    letter(0).rotate(180).save(tmp_path / "upright.png")
    photo, upright = data.load(tmp_path).images
    np.testing.assert_array_equal(photo, upright)


def test_blank_pictures_are_counted_and_named(tmp_path: Path) -> None:
    folder = folder_of_letters(tmp_path / "letters", each=2)
    Image.new("L", (40, 40), 255).save(folder / "A" / "white.jpg")
    Image.new("L", (40, 40), 0).save(folder / "B" / "black.png")
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save(folder / "C" / "clear.png")
    expected = (
        "expected pictures with ink, found 3 blank of 9, "
        "the first is .*white.jpg; remove them"
    )
    assert_refused(folder, expected)
    np.save(
        tmp_path / "a.npy",
        np.stack([np.eye(28), np.zeros((28, 28))]).astype(np.uint8) * 255,
    )
    assert_refused(tmp_path / "a.npy", "found 1 blank of 2, the first is image 1")
    images = np.zeros((3, 28, 28), np.uint8)
    images[1] = np.eye(28) * 255
    np.savez(tmp_path / "ink.npz", images=images, ink=True)
    assert_refused(tmp_path / "ink.npz", "found 2 blank of 3, the first is image 0")


def test_saved_images_keep_their_ink(tmp_path: Path) -> None:
    """Ink at the sides would look like a light border, once it is padded with paper."""
    wide = np.zeros((1, 14, 28), np.uint8)
    wide[:, :, :5] = wide[:, :, -5:] = 255
    wide[:, :2] = wide[:, -2:] = 0
    np.save(tmp_path / "wide.npy", 255 - wide)
    images = own_images.read(tmp_path / "wide.npy")
    own_images.save(images, tmp_path / "data.npz")
    again = own_images.read(tmp_path / "data.npz")
    np.testing.assert_array_equal(again.images, images.images)
    assert again.names == ("wide",)


def test_arrays_are_read_with_and_without_labels(tmp_path: Path) -> None:
    images = np.stack([np.asarray(letter(index % 3)) for index in range(6)])
    np.savez(
        tmp_path / "letters.npz", images=images, labels=np.array(["x", "y", "z"] * 2)
    )
    dataset = data.load(tmp_path / "letters.npz")
    assert dataset.names == ("x", "y", "z")
    assert dataset.labels.tolist() == [0, 1, 2] * 2
    np.savez(tmp_path / "numbers.npz", images=images, labels=np.array([10, 9, 8] * 2))
    assert data.load(tmp_path / "numbers.npz").names == ("8", "9", "10")
    np.save(tmp_path / "colour.npy", np.repeat(images[..., None], 3, 3))
    colour = data.load(str(tmp_path / "colour.npy"))
    assert colour.names == ("colour",)
    np.testing.assert_array_equal(colour.images, dataset.images)


def test_labels_may_be_joined_emoji_and_have_one_form(tmp_path: Path) -> None:
    family = "\U0001f469\u200d\U0001f467"
    newer_than_python = "\U0001fae8"
    labels = ["\u00e9", "e\u0301", family, newer_than_python] * 3
    (tmp_path / "a.npz").write_bytes(drawings_file(labels=np.array(labels)))
    dataset = data.load(tmp_path / "a.npz")
    assert dataset.names == ("\u00e9", family, newer_than_python)
    assert dataset.labels.tolist() == [0, 0, 1, 2] * 3
    assert parse_digit("e\u0301", "--digits", dataset.names) == 0
    config = preset_for(dataset, None)
    assert Config.from_json(config.to_json(), "text") == config


@pytest.mark.parametrize("label", ["\u200dA", "\u202eA", "A\n", "\u00a0", "\ufeffA"])
def test_hidden_characters_are_no_label(tmp_path: Path, label: str) -> None:
    (tmp_path / "a.npz").write_bytes(drawings_file(labels=np.array([label] * 12)))
    assert_refused(tmp_path / "a.npz", "expected a label of 1 to 40 visible")


def huge_png() -> bytes:
    """Return a file of a few kilobytes with 25,010,000 pixels."""
    file = io.BytesIO()
    Image.new("1", (10_000, 2_501)).save(file, "PNG")
    return file.getvalue()


def torn_png() -> bytes:
    file = io.BytesIO()
    letter(0).save(file, "PNG")
    return file.getvalue()[:-30]


NO_PICTURES = [
    ("A/torn.png", torn_png(), "torn.png: the picture is damaged; copy it again"),
    ("A/notes.txt", b"hello", r"notes.txt: expected a picture .*remove it"),
    (
        "A/drawing.eps",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "drawing.eps: expected a picture",
    ),
    (
        "A/huge.png",
        huge_png(),
        r"huge.png: expected at most 25,000,000 pixels, found 10,000 x 2,501; make it",
    ),
    (
        "A/more/1.png",
        b"",
        r"more: expected a picture, found a folder; move its pictures into .*A",
    ),
    ("A/pipe.png", None, "pipe.png cannot be read: it is not a regular file"),
    (
        "1.png",
        b"",
        r"expected either subfolders or pictures, found both \(1.png and A\); move",
    ),
]


@pytest.mark.parametrize(("file", "content", "message"), NO_PICTURES)
def test_a_file_that_is_no_picture_is_named(
    tmp_path: Path, file: str, content: bytes | None, message: str
) -> None:
    folder_of_letters(tmp_path, each=1)
    (tmp_path / file).parent.mkdir(exist_ok=True)
    if content is None:
        make_pipe(tmp_path / file)
    else:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        data.load(tmp_path)
    assert caught.value.field == "data"


def test_empty_folders_and_wrong_labels_are_refused(tmp_path: Path) -> None:
    (tmp_path / "A").mkdir()
    assert_refused(
        tmp_path, "A: expected pictures, found none; add some, or remove the folder"
    )
    for name in "BCDEFGHIJK":
        (tmp_path / name).mkdir()
    message = (
        "names: expected at most 10 different labels, received 11: A, B, C.*; leave"
    )
    assert_refused(tmp_path, message)
    (tmp_path / "words" / "any").mkdir(parents=True)
    assert_refused(
        tmp_path / "words",
        r"names: expected a label of .* other than 'any', received 'any'",
    )


def test_large_arrays_and_missing_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "a.npz", images=np.zeros((100, 28, 28), np.uint8))
    monkeypatch.setattr(own_images, "MAX_BYTES", 10_000)
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npz").read_bytes())
    for name in ("a.npz", "a.npy"):
        assert_refused(tmp_path / name, r"it holds 7\d,\d+ bytes, more than 10,000")
    assert_refused(tmp_path / "nowhere.npy", "nowhere.npy cannot be read: No such file")
    folder_of_letters(tmp_path / "letters", each=2)
    monkeypatch.setattr(own_images, "MAX_IMAGES", 5)
    assert_refused(
        tmp_path / "letters", "expected at most 5 images, found more; leave some out"
    )


# Few images


def write_bars(path: Path, count: int, kinds: int, ink: Any = True) -> Path:
    """Write images of a bar, whose labels take turns, and return the path."""
    labels = np.arange(count) % kinds
    path.write_bytes(drawings_file(count=count, labels=labels, ink=ink))
    return path


@pytest.mark.parametrize("kinds", [1, 3, 10])
def test_rules_for_few_images_count_them_per_label(tmp_path: Path, kinds: int) -> None:
    for count in {kinds, 99 * kinds, 100 * kinds, 101 * kinds}:
        images = data.load(write_bars(tmp_path / "a.npz", count, kinds))
        assert len(images.images) == count
        assert images.is_memorized == (count < 100 * kinds)
        assert ("may copy" in images.notes[0]) == images.is_memorized
        quick = preset_for(images, None, loss="classic", network="quick")
        assert preset_for(images, None).bend == quick.bend == (count <= 100 * kinds)
        assert not preset_for(images, None, bend=False).bend
        assert preset_for(images, 0).bend, "up to 1,000, as digits of MNIST are"


def test_few_images_of_mnists_format_are_not_distorted_together() -> None:
    few = replace(data.head(data.load(), 50), path="mnist")
    assert not preset_for(few, None).bend
    assert preset_for(few, 3).bend


@pytest.mark.parametrize(
    "mark",
    ["yes", 1, [True], np.zeros(1 << 20, np.uint8), np.zeros((), [("x" * 50, "u1")])],
)
def test_a_mark_is_true_or_false(tmp_path: Path, mark: Any) -> None:
    with pytest.raises(
        InputError, match="expected ink to be True or False, received array"
    ) as caught:
        data.load(write_bars(tmp_path / "a.npz", 2, 1, mark))
    assert len(str(caught.value).removeprefix(str(tmp_path))) < 150


# The settings of a run


def test_a_config_keeps_the_names_of_its_labels(tmp_path: Path) -> None:
    dataset = data.load(folder_of_letters(tmp_path, each=4))
    config = preset_for(dataset, None)
    assert config.names == ("A", "B", "C")
    assert config.batch == 12
    assert config.labels is True
    assert config.inputs == preset(None).inputs
    assert config.outputs == preset(None).outputs
    assert Config.from_json(config.to_json(), "here") == config
    assert config.name == "all-labels"
    assert preset_for(dataset, 1).name == "label-B"
    assert Config(digit=1, names=("a b", "é")).name == "label-1", (
        "a name that cannot be a folder's"
    )
    assert preset_for(dataset, None, batch=5).batch == 5
    assert preset_for(data.load(), 3) == preset(3)
    assert preset_for(dataset, None, network="quick").images is None
    assert preset_for(data.load(), None, network="quick").images == data.HEAD


@pytest.mark.parametrize(
    "names",
    [
        ("A", "A"),
        tuple("abcdefghijk"),
        ("",),
        (" a",),
        ("a\n",),
        ("any",),
        ("x" * 41,),
        ("y" * (1 << 20),),
    ],
)
def test_unusable_names_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="names: expected ") as caught:
        Config(names=names)
    assert caught.value.field == "names"
    assert len(str(caught.value)) < 200


def test_data_with_other_labels_is_refused(tmp_path: Path) -> None:
    letters = data.load(folder_of_letters(tmp_path, each=4))
    with pytest.raises(
        InputError,
        match="expected images of the digits 0 to 9, found A, B, C; pass the --data",
    ):
        check_data(preset(3), letters)
    with pytest.raises(
        InputError, match="MNIST: expected images of A, B, C, found the digits 0 to 9"
    ):
        check_data(preset_for(letters, None), data.load())


def test_the_hash_depends_on_images_labels_and_names(tmp_path: Path) -> None:
    dataset = data.load(folder_of_letters(tmp_path, each=2))
    other = data.Dataset(dataset.images[::-1], dataset.labels, "", dataset.names)
    named = data.Dataset(dataset.images, dataset.labels, "", ("X", "Y", "Z"))
    turned = data.Dataset(dataset.images, dataset.labels[::-1], "", dataset.names)
    assert len({one.sha256 for one in (dataset, other, named, turned)}) == 4
    assert data.load(tmp_path).sha256 == dataset.sha256
