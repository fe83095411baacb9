// A server in a worker of the page: it gets a MessagePort and serves on it.
import {
  decodeText,
  directory,
  type Entry,
  file,
  messagePortTransport,
  ObjectTree,
  serve,
} from '../../src/index.ts'

const notes = new Map<string, Entry>([['first', 'read me']])
let said = ''

const tree = new ObjectTree({
  hello: 'from a worker',
  big: Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7) >> 3),
  said: file({
    read: () => said,
    write: data => {
      said += decodeText(data)
    },
  }),
  never: file({ read: () => new Promise(() => {}) }),
  notes: directory({
    list: () => notes.keys(),
    get: name => notes.get(name),
    remove: name => void notes.delete(name),
  }),
})

addEventListener('message', ({ data }: MessageEvent) => {
  serve(tree, messagePortTransport(data))
})
