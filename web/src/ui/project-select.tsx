import { Select, type SelectProps } from '@mantine/core'

/** A piece of its own: the list that opens brings what places it. */
export function ProjectSelect(props: SelectProps) {
  return <Select {...props} />
}
