"""The list of settings, from which variables, suggestions and documentation are derived."""

from __future__ import annotations

import dataclasses

from sence_gate.config import (
    Config,
    ForwardAuth,
    Learner,
    MetricsSettings,
    Platform,
    Sence,
    StoreSettings,
    setting_names,
)
from sence_gate.config.shape import PagesTable
from sence_gate.courses import Course
from sence_gate.pages import Help
from sence_gate.shared import Branch, Shared

_KEYS = {"dotted": "import", "exceptions": "except"}


def _keys(kind: type) -> set[str]:
    return {_KEYS.get(each.name, each.name) for each in dataclasses.fields(kind) if each.init}


def test_every_field_of_the_settings_is_in_the_list() -> None:
    """A field that the gate reads can be set, and whoever documents it finds it here."""
    names = set(setting_names())
    tables = {"platform": Platform, "store": StoreSettings, "sence": Sence}
    tables |= {
        "learner": Learner,
        "forward_auth": ForwardAuth,
        "pages": PagesTable,
        "metrics": MetricsSettings,
    }
    expected = {f"{table}.{key}" for table, kind in tables.items() for key in _keys(kind)}
    expected = expected - {"pages.help"} | {f"pages.help.{key}" for key in _keys(Help)}
    expected |= _keys(Config) - tables.keys() - {"courses", "shared"}
    expected |= {f"courses[].{key}" for key in _keys(Course) - {"also"}}
    expected |= {f"courses[].also[].{key}" for key in _keys(Branch)}
    expected |= {f"shared[].{key}" for key in _keys(Shared) - {"keys"}}  # they are the courses'
    assert names >= expected
    assert {
        name for name in names - expected if not name.startswith(("otec.", "otecs.", "session."))
    } == set()


def test_the_list_has_no_setting_twice() -> None:
    """One name, one meaning."""
    assert len(set(setting_names())) == len(setting_names())


def test_words_that_python_keeps_for_itself_are_keys_of_the_file() -> None:
    """The file says `import` and `except`, whatever the field is called."""
    assert {"learner.import", "courses[].except"} <= set(setting_names())
    assert not {"learner.dotted", "courses[].exceptions"} & set(setting_names())
