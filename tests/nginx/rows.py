"""Configurations of nginx, as changes of the example: what is told of each, and how much it matters."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

EXAMPLE = Path(__file__).parents[2] / "examples/nginx"


class Row(NamedTuple):
    """What is written otherwise; the level of the first finding with *words*, or "" where all is well."""

    edits: Sequence[tuple[str, str]]
    level: str = ""
    words: str = ""


ASKS = "auth_request /_sence/auth;"
OWN = "    location /_sence/ {"
ANSWER_OFF = "location @sence {\n        auth_request off;"
OFF = f"{OWN}\n        auth_request off;"
QUESTION = "        proxy_pass http://sence_gate;\n        include"
AUTH = "location ^~ /_sence/auth {"
PLATFORM = "        proxy_pass http://platform;\n"
METHOD = "proxy_set_header X-Original-Method $request_method;"
URL = "proxy_set_header X-Original-URL $scheme://$http_host$request_uri;"
ADDRESS = "$scheme://$http_host$request_uri"
CLOSED = "proxy_pass_request_headers off;"
LENGTH = 'proxy_set_header Content-Length "";'
COOKIE = "proxy_set_header Cookie $http_cookie;"
RUN = "        proxy_set_header X-Sence-Run $sence_run;\n"
ALL = "x-sence-run, x-sence-course, x-sence-session"
ERROR_PAGE = "error_page 401 403 500 = @sence;"
SERVER = "    server_name"
CACHE = ("map $http_upgrade", "proxy_cache_path cache keys_zone=z:1m;\nmap $http_upgrade")
KEEPS = "proxy_cache z; proxy_cache_valid any 10m;"
HELD = "proxy_ignore_headers Cache-Control;"
# All that the example says towards the platform, for a location of a row.
SETS = "".join(
    line.strip()
    for line in (EXAMPLE / "campus.conf").read_text(encoding="utf-8").partition("/_sence/ {")[0].splitlines()
    if re.search("proxy_set_header (X-|Accept-Encoding)", line)
)


def before(text: str) -> list[tuple[str, str]]:
    """Return the change that writes *text* before the gate's own location."""
    return [(OWN, f"{text}\n{OWN}")]


def beside(location: str, body: str = "proxy_pass http://platform;") -> list[tuple[str, str]]:
    """Return the change that writes a location before the gate's own; it tells the platform all it should."""
    return before(f"location {location} {{ {SETS} {body} }}")


def inside(text: str) -> list[tuple[str, str]]:
    """Return the change that writes *text* where the platform is served."""
    return [(PLATFORM, f"{text}\n{PLATFORM}")]


def above(text: str) -> list[tuple[str, str]]:
    """Return the change that writes *text* in the server."""
    return [(SERVER, f"{text}\n{SERVER}")]


def asked(text: str) -> list[tuple[str, str]]:
    """Return the change that writes *text* where the question is handed to the gate."""
    return [(AUTH, f"{AUTH} {text}")]


def without(*texts: str) -> list[tuple[str, str]]:
    """Return the change that takes *texts* away."""
    return [(text, "") for text in texts]


def copied(home: Path, edits: Sequence[tuple[str, str]]) -> None:
    """Write the example into *home*, with the changes in whichever file has what they change."""
    for each in EXAMPLE.glob("*.conf"):
        shutil.copy(each, home)
    for old, new in edits:
        texts = {path: path.read_text(encoding="utf-8") for path in home.glob("*.conf")}
        assert any(old in text for text in texts.values()), old
        for path, text in texts.items():
            path.write_text(text.replace(old, new), encoding="utf-8")


