// Everyday commands of docker and podman, as scripts that print the same with every runtime. (runsc tests)
//
// E is the engine, R what chooses the runtime, I the image, C a name for a container, D a directory.

import type { EngineKind } from './engine.ts'

export interface Command {
  readonly name: string
  readonly script: string
  /** Only this engine has it. */
  readonly only?: 'docker' | 'podman'
  /** It asks for every capability; see EngineKind. */
  readonly isPrivileged?: true
  /** Where it cannot be as with runc, and why. */
  readonly unlike?: { readonly [engine in EngineKind['name']]?: string }
}

/** By its message it looks in the mount namespace of the container's process: the sandbox's, which is empty. */
const ENTERS = "looks for the container's files in a namespace of the host"
const UNLIKE_PODMAN = { podman: ENTERS, 'rootless podman': ENTERS }

/** Waits until the container has printed a line. */
const UNTIL_UP = 'until $E logs $C 2>/dev/null | grep -q up; do sleep 0.1; done'
/** A container in the background that runs until it is told to end, and says when it does. */
const BACKGROUND = `$E run -d $R --name $C $I sh -c 'trap "exit 0" TERM; echo up; while :; do sleep 0.1; done' >/dev/null
${UNTIL_UP}
`
const run = (name: string, args: string): Command => ({
  name,
  script: `$E run --rm $R ${args}; echo "status $?"`,
})

