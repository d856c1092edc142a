"""The error for bad input: one line, with the field at fault, through a process boundary too."""

import pickle

import pytest

from gan.command import exit_code
from gan.errors import InputError


def test_it_is_a_value_error_with_a_message_and_a_field() -> None:
    error = InputError("expected a digit, received 11", "digits")
    assert isinstance(error, ValueError)
    assert (str(error), error.field) == ("expected a digit, received 11", "digits")
    assert InputError("no field").field is None


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\u2028"])
def test_it_is_one_line_whatever_the_message_quotes(newline: str) -> None:
    assert str(InputError(f"the file a{newline}b is missing")) == "the file a b is missing"


def test_it_survives_pickling_since_workers_send_it_to_their_parent() -> None:
    copy = pickle.loads(pickle.dumps(InputError("wrong", "data")))
    assert (type(copy), str(copy), copy.field) == (InputError, "wrong", "data")


def test_a_command_ends_with_its_code_and_one_line_where_it_was_refused(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(error: Exception) -> None:
        raise error

    assert exit_code("tool", lambda: 7) == 0
    assert capsys.readouterr().err == ""
    for error in (InputError("expected 1"), OSError("expected 1")):
        assert exit_code("tool", lambda error=error: refuse(error)) == 2  # type: ignore[misc]
        assert capsys.readouterr().err == "tool: expected 1\n"
    with pytest.raises(KeyError):
        exit_code("tool", lambda: refuse(KeyError("ours")))
