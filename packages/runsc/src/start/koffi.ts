// What `import koffi` means to this program. (runsc)

import { loadKoffi } from './load-koffi.ts'

export default loadKoffi()
