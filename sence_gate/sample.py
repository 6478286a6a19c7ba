"""The `sence-gate.toml` that `sence-gate init` writes: every setting, explained in a line.

What has a default is there as a comment with that default; what must be given is
there with a value that loads, so that the gate starts at once against SENCE's
test environment. The keys are made anew for each file. A test holds this page
against the list of settings, and its defaults against the real ones.
"""

from __future__ import annotations

import json
import secrets

_TEMPLATE = """\
# Settings of sence_gate. Lines that begin with "# key =" show the default.
# Any key but those of courses can come from the environment instead:
# SENCE_GATE_PUBLIC_URL, SENCE_GATE_STORE__URL, or from a file with the suffix _FILE.
# `sence-gate check` tells what is wrong here. This file holds secrets: chmod 600.

# The address that browsers and SENCE use: scheme, host, and the path below which the platform stands.
public_url = {public_url}

# Where the gate's own pages live, below public_url.
# prefix = "/_sence"

# "test" (rcetest: nothing counts) or "production" (rce). A course may have its own.
# environment = "test"

# With which key learners sign in at SENCE: "clave_sence" or "clave_unica".
# Left out: Clave SENCE in the test environment, Clave Única in production.
# credential = "clave_unica"

# Where learners log out of the platform: with an open session they are asked first whether to close it.
# logout_paths = []

# They sign cookies and attempts. Newest first: the first signs, all are believed.
secret_keys = [{secret_key}]

# Addresses or networks of proxies whose X-Forwarded-* and identity headers are believed; nobody by default.
# trusted_proxies = []

# Only for a trial over plain http on a host that is not this machine.
# insecure_cookies = false

[platform]
# What stands behind the gate, for `sence-gate serve` and `sence_gate.wsgi`; one of the two:
# a WSGI application, "package.module:application",
# wsgi = ""
# or any platform that speaks HTTP: "http://127.0.0.1:8080", "https://interno.otec.cl", "unix:///run/campus.sock".
# upstream = ""
# For upstream: a Host in place of the browser's; a PEM file in place of the system's certificates;
# how long (seconds) the platform may take to begin an answer, and between two pieces of it.
# host = ""
# ca = ""
# timeout_seconds = 60.0

[store]
# A file; relative to this one, or sqlite:////absolute/path. All workers of the host share it.
# url = "sqlite:///sence-gate.sqlite"
# While the store cannot be asked, learners with a session cookie go on until its end ("trust-cookie"),
# or get 503 ("refuse").
# on_failure = "trust-cookie"
# With a store that several hosts share: what it cannot take is kept in this file, and brought later.
# spool = "sence-gate-spool.sqlite"
# How long (seconds) a worker may believe its last look at the store.
# recheck_seconds = 5.0

[sence]
# Point it at `sence-gate simulator` to develop.
# base_url = "https://sistemas.sence.cl"
# Further origins from which SENCE's answers may come.
# origins = []

[learner]
# Who tells the RUN: "ask" (it is typed), "environ", "header", "import", "whoami", "django" or "flask".
# source = "ask"
# The variable of source = "environ".
# key = "REMOTE_USER"
# The header of source = "header"; needs trusted_proxies.
# name = ""
# The function of source = "import": "package.module:function", from the WSGI environ to the RUN or None.
# import = ""
# Of "whoami": the address at the platform that says who is logged in, and where in the answer the name is:
# a JSON pointer ("/data/username"), or a pattern whose first group it is.
# url = ""
# json = ""
# regex = ""
# A pattern of the answers without a name that mean that nobody is logged in.
# nobody = ""
# How long a name is believed for the same cookies, and how long the platform may take.
# cache_seconds = 10.0
# timeout_seconds = 3.0
# Of "django": the user's attribute with the RUN (left out: username). Of "flask": the session's key.
# attribute = ""
# Where the source says that somebody looks through another's account: a variable, a header, a session's key.
# impersonated = ""
# Who passes without SENCE: RUNs, user names ("prof-*"), "group:Docentes", "field:is_staff".
# exempt = []
# A CSV "user,run" with the RUNs of the platform's user names, where these are not RUNs.
# roster = ""

[forward_auth]
# For a front server that asks whether a request may pass (docs/deploy.md); needs trusted_proxies.
# "nginx", or "forward" for Caddy and Traefik.
# dialect = "nginx"
# What it must send in X-Sence-Gate-Secret, 32 characters or more.
# secret = ""

[metrics]
# Who besides this machine may read the counts at /metrics (extra "metrics"): addresses, networks, or "unix".
# allow = []

[pages]
# What learners see: a picture beside this file, or with a slash in front a path of the platform.
# logo = ""
# Of the buttons, under white text; refused where it cannot be read.
# colour = ""
# A folder with templates of your own, one by one in the place of ours; see docs/pages.md.
# templates = ""

[pages.help]
# Whom learners ask; on every page, beside the code of the incident.
# text = ""
# mail = ""
# phone = ""
# With the country, like "+56 9 1234 5678".
# whatsapp = ""

[session]
# How long a session lasts, when its end is announced, and how long forms still pass after the end.
# A course may have its own.
# minutes = 180
# warning_minutes = 10
# grace_minutes = 15

# The training body. Several: [otecs.norte], [otecs.sur] …, chosen by a course's otec = "norte".
[otec]
rut = "76543210-3"
token = "00000000-0000-0000-0000-000000000000"  # issue it at https://sistemas.sence.cl/rts
# name = ""

# One table for each course, tried in this order: the first that matches a request guards it.
[[courses]]
id = "excel"  # small letters, digits and dashes
name = "Excel básico"
paths = ["/cursos/excel/"]  # and everything below; {{name}} stands for one segment
# All pairs must be in the query, as in /course/view.php?id=5.
# query = {{}}
# Never gated, although below a path.
# except = []
# Further places, such as {{ paths = ["/mod/forum/index.php"], query = {{ course = "5" }} }}
# also = []
# What stands for the course in the platform's own pages, for [[shared]] below.
# key = ""
linea_capacitacion = 3  # 1 programas sociales, 3 franquicia tributaria, 6 FPT
# "-1" switches SENCE's check of a code off, in the test environment only.
cod_sence = "-1"  # 10 characters; left out on line 1
codigo_curso = "-1"  # SENCE's id of this very course, 7 characters or more
# otec = ""
# environment = "test"
# minutes = 180
# warning_minutes = 10
# grace_minutes = 15
# A CSV "course,run,codigo_curso,cod_sence,linea_capacitacion,exempt,from,until" of those enrolled; all but
# the first two may be empty.
# enrolments = ""
# Who is in no row: "require" (as everybody), "pass" (is no learner of SENCE's), "deny".
# unlisted = "require"

# Paths that belong to several courses: an open session in one of them admits, else the learner chooses.
# With `page` the course is read from the platform's page; its group `key` is the key of a course.
#   [[shared]]
#   paths = ["/mod/", "/pluginfile.php/"]
#   query = {{}}
#   except = []
#   courses = ["excel"]  # all, when left out
#   page = 'class="[^"]*\\bcourse-(?P<key>\\d+)\\b'
#   unnamed = "pass"  # a page in which nothing was found: "pass", or "any" (of the courses will do)
"""


def sample_toml(public_url: str = "https://campus.otec.cl") -> str:
    """Return a commented configuration for *public_url*, with fresh keys."""
    return _TEMPLATE.format(
        public_url=json.dumps(public_url), secret_key=json.dumps(secrets.token_urlsafe(48))
    )
