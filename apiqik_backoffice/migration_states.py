"""Migrating an empty database without making the models of all apps anew for each operation.

For every operation Django renders the model it is about and all that are related to it, which
here are most: nine tenths of the time of a first start. Two kinds of operation need less. A
model that is new renders itself; those it points to are told so by the rendering, as when
apps are loaded. An index or constraint that is added changes a list of the model, no class.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.state import ModelState, ProjectState

# Django's own methods, two of them private, which its stubs do not know.
STATE: Any = ProjectState


def _add_model(state: Any, model_state: ModelState) -> None:
    key = model_state.app_label, model_state.name_lower
    state.models[key] = model_state
    if state._relations is not None:
        state.resolve_model_relations(key)
    if "apps" in state.__dict__:
        # With bases that are models, or of its name before, it is not that simple.
        simple = key[1] not in state.apps.all_models[key[0]] and all(
            not isinstance(base, str) for base in model_state.bases
        )
        if simple:
            state.apps.render_multiple([model_state])
            state.apps.clear_cache()
        else:
            state.reload_model(*key)


def _append_option(
    state: Any, app_label: str, model_name: str, option_name: str, added: Any
) -> None:
    model_state = state.models[app_label, model_name]
    model_state.options[option_name] = [*model_state.options[option_name], added]
    if "apps" in state.__dict__:
        rendered = state.apps.get_model(app_label, model_name)
        setattr(rendered._meta, option_name, list(model_state.options[option_name]))


@contextmanager
def fewer_renderings() -> Iterator[None]:
    """Within it, new models, indexes and constraints are all that is rendered of them."""
    before = STATE.add_model, STATE._append_option
    STATE.add_model, STATE._append_option = _add_model, _append_option
    try:
        yield
    finally:
        STATE.add_model, STATE._append_option = before
