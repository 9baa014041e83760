"""Every word that people read is there in Simplified Chinese, in one voice.

After a string was added or changed: `manage.py collect_translations`, translate what it
prints, commit the .po files.
"""

import re
from collections import Counter

import polib
import pytest
from django.conf import settings

from apiqik_backoffice.management.commands.collect_translations import LANGUAGES, own_apps
from apiqik_backoffice.translation_sources import Message, message_of, messages_of, update

APPS = [app for app in own_apps() if messages_of(app)]
CATALOGUES = [
    app / "locale" / language / "LC_MESSAGES" / "django.po"
    for app in APPS
    for language in LANGUAGES
]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z%]")
TAG = re.compile(r"<[^>]+>")
HAN = "[\u4e00-\u9fff]"
HALF_WIDTH = re.compile(rf"{HAN}[,:;?!()\"]|[(\"]{HAN}|{HAN}\.(?!\w)")
# One word for one thing: what a translator may slip into, and what is said here.
OTHER_WORDS = {"账户": "账号", "帐号": "账号", "二次验证": "两步验证", "双因素": "两步验证"}
# What stands in a template and is the same in each language.
NAMES = {"apiqik", "API", "SHA", "OpenAPI", "English"}


def name_of(path):
    return path.relative_to(settings.BASE_DIR).as_posix()


def entries():
    for path in CATALOGUES:
        for entry in polib.pofile(str(path)):
            yield path, entry


def translations(entry):
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("app", APPS, ids=name_of)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_what_its_app_says_and_nothing_else(app, language):
    path = app / "locale" / language / "LC_MESSAGES" / "django.po"
    there = {message_of(entry) for entry in polib.pofile(str(path), check_for_duplicates=True)}
    said = set(messages_of(app))
    assert not said - there, "run manage.py collect_translations, then translate"
    assert not there - said, "run manage.py collect_translations"


@pytest.mark.parametrize("path", CATALOGUES, ids=name_of)
def test_everything_is_translated_and_nothing_is_a_guess(path):
    catalogue = polib.pofile(str(path))
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert catalogue.obsolete_entries() == []
    assert catalogue.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert [e.msgid for e in catalogue if e.msgid_plural and list(e.msgstr_plural) != [0]] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=name_of)
def test_placeholders_and_tags_are_the_same(path):
    for entry in polib.pofile(str(path)):
        source = entry.msgid_plural or entry.msgid
        for text in translations(entry):
            for pattern in (PLACEHOLDER, TAG):
                assert Counter(pattern.findall(text)) == Counter(pattern.findall(source)), source


def test_one_source_has_one_translation_whichever_app_says_it():
    seen = {}
    for path, entry in entries():
        first = seen.setdefault((entry.msgctxt, entry.msgid), (translations(entry), path))
        assert first[0] == translations(entry), (entry.msgid, name_of(first[1]), name_of(path))


def test_chinese_is_written_with_chinese_punctuation_and_the_words_of_the_glossary():
    for path, entry in entries():
        for text in translations(entry):
            assert not HALF_WIDTH.search(text), (name_of(path), text)
            for other, ours in OTHER_WORDS.items():
                assert other not in text, f"{name_of(path)}: {ours}, not {other}: {text}"


def templates():
    return sorted(
        file for app in APPS for file in (app / "templates").rglob("*") if file.suffix == ".html"
    )


@pytest.mark.parametrize("template", templates(), ids=name_of)
def test_templates_say_nothing_that_cannot_be_translated(template):
    source = template.read_text(encoding="utf-8")
    source = re.sub(r"{% comment .*?%}.*?{% endcomment %}", "", source, flags=re.DOTALL)
    source = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", source, flags=re.DOTALL)
    source = re.sub(r"{% block bodyclass %}.*?{% endblock.*?%}", "", source)
    source = re.sub(r"{[%{#].*?[#}%]}", "", source)
    read_aloud = re.findall(r'(?:aria-label|alt|placeholder|title)="([^"]*)"', source)
    text = re.sub(r"<(script|style|code|svg)\b.*?</\1>", "", source, flags=re.DOTALL)
    words = re.findall(r"[A-Za-z]{2,}", " ".join([TAG.sub(" ", text), *read_aloud]))
    assert [word for word in words if word not in NAMES] == []


def test_sources_are_read_as_gettext_reads_them(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "said.py").write_text(
        'x = _("one " "string")\ny = pgettext_lazy("of a person", "name")\n'
        'z = ngettext("%d day", "%d days", 2)\nw = _(name)\n'
    )
    (tmp_path / "templates" / "said.html").write_text(
        '{% translate "it\'s" %}{% blocktranslate %}100% of {{ all }}{% endblocktranslate %}'
        '{% translate "open" context "state" as x %}{{ _("bare") }}{# _("no") #}'
        "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}"
    )
    assert list(messages_of(tmp_path)) == [
        Message("", "one string", ""),
        Message("of a person", "name", ""),
        Message("", "%d day", "%d days"),
        Message("", "it's", ""),
        Message("", "100%% of %(all)s", ""),
        Message("state", "open", ""),
        Message("", "bare", ""),
        Message("", "%(n)s day", "%(n)s days"),
    ]


def test_collecting_keeps_what_is_translated_and_drops_what_is_gone():
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="kept", msgstr="留"))
    catalogue.append(polib.POEntry(msgid="gone", msgstr="去"))
    fresh = update(catalogue, {Message("", "kept", ""): ["a.py"], Message("", "new", ""): ["b.py"]})
    assert [(entry.msgid, entry.msgstr) for entry in fresh] == [("kept", "留"), ("new", "")]
