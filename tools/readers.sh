#!/bin/sh
# Sets up what the tests in tests/readers need beyond those of `make test`, after tools/setup.sh dev:
#
#   Node         into .venv, by hash: requirements/readers.lock
#   its packages into tests/readers/node_modules, by hash: tests/readers/package-lock.json. None of their scripts is run
#   Chromium     from the system; CHROMIUM=<its path> chooses another
#
# When all is there already, it does nothing, in milliseconds. On its last line it prints the path of the browser.
set -eu
cd -P "$(dirname "$0")/.."

. tools/system.sh

readers=tests/readers
stamp=.venv/.readers

# Debian's is found first; GitHub's machines and macOS have Google's.
find_chromium() {
    if [ -n "${CHROMIUM:-}" ]; then set -- "$CHROMIUM"; else set -- chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; fi
    for name in "$@"; do
        command -v "$name" && return
    done
    return 1
}

mark() {
    echo "$(cat requirements/readers.lock "$readers/package-lock.json" tools/readers.sh .venv/.setup | cksum) $PWD"
}

if ! find_chromium >/dev/null; then
    [ -z "${CHROMIUM:-}" ] || die "there is no browser at CHROMIUM=$CHROMIUM"
    install chromium
    find_chromium >/dev/null || die "still missing after the installation: Chromium"
fi

if ! [ -f "$stamp" ] || [ "$(mark)" != "$(cat "$stamp")" ] || ! [ -d "$readers/node_modules" ]; then
    rm -f "$stamp"
    say "installing Node into .venv and the packages of $readers/package-lock.json into $readers/node_modules, once"
    .venv/bin/python -m pip -qq --disable-pip-version-check --no-input install --no-user --require-hashes --no-deps --only-binary :all: \
        -r requirements/readers.lock >&2 || die "Node could not be installed into .venv, pip's words are above"
    PATH="$PWD/.venv/bin:$PATH" npm ci --prefix "$readers" --ignore-scripts --no-audit --no-fund --loglevel=error >&2 ||
        die "the packages of $readers/package-lock.json could not be installed, npm's words are above"
    mark >"$stamp"
fi
find_chromium
