import { type FileSystem, Tmpfs } from '@tsvisor/sentry-kernel'

const tmp = (o: any): FileSystem =>
  new Tmpfs({ platform: o.kernel.platform, clock: o.kernel.clock, dev: o.dev })
export const newProcfs = tmp
export const newCgroupfs = tmp
export const populateDev = (_: unknown) => {}
