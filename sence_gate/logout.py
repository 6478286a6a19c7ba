"""Is this request the one with which a learner leaves the platform?

The operator lists the addresses as browsers see them: a path, everything below it when
it ends in a slash, and a query of which every pair must be there (`/wp-login.php?action=logout`).
Exact, unlike the paths of courses: a request that is not recognised costs an offer, and opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote_to_bytes


class LogoutPaths:
    """The addresses of *paths*, below the path of public_url or not: front servers may take *mount* off."""

    def __init__(self, paths: Iterable[str], mount: str = "") -> None:
        self._rules: list[tuple[str, frozenset[tuple[str, str]]]] = []
        for path in paths:
            place, _, query = path.partition("?")
            pairs = frozenset(_pairs(query))
            bare = place.removeprefix(mount)
            self._rules += [(each, pairs) for each in dict.fromkeys((place, bare, mount + bare))]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def holds(self, path: str, query: str) -> bool:
        """Tell whether *path*, decoded as WSGI decodes it, and *query* are such an address."""
        for place, pairs in self._rules:
            is_there = path.startswith(place) if place.endswith("/") else path == place
            if is_there and (not pairs or pairs <= set(_pairs(query))):
                return True
        return False

    def holds_url(self, url: str) -> bool:
        """Tell the same of a local *url*."""
        path, _, query = url.partition("?")
        return self.holds(unquote_to_bytes(path).decode("latin-1"), query)


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return []
