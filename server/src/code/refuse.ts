import { codeErrors } from '@madang/api'
import { refusals } from '../kernel/index.ts'

export const refuse = refusals(codeErrors)
