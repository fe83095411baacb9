// `runsc update`: other limits for a container. (runsc)

import { type UpdateOptions, updateContainer } from '../container/update.ts'
import { accepted } from './accepted.ts'
import { idArgument } from './id-argument.ts'
import { examples, type Verb } from './verb.ts'

export const update: Verb = (program, session) => {
  program
    .command('update')
    .description('change the limits of a container')
    .addArgument(idArgument())
    .option('-r, --resources <file>', 'from a file as linux.resources of config.json; -: stdin')
    .option('--memory <bytes>', 'memory; -1: no limit')
    .option('--memory-reservation <bytes>', 'memory that it keeps when the host is short of it')
    .option('--memory-swap <bytes>', 'memory and swap together; -1: no limit')
    .option('--cpu-period <µs>', 'the period that --cpu-quota is about')
    .option('--cpu-quota <µs>', 'CPU time in each period; -1: no limit')
    .option('--cpu-burst <µs>', 'CPU time that it may save up')
    .option('--cpu-share <weight>', 'its share of the CPUs when they are busy')
    .option('--cpu-rt-period <µs>', 'the period that --cpu-rt-runtime is about')
    .option('--cpu-rt-runtime <µs>', 'real-time CPU time in each period')
    .option('--cpuset-cpus <list>', 'the CPUs that it may use')
    .option('--cpuset-mems <list>', 'the memory nodes that it may use')
    .option('--cpu-idle <0|1>', '1: only when nothing else wants the CPU')
    .option('--pids-limit <number>', 'tasks; -1: no limit')
    .option('--blkio-weight <weight>', 'its share of the disks, 10 to 1000')
    .addOption(accepted('--kernel-memory <bytes>'))
    .addOption(accepted('--kernel-memory-tcp <bytes>'))
    .addOption(accepted('--l3-cache-schema <schema>'))
    .addOption(accepted('--mem-bw-schema <schema>'))
    .addHelpText(
      'after',
      examples(
        ['runsc update --memory 256M c1', '256 MiB'],
        ['runsc update --pids-limit 100 c1', 'at most 100 tasks'],
        [`echo '{"cpu":{"shares":512}}' | runsc update -r - c1`, 'from a document'],
      ),
    )
    .action(async (id: string, options: UpdateOptions) => {
      await updateContainer(await session.store(), id, options, session.warn)
    })
}
