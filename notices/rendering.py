"""From a template and a person's circumstances to the text they get.

Templates use `${placeholder}`s and nothing more: no logic, no attribute access, so a
text edited by staff can neither fail half-way nor reach anything but these values.

A *form* is a template with everything filled in but what is each person's own, which it
numbers: `%1$s` the name, `%2$s` the accounts, `%3$s` how many. PostgreSQL's `format()`
fills forms for many people at once, `fill` here for one; both read nothing but the form,
so a name that looks like a placeholder stays a name.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Template as Placeholders

from django.utils.translation import gettext as _

from common.languages import listed
from notices.exceptions import TemplateIsBroken
from notices.models import RenderedBody, Template
from notices.placeholders import OWN, PLACEHOLDERS, format_moment, values

__all__ = [
    "PLACEHOLDERS",
    "Form",
    "Rendered",
    "check_placeholders",
    "fill",
    "form_of",
    "format_moment",
    "keep",
    "render",
    "values",
]

LONGEST_SUBJECT = 200
LEADING_SERVICE = re.compile(r"^\$\{service\}", re.MULTILINE)
NUMBERED = re.compile(r"%(?:%|([123])\$s)")


@dataclass(frozen=True)
class Rendered:
    """A subject and a text, ready to be kept and sent."""

    subject: str
    body: str

    @property
    def sha256(self) -> str:
        """Over the UTF-8 of subject, a newline and body, in hex."""
        return hashlib.sha256(f"{self.subject}\n{self.body}".encode()).hexdigest()


@dataclass(frozen=True)
class Form:
    """Subject and text with numbers for what is each person's own."""

    subject: str
    body: str


def check_placeholders(text: str) -> None:
    """Raises `TemplateIsBroken` for a placeholder that does not exist or a stray `$`."""
    placeholders = Placeholders(text)
    if not placeholders.is_valid():
        raise TemplateIsBroken(_("The text has a “$” that begins no placeholder. Write “$$”."))
    unknown = sorted(set(placeholders.get_identifiers()) - PLACEHOLDERS)
    if unknown:
        raise TemplateIsBroken(
            _("The text names placeholders that do not exist: %(names)s.")
            % {"names": listed(unknown)}
        )


def _form(text: str, given: Mapping[str, str]) -> str:
    # A service that begins a line begins a sentence: “Every service is now suspended”.
    service = given.get("service", "")
    escaped = {name: value.replace("%", "%%") for name, value in given.items()}
    numbered = {name: f"%{number}$s" for number, name in enumerate(OWN, start=1)}
    capital = {"Service": (service[:1].upper() + service[1:]).replace("%", "%%")}
    text = LEADING_SERVICE.sub("${Service}", text.replace("%", "%%"))
    filled = Placeholders(text).substitute({**escaped, **numbered, **capital})
    # Words that were only a placeholder that came out empty leave no gap.
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", filled))


def form_of(template: Template, given: Mapping[str, str]) -> Form:
    """Fills in `given`, which is the same for many. Raises `TemplateIsBroken`."""
    try:
        return Form(
            # One line: a break in a title would make it no header at all.
            subject=" ".join(_form(template.subject, given).split()),
            body=_form(template.body, given),
        )
    except (KeyError, ValueError) as error:
        raise TemplateIsBroken(
            _("The template “%(template)s” cannot be filled: %(problem)s.")
            % {"template": template, "problem": error}
        ) from None


def fill(form: Form, own: Mapping[str, str]) -> Rendered:
    """The form for one person, exactly as the database fills it."""
    arguments = [own[name] for name in OWN]

    def put(text: str) -> str:
        return NUMBERED.sub(lambda found: arguments[int(found[1]) - 1] if found[1] else "%", text)

    return Rendered(subject=put(form.subject)[:LONGEST_SUBJECT], body=put(form.body))


def render(template: Template, given: Mapping[str, str]) -> Rendered:
    """Fills the template with all of its values. Raises `TemplateIsBroken`."""
    own = {name: given.get(name, "") for name in OWN}
    shared = {name: value for name, value in given.items() if name not in OWN}
    return fill(form_of(template, shared), own)


def keep(texts: Iterable[Rendered]) -> None:
    """Stores each text once; one that is stored already stays as it is."""
    RenderedBody.objects.bulk_create(
        [
            RenderedBody(sha256=sha256, subject=text.subject, body=text.body)
            for sha256, text in {text.sha256: text for text in texts}.items()
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
