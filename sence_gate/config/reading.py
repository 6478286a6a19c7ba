"""From a parsed file to the dataclasses of `shape`, with every misfit told at once.

cattrs walks the classes and collects what does not fit. Here it is made strict:
an unknown key is a fault, and so is a value of another type (`"3"` is no number,
one text is no list of texts). What could not be read is left out and the rest
read again, so that the rules can judge the rest in the same run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from types import GenericAlias
from typing import Any, get_args, get_origin

from cattrs import ClassValidationError, Converter, ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn, override

from sence_gate.config.faults import Faults, advice, nearest
from sence_gate.config.shape import Settings, all_settings, key_of

LONGEST = 10_000  # characters of one text; a pattern of a million takes seconds to read

Keys = tuple[str | int, ...]


class Mismatch(Exception):
    """A value is not of the type of its setting. The value is not told: it may be a secret."""


def read(data: Mapping[str, object], faults: Faults) -> Settings:
    """Return *data* as settings; what cannot be read is left at its default and noted in *faults*."""
    try:
        return _CONVERTER.structure(data, Settings)
    except ClassValidationError as error:
        rest: Any = data
        for keys, found in _misfits(error, ()):
            _note(keys, found, faults)
            rest = _without(rest, keys)
        return _CONVERTER.structure(rest, Settings)


def _misfits(error: Exception, keys: Keys) -> Iterator[tuple[Keys, Exception]]:
    """Yield what is wrong and where, from the tree of exceptions that cattrs builds."""
    match error:
        case ClassValidationError():
            names = {each.name: key_of(each) for each in dataclasses.fields(error.cl)}
            attributes, bare = error.group_exceptions()
            below = [(inner, (*keys, names[note.name])) for inner, note in attributes]
        case IterableValidationError():
            items, bare = error.group_exceptions()
            below = [(inner, (*keys, note.index)) for inner, note in items]
        case ForbiddenExtraKeysError():
            for extra in sorted(error.extra_fields, key=str):
                yield (*keys, extra), ForbiddenExtraKeysError(None, error.cl, {extra})
            return
        case _:
            yield keys, error
            return
    for inner, deeper in [*below, *((each, keys) for each in bare)]:
        yield from _misfits(inner, deeper)


def _note(keys: Keys, found: Exception, faults: Faults) -> None:
    match found:
        case Mismatch():
            faults.add_unreadable(_place(keys), str(found))
        case ForbiddenExtraKeysError():
            faults.add(_place(keys), f"unknown key — {_where_it_belongs(str(keys[-1]), found.cl)}")
        case _:
            raise found  # a bug of ours, not a fault of the operator's


def _place(keys: Keys) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


def _where_it_belongs(word: str, table: type) -> str:
    here = [key_of(each) for each in dataclasses.fields(table)]
    if nearest(word, here):
        return advice(word, here)
    for setting in all_settings():
        if setting.keys[-1] == word:
            above = ".".join(setting.keys[:-1])
            return f"it belongs in [{above}]" if above else "it belongs at the top, before the first [table]"
    return f"remove it; known here: {', '.join(here)}"


def _without(data: Any, keys: Keys) -> Any:
    """Return a copy of *data* without what stands at *keys*; an item of a list becomes an empty table."""
    match data, keys:
        case Mapping(), (key,):
            return {name: value for name, value in data.items() if name != key}
        case Mapping(), (key, *deeper):
            return {**data, key: _without(data[key], tuple(deeper))}
        case ((list() | tuple()), (index, *deeper)):
            return [_without(item, tuple(deeper)) if at == index else item for at, item in enumerate(data)]
        case _:
            return {}


def _mismatch(expected: str, found: object, verb: str = "is") -> Mismatch:
    return Mismatch(f"{verb} {_described(found)} — write {expected}")


def _described(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "a table"
        case _:
            return f"a {type(value).__name__}"


def _text(value: object, _: type) -> str:
    if not isinstance(value, str):
        raise _mismatch("text in quotes", value)
    return _sayable(str(value))


def _sayable(text: str) -> str:
    """Return *text*, if files, pages and patterns can hold it: not all that a mapping brings is text."""
    if len(text) > LONGEST:
        raise Mismatch(f"has {len(text)} characters — write at most {LONGEST}")
    if "\0" in text or text.encode(errors="replace").decode() != text:
        raise Mismatch("holds a NUL, or half a character — write it as UTF-8, without")
    return text


def _flag(value: object, _: type) -> bool:
    if not isinstance(value, bool):
        raise _mismatch("true or false without quotes", value)
    return value


def _whole_number(value: object, _: type) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _mismatch("a whole number without quotes", value)
    return value


def _number(value: object, _: type) -> float:
    if isinstance(value, float):
        return value
    # The comparison is exact, also for whole numbers beyond every float.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15:
        return float(value)
    raise _mismatch("a number without quotes", value)


def _choice(value: object, kind: type[StrEnum]) -> StrEnum:
    words = [member.value for member in kind]
    if isinstance(value, str) and value in words:
        return kind(value)
    if isinstance(value, str):
        raise Mismatch(f"is an unknown word — {advice(value, words)}")
    raise _mismatch(f"one of {', '.join(words)}", value)


def _texts(value: object, _: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _mismatch('a list of texts (["…"])', value)
    for item in value:
        if not isinstance(item, str):
            raise _mismatch('texts in quotes (["…"])', item, "holds")
    return tuple(map(_sayable, value))


def _tables(value: object, kind: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise _mismatch("a list of tables, each under [[double brackets]]", value)
    items: Any = GenericAlias(list, get_args(kind)[:1])
    return tuple(_CONVERTER.structure(list(value), items))


def _named(value: object, kind: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _mismatch("a table", value)
    for name in value:
        if not isinstance(name, str):
            raise _mismatch("names that are text", name, "holds")
        _sayable(name)
    for item in value.values():
        if get_args(kind)[1] is str and not isinstance(item, str):
            raise _mismatch('texts in quotes ({ id = "5" })', item, "holds")
    named: Any = GenericAlias(Mapping, get_args(kind))
    return dict(_CONVERTER.structure(value, named))


def _table(kind: Any, converter: Converter) -> Callable[[object, type], Any]:
    keys: dict[str, Any] = {each.name: override(rename=key_of(each)) for each in dataclasses.fields(kind)}
    fill = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True, **keys)

    def guarded(value: object, kind: type) -> Any:
        if not isinstance(value, Mapping):
            raise _mismatch("a table", value)
        return fill(value, kind)

    return guarded


def _is_tables(kind: Any) -> bool:
    return get_origin(kind) is tuple and dataclasses.is_dataclass(get_args(kind)[0])


def _is_texts(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind)[0] is str


def _is_named(kind: Any) -> bool:
    return get_origin(kind) is dict


def _strict_converter() -> Converter:
    converter = Converter(detailed_validation=True)
    for kind, hook in (
        (str, _text),
        (StrEnum, _choice),
        (bool, _flag),
        (int, _whole_number),
        (float, _number),
    ):
        converter.register_structure_hook(kind, hook)
    for is_meant, by_kind in (
        (_is_texts, _texts),
        (_is_tables, _tables),
        (_is_named, _named),
    ):
        converter.register_structure_hook_func(is_meant, by_kind)
    converter.register_structure_hook_factory(dataclasses.is_dataclass, _table)
    return converter


_CONVERTER = _strict_converter()
