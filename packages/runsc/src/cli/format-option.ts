// The flag --format of verbs that print a table or JSON. (runsc)

import { Option } from 'commander'

export const formatOption = (): Option =>
  new Option('-f, --format <format>', 'table or json')
    .choices(['table', 'json'])
    .default('table', 'table')
