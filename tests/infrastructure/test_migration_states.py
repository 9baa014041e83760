"""An empty database is migrated with fewer renderings; what comes of it is what Django makes."""

import pytest
from django.db import models
from django.db.migrations import operations
from django.db.migrations.state import ProjectState

from apiqik_backoffice.migration_states import fewer_renderings

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
