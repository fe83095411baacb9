// A gofer process for tests: serves what argv says on descriptor 3.
import { type ExportConfig, keepOnly, serve } from '@tsvisor/gofer'

const config = JSON.parse(process.argv[2]!) as { exports: ExportConfig[]; maxOpen?: number }
keepOnly([3])
serve({ connections: [3], ...config })
