"""Agreements: documents, immutable versions, their clauses, and who accepted them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models.accounts import Account
from accounts.models.users import Language, User
from common.languages import pick
from common.models import AppendOnly, AppendOnlyQuerySet, Editable, Sealed, TransactionIdField


class AgreementDocument(Editable):
    """A document customers agree to, such as the terms or the privacy policy."""

    slug = models.SlugField(_("code"), max_length=60, unique=True)
    title_zh_hans = models.CharField(_("title in Chinese"), max_length=120, blank=True)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("agreement document")
        verbose_name_plural = _("agreement documents")
        ordering = ["slug"]

    def __str__(self) -> str:
        return pick(None, zh_hans=self.title_zh_hans, en=self.title_en) or self.slug


class AgreementVersionQuerySet(AppendOnlyQuerySet):
    def published(self) -> "AgreementVersionQuerySet":
        return self.filter(publication__isnull=False)

    def readable(self) -> "AgreementVersionQuerySet":
        """What customers may read: published, or announced to them as an amendment."""
        return self.filter(Q(publication__isnull=False) | Q(offerings__isnull=False)).distinct()

    def current(self, slug: str) -> "AgreementVersion | None":
        """The newest published version of the document called `slug`."""
        version: AgreementVersion | None = (
            self.published().filter(document__slug=slug).order_by("-number").first()
        )
        return version


class AgreementVersion(Sealed):
    """One wording of a document. Never edited: the next wording is the next version."""

    document = models.ForeignKey(
        AgreementDocument,
        verbose_name=_("document"),
        on_delete=models.PROTECT,
        related_name="versions",
    )
    number = models.PositiveIntegerField(_("version"))

    objects = models.Manager.from_queryset(AgreementVersionQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("agreement version")
        verbose_name_plural = _("agreement versions")
        ordering = ["document", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number"],
                name="accounts_agreementversion_numbered_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} · {self.number}"

    def text_in(self, language: str | None) -> "AgreementText":
        """The text in `language` (None: the page's), or in the other one it has."""
        language = language or get_language() or Language.CHINESE
        texts = {text.language: text for text in self.texts.all()}
        return texts.get(language) or next(iter(texts.values()))


class AgreementText(Sealed):
    """A version in one language: the whole source and its SHA-256 (hex)."""

    version = models.ForeignKey(
        AgreementVersion,
        verbose_name=_("version"),
        on_delete=models.PROTECT,
        related_name="texts",
    )
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    source = models.TextField(_("text"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)

    class Meta:
        verbose_name = _("agreement text")
        verbose_name_plural = _("agreement texts")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "language"],
                name="accounts_agreementtext_once_per_language",
            ),
            # What an acceptance refers to: the text and its hash together.
            models.UniqueConstraint(
                fields=["id", "sha256"], name="accounts_agreementtext_id_and_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.get_language_display()}"


class Clause(Sealed):
    """A numbered part of a version that acts can cite: `2.2.5(a)`."""

    class Level(models.TextChoices):
        ARTICLE = "article", _("article")
        CLAUSE = "clause", _("clause")
        ITEM = "item", _("item")

    version = models.ForeignKey(
        AgreementVersion,
        verbose_name=_("version"),
        on_delete=models.PROTECT,
        related_name="clauses",
    )
    number = models.CharField(_("number"), max_length=24)
    level = models.CharField(_("level"), max_length=8, choices=Level.choices)
    position = models.PositiveIntegerField(_("position"))

    class Meta:
        verbose_name = _("clause")
        verbose_name_plural = _("clauses")
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "number"], name="accounts_clause_numbered_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.version})"


class ClauseText(Sealed):
    """What a clause says in one language; `heading` may be empty."""

    clause = models.ForeignKey(
        Clause, verbose_name=_("clause"), on_delete=models.PROTECT, related_name="texts"
    )
    text = models.ForeignKey(
        AgreementText,
        verbose_name=_("agreement text"),
        on_delete=models.PROTECT,
        related_name="clause_texts",
    )
    heading = models.CharField(_("heading"), max_length=200, blank=True)
    body = models.TextField(_("body"), blank=True)

    class Meta:
        verbose_name = _("clause text")
        verbose_name_plural = _("clause texts")
        constraints = [
            models.UniqueConstraint(
                fields=["clause", "text"], name="accounts_clausetext_once_per_text"
            ),
        ]

    def __str__(self) -> str:
        return self.heading or self.body[:60]


class Publication(Sealed):
    """From here on newcomers are asked to accept this version."""

    version = models.OneToOneField(
        AgreementVersion, verbose_name=_("version"), on_delete=models.PROTECT
    )
    published_by = models.ForeignKey(
        User,
        verbose_name=_("published by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")

    def __str__(self) -> str:
        return str(self.version)


class Severance(Sealed):
    """A clause found invalid and deemed deleted (clause 14.2)."""

    clause = models.OneToOneField(
        Clause,
        verbose_name=_("clause"),
        on_delete=models.PROTECT,
        related_name="severance",
    )
    severed_by = models.ForeignKey(
        User, verbose_name=_("severed by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("severance")
        verbose_name_plural = _("severances")
        permissions = [("sever_clause", _("Can mark clauses severed"))]

    def __str__(self) -> str:
        return str(self.clause)


class Acceptance(AppendOnly):
    """Who accepted which text, on whose behalf, when and from where (preamble, 1.2.2)."""

    class Method(models.TextChoices):
        PAGE = "page", _("on the acceptance page")
        SIGN_UP = "sign_up", _("when the account was opened")
        # Does not bind before the version's date.
        AHEAD = "ahead", _("ahead of its date")
        IMPORT = "import", _("brought in with the account")

    user = models.ForeignKey(
        User,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="acceptances",
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("on behalf of"),
        on_delete=models.PROTECT,
        related_name="acceptances",
    )
    text = models.ForeignKey(
        AgreementText,
        verbose_name=_("text"),
        on_delete=models.PROTECT,
        related_name="acceptances",
    )
    text_sha256 = models.CharField(_("SHA-256 of the text"), max_length=64)
    method = models.CharField(_("how"), max_length=10, choices=Method.choices)
    accepted_at = models.DateTimeField(_("accepted at"))
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        indexes = [
            models.Index(fields=["account", "text"], name="accounts_acceptance_of"),
            models.Index(fields=["transaction", "id"], name="accounts_acceptance_to_seal"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.text}"
