# ping, with raw sockets and with those for everybody.
export LC_ALL=C
cd "$(mktemp -d)" && chmod 755 .
trap 'rm -r "$PWD"' EXIT
# A copy has no capabilities of its own.
cp "$(command -v ping)" own-ping
unshare -n bash -c '
  ip link set lo up
  ping -c1 127.0.0.1
  ping -c2 -i0.2 ::1
  ping -c1 -s 1000 localhost
  ping -c1 -t 5 127.1.2.3
  ping -f -c20 127.0.0.1 | grep transmitted
  ping -c1 -W1 10.0.0.1
  setpriv --reuid 1234 --regid 500 --clear-groups ./own-ping -c1 127.0.0.1
  sysctl -qw net.ipv4.ping_group_range="0 1000"
  setpriv --reuid 1234 --regid 500 --clear-groups ./own-ping -c1 127.0.0.1
  setpriv --reuid 1234 --regid 500 --clear-groups ./own-ping -c1 ::1
  ip link set lo down
  ping -c1 -W1 127.0.0.1' 2>&1 | sed -E 's/time[= ][0-9.]+ ?ms/time T/; s/= [0-9.]+\/.*/= T/'
