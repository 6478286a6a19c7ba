"""What reaches the platform through nginx: unasked, untrue, or kept for somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from sence_gate.check import Finding, Level
from sence_gate.forwarded import MISLEADING
from sence_gate.nginx.file import Place

TOLD = ("x-sence-run", "x-sence-course", "x-sence-session")
_SETS = {
    "proxy_pass": ("proxy_set_header", "{}"),
    "grpc_pass": ("grpc_set_header", "{}"),
    "fastcgi_pass": ("fastcgi_param", "http_{}"),
    "uwsgi_pass": ("uwsgi_param", "http_{}"),
    "scgi_pass": ("scgi_param", "http_{}"),
}
# What satisfies `satisfy any` in place of the gate.
_OTHERS = ("auth_basic", "auth_jwt", "access_by_lua_block", "access_by_lua_file")


def told(location: Place) -> Iterator[Finding]:
    """Judge what a platform is told by a visitor: in every spelling, since WSGI and CGI know one only."""
    passing = location.passes_on()
    if location.value(f"{passing.removesuffix('_pass')}_pass_request_headers") == "off":
        return
    directive, form = _SETS[passing]
    given = {name.replace("_", "-") for name in location.sets(directive)}
    displaced = location.displaced(directive)
    why = f": its own {directive} put those of {displaced} out of force" if displaced else ""
    if missing := _missing(TOLD, form, given):
        text = f"passes on what a visitor wrote as {', '.join(missing)}{why}"
        yield Finding(Level.WARNING, location.line, f"{text} — set them as in examples/nginx")
    if missing := _missing(MISLEADING, form, given):
        text = f"lets a visitor choose which page some platforms serve, by {', '.join(missing)}{why}"
        lines = " ".join(f'`{directive} {_spelt(form, name)} "";`' for name in missing)
        yield Finding(Level.WARNING, location.line, f"{text} — write {lines}")


def satisfied(location: Place) -> Iterator[Finding]:
    """Judge what lets a visitor pass in place of the gate's yes."""
    if location.value("satisfy") != "any":
        return
    others = [name for name in _OTHERS if location.value(name) not in ("", "off")]
    if _allows(location):
        others.append("allow")
    if others:
        text = f"whom {' or '.join(others)} lets pass is not asked about, by `satisfy any`"
        yield Finding(Level.ERROR, location.line, f"{text} — write `satisfy all`")


def kept(location: Place) -> Iterator[Finding]:
    """Judge a cache that shows one learner's page to another; each is asked about, and may pass."""
    kind = location.passes_on().removesuffix("_pass")
    if location.value(f"{kind}_cache") in ("", "off") or location.all(f"{kind}_no_cache"):
        return
    codes = [args[:-1] for args in location.all(f"{kind}_cache_valid")]
    # What the platform itself says of caches is its own affair.
    is_kept = any(not given or {"200", "any"} & set(given) for given in codes)
    if is_kept and not _is_personal(location, location.value(f"{kind}_cache_key")):
        line = f"`{kind}_no_cache $http_cookie; {kind}_cache_bypass $http_cookie;`"
        text = f"shows one learner's page to another — write {line}, or `{kind}_cache off;`"
        yield Finding(Level.WARNING, location.line, text)


def written_into(location: Place) -> Iterator[Finding]:
    """Judge whether nginx can write the bar's tag into a page: what the platform packs it cannot."""
    writes = any("banner.js" in " ".join(args) for args in location.all("sub_filter"))
    is_asked_for = location.value("proxy_pass_request_headers") != "off"
    is_plain = location.sets("proxy_set_header").get("accept-encoding") == ""
    if writes and location.passes_on() == "proxy_pass" and is_asked_for and not is_plain:
        text = "leaves pages that the platform packs without the bar"
        yield Finding(Level.WARNING, location.line, f'{text} — write `proxy_set_header Accept-Encoding "";`')


def _missing(names: tuple[str, ...], form: str, given: set[str]) -> list[str]:
    return [name for name in names if form.format(name).replace("_", "-") not in given]


def _spelt(form: str, name: str) -> str:
    return name.title() if form == "{}" else form.format(name).replace("-", "_").upper()


def _allows(location: Place) -> bool:
    """Tell whether somebody is let pass by the address; `allow` and `deny` are taken over together."""
    place: Place | None = location
    while place is not None and not (place.own("allow") or place.own("deny")):
        place = place.above
    return bool(place and place.own("allow"))


def _is_personal(location: Place, key: str) -> bool:
    told = [args[0] for args in location.all("auth_request_set") if "x_sence_" in args[-1].lower()]
    return "cookie" in key or any(variable in key for variable in told)
