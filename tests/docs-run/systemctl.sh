#!/bin/bash
# Stands in for systemd, which cannot run here: of sipguard's unit it runs what ExecStartPre, ExecStart and ExecReload say, as root.
set -e
unit=/usr/lib/systemd/system/sipguard.service
socket=/run/sipguard/sipguard.sock
pid=/run/sipguard.pid
[ "$2" = sipguard ] || { echo "this systemctl knows sipguard alone, not '$2'" >&2; exit 1; }
said() { sed -n "s/^$1=//p" "$unit"; }
running() { [ -e $pid ] && kill -0 "$(cat $pid)" 2>/dev/null; }
start() {
  $(said ExecStartPre)
  mkdir -p "${socket%/*}"
  RUNTIME_DIRECTORY=/run/sipguard STATE_DIRECTORY=/var/lib/sipguard setsid $(said ExecStart) >>/var/log/sipguard.out 2>&1 </dev/null &
  echo $! >$pid
  until curl --unix-socket $socket --output /dev/null http://localhost/healthz 2>/dev/null; do
    running || { cat /var/log/sipguard.out >&2; exit 1; }
    sleep 0.05
  done
}
stop() {
  if running; then kill -TERM "$(cat $pid)"; fi
  while running; do sleep 0.05; done
}
case $1 in
  start) running || start ;;
  stop) stop ;;
  restart) stop; start ;;
  reload) MAINPID=$(cat $pid) bash -c "$(said ExecReload)" ;;
  *) echo "this systemctl knows start, stop, restart and reload, not '$1'" >&2; exit 1 ;;
esac
