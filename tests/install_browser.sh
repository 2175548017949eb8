#!/usr/bin/env bash
# Brings Debian's Chromium (without windows) and a Japanese font for the browser tests, if they are missing and can be installed.
set -u
have_font() { fc-list :lang=ja 2>/dev/null | grep -q .; }
has_browser() { command -v chromium-headless-shell >/dev/null 2>&1 || command -v chromium >/dev/null 2>&1; }
if has_browser && have_font; then exit 0; fi
say='apt-get update && apt-get install -y --no-install-recommends chromium-headless-shell fonts-noto-cjk'
if [ "$(id -u)" = 0 ]; then
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell fonts-noto-cjk fontconfig) >/dev/null 2>&1 && exit 0
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
  (sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell fonts-noto-cjk fontconfig) >/dev/null 2>&1 && exit 0
fi
echo "Browser tests are not run: Chromium or a Japanese font is missing. As root: $say" >&2
exit 0
