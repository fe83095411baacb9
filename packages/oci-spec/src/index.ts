// @tsvisor/oci-spec: the public surface.
export { type ParsedSpec, parseConfig, validateConfig } from './config.ts'
export {
  SPEC_VERSION,
  type Spec,
  type SpecHook,
  type SpecHooks,
  type SpecLinux,
  type SpecMount,
  type SpecProcess,
  type SpecResources,
} from './config-schema.ts'
export { type DefaultSpecOptions, defaultSpec } from './default-spec.ts'
export { formatIssue, SpecError, type SpecIssue } from './issue.ts'
export { MAX_JSON_DEPTH, MAX_JSON_LENGTH } from './json.ts'
export { specMembers } from './members.ts'
export {
  CAPABILITIES,
  NAMESPACES,
  RLIMITS,
  SECCOMP_ACTIONS,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from './names.ts'
export { type ParsedPart, parseProcess, parseResources } from './part.ts'
export {
  CONTAINER_STATUSES,
  type ContainerStatus,
  parseState,
  type State,
  validateState,
} from './state.ts'
