"""Migrations of an empty database in seconds instead of a minute.

Django keeps the historical models of all tables rendered while it migrates, and renders everything related to a model
again for every operation on it. Here nearly every table points to staff, so that was nearly every model, six hundred
times. An operation that creates something needs no more than its own model and those that it points to: migrations
made of such operations alone run on a state that renders just these (`LightState`). All others run as ever.
`tests/house/test_migrating.py` compares the resulting schema with that of Django's own way.
"""

from collections.abc import Iterator
from typing import Any

import pgtrigger.migrations
from django.contrib.postgres.operations import CreateExtension
from django.db.migrations import operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.db.models import Model
from django.utils.functional import cached_property

LIGHT = (
    operations.CreateModel, operations.AddField, operations.AddConstraint, operations.AddIndex, operations.RunSQL,
    CreateExtension, pgtrigger.migrations.AddTrigger, pgtrigger.migrations.RemoveTrigger,
)  # fmt: skip
Key = tuple[str, str]


class NeededApps:
    """Stands for the registry of historical models: renders one model with those that it points to, when asked."""

    def __init__(self, state: ProjectState) -> None:
        self._state = state
        self._rendered: dict[Key, StateApps] = {}

    def get_model(self, app_label: str, model_name: str | None = None) -> type[Model]:
        """The historical model. Raises LookupError, as the registry does."""
        if model_name is None:
            app_label, model_name = app_label.split(".")
        key = app_label, model_name.lower()
        if key not in self._state.models:
            raise LookupError(f"{app_label}.{model_name}")
        if key not in self._rendered:
            self._rendered[key] = StateApps([], {needed: self._state.models[needed] for needed in self._closure(key)})
        return self._rendered[key].get_model(*key)

    def _closure(self, key: Key) -> set[Key]:
        found, todo = set[Key](), [key]
        while todo:
            following = todo.pop()
            if following not in found:
                found.add(following)
                todo.extend(_named_by(self._state.models[following]))
        return found


class LightState(ProjectState):
    """A state whose models are rendered one by one, and forgotten as soon as one of them changes."""

    @cached_property
    def apps(self) -> Any:
        return NeededApps(self)

    def clone(self) -> "LightState":
        return LightState({key: model.clone() for key, model in self.models.items()}, self.real_apps)

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        self.__dict__.pop("apps", None)


class LightExecutor(MigrationExecutor):
    """Django's executor, with a `LightState` where a migration only creates."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        light = not fake_initial and all(isinstance(operation, LIGHT) for operation in migration.operations)
        if light != isinstance(state, LightState):
            state = (LightState if light else ProjectState)(state.models, state.real_apps)
        return super().apply_migration(state, migration, fake, fake_initial)


def _named_by(model: ModelState) -> Iterator[Key]:
    """The models that a model's fields and bases point to."""
    for field in model.fields.values():
        for named in (getattr(field.remote_field, "model", None), getattr(field.remote_field, "through", None)):
            if named and named != "self":
                yield _key(named, model.app_label)
    for base in model.bases:
        if isinstance(base, str):
            yield _key(base, model.app_label)


def _key(named: Any, app_label: str) -> Key:
    text = named if isinstance(named, str) else named._meta.label
    label, _, name = text.rpartition(".")
    return label or app_label, name.lower()
