/** A moment as IAM, STS and S3 tell it: without a fraction of its second. */
export const wholeSecond = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000)
