"""An empty database is migrated, and any goes back, with fewer renderings.

What comes of it is what Django makes.
"""

from contextlib import nullcontext

import pytest
from django.db import models
from django.db.migrations import operations
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from apiqik_backoffice.migration_states import fewer_renderings, rendered_whole

STEPS = [
    operations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))]),
    operations.CreateModel(
        "Book",
        [("id", models.BigAutoField(primary_key=True)), ("title", models.CharField(max_length=9))],
    ),
    operations.AddField("Book", "pages", models.IntegerField(default=3), preserve_default=False),
    operations.AddField(
        "Book", "shelf", models.ForeignKey("house.Shelf", models.CASCADE, related_name="books")
    ),
    operations.AddField("Book", "likes", models.ManyToManyField("house.Book")),
    operations.AlterField("Book", "pages", models.IntegerField("so many", blank=True)),
    operations.AlterField("Book", "title", models.CharField(max_length=99)),
    operations.AddIndex("Book", models.Index(fields=["pages"], name="book_pages")),
    operations.RenameField("Book", "title", "heading"),
    operations.RemoveField("Book", "likes"),
    operations.RenameModel("Shelf", "Board"),
    operations.RemoveIndex("Book", "book_pages"),
    operations.RemoveField("Book", "shelf"),
    operations.DeleteModel("Board"),
]


def rendered():
    """What the models look like after each step, by Django's own names."""
    state, seen = ProjectState(), []
    assert state.apps  # rendered from the beginning, as in a run
    for step in STEPS:
        before = state.clone()
        step.state_forwards("house", state)
        seen.append((_look(before), _look(state)))
    return seen


def _look(state):
    return {
        model.__name__: (
            sorted((one.name, type(one).__name__) for one in model._meta.get_fields()),
            [one.deconstruct()[1:] for one in model._meta.local_fields],
            [str(one.verbose_name) for one in model._meta.local_fields],
            [index.name for index in model._meta.indexes],
        )
        for model in state.apps.get_models(include_auto_created=True)
    }


def test_models_look_as_django_renders_them():
    of_django = rendered()
    with fewer_renderings():
        quick = rendered()
    assert [after for _before, after in quick] == [after for _before, after in of_django]


def test_a_change_that_the_database_knows_of_still_has_two_sides():
    with fewer_renderings():
        before, after = rendered()[6]
    assert before != after


def test_djangos_own_is_back_afterwards():
    own = ProjectState.add_field
    with pytest.raises(KeyError), fewer_renderings():
        ProjectState().add_field("house", "nobody", "x", models.IntegerField(), True)
    assert ProjectState.add_field is own


def states_before():
    """The state before each of the steps, kept while the later ones are made, as going back does;
    every other step stays, and changes the state that is there."""
    state, kept = ProjectState(), []
    assert state.apps
    for number, step in enumerate(STEPS):
        migration = Migration(f"step_{number}", "house")
        migration.operations = [step]
        if number % 2:
            assert state.apps
            kept.append(state)
        state = migration.mutate_state(state, preserve=bool(number % 2))
    return [*kept, state]


def test_going_back_finds_the_models_of_each_step_as_django_renders_them():
    of_django = [_look(state) for state in states_before()]
    with rendered_whole():
        whole = [_look(state) for state in states_before()]
    assert whole == of_django
    assert len({repr(look) for look in whole}) == len(whole)


def test_what_stays_is_not_rendered_on_the_way_back():
    migration = Migration("stays", "house")
    migration.operations = STEPS[:2]
    own = Migration.mutate_state
    for way, rendered_by_it in ((nullcontext(), True), (rendered_whole(), False)):
        state = ProjectState()
        assert state.apps
        with way:
            migration.mutate_state(state, preserve=False)
        assert ("apps" in vars(state)) is rendered_by_it
    assert Migration.mutate_state is own
