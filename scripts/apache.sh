#!/bin/sh
# Fetch Apache and two of its modules from Debian's packages; unpacked below .apache and not installed.
# .apache/apache2 starts it; modules are named from there, `LoadModule wsgi_module modules/mod_wsgi.so`.
set -eu
cd "$(dirname "$0")/.."

say() { echo "no Apache to try things on: $1" >&2; exit 1; }

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || say "it comes from Debian's packages, and this is not Debian"
rm -rf .apache && mkdir -p .apache/deb && cd .apache/deb

fetch() { apt-get -qq -o APT::Sandbox::User=root download "$@" 2>&1; }
if ! fetch "$@" >/dev/null; then
  [ "$(id -u)" != 0 ] || apt-get update -qq
  fetch "$@" || say "apt-get could not fetch it; run 'sudo apt-get update', then again"
fi
cd ..
for each in deb/*.deb; do dpkg-deb -x "$each" .; done
ln -s usr/lib/apache2/modules modules
cat > apache2 <<'SCRIPT'
#!/bin/sh
home=$(cd "$(dirname "$0")" && pwd)
LD_LIBRARY_PATH=$(echo "$home"/usr/lib/*-linux-gnu "$home"/lib/*-linux-gnu | tr ' ' :) exec "$home/usr/sbin/apache2" -d "$home" "$@"
SCRIPT
chmod +x apache2 && rm -r deb && touch made
