# findmnt, mount, umount, unshare --propagation: mounts as people look at them.
export LC_ALL=C
cd "$(mktemp -d)" && here=$PWD
trap 'rm -r "$here"' EXIT
list() { findmnt -rno TARGET,FSTYPE,FSROOT,OPTIONS,PROPAGATION | grep -o "^$here.*" | sed "s,$here,.,g" | sort; }
export here; export -f list
mkdir m n o
unshare -m bash -c '
  mount -t tmpfs -o size=64k,nosuid what m && mkdir "m/a b" m/c
  mount --bind m/c n && mount -t tmpfs -o ro,mode=700 none "m/a b"
  list
  findmnt -no SOURCE,TARGET m | sed "s,$here,.,"
  findmnt -no SOURCE -T m/c
  findmnt -nro PROPAGATION -M "$here/m/a b"
  findmnt -no TARGET missing || echo "not found"
  exec 3>m/open
  mount -o remount,ro m || echo refused
  mount -o remount,bind,ro n; list
  exec 3>&-
  mount -o remount,ro m; list
  touch m/new
  mount -o remount,rw m; touch m/new
  mount --make-shared m; list
  for type in private shared slave unchanged; do
    echo "-- $type"
    unshare -m --propagation $type bash -c "list; mount -t tmpfs in-$type m/c"
    list
    umount -q m/c
  done
  umount m || echo busy
  umount -R m; umount n; list' 2>&1 | sed "s,$here,HERE,"
