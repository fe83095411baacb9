// @tsvisor/p9/node: sockets and host directories. (p9)
export { type Address, formatAddress, parseAddress, parseHostPort } from './address.ts'
export { dial } from './dial.ts'
export { directoryTree } from './directory-tree.ts'
export { type Listening, type ListenOptions, listen } from './listen.ts'
export { streamTransport } from './socket-transport.ts'
