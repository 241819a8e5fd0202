#!/bin/sh
# Answers every request with the menu; `once` prints it and ends.
set -e
if [ "$1" = once ]; then exec cat /srv/menu.txt; fi
while true; do
  { printf 'HTTP/1.0 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'; cat /srv/menu.txt; } | nc -l -p "$PORT"
done
