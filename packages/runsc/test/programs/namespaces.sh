# unshare, nsenter and ip: namespaces as people make them.
exec 2>&1
export LC_ALL=C
cd "$(mktemp -d)"

echo "-- unshare -i"
count() { ipcs -q | grep -c ^0x; }
unshare -i bash -c "
  $(declare -f count)
  count
  ipcmk -Q >/dev/null && count
  unshare -i bash -c 'ipcs -q | grep -c ^0x'
  sysctl -qw kernel.msgmax=99 && cat /proc/sys/kernel/msgmax"
cat /proc/sys/kernel/msgmax

echo "-- unshare -n"
unshare -n bash -c '
  ip -o link
  ip -o addr
  ip link set lo up
  ip -o link
  ip -o addr | sed "s/ *valid_lft.*//"
  ip link show lo | head -1
  ip link set nothing up
  ip link set lo down
  ip -br link
  cat /proc/net/dev | tail -n +3'

echo "-- ip netns"
unshare -m bash -c '
  mount --make-rprivate /
  mkdir -p /run/netns && mount -t tmpfs none /run/netns
  ip netns add box && ip netns list
  ip -n box link set lo up
  ip netns exec box ip -br link
  ip netns exec box bash -c "[ \$(stat -Lc %i /proc/self/ns/net) = \$(stat -c %i /run/netns/box) ] && echo joined"
  grep -o "net:.* /run/netns/box.* - nsfs nsfs" /proc/self/mountinfo | sed "s/\[.*\]/[N]/; s/ - .*//; s/ rw.*//"
  ip netns delete box && ip netns list; ls /run/netns'

echo "-- nsenter"
sleep 100 &
sleeper=$!
unshare -inuC bash -c 'hostname inside; ipcmk -Q >/dev/null; ip link set lo up; exec sleep 100' &
inner=$!
until [ "$(cat /proc/$inner/comm)" = sleep ]; do :; done
same() { [ "$(readlink /proc/$1/ns/$3)" = "$(readlink /proc/$2/ns/$3)" ] && echo "$3 same" || echo "$3 differs"; }
for kind in cgroup ipc mnt net pid user uts; do same $sleeper $inner $kind; done
nsenter -t $inner -u hostname
nsenter -t $inner -i ipcs -q | grep -c ^0x
nsenter -t $inner -n ip -br link | head -1 | tr -s ' '
nsenter -t $inner -C -i -n -u bash -c 'hostname; ipcs -q | grep -c ^0x'
nsenter --net=/proc/$inner/ns/net --uts=/proc/$inner/ns/uts hostname
nsenter --net=/proc/$inner/ns/uts true
lsns -no TYPE,NPROCS -p $inner | grep -E "^(ipc|net|uts|cgroup)" | tr -s ' ' | sort
kill $sleeper $inner

echo "-- unshare, kept by a file"
unshare -m bash -c '
  mount --make-rprivate /
  touch kept
  unshare --ipc=kept bash -c "ipcmk -Q" >/dev/null
  nsenter --ipc=kept ipcs -q | grep -c ^0x
  umount kept'

echo "-- unshare -C"
unshare -C cat /proc/self/cgroup | cut -d: -f3 | sort -u

echo "-- without rights"
setpriv --reuid 1234 --clear-groups unshare -i true
setpriv --reuid 1234 --clear-groups unshare -n true
setpriv --reuid 1234 --clear-groups nsenter -t 1 -n true
rm -r "$PWD"
