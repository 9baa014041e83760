"""Names screened for terms at sign-up, at renaming and in imports (clause 1.2.5)."""

import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import override

from accounts import naming, profile
from accounts.exceptions import NameRefused, NotAllowed
from accounts.models import Account, NameTerm, User
from accounts.name_screening import Outcome, screen, screen_many
from accounts.signals import name_chosen, name_doubted, name_is_chosen
from common.clock import now
from common.exceptions import EditedMeanwhile
from tests.accounts.making import make_account, make_person

pytestmark = pytest.mark.django_db

PASSING = [
    "李华",
    "小明AI工作室",
    "北京 Data 实验室",
    "Zoë",
    "O'Neil",
    "Иван",
    "Müller GmbH",
    "田中太郎",
    "김철수",
    "محمد",
    "Nguyễn Văn An",
    "上海某某信息技术有限公司",
    "操作系统研究所",
    "深圳市平台之家科技有限公司",
    "Badminton Club 2025",
    "Supporters of Madmind",
    "Jean-Luc Picard",
    "張三豐",
    "李😀华",
    "3M",
    "!!!",
]
DOUBTFUL = [
    "国家网信办",
    "国 家 网 信 办",
    "小明客服",
    "北京官方旗舰店",
    "某某市公安局",
    "人民日报记者",
    "王admin",
    "The Adm1n Team",
    "Support - Li",
    "客\u3000服小王",
]
REFUSED = [
    "аpiqik",
    "ａｐｉｑｉｋ",
    "apíqík",
    "ap1q1k",
    "apiq\u200bik",
    "APIQIK",
    "a p i q i k",
    "apiqik官方客服",
    "我爱apiqik",
    "adm1n",
    "admin",
    "Admin_01",
    "ＡＤＭＩＮ",
    "官方",
    "官·方",
    "客服",
    "管理员",
    "管理員",
    "系统",
    "Official",
    "0fficial",
    "某某赌场",
    "裸 聊",
    "F u c k",
    "",
    "   ",
    "x" * 121,
    "a\x00b",
    "a\nb",
    "a\ud800b",
    "a\u202eb",
]


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        *((name, Outcome.PASS) for name in PASSING),
        *((name, Outcome.DOUBTFUL) for name in DOUBTFUL),
        *((name, Outcome.REFUSED) for name in REFUSED if name != "Admin_01"),
        ("Admin_01", Outcome.DOUBTFUL),
    ],
)
def test_what_a_name_comes_to(name, outcome):
    one = screen(name, at=now())
    assert one.outcome == outcome, one
    assert bool(one.sentence) == (outcome != Outcome.PASS)
    # An import says the same of it.
    assert screen_many([name], at=now())[name].outcome == outcome


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", ["apiqik", "小明客服", "某某赌场"])
def test_the_sentence_does_not_say_the_term(name, language):
    with override(language):
        verdict = screen(name, at=now())
        sentence = str(verdict.sentence)
    for hit in verdict.hits:
        assert hit.term not in sentence
    assert (sentence[0] < "\u3000") == (language == "en")


def term(text, **fields):
    made = NameTerm(term=text, **{"list": "prohibited", "match": "part", **fields})
    made.full_clean()
    made.save()
    return made


def test_a_term_is_looked_for_as_long_as_it_is_in_force(clock):
    at = now()
    made = term("foobar", in_force_from=at + timedelta(days=1))
    assert screen("Foo Bar", at=at).outcome == Outcome.PASS
    assert screen("Foo Bar", at=at + timedelta(days=1)).hits[0].pk == made.pk
    made.in_force_until = at + timedelta(days=2)
    made.save()
    assert screen("Foo Bar", at=at + timedelta(days=2)).outcome == Outcome.PASS
    assert list(NameTerm.objects.in_force(at).filter(pk=made.pk)) == []


def test_a_term_is_on_a_list_once_however_it_is_written(in_english):
    term("foobar")
    with pytest.raises(ValidationError, match="on this list already"):
        term("F00 bar")
    term("foobar", list="official")


@pytest.mark.parametrize("text", ["a", "!!", "\u200b\u200b"])
def test_a_term_that_finds_nothing_or_everything_is_refused(text):
    with pytest.raises(ValidationError):
        term(text)


def test_terms_are_kept_comparable():
    made = term("foobar")
    NameTerm.objects.filter(pk=made.pk).update(folded="as it used to be")
    assert NameTerm.objects.all().refold() == 1
    made.refresh_from_db()
    assert made.folded == "foobar"
    assert NameTerm.objects.all().refold() == 0


def test_the_platforms_name_is_on_no_list(settings):
    settings.PLATFORM_NAMES = ["Example Cloud"]
    assert screen("3xample-cl0ud", at=now()).outcome == Outcome.REFUSED
    assert screen("apiqik", at=now()).outcome == Outcome.PASS


