"""The home page: figures and panels contributed by the apps."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from apiqik_backoffice.desk.side_bar import side_bar
from common import clock
from common.figures import home_figures, home_panels


def today_context(request: HttpRequest) -> dict[str, Any]:
    """What `desk/today.html` shows to this person at this moment."""
    user: Any = request.user
    at = clock.now()
    panels = [panel for panel in home_panels if panel.shown_to(user)]
    return {
        "at": timezone.localtime(at),
        "figures": [(one.label, one.value(user, at)) for one in home_figures if one.shown_to(user)],
        "panels": [
            # Rendered apart: a panel sees its own context and nothing of the page's.
            (panel, render_to_string(panel.template, panel.context(user, at), request=request))
            for panel in sorted(panels, key=lambda panel: panel.position)
        ],
        "urgent": [line for heading in side_bar(request) for line in heading.lines if line.hot],
    }
