import { sep } from 'node:path'

export const isWithin = (path: string, folder: string) =>
  path === folder || path.startsWith(folder + sep)
