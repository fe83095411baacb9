// One of several processes that use a store at the same time. Arguments: root, task, times. (runsc tests)

import { Failure } from '../../src/failure.ts'
import { StateStore } from '../../src/state/store.ts'
import { sampleRecord } from './record.ts'

const [root = '', task, times] = process.argv.slice(2)
const store = new StateStore(root)

const tasks: Record<string, (n: number) => Promise<void>> = {
  /** Adds one to a number in the record. */
  async count() {
    const container = await store.lock('counted')
    const { record } = container
    const count = String(Number(record.config.annotations?.['count']) + 1)
    container.save({ ...record, config: { ...record.config, annotations: { count } } })
    container.release()
  },
  /** Says which containers it made, of those that all try to make. */
  async create(n) {
    try {
      const container = await store.create(sampleRecord(`c${n}`))
      container.release()
      console.log(`c${n}`)
    } catch (error) {
      if (!(error instanceof Failure && /already exists/.test(error.message))) throw error
    }
  },
  /** Takes the lock and is killed with it, in the middle of a write. */
  async die() {
    const container = await store.lock('counted')
    container.prepare(container.record)
    process.kill(process.pid, 'SIGKILL')
  },
  /** Makes, reads and removes the same container as the others. */
  async churn() {
    try {
      const container = await store.create(sampleRecord('churned'))
      store.list()
      container.remove()
      container.release()
      console.log('made')
    } catch (error) {
      if (!(error instanceof Failure && /already exists/.test(error.message))) throw error
    }
  },
}

for (let n = 0; n < Number(times); n++) await tasks[task!]!(n)
