// Why a request is not carried out: one line for whoever asked. (runsc)

export class RequestError extends Error {
  override readonly name = 'RequestError'
}
