/** IAM and STS tell moments in whole seconds. */
export const atSecond = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000)
