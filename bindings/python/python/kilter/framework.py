"""Frameworks: all definitions of one organisation at one time, from files, the catalogue or a dictionary."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TypeAlias

from . import _html, _native
from ._arguments import path as as_path
from .errors import FrameworkError, Problem, QuestionError, problems_of

__all__ = ["Framework", "catalogue_frameworks", "catalogue_profiles"]

FrameworkSource: TypeAlias = "Framework | str | PathLike[str] | Mapping[str, object]"


def catalogue_frameworks() -> list[str]:
    """The ids of the frameworks of the catalogue.

    >>> import kilter
    >>> "scotland-core-suite" in kilter.catalogue_frameworks()
    True
    """
    return list(_native.catalogue()[0])


def catalogue_profiles() -> list[str]:
    """The ids of the profiles of the catalogue, by which published files are read."""
    return list(_native.catalogue()[1])


class Framework:
    """A framework before it is in a store: its texts, which may be checked, changed and taken into force.

    >>> import kilter
    >>> national = kilter.Framework("scotland-core-suite")
    >>> national.check()
    []
    >>> spoiled = kilter.Framework({"framework": {"id": "mine", "title": "Mine"}, "indicator": [{"id": "A"}]})
    >>> len(spoiled.check()) > 0
    True
    """

    _texts: list[tuple[str, str]]
    _source: str

    def __init__(self, source: FrameworkSource) -> None:
        """From a TOML file, a folder of them, the id of one of the catalogue, or a dictionary of that shape.

        Raises `NotFound` where there is no such thing, and `FrameworkError` where it extends something that
        the catalogue does not have. Other problems are what `check` lists.
        """
        if isinstance(source, Framework):
            self._texts, self._source = source._texts, source._source
        elif isinstance(source, Mapping):
            self._texts = _native.with_what_it_extends([("dictionary", _toml(source))])
            self._source = "dictionary"
        else:
            self._source = as_path("framework", source)
            self._texts = _native.framework_texts(self._source)

    @classmethod
    def from_text(cls, toml: str, name: str = "text") -> Framework:
        """From a text in TOML; `name` is what problems call it."""
        return cls._of(_native.with_what_it_extends([(name, toml)]), name)

    @classmethod
    def _of(cls, texts: Sequence[tuple[str, str]], source: str) -> Framework:
        made = cls.__new__(cls)
        made._texts, made._source = list(texts), source
        return made

    def check(self) -> list[Problem]:
        """Every problem, with text and line; none where the framework is sound."""
        return problems_of(_native.check_framework(self._texts)[1])

    @property
    def texts(self) -> dict[str, str]:
        """The texts by name, what the framework extends first."""
        return dict(self._texts)

    @property
    def id(self) -> str:
        """Its id. Raises `FrameworkError` where it is not sound."""
        return self._sound()[0]

    @property
    def title(self) -> str:
        """Its title. Raises `FrameworkError` where it is not sound."""
        return self._sound()[1]

    @property
    def counts(self) -> dict[str, int]:
        """How many areas, measures, indicators, outcomes and targets it has."""
        return self._sound()[2]

    def _sound(self) -> tuple[str, str, dict[str, int]]:
        found, raw = _native.check_framework(self._texts)
        if found is None:
            raise FrameworkError("\n".join(str(problem) for problem in problems_of(raw)), raw)
        return found

    def __repr__(self) -> str:
        found, raw = _native.check_framework(self._texts)
        if found is None:
            lines = [f"Framework from {self._source}: {len(raw)} problems"]
            return "\n  ".join(lines + [str(problem) for problem in problems_of(raw)])
        identity, title, counts = found
        return f"Framework {identity}: {title} ({', '.join(f'{n} {what}' for what, n in sorted(counts.items()))})"

    def _repr_html_(self) -> str:
        found, raw = _native.check_framework(self._texts)
        if found is None:
            problems = [(p.about or (p.text or ""), p.message) for p in problems_of(raw)]
            return _html.heading(f"Framework from {self._source}: {len(raw)} problems") + _html.pairs(problems)
        identity, title, counts = found
        return _html.heading(f"{title} ({identity})") + _html.pairs(sorted(counts.items()))


def _toml(document: Mapping[str, object]) -> str:
    def plain(value: object, at: str) -> object:
        if isinstance(value, Mapping):
            # A key without a value is a key that is not given.
            return {str(k): plain(v, f"{at}.{k}") for k, v in value.items() if v is not None}
        if isinstance(value, str | bool | int | float):
            return value
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(value, Sequence):
            return [plain(item, f"{at}[{place}]") for place, item in enumerate(value)]
        raise QuestionError(f"{at}: a value of type {type(value).__name__} has no place in a framework")

    try:
        return _native.toml_of_json(json.dumps(plain(document, "framework"), allow_nan=False))
    except RecursionError:
        raise QuestionError("the dictionary holds itself, or is nested too deeply") from None
    except ValueError as error:
        if isinstance(error, QuestionError):
            raise
        raise QuestionError(f"the dictionary is no framework: {error}") from None
