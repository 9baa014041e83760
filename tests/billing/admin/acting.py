"""Walking through the page of an act as a member of staff does."""

from django.urls import reverse


def address(model, page="changelist", *args):
    return reverse(f"admin:billing_{model._meta.model_name}_{page}", args=args)


def act_address(model, name, *records):
    pks = ",".join(str(one.pk) for one in records)
    return f"{address(model, name)}?pks={pks}"


def confirm(browser, url, **answers):
    """Sends the answers, looks at what they come to, and confirms that."""
    shown = browser.get(url)
    assert shown.status_code == 200, shown.status_code
    for _turn in range(2):
        shown = browser.post(url, {"seen": shown.context["seen"], **answers}, follow=True)
        if shown.redirect_chain or not (shown.context and shown.context.get("changed")):
            break
    return shown


def said(answer):
    """What the page says of what was done."""
    return [str(message) for message in answer.context["messages"]]
