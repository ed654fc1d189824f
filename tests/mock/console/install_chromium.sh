#!/bin/sh
# Install Debian's Chromium and its driver, with which the console is tested.
# Does nothing where they are there; fails where they cannot be had, and the test then skips by name.
set -eu

is_there() { command -v chromium >/dev/null && command -v chromedriver >/dev/null; }

is_there && exit 0
command -v apt-get >/dev/null || { echo "there is no apt-get here" >&2; exit 1; }

# Several test processes may come here at once; one installs, the others wait for it.
exec 9>"${TMPDIR:-/tmp}/gemini-clearing-chromium.lock"
flock 9
is_there && exit 0

if [ "$(id -u)" -eq 0 ]; then as_root=; else as_root="sudo --non-interactive"; fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update --quiet=2
$as_root apt-get install --quiet=2 --yes --no-install-recommends chromium chromium-driver fonts-dejavu-core
