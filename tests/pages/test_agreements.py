"""Agreements are public, in both languages, clause by clause."""

import pytest

from accounts import agreements
from tests.notices.making import make_supervisor


def test_the_current_version_is_read_without_signing_in(client, terms):
    page = client.get("/agreements/terms/", headers={"Accept-Language": "en"}).content.decode()
    assert 'id="1.2.3(a)"' in page
    assert "A card is yours alone." in page
    assert terms.text_in("en").sha256 in page


def test_each_language_reads_its_own_text(client, terms):
    page = client.get("/agreements/terms/", headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "读者证仅限本人使用" in page
    assert 'class="agreement" lang="zh-Hans"' in page


def test_a_severed_clause_is_marked(client, terms):
    agreements.sever(
        clause=terms.clauses.get(number="2.2"), severed_by=make_supervisor(), reason="Ruling 7"
    )
    page = client.get("/agreements/terms/", headers={"Accept-Language": "en"}).content.decode()
    assert page.count("severed: no longer part") == 1
    assert "Ruling 7" not in page


def test_earlier_versions_stay_readable_and_name_the_newer(client, terms):
    newer = terms.text_in("en").source.replace("a coin a day", "two coins a day").encode()
    agreements.import_text(slug="terms", source=newer, number=2, language="en", publish=True)
    assert b"two coins" in client.get("/agreements/terms/").content
    old = client.get("/agreements/terms/1/", headers={"Accept-Language": "en"}).content
    assert b"A newer version has been published" in old


@pytest.mark.parametrize(
    "address",
    ["/agreements/none/", "/agreements/terms/9/", "/agreements/terms/99999999999999999999/"],
)
def test_what_is_not_published_is_not_there(client, terms, address):
    assert client.get(address).status_code == 404


def test_an_unpublished_version_is_not_shown(client, terms):
    draft = terms.text_in("en").source.replace("a coin", "ten coins").encode()
    agreements.import_text(slug="terms", source=draft, number=2, language="en")
    assert client.get("/agreements/terms/2/").status_code == 404
    assert b"ten coins" not in client.get("/agreements/terms/").content
