# fio with Linux AIO: what it verifies, and counts of what it did.
# Each job checks every block that it wrote.
set -e
cd "$(mktemp -d)"
trap 'rm -rf "$PWD"' EXIT
common="--ioengine=libaio --size=1m --bs=4k --thread --verify=crc32c --verify_fatal=1 --do_verify=1 --output-format=terse --terse-version=3"
for job in \
  '--rw=write --iodepth=1' \
  '--rw=randwrite --iodepth=32 --iodepth_batch=8' \
  '--rw=randrw --iodepth=16 --userspace_reap --fsync=8' \
  '--rw=randwrite --iodepth=64 --numjobs=2'; do
  # Fields: 3 name, 5 error, 6 KiB read, 47 KiB written.
  fio --name=job $common $job | cut -d';' -f 3,5,6,47
done
cat /proc/sys/fs/aio-nr
