// @tsvisor/p9: the public surface.

export type { Awaitable } from './awaitable.ts'
export {
  type AsyncCallOptions,
  AsyncClient,
  type AsyncClientOptions,
} from './client/async-client.ts'
export { type DirectoryEntry, Files, type MountOptions, type OpenMode } from './client/files.ts'
export { type CallOptions, type LockOptions, OpenFile } from './client/open-file.ts'
export type { Stat } from './client/stat.ts'
export * from './client.ts'
export * from './codec.ts'
export * from './constants.ts'
export { errnoOf, P9Error } from './errno.ts'
export { errnoName, errnoNumber } from './errno-names.ts'
export type { Body, Field, Fields, Value } from './field.ts'
export * from './framer.ts'
export * from './messages.ts'
export { ProtocolError } from './protocol-error.ts'
export { ServerConnection } from './server/connection.ts'
export type { AttachRequest, FileTree, NewOwner } from './server/file-tree.ts'
export { serve } from './server/serve.ts'
export type { Served, ServeOptions } from './server/served-connection.ts'
export type { ServedTree } from './server/served-tree.ts'
export type { ServerOptions } from './server/session.ts'
export type { Operation, Signal, SignalLike } from './signal.ts'
export { decodeText, encodeText, fromByteString, toByteString } from './text.ts'
export type { ByteReceiver, ByteTransport } from './transport/byte-transport.ts'
export { memoryPair } from './transport/memory-pair.ts'
export { messagePortTransport, type PortLike } from './transport/message-port.ts'
export {
  type Content,
  type DirectoryFunctions,
  directory,
  type Entry,
  type FileFunctions,
  type FileRequest,
  file,
  symlink,
} from './trees/entries.ts'
export type { FsLike } from './trees/fs-like.ts'
export { FsTree, type FsTreeOptions } from './trees/fs-tree.ts'
export { ObjectTree, type ObjectTreeOptions } from './trees/object-tree.ts'
export { Reader, type Wide, Writer } from './wire.ts'