export const COMMANDS: readonly Command[] = [
  run('run: prints', '$I echo hello'),
  run('run: exit status', "$I sh -c 'exit 42'"),
  run('run: killed by a signal', "$I sh -c 'kill -9 $$'"),
  run('run: no such program', '$I /no/such/program 2>/dev/null'),
  run('run: no such program in PATH', '$I nosuchprogram 2>/dev/null'),
  run('run: not executable', '$I /etc/passwd 2>/dev/null'),
  run('run: stderr apart', "$I sh -c 'echo out; echo err >&2' 2>/dev/null"),
  run('run: environment', `-e A=1 -e B='two words' $I sh -c 'echo "$A|$B|$PATH|$HOME"'`),
  run('run: working directory', '-w /tmp $I pwd'),
  run('run: working directory that is not there', '-w /made/for/it $I pwd'),
  run('run: user by number', '-u 1000:1001 $I id'),
  run('run: user by name', '-u nobody $I id'),
  // podman gives them in any order.
  run('run: supplementary groups', '--group-add 7 --group-add 8 $I id -G | xargs -n 1 | sort -n'),
  run('run: host name', '--hostname box $I hostname'),
  run('run: entry point', '--entrypoint /bin/echo $I a b'),
  run('run: large output', '$I seq 100000 | md5sum'),
  run('run: read-only root', "--read-only $I sh -c 'echo x >/file; echo $?' 2>/dev/null"),
  run(
    'run: tmpfs',
    '--tmpfs /x:size=1m $I sh -c \'df -k /x | tail -n 1 | tr -s " " | cut -d" " -f2\'',
  ),
  run(
    'run: size of /dev/shm',
    '--shm-size 8m $I sh -c "df -k /dev/shm | grep -o 8192 | head -n 1"',
  ),
  run(
    'run: files may be limited',
    // One limit alone has podman raise the other, which root may not everywhere.
    "--ulimit nofile=512:600 --ulimit nproc=1024:1024 $I sh -c 'ulimit -Sn; ulimit -Hn'",
  ),
  run('run: default capabilities', '$I grep ^Cap /proc/self/status'),
  run('run: no capabilities', '--cap-drop ALL $I grep ^Cap /proc/self/status'),
  run('run: one more capability', '--cap-add SYS_TIME $I grep ^CapBnd /proc/self/status'),
  run('run: an ordinary user has none', '-u 1000 $I grep ^CapEff /proc/self/status'),
  run(
    'run: no new privileges',
    '--security-opt no-new-privileges $I grep NoNewPrivs /proc/self/status',
  ),
  run('run: seccomp', '$I grep ^Seccomp: /proc/self/status'),
  run('run: no seccomp', '--security-opt seccomp=unconfined $I grep ^Seccomp: /proc/self/status'),
  run('run: kernel parameters', '--sysctl kernel.msgmax=4096 $I cat /proc/sys/kernel/msgmax'),
  // Inside, control groups are version 2, whatever the host has.
  run(
    'run: memory limit shown',
    "--memory 64m $I sh -c 'cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes'",
  ),
  run('run: /dev', "$I sh -c 'cd /dev; ls | grep -v core | sort | xargs'"),
  run(
    'run: /dev works',
    "$I sh -c 'head -c 4 /dev/zero | od -An -tx1; echo x >/dev/null; ls -l /dev/stdin | cut -d/ -f2-'",
  ),
  run(
    'run: a device',
    "--device /dev/null:/dev/other $I sh -c 'echo x >/dev/other && ls /dev/other'",
  ),
  run('run: masked paths', "$I sh -c 'wc -c </proc/kcore; ls /proc/acpi | wc -l'"),
  run('run: read-only paths', "$I sh -c 'echo 1 >/proc/sys/kernel/sysrq' 2>/dev/null"),
  run('run: /sys is read-only', "$I sh -c 'mkdir /sys/x' 2>/dev/null"),
  {
    ...run('run: privileged', '--privileged $I grep ^CapEff /proc/self/status'),
    isPrivileged: true,
  },
  run('run: is process 1', "$I sh -c 'echo $$; ls -d /proc/[0-9]* | head -n 1'"),
  run('run: loopback', "$I sh -c 'ip -o link | cut -d: -f2; ip -o -4 addr | grep -c 127.0.0.1'"),
  run(
    'run: more than one process',
    `$I sh -c 'for i in 1 2 3; do (echo $i | cat) & done; wait' | sort`,
  ),
  run('run: a terminal of its own', "-t $I sh -c 'tty; test -t 0 && test -t 1 && echo yes'"),
  run(
    'run: mountinfo, but for devices and what is masked where the host has them',
    '$I sh -c \'cut -d" " -f5 /proc/self/mountinfo | grep -v -e ^/proc/ -e ^/sys/ -e "^/dev/[fnrtuz][a-z]*$" | sort | uniq | xargs\'',
  ),
  { name: 'run: stdin', script: 'echo input | $E run --rm -i $R $I cat' },
  { name: 'run: much stdin', script: 'seq 50000 | $E run --rm -i $R $I md5sum' },
  { name: 'run: no stdin', script: 'echo input | $E run --rm $R $I cat' },
  {
    name: 'run: bind mounts',
    script: `echo from host >$D/file
$E run --rm $R -v $D:/data -v $D/file:/one:ro $I sh -c 'cat /data/file /one; echo new >/data/new; echo x >/one; echo $?' 2>/dev/null
cat $D/new`,
  },
  {
    name: 'run: a volume',
    script: `$E run --rm $R -v $C:/v $I sh -c 'echo kept >/v/f'
$E run --rm $R -v $C:/v:ro $I sh -c 'cat /v/f; touch /v/g; echo $?' 2>/dev/null; $E volume rm $C >/dev/null`,
  },
  {
    name: 'run: a terminal through the engine',
    script: `script -qec "$E run --rm -it $R $I sh -c 'stty size; echo typed | cat'" /dev/null </dev/null | tr -d '\\r\\0^@'`,
  },
  {
    name: 'run: five at a time',
    script: `for i in 1 2 3 4 5; do $E run --rm $R $I echo $i & done | sort; wait`,
  },
  {
    name: 'run: the exit status of a detached one',
    script: `$E run -d $R --name $C $I sh -c 'exit 7' >/dev/null; $E wait $C; $E inspect -f '{{.State.Status}} {{.State.ExitCode}}' $C`,
  },
  {
    name: 'logs',
    script: `$E run -d $R --name $C $I sh -c 'echo one; echo two >&2; sleep 0.3; echo three' >/dev/null; $E wait $C >/dev/null
$E logs $C 2>/dev/null; $E logs $C 2>&1 >/dev/null; $E logs --tail 1 $C 2>/dev/null`,
  },
  {
    name: 'logs: followed',
    script: `$E run -d $R --name $C $I sh -c 'for i in 1 2 3; do echo $i; sleep 0.2; done' >/dev/null; $E logs -f $C`,
  },
  {
    name: 'create and start',
    script: `$E create $R --name $C $I sh -c 'echo started; exit 3' >/dev/null
$E inspect -f '{{.State.Status}}' $C; $E start -a $C; echo $?; $E start -a $C; echo $?`,
  },
  {
    name: 'create: never started',
    script: `$E create $R --name $C $I true >/dev/null; $E rm $C >/dev/null; echo $?`,
  },
  {
    name: 'start: with stdin',
    script: `$E create -i $R --name $C $I cat >/dev/null; (sleep 0.5; echo typed) | $E start -ai $C`,
  },
  {
    name: 'inspect: running',
    script: `${BACKGROUND}$E inspect -f '{{.State.Status}} {{.State.Running}} {{gt .State.Pid 0}}' $C`,
  },
  {
    name: 'ps',
    script: `${BACKGROUND}$E ps --filter name=$C --format '{{.Image}} {{.Status}}' | cut -d' ' -f2; $E kill $C >/dev/null; $E ps -a --filter name=$C --format '{{.Status}}' | cut -d' ' -f1,2`,
  },
  {
    name: 'stop',
    script: `${BACKGROUND}$E stop $C >/dev/null; $E inspect -f '{{.State.Status}} {{.State.ExitCode}}' $C`,
  },
  {
    name: 'stop: killed after the time',
    script: `$E run -d $R --name $C $I sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done' >/dev/null
${UNTIL_UP}
$E stop -t 1 $C >/dev/null; $E inspect -f '{{.State.ExitCode}}' $C`,
  },
  {
    name: 'kill',
    script: `${BACKGROUND}$E kill $C >/dev/null; $E wait $C; $E kill $C 2>/dev/null >/dev/null || echo not running`,
  },
  {
    name: 'kill: another signal',
    script: `$E run -d $R --name $C $I sh -c 'trap "echo got it; exit 5" USR1; echo up; while :; do sleep 0.1; done' >/dev/null
${UNTIL_UP}
$E kill -s USR1 $C >/dev/null; $E wait $C; $E logs $C | tail -n 1`,
  },
  {
    name: 'restart',
    script: `${BACKGROUND}$E restart -t 2 $C >/dev/null; $E inspect -f '{{.State.Running}}' $C; sleep 0.5; $E logs $C | grep -c up`,
  },
  {
    name: 'rm: running',
    script: `${BACKGROUND}$E rm $C >/dev/null 2>&1 || echo refused; $E rm -f $C >/dev/null; echo $?; $E ps -aq --filter name=$C | wc -l`,
  },
  {
    name: 'pause and unpause',
    script: `$E run -d $R --name $C -v $D:/data $I sh -c 'echo up; while :; do echo x >>/data/ticks; sleep 0.02; done' >/dev/null
${UNTIL_UP}
$E pause $C >/dev/null; $E inspect -f '{{.State.Status}}' $C; a=$(wc -c <$D/ticks); sleep 0.5; b=$(wc -c <$D/ticks); test $a = $b && echo stands still
$E unpause $C >/dev/null; $E inspect -f '{{.State.Status}}' $C; sleep 0.5; test $(wc -c <$D/ticks) -gt $b && echo goes on; $E rm -f $C >/dev/null`,
  },
  { name: 'exec: prints', script: `${BACKGROUND}$E exec $C echo hello` },
  { name: 'exec: exit status', script: `${BACKGROUND}$E exec $C sh -c 'exit 9'; echo $?` },
  {
    name: 'exec: no such program',
    script: `${BACKGROUND}$E exec $C nosuchprogram >/dev/null 2>&1; echo $?`,
  },
  {
    name: 'exec: not executable',
    script: `${BACKGROUND}$E exec $C /etc/passwd >/dev/null 2>&1; echo $?`,
  },
  { name: 'exec: stdin', script: `${BACKGROUND}echo input | $E exec -i $C cat` },
  { name: 'exec: much data', script: `${BACKGROUND}seq 50000 | $E exec -i $C cat | md5sum` },
  {
    name: 'exec: stderr apart',
    script: `${BACKGROUND}$E exec $C sh -c 'echo out; echo err >&2' 2>/dev/null`,
  },
  {
    name: 'exec: environment',
    script: `${BACKGROUND}$E exec -e A='b c' $C sh -c 'echo "$A|$PATH"'`,
  },
  { name: 'exec: working directory', script: `${BACKGROUND}$E exec -w /tmp $C pwd` },
  { name: 'exec: user', script: `${BACKGROUND}$E exec -u 1000:1001 $C id` },
  {
    name: 'exec: in the background',
    script: `${BACKGROUND}$E exec -d $C sh -c 'echo done >/tmp/f' >/dev/null; for i in 1 2 3 4 5 6 7 8 9 10; do $E exec $C cat /tmp/f 2>/dev/null && break; sleep 0.2; done`,
  },
  {
    name: 'exec: a terminal',
    script: `${BACKGROUND}script -qec "$E exec -it $C sh -c 'test -t 0 && stty size && tty'" /dev/null </dev/null | tr -d '\\r\\0^@'`,
  },
  {
    name: 'exec: sees the processes',
    script: `${BACKGROUND}$E exec $C sh -c 'tr "\\0" " " </proc/1/cmdline | cut -c1-5'`,
  },
  { name: 'exec: killed', script: `${BACKGROUND}$E exec $C sh -c 'kill -9 $$'; echo $?` },
  {
    name: 'exec: stopped container',
    script: `$E create $R --name $C $I true >/dev/null; $E exec $C true >/dev/null 2>&1 || echo refused`,
  },
  {
    name: 'exec: many',
    script: `${BACKGROUND}for i in 1 2 3 4 5 6; do $E exec $C echo $i & done | sort; wait`,
  },
  {
    name: 'privileged exec',
    isPrivileged: true,
    script: `${BACKGROUND}$E exec --privileged $C grep ^CapEff /proc/self/status`,
  },
  {
    name: 'cp: into a running one and back',
    unlike: UNLIKE_PODMAN,
    script: `${BACKGROUND}echo content >$D/a; $E cp $D/a $C:/tmp/b && $E exec $C cat /tmp/b; $E exec $C sh -c 'echo more >>/tmp/b'; $E cp $C:/tmp/b $D/c && cat $D/c`,
  },
  {
    name: 'cp: from a stopped one',
    script: `$E run $R --name $C $I sh -c 'echo left >/file'; $E cp $C:/file $D/f && cat $D/f`,
  },
  {
    name: 'diff',
    script: `$E run $R --name $C $I sh -c 'echo new >/new; rm /etc/group'; $E diff $C | sort`,
  },
  {
    name: 'commit',
    script: `$E run $R --name $C $I sh -c 'echo kept >/kept'; $E commit $C $C:1 >/dev/null 2>&1; $E run --rm $R $C:1 cat /kept; $E rmi -f $C:1 >/dev/null 2>&1`,
  },
  {
    name: 'export',
    script: `$E run $R --name $C $I sh -c 'echo exported >/exported'; $E export $C | tar -xO exported 2>/dev/null || $E export $C | tar -xO ./exported`,
  },
  {
    name: 'rename',
    script: `${BACKGROUND}$E rename $C $C-new; $E exec $C-new echo renamed; $E rm -f $C-new >/dev/null`,
  },
  {
    name: 'top',
    unlike: UNLIKE_PODMAN,
    script: `${BACKGROUND}$E top $C | head -n 1 | grep -ci pid`,
  },
  { name: 'stats', script: `${BACKGROUND}$E stats --no-stream --format '{{.Name}}' $C` },
  { name: 'update', script: `${BACKGROUND}$E update --cpu-shares 512 $C >/dev/null; echo $?` },
  { name: 'port: none', script: `${BACKGROUND}$E port $C; echo $?` },
  {
    name: 'attach',
    script: `$E run -d $R --name $C $I sh -c 'sleep 1; echo seen' >/dev/null; $E attach --no-stdin $C`,
  },
  {
    name: 'restart policy',
    script: `$E run -d $R --restart on-failure:2 --name $C -v $D:/data $I sh -c 'echo x >>/data/runs; exit 1' >/dev/null; for i in $(seq 50); do test "$(wc -l <$D/runs)" = 3 && break; sleep 0.2; done; wc -l <$D/runs`,
  },
  { name: 'init', script: `$E run --rm --init $R $I sh -c 'test $$ != 1 && echo not 1'; echo $?` },
  {
    name: 'a directory that is no bundle',
    script:
      '$E run --rm $R -v /no/such/dir/at/all:/x:ro,z no-such-image true >/dev/null 2>&1 || echo refused',
  },
  {
    name: 'rootfs',
    only: 'podman',
    script: 'cp -a $ROOTFS $D/root; $E run --rm $R --rootfs $D/root echo from a directory',
  },
  {
    name: 'pod',
    only: 'podman',
    script: `$E pod create --infra=false --name $C >/dev/null; $E run -d --pod $C --name $C-1 $I sleep 100 >/dev/null; $E run --rm --pod $C $I echo in a pod
$E pod ps --filter name=$C --format '{{.Status}}'; $E pod stop -t 0 $C >/dev/null; $E pod rm -f $C >/dev/null; echo $?`,
  },
  {
    name: 'pod: containers in one sandbox',
    only: 'podman',
    script: `$E pod create --infra-image $I --infra-command 'sleep 1000' --network none --share ipc,uts,net --hostname box --name $C >/dev/null
$E run -d --pod $C --name $C-1 $I sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done' >/dev/null
$E run --rm --pod $C $I sh -c 'hostname; echo $$'; $E exec $C-1 hostname; sleep 0.5
$E stop $C-1 >/dev/null; $E wait $C-1; $E pod rm -f -t 0 $C >/dev/null; echo $?`,
  },
  { name: 'umask', only: 'podman', script: `$E run --rm $R --umask 0027 $I sh -c umask` },
  {
    name: 'health check',
    only: 'podman',
    script: `$E run -d $R --name $C --health-cmd 'echo fine' --health-interval disable $I sleep 100 >/dev/null; $E healthcheck run $C >/dev/null; echo $?`,
  },
  {
    name: 'detached keys: a tty in the background',
    script: `$E run -dt $R --name $C $I sh -c 'tty; sleep 100' >/dev/null; for i in $(seq 30); do $E logs $C 2>/dev/null | grep -q pts && break; sleep 0.1; done; $E logs $C | tr -d '\\r'`,
  },
  {
    name: 'timezone and hosts',
    script: `$E run --rm $R --add-host box:10.0.0.1 $I grep -c box /etc/hosts`,
  },
  {
    name: 'wait for two',
    script: `$E run -d $R --name $C-a $I sh -c 'sleep 0.3; exit 1' >/dev/null; $E run -d $R --name $C-b $I sh -c 'exit 2' >/dev/null; $E wait $C-a $C-b; $E rm -f $C-a $C-b >/dev/null`,
  },
]
