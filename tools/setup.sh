#!/bin/sh
# Sets the checkout up for work; `make` calls it before everything else.
#
#   sh tools/setup.sh press    what building the book needs: requirements/press.lock
#   sh tools/setup.sh dev      and what the tests need:      requirements/dev.lock, Java
#
# All of Python goes into .venv, by hash. Libraries of the system come through apt-get or Homebrew, said out loud; where that
# cannot be done, one line says what to install. When all is there already, it does nothing, in milliseconds.
# PYTHON=python3.12 chooses the interpreter.
set -eu
cd -P "$(dirname "$0")/.."

level=${1:-}
stamp=.venv/.setup
oldest='3.11'

case $level in press | dev) ;; *) echo "usage: sh tools/setup.sh press|dev" >&2; exit 2 ;; esac

# --- Is it done already? ------------------------------------------------------------------------------------------------------

# The stamp has one line for each level that is ready. It names all that a venv hangs on: the lock, how it was installed, the
# Python, and the folder, since a venv does not survive being moved.
mark() {
    echo "$1 $(cat "requirements/$1.lock" tools/setup.sh tools/system.sh tools/libraries.py | cksum) $(.venv/bin/python -V 2>/dev/null) $PWD"
}
ready() {
    [ -f "$stamp" ] && grep -qxF -e "$(mark "$1")" "$stamp" && [ "${PYTHON:+$("$PYTHON" -V 2>/dev/null)}" = "${PYTHON:+$(.venv/bin/python -V)}" ]
}

if ready "$level"; then exit 0; fi

. tools/system.sh

# --- The system: a Python, the libraries of WeasyPrint, Java ------------------------------------------------------------------

# The first Python that is new enough. macOS brings an old python3, so Homebrew's is looked for by its path.
find_python() {
    if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3 python3.14 python3.13 python3.12 python3.11 ${prefix:+"$prefix/bin/python3"}; fi
    for name in "$@"; do
        "$name" -c "import sys; sys.exit(sys.version_info < (${oldest%.*}, ${oldest#*.}))" 2>/dev/null && command -v "$name" && return
    done
    return 1
}

# Homebrew's openjdk is not put on the PATH, and macOS brings a `java` that only says that there is none: so try them.
find_java() {
    for name in java ${prefix:+"$prefix/opt/openjdk/bin/java"}; do
        "$name" -version >/dev/null 2>&1 && command -v "$name" && return
    done
    return 1
}

# What is missing, under the names of Debian's packages.
missing() {
    # Debian keeps ensurepip, without which there is no venv, in a package of its own.
    "$python" -c 'import ctypes, ensurepip, ssl' 2>/dev/null || "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    "$python" tools/libraries.py ${prefix:+"$prefix/lib"} 2>/dev/null || :
    [ "$level" = press ] || find_java >/dev/null || echo default-jre-headless
}

old=$("${PYTHON:-python3}" -V 2>/dev/null) || old=''
if ! find_python >/dev/null; then
    too_old="Python $oldest or later is needed, and ${PYTHON:-python3} is ${old:-not there}"
    [ -z "${PYTHON:-}" ] || die "$too_old"
    { has apt-get && [ -z "$old" ]; } || { [ -n "$brew" ] && ! has apt-get; } || die "$too_old: install one, then: make PYTHON=<its path>"
    install python3 python3-venv
    find_python >/dev/null || die "$too_old: install one, then: make PYTHON=<its path>"
fi
python=$(find_python)

wanted=$(missing)
if [ -n "$wanted" ]; then
    # shellcheck disable=SC2086  # one package a word
    install $wanted
    wanted=$(missing | xargs)
    [ -z "$wanted" ] || die "still missing after the installation: $wanted"
fi

# --- The venv -----------------------------------------------------------------------------------------------------------------

in_venv() { .venv/bin/python "$@"; }
contents() { ls .venv/lib/python*/site-packages; }

# From here on nothing counts as done until the last line has run. Only a venv that was ready and in which nothing has changed
# yet (the network is down, say) gets its stamp back.
stamped='' before=''
leave() {
    status=$?
    [ "$status" = 0 ] || [ -z "$stamped" ] || [ "$before" != "$(contents)" ] || echo "$stamped" >"$stamp"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ "$level" = dev ] && ready press && ! grep -q '^dev ' "$stamp"; then
    # dev.lock only adds to press.lock, at the same versions.
    stamped=$(cat "$stamp") before=$(contents)
    rm -f "$stamp"
else
    rm -rf .venv
    "$python" -m venv .venv || die "$python cannot make a venv, its words are above"
    if [ -n "$prefix" ] && [ "$(uname)" = Darwin ]; then
        # A Python that is not Homebrew's does not look into Homebrew's folder, and macOS takes DYLD_ variables away from all
        # that a shell starts: so every Python of the venv sets it for itself, before WeasyPrint asks.
        echo "import os; os.environ.setdefault('DYLD_FALLBACK_LIBRARY_PATH', '$prefix/lib:/usr/local/lib:/usr/lib')" \
            >"$(in_venv -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/homebrew.pth"
    fi
fi

say "installing the packages of requirements/$level.lock into .venv, once"
pip() { in_venv -m pip -qq --disable-pip-version-check --no-input "$@" >&2; }
pip install --no-user --require-hashes --no-deps --only-binary :all: -r "requirements/$level.lock" ||
    die "the packages could not be installed into .venv ($(in_venv -V)), pip's words are above"
pip check || die "requirements/$level.lock is not whole, pip's words are above: make lock"
in_venv -W ignore -c 'import weasyprint' >&2 || die "WeasyPrint does not start, its words are above"

if [ "$level" = dev ] && ! java -version >/dev/null 2>&1; then
    # Homebrew's, then: make puts .venv/bin on the PATH.
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$(find_java)" >.venv/bin/java
    chmod +x .venv/bin/java
fi

{
    mark press
    [ "$level" = press ] || mark dev
} >"$stamp.new"
mv "$stamp.new" "$stamp"
