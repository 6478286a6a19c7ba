#!/bin/sh
# Fetch HTML that nobody here wrote, for the tests: Debian's packages, unpacked below .documents and not installed.
# Old and new, with framesets, without doctypes, in several charsets, some of it gzipped, some of it no whole page.
set -eu
cd "$(dirname "$0")/.."

say() { echo "no documents for the tests: $1" >&2; exit 1; }

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || say "they come from Debian's packages, and this is not Debian"
rm -rf .documents && mkdir -p .documents/deb && cd .documents/deb

fetch() { apt-get -qq -o APT::Sandbox::User=root download $packages 2>&1; }
# The manual of PostgreSQL carries its version in the name of its package.
name() { echo "$@" "$(apt-cache depends postgresql-doc 2>/dev/null | sed -n 's/.*Depends: //p')"; }

packages=$(name "$@")
if ! fetch >/dev/null; then
  [ "$(id -u)" != 0 ] || apt-get update -qq
  packages=$(name "$@")
  fetch || say "apt-get could not fetch them; run 'sudo apt-get update', then again"
fi
for each in *.deb; do
  folder=../${each%%_*}
  mkdir "$folder"
  dpkg-deb --fsys-tarfile "$each" | tar --extract --directory "$folder" --wildcards '*.htm*'
done
cd .. && rm -r deb && touch made
