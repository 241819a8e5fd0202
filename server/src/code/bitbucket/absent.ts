export const absentOperations = []
export const absentName = (_m: string, _p: string): string | undefined => undefined