def test_among_ten_thousand_terms(django_assert_num_queries):
    NameTerm.objects.bulk_create(
        NameTerm(term=f"term{n}", folded=f"term{n}xyz", list="prohibited", match="part")
        for n in range(10_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_nameterm")
    # As long as a name may be, with no piece there twice.
    longest = "".join(chr(0x4E00 + 37 * n) for n in range(120))
    at = now()
    with django_assert_num_queries(1):
        assert screen(longest, at=at).outcome == Outcome.PASS
    begun = time.perf_counter()
    for _again in range(5):
        screen(longest, at=now())
    assert (time.perf_counter() - begun) / 5 < 0.25
    with django_assert_num_queries(1):
        found = screen_many([f"李华{n}" for n in range(1_000)], at=at)
    assert len(found) == 1_000


def test_ten_megabytes_are_refused_at_once():
    begun = time.process_time()
    assert screen("\ufdfa" * 10_000_000, at=now()).outcome == Outcome.REFUSED
    assert time.process_time() - begun < 2


# --- choosing ------------------------------------------------------------------------------


@pytest.fixture
def news():
    """What was announced: (signal, arguments)."""
    heard = []

    def hear(signal, **arguments):
        heard.append((signal, arguments))

    for signal in (name_chosen, name_doubted):
        signal.connect(hear, weak=False)
    yield heard
    for signal in (name_chosen, name_doubted):
        signal.disconnect(hear)


def doubted(news):
    return [arguments for signal, arguments in news if signal is name_doubted]


def test_signing_up_with_a_name_that_passes(news):
    account = make_account()
    verdict = naming.begin(person=account.holder, account=account, at=now())
    assert verdict.outcome == Outcome.PASS
    assert doubted(news) == []


def test_signing_up_with_a_doubtful_name(news):
    account = make_account(name="小明客服")
    verdict = naming.begin(person=account.holder, account=account, at=now())
    assert verdict.outcome == Outcome.DOUBTFUL
    [told] = doubted(news)
    assert (told["account"], told["person"], told["name"]) == (account, None, "小明客服")
    assert told["hits"][0].term == "客服"


def test_signing_up_with_a_refused_name_leaves_nothing():
    phone = "+8613912345678"

    @transaction.atomic
    def sign_up():
        person = User.objects.create_user(phone, name="ap1q1k")
        naming.begin(person=person, account=None, at=now())

    with pytest.raises(NameRefused):
        sign_up()
    assert not User.objects.filter(phone=phone).exists()


def test_a_person_renames_themselves_and_their_account_of_that_name(news):
    account = make_account()
    person = account.holder
    profile.change(user=person, edition=person.edition, name="王伟")
    account.refresh_from_db()
    assert (person.name, account.name) == ("王伟", "王伟")
    profile.change(user=person, name="小明客服")
    [told] = doubted(news)
    assert (told["account"], told["person"], told["by"]) == (account, person, person)


def test_an_account_of_another_name_keeps_it():
    account = make_account(name="实验室")
    profile.change(user=account.holder, name="王伟")
    account.refresh_from_db()
    assert account.name == "实验室"


def test_a_refused_name_changes_nothing():
    account = make_account()
    person = account.holder
    with pytest.raises(NameRefused):
        profile.change(user=User.objects.get(pk=person.pk), name="官方", language="en")
    person.refresh_from_db()
    assert (person.name, person.language) == ("李华", "zh-hans")


def test_a_name_that_was_there_is_not_screened_again(news):
    person = make_person(name="apiqik")
    profile.change(user=person, name="apiqik", language="en")
    assert person.language == "en"
    assert news == []


def test_staff_have_names_as_their_work_needs(news):
    person = make_person(name="李华", is_staff=True)
    profile.change(user=person, name="客服小王")
    assert doubted(news) == []


def test_owners_rename_their_account_and_others_do_not(in_english):
    account = make_account(kind="organization", name="Lab")
    owner = account.memberships.get().user
    viewer = make_person()
    account.memberships.create(user=viewer, role="viewer")
    verdict = naming.rename_account(
        account=account, name=" New Lab ", edition=account.edition, by=owner, at=now()
    )
    assert verdict.outcome == Outcome.PASS
    assert Account.objects.get(pk=account.pk).name == "New Lab"
    for stranger in (viewer, make_person()):
        with pytest.raises(NotAllowed):
            naming.rename_account(
                account=account, name="Mine", edition=account.edition, by=stranger, at=now()
            )


def test_of_two_who_rename_at_once_the_second_is_told():
    account = make_account(kind="organization", name="Lab")
    owner = account.memberships.get().user
    seen = account.edition
    naming.rename_account(account=account, name="One", edition=seen, by=owner, at=now())
    with pytest.raises(EditedMeanwhile):
        naming.rename_account(
            account=Account.objects.get(pk=account.pk),
            name="Two",
            edition=seen,
            by=owner,
            at=now(),
        )
    assert Account.objects.get(pk=account.pk).name == "One"


def test_what_apps_above_demand_is_kept():
    account = make_account()

    def demand(**_news):
        return naming.Demands(must_pass=True, barred=frozenset({"oldname"}))

    name_is_chosen.connect(demand)
    try:
        for name in ("小明客服", "0ld Name"):
            with pytest.raises(NameRefused):
                naming.choose(name=name, account=account, at=now())
        assert naming.choose(name="李伟", account=account, at=now()).name == "李伟"
    finally:
        name_is_chosen.disconnect(demand)
