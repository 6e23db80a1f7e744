#!/usr/bin/env bash
# Installs what the real-peer tests and the benchmarks need, and only what is missing.
set -euo pipefail

missing=()
need() { # need PACKAGE COMMAND...: the package is wanted when the command fails
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}
need gcc command -v gcc
need pkg-config command -v pkg-config
need libpcap-dev test -e /usr/include/pcap.h
need libmodbus-dev pkg-config --exists libmodbus
need mbpoll command -v mbpoll
need ethtool env PATH="$PATH:/usr/sbin" ethtool --version
need iproute2 env PATH="$PATH:/usr/sbin" ip -V
need nftables env PATH="$PATH:/usr/sbin" nft -v
need procps env PATH="$PATH:/usr/sbin" sysctl -V
need util-linux command -v setpriv
need haproxy env PATH="$PATH:/usr/sbin" haproxy -v
need python3 command -v python3
need python3-venv python3 -c 'import ensurepip, venv'
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        as_root=(sudo)
    else
        echo "Missing packages: ${missing[*]}. Install them as root (on Debian: apt-get install ${missing[*]}), then run make again." >&2
        exit 1
    fi
fi
if ! command -v apt-get >/dev/null; then
    echo "Missing: ${missing[*]} (Debian's names). There is no apt-get here: install them, then run make again." >&2
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Installing ${missing[*]}"
{
    "${as_root[@]}" apt-get update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}"
} >"$log" 2>&1 </dev/null || {
    tail -n 30 "$log" >&2
    exit 1
}
