import type { Structure, Value } from './value.ts'

export interface TemplateParameter {
  type: string
  description?: string
  default?: string
  noEcho: boolean
  allowedValues?: string[]
  allowedPattern?: string
  minLength?: number
  maxLength?: number
  minValue?: number
  maxValue?: number
  constraintDescription?: string
}

export type RemovalPolicy = 'Delete' | 'Retain' | 'RetainExceptOnCreate' | 'Snapshot'

export interface TemplateResource {
  logicalId: string
  type: string
  properties: Structure
  dependsOn: string[]
  condition?: string
  metadata?: Value
  deletionPolicy: RemovalPolicy
  updateReplacePolicy: RemovalPolicy
  creationPolicy?: Structure
}

export interface TemplateOutput {
  name: string
  value: Value
  description?: string
  condition?: string
  exportName?: Value
}

export interface TemplateRule {
  name: string
  /** Absent: the assertions always hold. */
  condition?: Value
  assertions: { assert: Value; description?: string }[]
}

/** A template that has passed every check that needs no cloud. */
export interface Template {
  description?: string
  metadata?: Value
  parameters: Record<string, TemplateParameter>
  mappings: Record<string, Record<string, Structure>>
  conditions: Record<string, Value>
  resources: Record<string, TemplateResource>
  outputs: Record<string, TemplateOutput>
  transforms: string[]
  rules: TemplateRule[]
}
