"""Apache with a module that looks at a cookie before each page: what others pay for the same promise.

mod_auth_cas keeps a learner's session in a file that its cookie names, and reads
that file for every request. `make .apache/made` unpacks both.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import running

APACHE = Path(__file__).parent.parent / ".apache/apache2"
_COOKIE = "0123456789abcdef0123456789abcdef"
COOKIE = f"Cookie: campus=abcdefghijklmnopqrstuvwxyz; MOD_AUTH_CAS={_COOKIE}"
_MAIN = """\
ServerName localhost
PidFile {folder}/apache.pid
ErrorLog {folder}/apache.log
LogLevel error
{user}
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule authz_user_module modules/mod_authz_user.so
LoadModule auth_cas_module modules/mod_auth_cas.so
StartServers 1
ServerLimit 1
ThreadsPerChild 32
MaxRequestWorkers 32
MaxKeepAliveRequests 0
Listen 127.0.0.1:{alone}
Listen 127.0.0.1:{with_cas}
DocumentRoot {folder}/pages
CASLoginURL https://cas.example/login
CASValidateURL https://cas.example/serviceValidate
CASCookiePath {sessions}/
<VirtualHost 127.0.0.1:{with_cas}>
  <Location />
    AuthType CAS
    Require valid-user
  </Location>
</VirtualHost>
"""
_SESSION = """\
<cacheEntry xmlns="http://uconn.edu/cas/mod_auth_cas">
<user>11111111-1</user>
<issued>{now}</issued>
<lastactive>{now}</lastactive>
<path>/</path>
<ticket>ST-1</ticket>
</cacheEntry>
"""


@contextmanager
def apache(folder: Path, alone: int, with_cas: int) -> Iterator[int]:
    """Serve `pages` of *folder* until the block ends, at *with_cas* to `COOKIE` only; yield the process."""
    sessions = folder / "cas"
    sessions.mkdir()
    file = sessions / _COOKIE
    file.write_text(_SESSION.format(now=time.time_ns() // 1_000), encoding="ascii")
    is_root = os.geteuid() == 0
    if is_root:  # Apache serves no pages as root
        for each in (sessions, file):
            shutil.chown(each, "www-data", "www-data")
    user = "User www-data\nGroup www-data" if is_root else ""
    text = _MAIN.format(folder=folder, alone=alone, with_cas=with_cas, sessions=sessions, user=user)
    main = folder / "apache.conf"
    main.write_text(text, encoding="utf-8")
    with running([str(APACHE), "-f", str(main), "-DFOREGROUND"], alone, folder) as process:
        yield process
    shutil.rmtree(sessions)