THE_QUESTION: Mapping[str, Row] = {
    "no X-Original-URL": Row(without(URL), "error", "lets a visitor say which address"),
    "H1 headers pass, and no X-Original-URL": Row(without(CLOSED, URL), "error", "say which address"),
    "$uri": Row([("$request_uri", "$uri")], "error", "nginx has decoded"),
    "$document_uri": Row([("$request_uri", "${document_uri}")], "error", "nginx has decoded"),
    "relative": Row([(ADDRESS, "$request_uri")], "error", "whole address"),
    "no method": Row(without(METHOD), "error", "tell the method"),
    "one header of its own": Row(
        [("        include", f"        {URL} }} location = /x {{ internal; include")],
        "error",
        "tell the method",
    ),
    "of the server, displaced": Row(
        [
            (SERVER, f"{URL} {METHOD} {SERVER}"),
            (f"{URL}\n", "\n"),
            (f"{METHOD}\n", "\n"),
        ],
        "error",
        "put those of",
    ),
    "not internal": Row(without("        internal;\n"), "error", "asked by any visitor"),
    "no cookies": Row(without(COOKIE), "error", "nobody has a session"),
    "all headers pass": Row(without(CLOSED)),
    "a body": Row(without("proxy_pass_request_body off;")),
    "a body, all headers": Row(without(CLOSED, "proxy_pass_request_body off;")),
    "the length of a body that does not come": Row(without(LENGTH), "error", "forms hang"),
    "its length too, all headers": Row(without(CLOSED, LENGTH), "error", "forms hang"),
    "a body and its length": Row(without("proxy_pass_request_body off;", LENGTH), "error", "forms hang"),
    "not asked": Row(without(ASKS), "error", "nothing asks the gate"),
    "nobody is asked": Row([(ASKS, "auth_request /x;")], "error", "no location of its own"),
    "another address": Row([(QUESTION, QUESTION.replace("gate;", "gate/otro;"))], "error", "ask the gate at"),
    "kept, but the gate forbids it": Row([CACHE, *asked(KEEPS)]),
    "kept for all": Row([CACHE, *asked(KEEPS + HELD)], "error", "one learner's answer for all"),
    "kept for each": Row([CACHE, *asked(f"{KEEPS}{HELD} proxy_cache_key $request_uri$http_cookie;")]),
    "kept for all, by the server": Row([CACHE, *above(KEEPS + HELD)], "error", "answer for all"),
    "callbacks go astray": Row([(OWN, "    location /_sencia/ {")], "error", "SENCE's answers"),
    "callbacks asked, and the gate says yes": Row([(OFF, f"{OWN}\n{ASKS} {ERROR_PAGE}")]),
    "no error_page": Row(without(ERROR_PAGE), "warning", "bare 401"),
    "the answer is not described": Row(
        [("answer break;\n        proxy_pass http://sence_gate;\n        include sence-question.conf;",
          "answer break;\n        proxy_pass http://sence_gate;")], "error", "bare 403"),
    "the answer asks": Row([*above(ASKS), (ANSWER_OFF, "location @sence {")], "error", "asks again"),
    "pages, scripts and forms look alike": Row(
        without("proxy_set_header Sec-Fetch-Mode $http_sec_fetch_mode;"), "warning", "Sec-Fetch-Mode"
    ),
    "an include that finds nothing": Row(
        [("include sence-question.conf", "include sence-q*.cnf")], "error", "say which address"
    ),
    "twice": Row([(ASKS, ASKS * 2)], "error", "stands twice"),
    "in an if": Row(inside("if ($arg_x) { auth_request off; }"), "error", "cannot stand in `if`"),
}  # fmt: skip

