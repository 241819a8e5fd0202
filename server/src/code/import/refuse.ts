import { codeImportErrors } from '@madang/api'
import { refusals } from '../../kernel/index.ts'

export const refuseImport = refusals(codeImportErrors)
