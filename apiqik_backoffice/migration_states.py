"""Migrating without making the models of all apps anew for each operation.

For every operation Django renders the model it is about and all that are related to it, which
here are most: nine tenths of the time of a first start, and of going back.

`fewer_renderings`, for an empty database. Four kinds of operation need less. A model that is
new renders itself; those it points to are told so by the rendering, as when apps are loaded.
An index or constraint that is added changes a list of the model, no class. A field that is added
joins the class, and tells those it points to in the same way. One whose words or choices change,
and nothing that the database knows of, gets the new ones.

That changes classes which earlier states share. So it is not for going back, where each step
needs them as they were. `rendered_whole`, for going back: Django changes rendered models from the
first migration that goes through all later ones, also those that stay. Here a state is told of
its changes unrendered, and the one before a migration that goes is rendered from all its models,
as a state is when a run begins. Nothing that is rendered changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.migration import Migration
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import NOT_PROVIDED

# Django's own methods, two of them private, which its stubs do not know.
STATE: Any = ProjectState
DJANGOS_ALTER_FIELD = STATE.alter_field
MIGRATION: Any = Migration
DJANGOS_MUTATE_STATE = MIGRATION.mutate_state


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


def _add_field(
    state: Any, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool
) -> None:
    key = app_label, model_name
    kept = field if preserve_default else _without_default(field)
    state.models[key].fields[name] = kept
    if state._relations is not None:
        state.resolve_model_field_relations(key, name, kept)
    if "apps" in state.__dict__:
        kept.clone().contribute_to_class(state.apps.get_model(*key), name)
        state.apps.clear_cache()


def _without_default(field: Any) -> Any:
    bare = field.clone()
    bare.default = NOT_PROVIDED
    return bare


def _alter_field(
    state: Any, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool
) -> None:
    there = state.models[app_label, model_name].fields[name]
    kept = field if preserve_default else _without_default(field)
    if not _differ_in_words_only(there, kept):
        DJANGOS_ALTER_FIELD(state, app_label, model_name, name, field, preserve_default)
        return
    state.models[app_label, model_name].fields[name] = kept
    if "apps" in state.__dict__:
        rendered = state.apps.get_model(app_label, model_name)._meta.get_field(name)
        for word in WORDS:
            setattr(rendered, word, getattr(kept, word))
        # Without one of its own a field is called by its name.
        rendered._verbose_name = kept._verbose_name
        rendered.verbose_name = kept._verbose_name or name.replace("_", " ")


WORDS = ("blank", "choices", "editable", "help_text")


def _differ_in_words_only(one: Any, other: Any) -> bool:
    """Both are of one kind, point nowhere, and are the same to the database."""
    if one.is_relation or other.is_relation:
        return False
    (_n, kind, args, given), (_n, kind_after, args_after, given_after) = (
        one.deconstruct(),
        other.deconstruct(),
    )
    for word in (*WORDS, "verbose_name"):
        given.pop(word, None)
        given_after.pop(word, None)
    return (kind, args, given) == (kind_after, args_after, given_after)


QUICK = {
    "add_model": _add_model,
    "add_field": _add_field,
    "alter_field": _alter_field,
    "_append_option": _append_option,
}


@contextmanager
def fewer_renderings() -> Iterator[None]:
    """Within it, what is new is all that is rendered: models, fields, indexes, constraints."""
    before = {name: getattr(STATE, name) for name in QUICK}
    for name, quick in QUICK.items():
        setattr(STATE, name, quick)
    try:
        yield
    finally:
        for name, django_own in before.items():
            setattr(STATE, name, django_own)


def _mutate_unrendered(migration: Any, state: Any, preserve: bool = True) -> Any:
    changed = state.clone() if preserve else state
    # It is rendered again, whole, by whoever asks for it: Django for each migration that goes.
    changed.__dict__.pop("apps", None)
    return DJANGOS_MUTATE_STATE(migration, changed, preserve=False)


@contextmanager
def rendered_whole() -> Iterator[None]:
    """Within it, a state that a migration changes is rendered when it is asked for its models."""
    MIGRATION.mutate_state = _mutate_unrendered
    try:
        yield
    finally:
        MIGRATION.mutate_state = DJANGOS_MUTATE_STATE
