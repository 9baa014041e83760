"""What a person agrees to when they connect a login elsewhere (clause 1.2.3).

A text, once agreed to, stays as it is: a better one gets the next number.
"""

from dataclasses import dataclass
from string import Template

TEXTS = {
    1: {
        "zh-hans": (
            "将 $provider 的登录方式与您的 apiqik 账号关联后，您可以用 $provider 登录本账号。\n\n"
            "我们向 $provider 请求的范围：$scopes。\n\n"
            "我们从 $provider 获取并保存：您在 $provider 的用户编号，以及其签发的访问令牌和"
            "刷新令牌。令牌加密保存，不读取您的姓名、邮箱或联系人，也不与任何第三方共享。\n\n"
            "$provider 会知道您使用 apiqik，以及您何时用它登录。我们不向 $provider 提供您的手机号、"
            "余额或用量。\n\n"
            "您可以随时在“关联的登录方式”页面解除关联：届时我们请求 $provider 撤销令牌，销毁"
            "所保存的令牌，本同意随之终止。依据：服务协议第 1.2.3 条。"
        ),
        "en": (
            "If you connect your login at $provider with your apiqik account, you can sign in to "
            "this account by $provider.\n\n"
            "What we ask $provider for: $scopes.\n\n"
            "What we get from $provider and keep: your user number there, and the access and "
            "refresh tokens it issues. Tokens are kept encrypted; we do not read your name, "
            "e-mail or contacts, and share them with nobody.\n\n"
            "$provider learns that you use apiqik and when you sign in by it. We give it neither "
            "your phone nor your balance nor your usage.\n\n"
            "You can disconnect it at any time on the page “Connected logins”: then we ask "
            "$provider to revoke the tokens, destroy those we keep, and this consent ends. "
            "Under: clause 1.2.3 of the Terms of Service."
        ),
    }
}


@dataclass(frozen=True)
class ConsentText:
    """The text as somebody was shown it."""

    version: int
    language: str
    text: str
    scopes: str


def current(*, provider_name: str, scopes: list[str], language: str) -> ConsentText:
    """The newest text, filled in, in `language` (a BCP 47 tag we speak, else Chinese)."""
    version = max(TEXTS)
    language = language if language in TEXTS[version] else "zh-hans"
    asked = " ".join(scopes)
    text = Template(TEXTS[version][language]).substitute(provider=provider_name, scopes=asked)
    return ConsentText(version=version, language=language, text=text, scopes=asked)
