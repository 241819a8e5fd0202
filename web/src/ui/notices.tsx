import { Notifications } from '@mantine/notifications'

/** Where the corner's messages appear; those said before it is there are kept for it. */
export function Notices() {
  return <Notifications position="bottom-right" />
}
