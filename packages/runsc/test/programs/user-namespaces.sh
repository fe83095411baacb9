# unshare -U, bwrap, and files with capabilities: user namespaces as people make them, root and an ordinary user.
exec 2>&1
export LC_ALL=C
cd /

if [ "$(id -u)" = 0 ] && [ "${1-}" != inside ]; then
  bash "$0" inside
  echo "== with newuidmap"
  directory=$(mktemp -d)
  chmod 755 "$directory"
  echo daemon:100000:65536 >"$directory/ids"
  unshare -m bash -c "
    mount --bind $directory/ids /etc/subuid && mount --bind $directory/ids /etc/subgid
    chown daemon $directory
    exec setpriv --reuid daemon --regid daemon --clear-groups bash -c '
      cat /etc/subuid
      unshare -r --map-auto cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups
      unshare -r --map-auto bash -c \"touch $directory/f && chown 5:6 $directory/f && stat -c %u:%g $directory/f\"
      unshare -r --map-auto setpriv --reuid 5 --regid 6 --clear-groups grep -E ^[UGC][ia] /proc/self/status
      stat -c %u:%g $directory/f
      newuidmap 1 0 100000 1 || echo not somebody elses'"
  rm -r "$directory"
  echo "== an ordinary user"
  exec setpriv --reuid 4321 --regid 4321 --clear-groups bash "$0" inside
fi

# By number, whatever names the machine has.
ids() { sed 's/([^)]*)//g'; }

echo "-- unshare"
unshare -U id | ids
unshare -r id | ids
unshare -c id -u
unshare -r cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups
unshare -r unshare -r unshare -U cat /proc/self/uid_map
unshare -Ur stat -c '%u %g %a' /root
unshare -Urmpf --mount-proc ps ax -o pid,comm
unshare -Urm bash -c '
  mount -t tmpfs -o size=64k tmp /mnt && touch /mnt/a && stat -c "%u %g" /mnt/a && umount /mnt
  mount --bind /usr /mnt && mount -o remount,bind,ro /mnt && touch /mnt/a
  umount /mnt
  umount /proc
  mount --bind /usr /mnt && umount -l /mnt && echo gone'
unshare -Urn bash -c 'ip link set lo up && ip -o addr | sed "s/ *valid_lft.*//"'
unshare -Uru bash -c 'hostname inside && hostname'
unshare -Ur bash -c 'hostname inside'
unshare -Ur chroot / id -u
unshare -Ur setpriv --bounding-set -all grep CapBnd /proc/self/status

echo "-- nsenter"
[ "$(readlink /proc/self/ns/user)" = "$(unshare -U readlink /proc/self/ns/user)" ] || echo differs
unshare -U --map-root-user sleep 60 & pid=$!
until [ "$(cat /proc/$pid/uid_map)" != "" ] && [ "$(cat /proc/$pid/comm)" = sleep ]; do :; done
nsenter -U -t $pid --preserve-credentials id -u
grep -E '^(Uid|Gid)' /proc/$pid/status
kill $pid
wait $pid

echo "-- bwrap"
sandbox() { bwrap --ro-bind / / --tmpfs /tmp --unshare-all --proc /proc --dev /dev "$@"; }
sandbox id | ids
sandbox ps ax -o comm
sandbox sh -c 'ls /dev | grep -v console; touch /usr/x; echo x >/tmp/x && cat /tmp/x; ls /tmp; readlink /proc/self'
sandbox sh -c 'exec 3<>/dev/ptmx && ls /dev/pts; echo hello >/dev/null; head -c 3 /dev/zero | wc -c'
sandbox --uid 0 --gid 0 id | ids
sandbox --hostname cage hostname
sandbox --unshare-user --disable-userns unshare -U true
sandbox --cap-add ALL --uid 0 mount -t tmpfs x /mnt
sandbox umount /usr
bwrap --bind / / --dev-bind /dev /dev --die-with-parent --new-session sh -c 'exit 7'
echo $?

echo "-- capabilities of files"
directory=$(mktemp -d)
cp "$(command -v id)" "$directory/id"
unshare -r setcap cap_net_raw+ep "$directory/id" && unshare -r getcap "$directory/id" | sed "s,$directory/,,"
getcap -n "$directory/id" | sed "s,$directory/,,; s/rootid=$(id -u)/rootid=own/"
"$directory/id" -u | wc -l
rm -r "$directory"
