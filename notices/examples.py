"""What each placeholder stands for, and a plausible value of it in both languages.

For whoever writes a text: the list beside the form, and a preview where there is no
change of the kind to show it with.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.languages import pick


@dataclass(frozen=True)
class Example:
    """A placeholder explained to staff; the values are what a customer might read."""

    meaning: str | Promise
    zh_hans: str
    en: str


EXAMPLES: Mapping[str, Example] = {
    "name": Example(_("The recipient's name. Not in announcements."), "李华", "Li Hua"),
    "accounts": Example(
        _("The recipient's accounts concerned, one a line. Not in announcements."),
        "- 示例科技有限公司 (acc_7k2m4x)\n- 李华 (acc_9p3n5y)",
        "- Example Technology Co. (acc_7k2m4x)\n- Li Hua (acc_9p3n5y)",
    ),
    "account_count": Example(_("How many accounts these are. Not in announcements."), "2", "2"),
    "kind": Example(_("The kind of change."), "暂停", "suspension"),
    "title": Example(_("The title of the change."), "图像生成模型升级", "New image model"),
    "reason": Example(
        _("The reason that customers read."),
        "该服务的请求多次违反使用规则。",
        "Requests to this service repeatedly broke the rules of use.",
    ),
    "service": Example(
        _("The service, or “every service”. Capital where it begins a line."),
        "图像生成",
        "Image generation",
    ),
    "scope": Example(
        _("What it is narrowed to: model, region, API keys. Often empty."),
        "模型 image-xl、上海地域、3 个 API 密钥",
        "model image-xl, region Shanghai, 3 API keys",
    ),
    "limits": Example(
        _("The limits, in words. Empty for kinds that limit nothing."),
        "每分钟请求数 60、每日词元数 1,000,000",
        "requests per minute: 60, tokens per day: 1,000,000",
    ),
    "version": Example(
        _("The agreement version that comes into force. Empty for other kinds."),
        "服务协议第 2 版",
        "Terms of Service, version 2",
    ),
    "clause": Example(_("The number of the clause it rests on."), "1.3", "1.3"),
    "document": Example(
        _("The document that the clause is part of."), "服务协议", "Terms of Service"
    ),
    "effective": Example(
        _("When it takes effect, in the recipient's time zone."),
        "2026年11月30日 00:00（Asia/Shanghai）",
        "30 November 2026, 00:00 (Asia/Shanghai)",
    ),
    "was": Example(
        _("When it was announced for, before it was postponed."),
        "2026年11月25日 00:00（Asia/Shanghai）",
        "25 November 2026, 00:00 (Asia/Shanghai)",
    ),
    "until": Example(
        _("How long: “until …” or “until further notice”."), "直至另行通知", "until further notice"
    ),
    "replaces": Example(
        _("A sentence that it replaces an earlier notice. Mostly empty."),
        "本通知取代通知 chg_2b4c6d。",
        "This replaces our notice chg_2b4c6d.",
    ),
    "change": Example(_("The reference of the change."), "chg_5f7g9h", "chg_5f7g9h"),
    "url": Example(_("The address of the inbox."), "", ""),
}


def example_values(language: str) -> dict[str, str]:
    """A value for every placeholder, in `language`."""
    values = {
        name: pick(language, zh_hans=example.zh_hans, en=example.en)
        for name, example in EXAMPLES.items()
    }
    return {**values, "url": settings.SITE_URL.rstrip("/") + reverse("inbox")}
