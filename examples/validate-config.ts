// Checks a config.json and prints what is wrong with it. Run: tsx validate-config.ts FILE

import { readFileSync } from 'node:fs'
import { formatIssue, parseConfig, SpecError } from '@tsvisor/oci-spec'

const [file = 'config.json'] = process.argv.slice(2)
try {
  const { spec, warnings } = parseConfig(readFileSync(file, 'utf8'))
  for (const warning of warnings) console.log(`warning: ${formatIssue(warning)}`)
  console.log(`valid: it runs ${spec.process?.args?.join(' ') ?? 'nothing'}`)
} catch (error) {
  if (!(error instanceof SpecError)) throw error
  for (const issue of error.issues) console.log(formatIssue(issue))
  process.exitCode = 1
}
