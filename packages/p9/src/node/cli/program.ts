// All commands and their help. (p9)

import { Command, Option } from 'commander'
import { cat, ls, put, stat } from './client-commands.ts'
import { serveCommand } from './serve-command.ts'

const EXAMPLES = `
Addresses are tcp!HOST!PORT (default port 564) or unix!PATH.

Examples:
  p9 serve ./public --tcp 127.0.0.1:5640 --read-only
  p9 ls -l 'tcp!127.0.0.1!5640' /
  p9 cat 'tcp!127.0.0.1!5640' /notes.txt
  echo hello | p9 put 'unix!/tmp/p9.sock' /notes.txt
  mount -t 9p -o trans=tcp,port=5640,version=9p2000.L 127.0.0.1 /mnt
`

const clientCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .argument('<address>', 'tcp!HOST!PORT or unix!PATH')
    .option('-a, --aname <name>', 'which tree of the server to attach to', '')
    .option('-u, --uid <number>', 'attach as this user', Number, process.getuid?.() ?? 0)
    .option('--trace', 'print each message to standard error', false)

export const program = (): Command => {
  const p9 = new Command('p9')
    .description('Serve files over 9P2000.L, and use such servers.')
    .addHelpText('after', EXAMPLES)
  p9.command('serve')
    .description('serve a directory to whoever connects')
    .argument('<directory>')
    .addOption(new Option('--tcp <host:port>', 'listen on TCP').default('127.0.0.1:5640'))
    .addOption(new Option('--unix <path>', 'listen on a unix socket instead'))
    .option('--read-only', 'refuse every change', false)
    .option('--msize <bytes>', 'size of the largest message', Number, 1024 * 1024)
    .option('--trace', 'print each message to standard error', false)
    .addHelpText(
      'after',
      '\nThere is no authentication: whoever can connect may do what this process may.\n',
    )
    .action(serveCommand)
  p9.addCommand(
    clientCommand('ls', 'list a directory')
      .argument('[path]', 'from the root of the tree', '/')
      .option('-l, --long', 'with mode, owner, size and time', false)
      .action(ls),
  )
  p9.addCommand(clientCommand('cat', 'print files').argument('<path...>').action(cat))
  p9.addCommand(
    clientCommand('put', 'write a file from standard input').argument('<path>').action(put),
  )
  p9.addCommand(clientCommand('stat', 'show attributes as JSON').argument('<path...>').action(stat))
  return p9
}
