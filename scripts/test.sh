#!/usr/bin/env bash
# Installs what the tests need from Debian (as root; it says what), then types, lint, unused code and all tests.
set -euo pipefail
cd "$(dirname "$0")/.."

# package:program that shows it is there
needed=(nftables:nft iptables:iptables ipset:ipset iproute2:ip iputils-ping:ping fail2ban:fail2ban-regex kamailio:kamailio sip-tester:sipp
  sipvicious:svcrack conntrack:conntrack redis-server:redis-server redis-tools:redis-cli openssl:openssl python3:python3 procps:pkill curl:curl jq:jq sqlite3:sqlite3 zsh:zsh fish:fish
  postgresql:pg_ctlcluster systemd-journal-remote:/lib/systemd/systemd-journal-remote python3-aiosmtpd:aiosmtpd util-linux:setpriv chromium:chromium
  debootstrap:debootstrap patchelf:patchelf man-db:man mandoc:mandoc logrotate:logrotate less:less systemd:systemd-analyze)
missing=()
for entry in "${needed[@]}"; do
  PATH=$PATH:/usr/sbin:/sbin command -v "${entry#*:}" >/dev/null || missing+=("${entry%%:*}")
done
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing from Debian, for the tests: ${missing[*]}"
    # The tests start what they need in namespaces of their own: no package may start its service here.
    policy=/usr/sbin/policy-rc.d
    ours=
    if [ ! -e "$policy" ]; then
      ours=$policy
      trap 'rm -f "$ours"' EXIT
      printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    # exec below ends the shell without its trap. A policy that was there before stays.
    if [ -n "$ours" ]; then rm -f "$ours"; fi
    trap - EXIT
  else
    echo "Not root: tests that need ${missing[*]} will be skipped" >&2
  fi
fi
exec npm run --silent check
