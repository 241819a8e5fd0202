import type { SelectObjectContentCommandInput } from '@aws-sdk/client-s3'

/** What the operation is given, however much of it a client sent. */
export type SelectInput = Partial<
  Pick<
    SelectObjectContentCommandInput,
    | 'Expression'
    | 'ExpressionType'
    | 'InputSerialization'
    | 'OutputSerialization'
    | 'RequestProgress'
    | 'ScanRange'
  >
>
