// The part with the schemas of config.json. (runsc)

export { formatIssue, parseProcess, SpecError } from '@tsvisor/oci-spec'
