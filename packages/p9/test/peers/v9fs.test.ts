// Linux's own 9P client with our server, mounted one way; v9fs.suite.ts has the others.
import { MOUNTS, testMounts } from './v9fs/mounts.ts'

testMounts(MOUNTS.slice(0, 1))
