// Linux's own 9P client with our server: what v9fs.test.ts leaves out of trees, cache modes and transports.
import { MOUNTS, testMounts } from './v9fs/mounts.ts'

testMounts(MOUNTS.slice(1))
