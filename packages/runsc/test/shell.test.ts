// busybox in a bundle: an interactive shell on a terminal, and scripts. (runsc tests)

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Bundles } from './bundle.ts'
import { PseudoTerminal } from './pseudo-terminal.ts'
import { CLI } from './sandbox.ts'

const bundles = new Bundles()
afterAll(() => bundles.remove())

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))
/** busybox asks the terminal where the cursor is after it has printed its prompt. */
const PROMPT = '# \x1b[6n'

function interactive(...args: string[]): PseudoTerminal {
  const bundle = bundles.make(spec => {
    spec.process.terminal = true
    if (args.length > 0) spec.process.args = args
  })
  return new PseudoTerminal([process.execPath, CLI, 'run', bundle])
}

describe('a shell on a terminal', () => {
  it('knows the terminal, edits lines, runs jobs, takes Ctrl-C, Ctrl-Z and Ctrl-D', async () => {
    const user = interactive()
    await user.shows(PROMPT)
    user.type('tty; stty size; ls -l /dev/console\n')
    await user.shows('/dev/pts/0\r\n')
    await user.shows('crw--w----    1 root     5         136,   0')
    await user.shows(PROMPT)
    // Backspace, and Ctrl-A with something before.
    user.type('chi\x7f\x7fho done; \x01e\n')
    await user.shows('done\r\n')
    await user.shows(PROMPT)
    user.type('sleep 100\n')
    await user.shows('\n')
    await pause(100)
    user.type('\x03')
    await user.shows('^C\r\n')
    await user.shows(PROMPT)
    user.type('echo status $?; sleep 100\n')
    await user.shows('status 130\r\n')
    await pause(100)
    user.type('\x1a')
    await user.shows('^Z[1]+  Stopped                    sleep 100\r\n')
    await user.shows(PROMPT)
    user.type('bg; jobs\n')
    await user.shows('[1] sleep 100\r\n[1]+  Running                    sleep 100\r\n')
    await user.shows(PROMPT)
    user.type('fg\n')
    await user.shows('\nsleep 100\r\n')
    await pause(100)
    user.type('\x1c')
    await user.shows(PROMPT)
    user.type('echo status $?; cat\n')
    await user.shows('status 131\r\n')
    user.type('line\n')
    await user.shows('line\r\nline\r\n')
    user.type('\x04')
    await user.shows(PROMPT)
    user.type('sh -c "exit 7"\n')
    await user.shows(PROMPT)
    user.type('\x04')
    expect(await user.ended).toBe(7)
  })

  it('sees new sizes of the terminal', async () => {
    const user = interactive(
      'sh',
      '-c',
      'trap "exit 9" QUIT; trap "stty size" WINCH; echo ok; while :; do read x; done',
    )
    await user.shows('ok')
    user.resize(40, 120)
    await user.shows('40 120')
    user.resize(41, 121)
    await user.shows('41 121')
    user.type('\x1c')
    expect(await user.ended).toBe(9)
  })

  it('runs programs that paint the screen', async () => {
    const user = interactive()
    await user.shows(PROMPT)
    user.type('vi /tmp/new\n')
    await user.shows('~\x1b[23;1H')
    user.type('ihello')
    await user.shows('hello')
    user.type('\x1b')
    await user.shows('[Modified]')
    user.type(':wq\r')
    await user.shows(PROMPT)
    user.type('cat /tmp/new; top -d 1\n')
    await user.shows('\nhello\r\n')
    await user.shows('Mem: ')
    await user.shows('top -d 1')
    user.type('q')
    await user.shows(PROMPT)
    user.type('stty -a | grep -o "[-]*icanon"\n')
    await user.shows('\nicanon\r\n')
    user.type('exit\n')
    expect(await user.ended).toBe(0)
  })

  it('without a terminal on the host: typed from a pipe to its end, shown on another', () => {
    const { stdout, status } = bundles.run(
      spec => {
        spec.process.terminal = true
      },
      { input: 'tty; cat\nsome text' },
    )
    expect(stdout).toMatch(/tty; cat\r\n\/dev\/pts\/0\r\nsome text/)
    expect(status).toBe(0)
  })

  it('all output arrives, also when the reader is slow and the program has ended', async () => {
    const bundle = bundles.make(spec => {
      spec.process.terminal = true
      spec.process.args = ['seq', '1', '30000']
    })
    const script = `"${process.execPath}" "${CLI}" run "${bundle}" </dev/null | (sleep 1; cat)`
    const output = execFileSync('sh', ['-c', script], { encoding: 'latin1' })
    expect(output).toBe(Array.from({ length: 30_000 }, (_, i) => `${i + 1}\r\n`).join(''))
  })
})

const SCRIPT = `
cd /tmp && mkdir -p work && cd work
printf 'b 2\\na 10\\nc 1\\n' > list
sort list; sort -k2n list; awk '{s+=$2} END {print s, NR}' list
cat <<EOF | tr a-z A-Z
here $((6 * 7)) \${PWD##*/}
EOF
(cd /; echo "sub $PWD"; exit 3); echo "status $?"
x=$(for i in 1 2 3; do echo $i; done | wc -l); echo "count $x"
sleep 0.05 & first=$!; (exit 5) & second=$!
wait $second; echo "second $?"; wait $first; echo "first $?"
trap 'echo trapped' USR1; kill -USR1 $$; trap 'echo bye' EXIT
sh -c 'kill -TERM $$'; echo "killed $?"
mkdir -p tree/a/b; for n in 1 2 3; do echo $n > tree/a/f$n; done; ln -s ../f1 tree/a/b/link
find tree -type f | sort | xargs -n 2 echo; find tree -name 'f?' -exec cat {} + | sort
tar cf - tree | gzip -9 > tree.tgz; rm -r tree; gunzip -c tree.tgz | tar xf -; cat tree/a/b/link
seq 1 2000 | sed 's/$/ line/' | grep -c '9 line'; seq 1 100000 | md5sum; yes | head -3
{ echo out; echo err >&2; } 2>&1 | sort; mkfifo p; echo through > p & cat p
printf '%s\\n' "$(stat -c '%a %s %F' list)"; umask 077; : > u; stat -c %a u; test -x /bin/sh && echo x
dd if=/dev/zero bs=1k count=64 2>/dev/null | wc -c; head -c 1000 /dev/urandom | wc -c
set -- a 'b c'; for i; do echo "[$i]"; done; case abc in a*) echo match;; esac; expr 3 \\* 4
diff list u > d; echo "diff $?"; cut -d' ' -f1 list | paste -s -; date -u -d @0 +%F
`

it.skipIf(process.getuid?.() !== 0)('a script prints what it prints natively (needs root)', () => {
  // The same program on the same files, without the sandbox.
  const directory = mkdtempSync(join(tmpdir(), 'runsc-native-'))
  const copy = join(directory, 'r')
  execFileSync('cp', ['-a', bundles.rootfs, copy])
  const command = 'mount --bind /dev "$0/dev" && exec chroot "$0" sh -c "$1"'
  const native = execFileSync('unshare', ['-m', 'sh', '-c', command, copy, SCRIPT], {
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: '/bin:/usr/bin:/usr/sbin' },
  })
  rmSync(directory, { recursive: true })
  expect(native).toContain('bye\n')
  const { stdout, stderr, status } = bundles.sh(SCRIPT)
  expect(stdout.split('\n')).toEqual(native.split('\n'))
  expect({ stderr, status }).toEqual({ stderr: 'Terminated\n', status: 0 })
})
