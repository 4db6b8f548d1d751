"""Shell scripts of the cache's pods: whom to follow at a start, keeping to one master, and leaving in order.

A pod's hostname is its StatefulSet's name and its ordinal. Passwords are read from files and given to the client as a
variable of that one command: as an argument, the process list would show them.
"""

from dataclasses import dataclass
from typing import Final

from infra.cache.members import GROUP, QUORUM, Members

MEMBERS: Final = "members.sh"
"""What the other scripts share."""
SERVER: Final = "server.sh"
"""Starts the server; its arguments are the server's."""
SENTINEL: Final = "sentinel.sh"
"""Starts the Sentinel."""
AGREE: Final = "agree.sh"
"""Liveness of the Sentinel: it answers, and agrees with the others on who the master is."""
LEAVE: Final = "leave.sh"
"""Before the server stops: hand over."""
LINGER: Final = "linger.sh"
"""Before the Sentinel stops: the server still needs it to hand over."""
LEAVE_SECONDS: Final = 10
"""How long a master that is stopped waits for another to take over."""


@dataclass(frozen=True)
class Places:
    """Directories in the containers."""

    secret: str = "/etc/valkey/secret"  # noqa: S105 - a directory
    scripts: str = "/etc/valkey/scripts"
    data: str = "/data"


@dataclass(frozen=True)
class Patience:
    """How long servers look for a master before one becomes it, seconds."""

    first: int = 5
    """The first server: its network may come a moment after it."""
    others: int = 60
    """Each other one, for the one before it. Longer than a cluster's DNS remembers that a name did not exist, or two
    would begin as masters that cannot see one another."""


def scripts(members: Members, places: Places, patience: Patience) -> dict[str, str]:
    """File name -> script, for the directory ``places.scripts``."""
    common = f". {places.scripts}/{MEMBERS}\n"
    return {
        MEMBERS: _members(members, places),
        SERVER: common + _server(places, patience),
        SENTINEL: common + _sentinel(places),
        AGREE: common + _AGREE,
        LEAVE: common + _LEAVE,
        LINGER: common + _LINGER,
    }


def _members(members: Members, places: Places) -> str:
    """What the other scripts share."""
    rows = "\n".join(f"{each.host} {each.port} {each.sentinel_port} {each.sentinel_id}" for each in members)
    return f"""\
# Host, port, port and identity of the Sentinel: one line for each ordinal.
members='{rows}'
hostname="${{HOSTNAME:-$(uname -n)}}"
ordinal="${{hostname##*-}}"
field() {{ echo "$members" | sed -n "$(($1 + 1))p" | cut -d ' ' -f "$2"; }}
self="$(field "$ordinal" 1)"
port="$(field "$ordinal" 2)"
sentinel_port="$(field "$ordinal" 3)"
hosts="$(echo "$members" | cut -d ' ' -f 1)"
port_of() {{ echo "$members" | grep -F "$1 " | cut -d ' ' -f 2; }}

# ask HOST PORT COMMAND...
ask() {{
  host="$1" at="$2"; shift 2
  REDISCLI_AUTH="$(cat {places.secret}/password)" timeout 2 valkey-cli -h "$host" -p "$at" "$@" 2>/dev/null </dev/null
}}
is_master() {{ ask "$1" "$2" info replication | grep -q '^role:master'; }}
named_by() {{ ask "$1" "$2" sentinel get-master-addr-by-name {GROUP} | head -n 1 | grep -xF "$hosts"; }}

# The master that a quorum of Sentinels names; fails where there is none.
agreed() {{
  named="$(echo "$members" | while read -r host _ at _; do named_by "$host" "$at"; done)"
  echo "$named" | sort | uniq -c | while read -r count host; do
    if [ "$count" -ge {QUORUM} ]; then echo "$host"; fi
  done | grep .
}}

# The master that any Sentinel names, or a server that says it is one; fails where there is none.
claimed() {{
  echo "$members" | while read -r host at sentinel_at _; do
    named_by "$host" "$sentinel_at" && break
    if is_master "$host" "$at"; then echo "$host"; break; fi
  done | grep .
}}
known() {{ agreed || claimed; }}
"""


def _server(places: Places, patience: Patience) -> str:
    return f"""\
# The first server becomes the master where nobody knows of one. The others wait longer, each for those before it.
waits=$((ordinal * {patience.others} + {patience.first}))
begun="$(date +%s)"
until master="$(known)"; do
  if [ $(($(date +%s) - begun)) -ge "$waits" ]; then master="$self"; break; fi
  sleep 1
done
echo "master: $master"
of="$master $(port_of "$master")"
# Said even of the master: a Sentinel may have had another one written into the settings.
[ "$master" = "$self" ] && of="no one"
exec valkey-server {places.secret}/auth.conf "$@" --port "$port" --replicaof $of \\
  --replica-announce-ip "$self" --replica-announce-port "$port"
"""


def _sentinel(places: Places) -> str:
    return f"""\
# A Sentinel keeps what it learns in its settings, so it gets a copy of its own; it is anew at every start.
until master="$(known)"; do sleep 1; done
echo "master: $master"
umask 077
cat - {places.secret}/sentinel.conf > {places.data}/sentinel.conf <<END
port $sentinel_port
dir {places.data}
sentinel myid $(field "$ordinal" 4)
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $self
sentinel announce-port $sentinel_port
sentinel monitor {GROUP} $master $(port_of "$master") {QUORUM}
END
exec valkey-server {places.data}/sentinel.conf --sentinel "$@"
"""


_AGREE: Final = """\
# Fails where this Sentinel watches another master than a quorum does: started again, it asks the others.
# A server that believes to be a master while a quorum names another becomes that one's replica.
ask "$self" "$sentinel_port" ping | grep -q PONG || exit 1
master="$(agreed)" || exit 0
[ "$(named_by "$self" "$sentinel_port")" = "$master" ] || exit 1
if [ "$master" != "$self" ] && is_master "$self" "$port" && is_master "$master" "$(port_of "$master")"; then
  ask "$self" "$port" replicaof "$master" "$(port_of "$master")"
fi
exit 0
"""
_LEAVE: Final = f"""\
is_master "$self" "$port" || exit 0
ask "$self" "$sentinel_port" sentinel failover {GROUP}
for _ in $(seq {2 * LEAVE_SECONDS}); do
  [ "$(agreed)" = "$self" ] || exit 0
  sleep 0.5
done
exit 0
"""
_LINGER: Final = f"""\
for _ in $(seq {LEAVE_SECONDS + 5}); do
  ask "$self" "$port" ping | grep -q PONG || exit 0
  sleep 1
done
exit 0
"""