THE_PLATFORM: Mapping[str, Row] = {
    "the example": Row([]),
    "no bar in what is packed": Row(
        without('proxy_set_header Accept-Encoding "";'), "warning", "without the bar"
    ),
    "satisfy any, and no other": Row([(ASKS, f"{ASKS} satisfy any;")]),
    "satisfy any, and nobody by address": Row([(ASKS, f"{ASKS} satisfy any; deny all;")]),
    "satisfy any, and some by address": Row(
        [(ASKS, f"{ASKS} satisfy any; allow 127.0.0.1; deny all;")], "error", "allow lets pass"
    ),
    "satisfy any, and some by address in the server": Row(
        [(ASKS, f"{ASKS} satisfy any;"), *above("allow 127.0.0.1; deny all;")], "error", "satisfy all"
    ),
    "satisfy any, and a denial in front of the server's list": Row(
        [(ASKS, f"{ASKS} satisfy any; deny 127.0.0.9;"), *above("allow 127.0.0.1; deny all;")]
    ),
    "satisfy all": Row([(ASKS, f"{ASKS} allow 127.0.0.1; deny all;")]),
    "H5 one is not set": Row(without(RUN), "warning", "x-sence-run"),
    "H6 underscores": Row(above("underscores_in_headers on;"), "error", "X_Original_URL"),
    "H6 dots": Row(above("ignore_invalid_headers off;"), "error", "X.Sence.Run"),
    "H1 X-Script-Name": Row(without('proxy_set_header X-Script-Name "";'), "warning", "x-script-name"),
    "H1 it is set": Row([('proxy_set_header X-Script-Name "";', "proxy_set_header X-Script-Name /c;")]),
    "H1 displaced": Row(
        inside("location /catalogo { proxy_pass http://platform; proxy_set_header X-A b; }"),
        "warning",
        "put those of",
    ),
    "H1 no header passes": Row(
        inside("location /catalogo { proxy_pass http://platform; proxy_set_header Host $http_host;"
               " proxy_pass_request_headers off; }"),
    ),
    "one learner's page to another": Row([CACHE, *inside(KEEPS)], "warning", "one learner's page"),
    "one's own page": Row([CACHE, *inside(f"{KEEPS} proxy_cache_key $request_uri$sence_run;")]),
    "kept for nobody with cookies": Row(
        [CACHE, *inside(f"{KEEPS} proxy_no_cache $http_cookie; proxy_cache_bypass $http_cookie;")]
    ),
    "kept as the platform says": Row([CACHE, *inside("proxy_cache z;")]),
    "only what is not there is kept": Row([CACHE, *inside("proxy_cache z; proxy_cache_valid 404 1m;")]),
    "merge_slashes off": Row(above("merge_slashes off;")),
    "a course beside the gate": Row(beside("/cursos/"), "error", "of the course excel without asking"),
    "a course by an expression": Row(beside("~ ^/cursos"), "error", "without asking"),
    "PHP beside the gate": Row(beside(r"~ \.php$"), "error", "reaches the platform without asking"),
    "P12 a free folder": Row(beside("/static/"), "warning", "reaches the platform without asking"),
    "H6 on free paths too": Row(before("location /static/ { proxy_pass http://platform; }"), "warning", ALL),
}  # fmt: skip

_FREE = f"{SETS} proxy_pass http://platform;"
_ASKED = f"{SETS} {ASKS} {ERROR_PAGE}"
_TAG = """sub_filter '</head>' '<script src="/_sence/banner.js" defer></script></head>';"""
OTHERWISE = "no course guards that"
UNASKED = "of the course excel without asking"
_BY_EXPRESSION = f"location ~ ^/cursos {{ {_ASKED} proxy_pass http://platform; }}"

