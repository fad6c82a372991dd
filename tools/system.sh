# How the set-up scripts speak, and how they install what belongs to the system. Read by them with `.`; POSIX sh.

say() { echo "setup: $*" >&2; }
die() { say "$@"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# --- Homebrew, where there is one ----------------------------------------------------------------------------------------------

brew=''
for name in brew /opt/homebrew/bin/brew /usr/local/bin/brew; do
    if has "$name"; then brew=$name && break; fi
done
prefix=${brew:+$("$brew" --prefix)}

# --- Packages ------------------------------------------------------------------------------------------------------------------

# Debian's packages under the names of Homebrew's formulae; its pango brings GLib, HarfBuzz and Fontconfig.
formulae() {
    for package in "$@"; do
        case $package in python*) echo python ;; lib*) echo pango ;; default-jre-headless) echo openjdk ;; chromium) echo google-chrome ;; esac
    done | sort -u
}

apt_install() {
    as=''
    if [ "$(id -u)" != 0 ]; then
        if has sudo && sudo -n true 2>/dev/null; then
            as=sudo
        elif has sudo && [ -t 0 ]; then
            as=sudo
            say "sudo may ask for your password"
        else
            die "missing, and only root can install it: apt-get install --no-install-recommends $*"
        fi
    fi
    say "installing with apt-get: $*"
    log=$(mktemp)
    apt() { $as env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null; }
    # On a fresh machine apt has no lists yet, and on an old one they point at what is gone: then renew them, and only then.
    apt install --yes --no-install-recommends "$@" ||
        { apt update && apt install --yes --no-install-recommends "$@"; } ||
        { cat "$log" >&2; rm -f "$log"; die "apt-get failed, its words are above; mend that or run: ${as:+$as }apt-get install --no-install-recommends $*"; }
    rm -f "$log"
}

install() {
    if has apt-get; then
        apt_install "$@"
    elif [ -n "$brew" ]; then
        # shellcheck disable=SC2046  # one formula a word
        set -- $(formulae "$@")
        say "installing with Homebrew: $*"
        HOMEBREW_NO_ENV_HINTS=1 "$brew" install --quiet "$@" >&2 || die "Homebrew failed, its words are above; mend that or run: brew install $*"
    elif [ "$(uname)" = Darwin ]; then
        die "missing, and there is no Homebrew (https://brew.sh) to install it: brew install $(formulae "$@" | xargs)"
    else
        die "missing, and there is no apt-get here: install the packages that Debian calls $*"
    fi
}
