#!/bin/sh
# Install Debian's Chromium and its driver, for the tests of the console.
# Does nothing if they are installed. If it fails, the tests are skipped with its error message.
set -eu

is_installed() { command -v chromium >/dev/null && command -v chromedriver >/dev/null; }

is_installed && exit 0
command -v apt-get >/dev/null || { echo "apt-get is not available" >&2; exit 1; }

# Several test processes may run this at the same time. One installs, the others wait for it.
exec 9>"${TMPDIR:-/tmp}/gemini-clearing-chromium.lock"
flock 9
is_installed && exit 0

if [ "$(id -u)" -eq 0 ]; then as_root=; else as_root="sudo --non-interactive"; fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update --quiet=2
$as_root apt-get install --quiet=2 --yes --no-install-recommends chromium chromium-driver fonts-dejavu-core
