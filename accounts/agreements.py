"""Agreements: imported once, published, and a clause at times severed.

A document such as the terms has numbered versions; a version has one text per language
and one set of clauses that both texts share. Versions, texts and clauses never change.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from accounts.agreement_text import PREAMBLE, AgreementOutline, decode, language_of, outline
from accounts.exceptions import (
    AgreementIsFinal,
    AgreementIsMalformed,
    AlreadySevered,
    ReasonMissing,
)
from accounts.models import (
    AgreementDocument,
    AgreementText,
    AgreementVersion,
    Clause,
    ClauseText,
    Publication,
    Severance,
    User,
)
from accounts.models.users import Language
from accounts.signals import agreement_imported, agreement_published
from common.languages import listed


@dataclass(frozen=True)
class Imported:
    """What an import came to. `created` False: this very text was there already."""

    text: AgreementText
    outline: AgreementOutline
    created: bool
    published: bool


@transaction.atomic
def import_text(
    *,
    slug: str,
    source: bytes,
    number: int | None = None,
    language: str | None = None,
    title: str = "",
    publish: bool = False,
    imported_by: User | None = None,
) -> Imported:
    """Stores one language of one version; safe to repeat with the same bytes.

    `source` is kept byte for byte and hashed as it is. The second language must have
    the numbers of the first. `language` None: the one the text is written in. `number`
    None: the version that has this text, else the newest one if it has none in this
    language, else the next. Raises `AgreementIsMalformed` for a text that cannot be
    read, `AgreementIsFinal` for another text of a version that has one.
    """
    words = decode(source)
    found = outline(words)
    sha256 = hashlib.sha256(source).hexdigest()
    language = language or language_of(words)
    document = _document(slug, language, title or found.title)
    number = number or _number(document, language, sha256)
    version, _made = AgreementVersion.objects.get_or_create(document=document, number=number)
    text = version.texts.filter(language=language).first()
    created = text is None
    if text is None:
        text = AgreementText.record(version=version, language=language, source=words, sha256=sha256)
        _record_clauses(version, text, found)
        agreement_imported.send(sender=AgreementVersion, version=version, imported_by=imported_by)
    elif text.sha256 != sha256:
        raise AgreementIsFinal(
            _(
                "Version %(number)s of “%(slug)s” has another text in this language already, "
                "and a version never changes. Import this one as the next version."
            )
            % {"number": number, "slug": slug}
        )
    published = publish and _publish(version, imported_by)
    return Imported(text=text, outline=found, created=created, published=published)


@transaction.atomic
def sever(*, clause: Clause, severed_by: User, reason: str) -> Severance:
    """Marks `clause`, and all below it, as deemed deleted (clause 14.2).

    Acts that cited it before stay as they are. Raises `AlreadySevered`, `ReasonMissing`.
    """
    if not reason.strip():
        raise ReasonMissing(_("Say why the clause is invalid or unenforceable."))
    try:
        with transaction.atomic():
            return Severance.record(clause=clause, severed_by=severed_by, reason=reason.strip())
    except IntegrityError:
        raise AlreadySevered(
            _("Clause %(number)s is severed already.") % {"number": clause.number}
        ) from None


def publish_if_newest(*, version: AgreementVersion, published_by: User | None) -> bool:
    """From here on newcomers are asked to accept `version`. False, and nothing happens,
    when it is published already or a newer one is."""
    AgreementDocument.objects.select_for_update().get(pk=version.document_id)
    try:
        return _publish(version, published_by)
    except AgreementIsFinal:
        return False


def citable(version: AgreementVersion) -> QuerySet[Clause]:
    """Clauses that a new act may rest on: numbered, and neither they nor what they
    stand under severed."""
    severed = F("clause__number")
    above = (
        Severance.objects.filter(clause__version=OuterRef("version"))
        .annotate(cited=ExpressionWrapper(OuterRef("number"), output_field=CharField()))
        .filter(
            Q(cited=severed)
            | Q(cited__startswith=Concat(severed, Value(".")))
            | Q(cited__startswith=Concat(severed, Value("(")))
        )
    )
    return version.clauses.exclude(number=PREAMBLE).exclude(Exists(above))


def _document(slug: str, language: str, title: str) -> AgreementDocument:
    """The document, made if need be. Two imports into one document take turns."""
    AgreementDocument.objects.get_or_create(slug=slug)
    document = AgreementDocument.objects.select_for_update().get(slug=slug)
    field = "title_zh_hans" if language == Language.CHINESE else "title_en"
    if not getattr(document, field):
        setattr(document, field, title[:120])
        document.save(update_fields=[field])
    return document


def _number(document: AgreementDocument, language: str, sha256: str) -> int:
    versions = AgreementVersion.objects.filter(document=document)
    same = versions.filter(texts__language=language, texts__sha256=sha256).first()
    newest = same or versions.first()
    if newest is None:
        return 1
    has_another: bool = newest != same and newest.texts.filter(language=language).exists()
    number: int = newest.number
    return number + int(has_another)


def _record_clauses(
    version: AgreementVersion, text: AgreementText, found: AgreementOutline
) -> None:
    clauses = {clause.number: clause for clause in version.clauses.all()}
    if clauses:
        _check_same_numbers(clauses, found.numbers)
    else:
        made = Clause.objects.bulk_create(
            Clause(version=version, number=part.number, level=part.level, position=position)
            for position, part in enumerate(found.parts)
        )
        clauses = {clause.number: clause for clause in made}
    ClauseText.objects.bulk_create(
        ClauseText(clause=clauses[part.number], text=text, heading=part.heading, body=part.body)
        for part in found.parts
    )


def _check_same_numbers(there: Iterable[str], here: Iterable[str]) -> None:
    missing, more = sorted(set(there) - set(here)), sorted(set(here) - set(there))
    if missing or more:
        raise AgreementIsMalformed(
            _(
                "Both languages must have the same numbers. Missing here: %(missing)s. "
                "Only here: %(more)s."
            )
            % {"missing": _few(missing), "more": _few(more)}
        )


def _few(numbers: list[str]) -> str:
    return listed(numbers[:8]) + (" …" if len(numbers) > 8 else "") if numbers else "—"


def _publish(version: AgreementVersion, published_by: User | None) -> bool:
    """Whether the version was published just now. The newest published one counts."""
    newer = AgreementVersion.objects.published().filter(
        document=version.document, number__gt=version.number
    )
    if newer.exists():
        raise AgreementIsFinal(
            _("A newer version is published: version %(number)s cannot follow it.")
            % {"number": version.number}
        )
    if Publication.objects.filter(version=version).exists():
        return False
    Publication.record(version=version, published_by=published_by)
    agreement_published.send(sender=AgreementVersion, version=version, published_by=published_by)
    return True
