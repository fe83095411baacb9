# numactl sees a machine with one node, and keeps what it is told.
numactl --show
numactl --hardware | grep -v 'size\|free'
numactl --membind=0 --cpunodebind=0 numactl --show
numactl --interleave=all numactl --show
numactl --preferred=0 numactl --show
numactl --localalloc numactl --show
numactl --membind=1 true 2>&1
numactl --physcpubind=0 numactl --show
