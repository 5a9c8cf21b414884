"""A ticket's number is found as people type it, with the keyboard that they have."""

import pytest

from tickets.numbers import find_numbers

NUMBER = "261202-000020"


@pytest.mark.parametrize("text", [
    "261202-000020", "261202000020", "261202 000020", "261202——000020", "261202 - 000020", "261202－000020", "261202_000020",
    "２６１２０２－０００020", "261202—000020", "单号是261202——000020，到哪了"])
def test_a_number_is_found_however_it_is_typed(text):
    assert find_numbers(text) == [NUMBER]


@pytest.mark.parametrize("text", ["261202——000021", "261202-----000020", "1261202-000020", "261202-0000203", "261202，000020"])
def test_what_is_no_number_of_ours_is_none(text):
    assert find_numbers(text) == []