THE_WAY: Mapping[str, Row] = {
    "nested, and off": Row(
        inside(f"location /cursos/excel/a {{ auth_request off; {_FREE} }}"), "error", UNASKED
    ),
    "nested, and asked": Row(inside(f"location /cursos/excel/a {{ {_FREE} }}")),
    "an expression in a location outranks one beside it": Row(
        [*inside(rf"location ~ \.php$ {{ auth_request off; {_FREE} }}"), *before(_BY_EXPRESSION)],
        "error", UNASKED,
    ),
    "shadowed by an earlier expression": Row(
        before(rf"location ~ \.php$ {{ {_FREE} }} {_BY_EXPRESSION}"), "error", UNASKED
    ),
    "a file beside the gate": Row(before(r"location ~ \.mp4$ { root html; }"), "error", UNASKED),
    "a file that is asked about": Row(before(rf"location ~ \.mp4$ {{ {ASKS} {ERROR_PAGE} root html; }}")),
    "a file again, by an alias": Row(
        before(f"location /cursos/excel/a {{ {ASKS} {ERROR_PAGE} root html; }}"
               " location /antes/ { alias html/cursos/; }"),
        "error", OTHERWISE,
    ),
    "other files, by an alias": Row(
        before(f"location /cursos/excel/a {{ {ASKS} {ERROR_PAGE} root html; }}"
               " location /antes/ { alias html/static/; }"),
    ),
    "try_files after the question": Row(
        [(PLATFORM, "try_files /none @platform;"), *before(f"location @platform {{ {_FREE} {_TAG} }}")]
    ),
    "try_files past it": Row(
        before(f"location /cursos/ {{ try_files /none @platform; }} location @platform {{ {_FREE} }}"),
        "error", UNASKED,
    ),
    "try_files, and the question there": Row(
        before("location /cursos/ { try_files /none @platform; }"
               f" location @platform {{ {_ASKED} proxy_pass http://platform; }}"),
    ),
    "try_files to another address": Row(
        before("location /antes/ { try_files /none /cursos/excel/a; }"), "error", OTHERWISE
    ),
    "error_page past it": Row(
        before(f"location /cursos/ {{ error_page 404 = @platform; }} location @platform {{ {_FREE} }}"),
        "error", UNASKED,
    ),
    "error_page for whom the gate refused": Row(
        [(ERROR_PAGE, "error_page 401 = @platform;"), *before(f"location @platform {{ {_FREE} }}")],
        "error", UNASKED,
    ),
    "rewrite … last": Row(
        before("location /antes/ { rewrite ^/antes/(.*)$ /cursos/$1 last; }"), "error", OTHERWISE
    ),
    "rewrite … break": Row([(ASKS, f"rewrite ^/antes/(.*)$ /cursos/$1 break; {ASKS}")], "error", OTHERWISE),
    "rewrite in the server": Row(above("rewrite ^/antes/(.*)$ /cursos/$1;"), "error", OTHERWISE),
    "rewrite in an if": Row(
        above("if ($http_host) { rewrite ^/antes/(.*)$ /cursos/$1; }"), "error", OTHERWISE
    ),
    "rewrite to all of the platform": Row(
        before("location /interno/ { rewrite ^/interno(/.*)$ $1 last; }"), "error", OTHERWISE
    ),
    "rewrite to a redirect": Row(above("rewrite ^/antes/(.*)$ /cursos/$1 redirect;")),
    "rewrite within the course": Row(above("rewrite ^/cursos/excel/viejo/(.*)$ /cursos/excel/$1;")),
    "rewrite of what is no lesson": Row(above("rewrite ^/antes/(.*)$ /catalogo/$1;")),
    "rewrite that keeps the beginning": Row(above(r"rewrite ^(/.*)\.htm$ $1.html;")),
    "proxy_pass to another address": Row(
        before(f"location /antes/ {{ {_ASKED} proxy_pass http://platform/cursos/; }}"), "error", OTHERWISE
    ),
    "proxy_pass without the mount": Row(
        before(f"location /interno/ {{ {_ASKED} proxy_pass http://platform/; }}"), "error", OTHERWISE
    ),
    "proxy_pass of the same": Row(
        before(f"location /cursos/ {{ {_ASKED} proxy_pass http://platform/cursos/; }}")
    ),
    "proxy_pass to what is no lesson": Row(
        before(f"location /antes/ {{ {_ASKED} proxy_pass http://platform/catalogo/; }}")
    ),
    "internal": Row(before(f"location /antes/ {{ internal; {SETS} proxy_pass http://platform/cursos/; }}")),
    "shut": Row(before("location /cursos/excel/a { deny all; root html; }")),
    "another server": Row(
        [("server {", "server { listen 8000; server_name otro.cl;"
                      " location / { proxy_pass http://platform; } }\nserver {")],
        "error", "otro.cl reaches the platform",
    ),
    "another server that redirects": Row(
        [("server {", "server { listen 8000; server_name otro.cl; return 301 https://otec.cl; }\nserver {")]
    ),
    "merge_slashes off, and a free site": Row(
        [*above("merge_slashes off;"), ("location / {", "location /cursos/ {"), *beside("/")],
        "error", UNASKED,
    ),
}  # fmt: skip

ROWS = {**THE_QUESTION, **THE_PLATFORM, **THE_WAY}
