// node:child_process, which loads much of Node, for whoever does use it in the end. (runsc)

type ChildProcess = typeof import('node:child_process')

const loaded = (): ChildProcess => process.getBuiltinModule('node:child_process')

/** As in node:child_process. */
export const spawn = ((...args: Parameters<ChildProcess['spawn']>) =>
  loaded().spawn(...args)) as ChildProcess['spawn']

/** As in node:child_process. */
export const spawnSync = ((...args: Parameters<ChildProcess['spawnSync']>) =>
  loaded().spawnSync(...args)) as ChildProcess['spawnSync']
