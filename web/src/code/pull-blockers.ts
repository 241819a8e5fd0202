/** What may stand in a merge's way, in the order in which one does something about it. */
export const blockers = [
  'draft',
  'sourceMissing',
  'targetMissing',
  'approvalsMissing',
  'defaultApprovalsMissing',
  'changesRequested',
  'statusNotPassing',
  'tasksOpen',
  'commentsOpen',
  'tooFarBehind',
  'conflicts',
] as const
