// Everyday commands of ctr, as scripts that print the same with every runtime. (runsc tests)

import type { Command } from './commands.ts'

const run = (name: string, args: string, command: string): Command => ({
  name,
  script: `$E run --rm $R ${args} $I $C ${command}; echo "status $?"`,
})
/** A container in the background that ends when it is told to. */
const BACKGROUND = `$E run -d $R --mount type=bind,src=$D,dst=/data,options=rbind:rw $I $C sh -c 'trap "exit 0" TERM; trap "echo usr1 >/data/got" USR1; echo up >/data/up; while :; do sleep 0.1; done'
until test -e $D/up; do sleep 0.1; done
`
const END =
  '\n$E task kill -s KILL $C >/dev/null 2>&1; $E task rm -f $C >/dev/null 2>&1; $E container rm $C'
const background = (name: string, script: string): Command => ({
  name,
  script: BACKGROUND + script + END,
})

export const CONTAINERD_COMMANDS: readonly Command[] = [
  run('run: prints', '', 'echo hello'),
  run('run: exit status', '', "sh -c 'exit 42'"),
  run('run: killed by a signal', '', "sh -c 'kill -9 $$'"),
  run('run: no such program', '', '/no/such/program 2>/dev/null'),
  run('run: not executable', '', '/etc/passwd 2>/dev/null'),
  run('run: stderr apart', '', "sh -c 'echo out; echo err >&2' 2>/dev/null"),
  run('run: environment', "--env A=1 --env 'B=two words'", `sh -c 'echo "$A|$B|$PATH"'`),
  run('run: working directory', '--cwd /tmp', 'pwd'),
  run('run: user', '--user 1000:1001', 'id'),
  run('run: large output', '', 'seq 100000 | md5sum'),
  run('run: read-only root', '--read-only', "sh -c 'echo x >/file; echo $?' 2>/dev/null"),
  run('run: capabilities', '', 'grep ^Cap /proc/self/status'),
  run('run: privileged', '--privileged', 'grep ^CapEff /proc/self/status'),
  run('run: one more capability', '--cap-add CAP_SYS_TIME', 'grep ^CapBnd /proc/self/status'),
  run('run: seccomp', '--seccomp', 'grep ^Seccomp: /proc/self/status'),
  run(
    'run: memory limit',
    '--memory-limit 67108864',
    "sh -c 'cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes'",
  ),
  run('run: /dev', '', "sh -c 'cd /dev; ls | grep -v core | sort | xargs'"),
  run('run: is process 1', '', "sh -c 'echo $$'"),
  run('run: masked paths', '', "sh -c 'wc -c </proc/kcore'"),
  run(
    'run: mounts',
    '--mount type=tmpfs,dst=/x,options=size=1m',
    'sh -c \'df -k /x | tail -n 1 | tr -s " " | cut -d" " -f2\'',
  ),
  run('run: rootfs', '', 'ls /'),
  {
    name: 'run: bind mount',
    script: `echo from host >$D/f; $E run --rm $R --mount type=bind,src=$D,dst=/data,options=rbind:rw $I $C sh -c 'cat /data/f; echo new >/data/g'; cat $D/g`,
  },
  {
    name: 'run: pid file',
    script: `$E run --rm $R --pid-file $D/pid $I $C true; test -s $D/pid && echo written`,
  },
  background('tasks', "$E task ls | tr -s ' ' | grep $C | cut -d' ' -f3"),
  background('containers', '$E container ls -q | grep -cx $C'),
  background('info', '$E container info $C | grep -c \'"Spec"\''),
  background('exec', '$E task exec --exec-id e1 $C echo hello'),
  background('exec: exit status', "$E task exec --exec-id e1 $C sh -c 'exit 9'; echo $?"),
  background('exec: no such program', '$E task exec --exec-id e1 $C nosuch 2>/dev/null; echo $?'),
  background(
    'exec: user and directory',
    "$E task exec --exec-id e1 --user 1000:1001 --cwd /tmp $C sh -c 'id; pwd'",
  ),
  background('exec: stdin', 'echo input | $E task exec --exec-id e1 $C cat'),
  background(
    'exec: detached',
    "$E task exec -d --exec-id e1 $C sh -c 'echo x >/data/done'; for i in $(seq 30); do test -e $D/done && break; sleep 0.1; done; cat $D/done",
  ),
  background(
    'exec: two at a time',
    '$E task exec --exec-id e1 $C echo one & $E task exec --exec-id e2 $C echo one; wait',
  ),
  background(
    'kill',
    '$E task kill $C; for i in $(seq 30); do $E task ls | grep $C | grep -q STOPPED && break; sleep 0.1; done; $E task ls | grep $C | grep -c STOPPED',
  ),
  background(
    'kill: another signal',
    '$E task kill -s USR1 $C; for i in $(seq 30); do test -e $D/got && break; sleep 0.1; done; cat $D/got',
  ),
  background(
    'kill: all',
    '$E task kill -a -s KILL $C; for i in $(seq 30); do $E task ls | grep $C | grep -q STOPPED && break; sleep 0.1; done; $E task ls | grep $C | grep -c STOPPED',
  ),
  background(
    'pause',
    "$E task pause $C; $E task ls | tr -s ' ' | grep $C | cut -d' ' -f3; $E task resume $C; $E task ls | tr -s ' ' | grep $C | cut -d' ' -f3",
  ),
  background('metrics', '$E task metrics $C | grep -c memory.usage'),
  background('processes', '$E task ps $C | head -n 1 | cut -f1'),
  background('remove: running', '$E task rm $C 2>/dev/null || echo refused'),
  {
    name: 'create, start, delete',
    script: `$E container create $R $I $C sh -c 'echo started' >/dev/null 2>&1; $E task start $C; $E task rm $C >/dev/null 2>&1; $E container rm $C; echo $?`,
  },
  {
    name: 'five at a time',
    script: 'for i in 1 2 3 4 5; do $E run --rm $R $I $C-$i echo $i & done | sort; wait',
  },
]
