#!/bin/sh
# Install Debian's Chromium and its driver, with which the console is tested.
# Does nothing where they are there; exits 1 where they cannot be had, and the test then skips by name.
set -eu

if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then
    exit 0
fi
command -v apt-get >/dev/null || exit 1

if [ "$(id -u)" -eq 0 ]; then as_root=; else as_root="sudo --non-interactive"; fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update --quiet=2
$as_root apt-get install --quiet=2 --yes --no-install-recommends chromium chromium-driver fonts-dejavu-core
