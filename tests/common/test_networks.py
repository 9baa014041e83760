"""Addresses and networks as people write them and as machines show them."""

import pytest

from common.networks import normalised, parsed, within


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203.0.113.9", "203.0.113.9/32"),
        (" 203.0.113.9/24 ", "203.0.113.0/24"),
        ("2001:DB8::1/48", "2001:db8::/48"),
        ("::ffff:203.0.113.9", "203.0.113.9/32"),
        ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_networks_are_written_in_one_way(written, meant):
    assert normalised(written) == meant
    assert normalised(meant) == meant


@pytest.mark.parametrize("wrong", ["", "203.0.113", "203.0.113.9/33", "host.example", "1.2.3.4/-1"])
def test_what_is_no_network_is_refused(wrong):
    with pytest.raises(ValueError, match=r"does not appear|Expected|Address cannot|Unexpected"):
        normalised(wrong)


def test_one_address_is_one_however_it_is_shown():
    assert parsed("::ffff:203.0.113.9") == parsed("203.0.113.9")
    assert str(parsed("fe80::1%eth0")) == "fe80::1"
    assert parsed("unix:") is None


@pytest.mark.parametrize(
    ("address", "there"),
    [("203.0.113.9", True), ("203.0.114.9", False), ("2001:db8::9", True), ("2001:db9::9", False)],
)
def test_an_address_is_within_any_of_them(address, there):
    assert within(parsed(address), ["203.0.113.0/24", "2001:db8::/32"]) is there
    assert not within(parsed(address), [])
